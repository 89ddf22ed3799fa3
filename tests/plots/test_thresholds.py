"""Score of each label by decision threshold."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sklearn_metrics
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import metrics
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.objectives import ExpectedCost, RecallAtPrecision
from skmlic.plots import ThresholdCurveDisplay

RNG = np.random.default_rng(0)
PROBA = RNG.uniform(size=(40, 3)).round(2)
Y = pd.DataFrame((RNG.uniform(size=PROBA.shape) < PROBA).astype(int), columns=list("abc"))
X, TARGETS = make_multilabel_classification(150, n_classes=3, random_state=0)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(TARGETS, columns=NAMES)
CLASSIFIER = OneVsRestClassifier(LogisticRegression())


def tune(**params):
    params = {"store_cv_results": True, "cv": 3, **params}
    return TunedThresholdMultiLabelClassifierCV(CLASSIFIER, **params).fit(X, FRAME)


@pytest.fixture(scope="module")
def tuned():
    return tune()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "function"),
    [
        ("f1", sklearn_metrics.f1_score),
        ("f1_micro", sklearn_metrics.f1_score),
        ("precision", sklearn_metrics.precision_score),
        ("recall", sklearn_metrics.recall_score),
        ("jaccard_macro", sklearn_metrics.jaccard_score),
        ("balanced_accuracy", sklearn_metrics.balanced_accuracy_score),
        ("label_accuracy", sklearn_metrics.accuracy_score),
        (RecallAtPrecision(0.9), sklearn_metrics.recall_score),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", "object"),
)
def test_curves_are_the_metric_at_each_threshold(metric, function):
    display = ThresholdCurveDisplay.from_predictions(Y, PROBA, metric=metric)
    for name, proba, (thresholds, scores) in zip(Y, PROBA.T, display.curves, strict=True):
        assert_allclose(thresholds, np.unique(proba))
        expected = [function(Y[name], proba >= threshold) for threshold in thresholds]
        assert_allclose(scores, expected)


def test_costs_of_labels():
    costs = [[[0, 1], [5, 0]], [[0, 2], [1, 0]], [[0, 1], [1, 0]]]
    display = ThresholdCurveDisplay.from_predictions(Y, PROBA, metric=ExpectedCost(costs))
    for name, proba, cost, curve in zip(Y, PROBA.T, costs, display.curves, strict=True):
        for threshold, score in zip(*curve, strict=True):
            matrix = sklearn_metrics.confusion_matrix(Y[name], proba >= threshold, labels=[0, 1])
            assert_allclose(score, -(matrix * cost).sum() / len(Y))


def test_a_shared_threshold():
    display = ThresholdCurveDisplay.from_predictions(Y, PROBA)
    expected = [metrics.f1_score(Y, (t <= PROBA).astype(int)) for t in display.shared[0]]
    assert_allclose(display.shared[1], expected)
    assert_allclose(display.lines_["shared"].get_ydata(), expected)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["per_label", "shrunken", "shared"])
def test_stored_scores_of_a_tuned_classifier(strategy):
    clf = tune(strategy=strategy)
    display = ThresholdCurveDisplay.from_estimator(clf)
    frame = display.frame()
    assert frame["label"].tolist() == NAMES
    assert_allclose(frame["threshold"], clf.thresholds_)
    assert_allclose(frame["smallest"], clf.thresholds_per_fold_.min(axis=0))
    assert_allclose(frame["largest"], clf.thresholds_per_fold_.max(axis=0))
    stored = clf.cv_results_
    predictions = (stored["y_score"] >= clf.thresholds_).astype(int)
    assert_allclose(frame["score"], metrics.f1_score(stored["y_true"], predictions, average=None))
    assert_allclose(frame["score"].mean(), clf.best_score_)
    assert (frame["best_score"] >= frame["score"] - 1e-12).all()
    if strategy == "per_label":
        assert_allclose(frame["best_score"], frame["score"])
    # A curve, a dot and a bar for each label, and the curve of a shared threshold.
    assert len(display.ax_.lines) == 3 * 3 + 1


@pytest.mark.slow
def test_scores_of_other_samples():
    clf = tune(store_cv_results=False)
    given = ThresholdCurveDisplay.from_estimator(clf, X, TARGETS)
    proba = clf.predict_proba(X)
    expected = ThresholdCurveDisplay.from_predictions(
        FRAME,
        proba,
        thresholds=clf.thresholds_,
        thresholds_per_fold=clf.thresholds_per_fold_,
    )
    pd.testing.assert_frame_equal(given.frame(), expected.frame())
    pipeline = make_pipeline(StandardScaler(with_mean=False, with_std=False), clf)
    pipeline.fit(X, FRAME)
    within = ThresholdCurveDisplay.from_estimator(pipeline, X, FRAME)
    pd.testing.assert_frame_equal(within.frame(), expected.frame())
    with pytest.raises(ValueError, match=r"no stored scores; expected X and Y.*store_cv_results"):
        ThresholdCurveDisplay.from_estimator(clf)


@pytest.mark.slow
def test_fixed_thresholds_and_none():
    fixed = FixedThresholdMultiLabelClassifier(CLASSIFIER, threshold=0.3).fit(X, FRAME)
    display = ThresholdCurveDisplay.from_estimator(fixed, X, FRAME)
    assert display.thresholds.tolist() == [0.3] * 3
    assert display.thresholds_per_fold is None
    assert len(display.ax_.lines) == 2 * 3 + 1
    plain = ThresholdCurveDisplay.from_estimator(CLASSIFIER.fit(X, FRAME), X, FRAME)
    assert plain.thresholds is None
    assert plain.frame()["threshold"].isna().all()
    assert "best " in plain.ax_.get_legend().get_texts()[0].get_text()
    one = ThresholdCurveDisplay.from_predictions(Y, PROBA, thresholds=0.5)
    assert one.thresholds.tolist() == [0.5] * 3


@pytest.mark.slow
def test_decision_values():
    clf = tune(response_method="decision_function", objective="balanced_accuracy")
    display = ThresholdCurveDisplay.from_estimator(clf)
    again = ThresholdCurveDisplay.from_estimator(clf, X, FRAME)
    assert again.curves[0][0].min() < 0
    assert display.frame()["score"].mean() == pytest.approx(clf.best_score_)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "title"),
    [
        ("f2_macro", "F2"),
        ("f1_micro", "F1"),
        (RecallAtPrecision(0.9), "RecallAtPrecision(precision=0.9)"),
        # These are not scores of single labels.
        ("subset_accuracy", "F1"),
        ("f1_samples", "F1"),
        (lambda Y_true, Y_pred: metrics.f1_score(Y_true, Y_pred), "F1"),
    ],
    ids=["f2", "f1_micro", "recall", "subset_accuracy", "f1_samples", "function"],
)
def test_the_objective_of_tuned_thresholds(objective, title):
    display = ThresholdCurveDisplay.from_estimator(tune(objective=objective))
    assert display.ax_.get_ylabel() == title


@pytest.mark.slow
def test_another_metric(tuned):
    precision = ThresholdCurveDisplay.from_estimator(tuned, metric="precision")
    assert precision.ax_.get_ylabel() == "Precision"


def test_labels_that_are_never_predicted():
    display = ThresholdCurveDisplay.from_predictions(
        Y, PROBA, thresholds=[np.inf, 0.5, 2.0], thresholds_per_fold=[[np.inf, 0.4, 2.0]]
    )
    texts = [display.lines_[name].get_label() for name in "abc"]
    assert texts[0] == "a (never predicted)"
    assert texts[1].startswith("b (0.")
    assert texts[2] == "c (undefined)"
    assert display.frame()["score"].isna().tolist() == [True, False, True]


@pytest.mark.slow
def test_errors(tuned):
    with pytest.raises(ValueError, match="strategy='top_k' has no thresholds"):
        ThresholdCurveDisplay.from_estimator(tune(strategy="top_k"))
    for X, truth, lacking in [(PROBA, None, "Y"), (None, Y, "X")]:
        with pytest.raises(ValueError, match=f"{lacking} is None; expected both X and Y, or none"):
            ThresholdCurveDisplay.from_estimator(tuned, X, truth)
    for metric in ("subset_accuracy", "f1_samples", lambda Y_true, Y_pred: 0):
        with pytest.raises(ValueError, match="is not a score of single labels; expected 'f1'"):
            ThresholdCurveDisplay.from_predictions(Y, PROBA, metric=metric)
    with pytest.raises(ValueError, match="objective='f1_makro' is not known"):
        ThresholdCurveDisplay.from_predictions(Y, PROBA, metric="f1_makro")
    with pytest.raises(ValueError, match=r"thresholds has shape \(2,\); expected one"):
        ThresholdCurveDisplay.from_predictions(Y, PROBA, thresholds=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"per_fold has shape \(3,\); expected \(n_folds, 3\)"):
        ThresholdCurveDisplay.from_predictions(Y, PROBA, thresholds_per_fold=[0.1, 0.2, 0.3])
