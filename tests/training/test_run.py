"""The run of a training, phase by phase."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss

from skmlic.metrics import get_scorer


def test_early_stopping_ends_with_the_best_weights(make_on_features, features):
    X, Y = features
    parameters = {"max_epochs": 200, "lr": 0.02, "early_stopping": True, "n_iter_no_change": 4}
    clf = make_on_features(**parameters).fit(X, Y)
    losses = clf.history_["valid_loss"]
    assert clf.best_epoch_ == losses.idxmin()
    assert clf.n_iter_ == clf.best_epoch_ + 4 < 200
    # Training up to that epoch alone gives the same weights.
    again = make_on_features(**{**parameters, "max_epochs": clf.best_epoch_}).fit(X, Y)
    assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


@pytest.mark.parametrize(
    "scoring", ["map", ["f1_macro", "loss"], get_scorer("roc_auc")], ids=["name", "list", "scorer"]
)
def test_early_stopping_on_a_score(make_on_features, features, scoring):
    clf = make_on_features(max_epochs=100, lr=0.02, early_stopping=True, scoring=scoring)
    clf.fit(*features)
    name = scoring[0] if isinstance(scoring, list) else scoring
    column = name if isinstance(name, str) else clf.history_.columns[-2]
    assert clf.best_epoch_ == clf.history_[column].idxmax()
    assert clf.n_iter_ == clf.best_epoch_ + 5


def test_early_stopping_of_a_one_dimensional_y(make_on_features, features):
    X, Y = features
    y = np.array(["cat", "dog"])[Y[:, 0]]
    clf = make_on_features(max_epochs=50, lr=0.02, early_stopping=True, scoring="roc_auc")
    assert clf.fit(X, y).best_epoch_ == clf.history_["roc_auc"].idxmax()


def test_early_stopping_with_missing_labels(make_on_features, features):
    X, Y = features
    partial = np.where(np.random.default_rng(0).random(Y.shape) < 0.4, np.nan, Y)
    clf = make_on_features(max_epochs=9, early_stopping=True, scoring=["map", "loss"])
    clf.fit(X, partial)
    assert np.isfinite(clf.history_[["map", "valid_loss"]]).all(axis=None)


def test_scores_are_those_of_the_fitted_classifier(make_on_features, features):
    X, Y = features
    clf = make_on_features(max_epochs=4, scoring=["map", "subset_accuracy"])
    clf.fit(X[:160], Y[:160], X_val=X[160:], y_val=Y[160:])
    assert len(clf.history_) == 4
    last = clf.history_.iloc[-1]
    for name in ("map", "subset_accuracy"):
        assert last[name] == pytest.approx(get_scorer(name)(clf, X[160:], Y[160:]))
    probabilities = clf.predict_proba(X[160:])
    losses = [log_loss(y, p) for y, p in zip(Y[160:].T, probabilities.T, strict=True)]
    assert last["valid_loss"] == pytest.approx(np.mean(losses), rel=1e-4)


def test_early_stopping_of_fine_tuning_is_never_worse_than_the_head(make_trainable, shapes):
    X, Y = shapes
    parameters = {"early_stopping": True, "scoring": "loss"}
    clf = make_trainable(**parameters, backbone_lr=10.0, max_epochs=8, unfreeze_after=6).fit(X, Y)
    tuned = clf.history_[clf.history_["trained"] == "all"]
    assert tuned["valid_loss"].min() > clf.history_["valid_loss"].min()
    assert clf.history_.loc[clf.best_epoch_, "trained"] == "head"
    head = make_trainable(**parameters, freeze=True, max_epochs=6).fit(X, Y)
    assert_allclose(clf.predict_proba(X), head.predict_proba(X), atol=1e-5)


def test_the_head_is_trained_first_as_without_fine_tuning(make_trainable, fine_tuned_classifier):
    clf, X, Y = fine_tuned_classifier
    head = make_trainable(freeze=True, max_epochs=2, engine="auto").fit(X, Y)
    assert_array_equal(clf.history_["train_loss"][:2], head.history_["train_loss"])
