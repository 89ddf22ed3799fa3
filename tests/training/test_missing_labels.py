"""Missing labels, NaN in Y, are not trained on unless they count as negatives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.model_selection import GridSearchCV

from skmlic.losses import LOSSES, BCELoss
from skmlic.metrics import average_precision_score, multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 10)).astype(np.float32)
Y = (X @ RNG.normal(size=(10, 4)) + RNG.normal(size=(300, 4)) > 1).astype(float)


def hide(fraction, seed=0):
    """Return Y in which a fraction of the labels is missing."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(Y.shape) < fraction, np.nan, Y)


@pytest.fixture(scope="session")
def make(make_on_features):
    def make_it(**parameters):
        defaults = {"max_epochs": 10, "lr": 2e-2, "hidden_layer_sizes": ()}
        return make_on_features(**{**defaults, **parameters})

    return make_it


@pytest.mark.parametrize("n_labels", [1, 2, 4])
def test_rows_without_annotations_are_as_if_left_out(make, n_labels):
    partial = hide(0.3)[:, :n_labels]
    assert np.isfinite(make(max_epochs=2).fit(X, partial).predict_proba(X)).all()
    # They repeat the others, so that means and deviations of the features are the same.
    more = np.concatenate([Y[:, :n_labels], np.full((300, n_labels), np.nan)])
    settings = {"batch_size": 600, "max_epochs": 5, "mix": None}
    whole = make(**settings).fit(np.concatenate([X, X]), more)
    half = make(**settings).fit(X, Y[:, :n_labels])
    assert_allclose(whole.predict_proba(X), half.predict_proba(X), atol=1e-5)


def test_a_missing_weight_of_1_makes_negatives(make):
    partial = hide(0.3)
    filled = make(mix=None).fit(X, np.nan_to_num(partial)).predict_proba(X)
    assumed = make(mix=None, missing_weight=1.0).fit(X, partial).predict_proba(X)
    assert_allclose(assumed, filled, atol=1e-4)


def test_leaving_missing_labels_out_is_better_than_negatives(make):
    train, test = np.arange(200), np.arange(200, 300)
    clf = make(hidden_layer_sizes=(64,), max_epochs=30)
    partial = hide(0.6)[train]
    wrong, right = (
        average_precision_score(Y[test], clf.fit(X[train], given).predict_proba(X[test]))
        for given in (np.nan_to_num(partial), partial)
    )
    assert right > wrong + 0.03


def test_one_known_label_per_image(make):
    single = np.full(Y.shape, np.nan)
    positive = Y.any(axis=1)
    chosen = np.array([RNG.choice(np.flatnonzero(row)) if row.any() else 0 for row in Y])
    single[positive, chosen[positive]] = 1
    clf = make(missing_weight=1 / 3, max_epochs=20).fit(X, single)
    assert average_precision_score(Y, clf.predict_proba(X)) > 0.75
    known = np.full(Y.shape, np.nan)
    picked = RNG.integers(4, size=300)
    known[np.arange(300), picked] = Y[np.arange(300), picked]
    clf = make(max_epochs=20).fit(X, known)
    assert average_precision_score(Y, clf.predict_proba(X)) > 0.75


def test_a_search_with_missing_labels(make):
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(make(max_epochs=3), cv=2),
        {"estimator__dropout": [0.0, 0.5]},
        scoring=multilabel_scorers("map", "f1_macro"),
        refit="map",
        cv=MultiLabelStratifiedKFold(2),
        error_score="raise",
    ).fit(X, hide(0.3))
    assert search.best_score_ > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "loss", [*LOSSES, BCELoss, BCELoss(pos_weight=2.0)], ids=[*LOSSES, "class", "module"]
)
def test_any_loss_learns_with_missing_labels(make, loss):
    clf = make(loss=loss, max_epochs=15).fit(X, hide(0.2))
    assert average_precision_score(Y, clf.predict_proba(X)) > 0.75
