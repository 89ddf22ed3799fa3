"""Thresholds that are tuned by cross-validation."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier

from skmlic import TransferMultiLabelClassifier, cache_info
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.metrics import f1_score, get_scorer, multilabel_scorers
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.model_selection._threshold_strategies import STRATEGIES
from skmlic.objectives import ExpectedCost, RecallAtPrecision

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(Y, columns=NAMES)
LINEAR = LogisticRegression(max_iter=1000)
PER_LABEL = MultiOutputClassifier(LINEAR)
FOREST = RandomForestClassifier(n_estimators=10, random_state=0)


def out_of_fold(base, cv):
    probabilities = cross_val_predict(base, X, Y, cv=cv, method="predict_proba")
    return np.column_stack([p[:, 1] for p in probabilities])


@pytest.mark.slow
def test_thresholds_are_tuned_on_out_of_fold_scores():
    cv = MultiLabelStratifiedKFold(4)
    clf = TunedThresholdMultiLabelClassifierCV(PER_LABEL, strategy="per_label", cv=4)
    clf.fit(X, Y)
    scores = out_of_fold(PER_LABEL, cv)
    assert_allclose(clf.best_score_, f1_score(Y, scores >= clf.thresholds_))
    for threshold in np.linspace(0, 1, 41):
        for j in range(3):
            other = clf.thresholds_.copy()
            other[j] = threshold
            assert f1_score(Y, scores >= other) <= clf.best_score_ + 1e-12
    assert clf.thresholds_per_fold_.shape == (4, 3)
    mean = clone(clf).set_params(strategy="mean_of_folds").fit(X, Y)
    assert_allclose(mean.thresholds_, clf.thresholds_per_fold_.mean(axis=0))
    automatic = TunedThresholdMultiLabelClassifierCV(PER_LABEL, cv=4).fit(X, Y)
    assert automatic.strategy_ == "shrunken"
    assert_allclose(automatic.thresholds_, automatic.thresholds_per_fold_.mean(axis=0))


def test_predictions_compare_scores_with_thresholds():
    for target, scores_of in (
        (Y[:, 0], lambda clf: clf.predict_proba(X)[:, 1:]),
        (Y, lambda clf: clf.predict_proba(X)),
    ):
        base = LINEAR if target.ndim == 1 else PER_LABEL
        clf = TunedThresholdMultiLabelClassifierCV(base, cv=3).fit(X, target)
        expected = scores_of(clf) >= clf.thresholds_
        assert_array_equal(clf.predict(X).reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("objective", "strategy"),
    # "fbr" needs an objective with a value for each label.
    [
        (objective, strategy)
        for objective in ("f1_macro", "f1_micro", "f1_samples", "CF1")
        for strategy in STRATEGIES
        if strategy != "fbr" or objective == "f1_macro"
    ],
)
def test_every_strategy_for_every_average(objective, strategy):
    clf = TunedThresholdMultiLabelClassifierCV(
        KNeighborsClassifier(), objective=objective, strategy=strategy, cv=3
    ).fit(X, Y)
    assert clf.strategy_ != "auto"
    assert clf.thresholds_.shape == (3,)
    assert get_scorer(objective)(clf, X, Y) > 0.3
    if strategy == "shared":
        assert len(set(clf.thresholds_)) == 1


def test_tuning_improves_f1_of_rare_labels():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2000, 5))
    logits = features @ rng.normal(size=(5, 4)) - [1, 2, 3, 4]
    labels = (rng.random((2000, 4)) < 1 / (1 + np.exp(-logits))).astype(int)
    train, test = np.arange(1000), np.arange(1000, 2000)
    plain = clone(PER_LABEL).fit(features[train], labels[train])
    tuned = TunedThresholdMultiLabelClassifierCV(PER_LABEL).fit(features[train], labels[train])
    before = f1_score(labels[test], plain.predict(features[test]))
    after = f1_score(labels[test], tuned.predict(features[test]))
    assert after > before + 0.03


@pytest.mark.slow
def test_top_k():
    clf = TunedThresholdMultiLabelClassifierCV(PER_LABEL, strategy="top_k", k=2, cv=3)
    assert (clf.fit(X, Y).predict(X).sum(axis=1) == 2).all()
    assert clf.k_ == 2
    chosen = TunedThresholdMultiLabelClassifierCV(PER_LABEL, strategy="top_k", cv=3)
    assert 1 <= chosen.fit(X, Y).k_ <= 3


@pytest.mark.slow
def test_at_least_one():
    clf = TunedThresholdMultiLabelClassifierCV(PER_LABEL, cv=3, at_least_one=True).fit(X, Y)
    without = TunedThresholdMultiLabelClassifierCV(PER_LABEL, cv=3).fit(X, Y)
    predicted, probabilities = clf.predict(X), clf.predict_proba(X)
    empty = without.predict(X).sum(axis=1) == 0
    assert empty.any()
    assert (predicted[empty].sum(axis=1) == 1).all()
    assert_array_equal(predicted[empty].argmax(axis=1), probabilities[empty].argmax(axis=1))
    assert_array_equal(predicted[~empty], without.predict(X)[~empty])


def test_prefit():
    fitted = clone(PER_LABEL).fit(X[:60], Y[:60])
    clf = TunedThresholdMultiLabelClassifierCV(fitted, cv="prefit", refit=False)
    clf.fit(X[60:], Y[60:])
    assert clf.estimator_ is fitted
    assert clf.thresholds_per_fold_.shape == (5, 3)
    with pytest.raises(ValueError, match="refit=True is not possible with cv='prefit'"):
        clone(clf).set_params(refit=True).fit(X, Y)


def test_single_split():
    clf = TunedThresholdMultiLabelClassifierCV(
        PER_LABEL, cv=0.3, refit=False, random_state=0, store_cv_results=True
    ).fit(X, Y)
    assert len(clf.cv_results_["y_true"]) == 36
    held_out = clf.cv_results_["row"]
    train = np.setdiff1d(np.arange(len(X)), held_out)
    direct = clone(PER_LABEL).fit(X[train], Y[train])
    assert_allclose(
        clf.predict_proba(X), np.column_stack([p[:, 1] for p in direct.predict_proba(X)])
    )
    with pytest.raises(ValueError, match="cv yields 5 splits; expected at least one"):
        TunedThresholdMultiLabelClassifierCV(PER_LABEL, refit=False).fit(X, Y)


@pytest.mark.slow
def test_cv_results():
    clf = TunedThresholdMultiLabelClassifierCV(PER_LABEL, cv=KFold(3), store_cv_results=True).fit(
        X, Y
    )
    results = clf.cv_results_
    assert_array_equal(results["y_true"], Y[results["row"]])
    assert_allclose(results["y_score"], out_of_fold(PER_LABEL, KFold(3)))
    for k, score in enumerate(results["score_per_fold"]):
        rows = results["fold"] == k
        predicted = results["y_score"][rows] >= clf.thresholds_per_fold_[k]
        assert_allclose(score, f1_score(results["y_true"][rows], predicted))


@pytest.mark.parametrize(
    ("strategy", "fallback"),
    [
        ("per_label", "default threshold, 0.5"),
        ("auto", "threshold that is best for all labels together"),
        ("fbr", "default threshold, 0.5"),
    ],
)
def test_warning_of_labels_that_cannot_be_tuned(strategy, fallback):
    labels = FRAME.copy()
    labels["sky"] = 0
    clf = TunedThresholdMultiLabelClassifierCV(FOREST, cv=3, strategy=strategy)
    with pytest.warns(UserWarning, match=rf"'sky'\. They have the {fallback}") as caught:
        clf.fit(X, labels)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    shared = clone(clf).set_params(strategy="shared").fit(X, labels).thresholds_
    per_fold = clf.thresholds_per_fold_[:, 1]
    if fallback.startswith("default"):
        assert clf.thresholds_[1] == 0.5
        assert (per_fold == 0.5).all()
    else:
        assert per_fold.min() <= clf.thresholds_[1] <= per_fold.max()
        assert abs(clf.thresholds_[1] - shared[1]) < 0.2


def test_default_threshold_if_no_label_can_be_tuned():
    with pytest.warns(UserWarning, match=r"'boat'\. They have the default threshold, 0\.5"):
        clf = TunedThresholdMultiLabelClassifierCV(FOREST, cv=3).fit(
            X, pd.DataFrame(np.zeros_like(Y), columns=NAMES)
        )
    assert_array_equal(clf.thresholds_, 0.5)


def test_warning_of_a_precision_that_no_threshold_has():
    rng = np.random.default_rng(0)
    labels = np.column_stack([Y[:, 0], rng.random(len(X)) < 0.1])
    with pytest.warns(
        UserWarning, match=r"RecallAtPrecision\(precision=0.99\): .* They are never predicted\."
    ):
        clf = TunedThresholdMultiLabelClassifierCV(
            FOREST, objective=RecallAtPrecision(0.99), cv=3
        ).fit(rng.normal(size=(len(X), 2)), labels)
    assert clf.thresholds_[1] == np.inf


@pytest.mark.slow
def test_costs_of_false_negatives_lower_the_threshold():
    cheap, expensive = (
        TunedThresholdMultiLabelClassifierCV(
            PER_LABEL, objective=ExpectedCost([[0, 1], [cost, 0]]), cv=3
        ).fit(X, Y)
        for cost in (1, 10)
    )
    assert (expensive.thresholds_ < cheap.thresholds_).all()


def test_sample_weight_of_scorers_is_routed():
    weight = np.where(Y[:, 0] == 1, 10.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        forest = clone(FOREST).set_fit_request(sample_weight=False)
        plain = TunedThresholdMultiLabelClassifierCV(
            forest, objective=get_scorer("label_accuracy"), strategy="per_label", cv=3
        ).fit(X, Y)
        weighted = TunedThresholdMultiLabelClassifierCV(
            forest,
            objective=get_scorer("label_accuracy").set_score_request(sample_weight=True),
            strategy="per_label",
            cv=3,
        ).fit(X, Y, sample_weight=weight)
    assert weighted.thresholds_[0] < plain.thresholds_[0]


@pytest.mark.parametrize(
    "weight", [np.ones(500), np.ones((120, 2)), np.full(120, -1.0), np.zeros(120)]
)
def test_wrong_sample_weight_of_scorers(weight):
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = get_scorer("f1_macro").set_score_request(sample_weight=True)
        forest = clone(FOREST).set_fit_request(sample_weight=False)
        clf = TunedThresholdMultiLabelClassifierCV(forest, objective=scorer, cv=3)
        with pytest.raises(ValueError, match=r"[Ss]ample.?weight"):
            clf.fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize(
    ("parameters", "columns", "message"),
    [
        ({"at_least_one": True}, 1, "at_least_one=True would predict the only label"),
        ({"strategy": "top_k"}, 1, "strategy='top_k' would predict the only label"),
        (
            {"at_least_one": True, "objective": RecallAtPrecision(0.9)},
            3,
            "at_least_one=True cannot keep the constraint",
        ),
        ({"objective": ExpectedCost([[[0, 1], [1, 0]]] * 2)}, 3, "has 2 cost matrices; expected"),
    ],
)
def test_incompatible_parameters(parameters, columns, message):
    clf = TunedThresholdMultiLabelClassifierCV(FOREST, **parameters)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, Y[:, :columns])


@pytest.mark.slow
def test_one_vs_rest_of_scikit_learn_ignores_tuned_thresholds():
    """If this fails, the documentation, which warns of it, must be changed."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 3))
    labels = (features + rng.normal(scale=2, size=(200, 3)) > 2).astype(int)
    tuner = TunedThresholdClassifierCV(LINEAR, scoring="f1", cv=3, thresholds=20)
    ignored = OneVsRestClassifier(tuner).fit(features, labels)
    inner = np.column_stack([one.predict(features) for one in ignored.estimators_])
    assert (inner != ignored.predict(features)).mean() > 0.1
    used = MultiOutputClassifier(tuner).fit(features, labels)
    assert_array_equal(used.predict(features), inner)
    ours = TunedThresholdMultiLabelClassifierCV(OneVsRestClassifier(LINEAR), cv=3)
    ours.fit(features, labels)
    assert_array_equal(ours.predict(features), ours.predict_proba(features) >= ours.thresholds_)
    assert f1_score(labels, ours.predict(features)) > f1_score(labels, ignored.predict(features))


@pytest.mark.slow
def test_search_over_the_estimator_embeds_each_image_once(shapes):
    images, labels = shapes
    inner = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(inner, cv=3),
        {"estimator__dropout": [0.3, 0.6]},
        scoring=multilabel_scorers("map", "f1_macro"),
        refit="f1_macro",
        cv=MultiLabelStratifiedKFold(3),
    ).fit(images, labels)
    assert np.isfinite(search.cv_results_["mean_test_f1_macro"]).all()
    assert cache_info().backbone_passes == 40


@pytest.mark.slow
def test_thresholds_of_calibrated_probabilities():
    calibrated = CalibratedMultiLabelClassifierCV(FOREST, cv=3)
    clf = TunedThresholdMultiLabelClassifierCV(calibrated, cv=3).fit(X, Y)
    assert_array_equal(clf.predict(X), clf.predict_proba(X) >= clf.thresholds_)
