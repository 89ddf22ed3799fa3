"""Score of each label as a bar."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.multiclass import OneVsRestClassifier

from skmlic import metrics
from skmlic.model_selection import MultiLabelStratifiedKFold
from skmlic.plots import LabelScoresDisplay
from skmlic.plots._label_metrics import METRICS

RNG = np.random.default_rng(0)
PROBA = RNG.uniform(size=(200, 4))
Y = pd.DataFrame(RNG.uniform(size=PROBA.shape) < PROBA ** [1, 2, 3, 4], columns=list("abcd"))


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_scores_are_those_of_the_metric(metric):
    _, function, method, smaller_is_better = METRICS[metric]
    response = (PROBA > 0.5) if method == "predict" else PROBA
    display = LabelScoresDisplay.from_predictions(Y, response, metric=metric)
    expected = function(Y, response, average=None)
    assert_allclose(display.scores[0], expected)
    frame = display.frame()
    assert list(frame.columns) == ["label", metric, "support"]
    assert_allclose(frame[metric], expected)
    assert frame["support"].tolist() == Y.sum().tolist()
    drawn = [bar.get_width() for bar in display.bars_]
    assert_allclose(drawn, np.sort(expected) if smaller_is_better else np.sort(expected)[::-1])


def test_bars_have_names_and_values():
    display = LabelScoresDisplay.from_predictions(Y, PROBA)
    order = np.argsort(-display.scores[0])
    texts = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert texts == [f"{Y.columns[j]} ({Y.iloc[:, j].sum()})" for j in order]
    values = [text.get_text() for text in display.ax_.texts]
    assert values == [f"{display.scores[0, j]:.2f}" for j in order]
    assert display.ax_.get_xlabel() == "Average precision"
    mean = metrics.average_precision_score(Y, PROBA)
    assert display.ax_.get_legend().get_texts()[0].get_text().endswith(f"{mean:.2f}")
    assert len(display.plot(labels="worst", max_labels=2).bars_) == 2
    assert display.ax_.get_yticklabels()[0].get_text()[0] == Y.columns[order[-1]]


def test_folds_have_error_bars():
    X, targets = make_multilabel_classification(150, n_classes=3, random_state=0)
    clf = OneVsRestClassifier(LogisticRegression())
    cv = MultiLabelStratifiedKFold(3)
    results = cross_validate(
        clf, X, targets, cv=cv, return_estimator=True, return_indices=True, scoring=lambda *a: 0
    )
    display = LabelScoresDisplay.from_cv_results(results, X, targets)
    expected = [
        metrics.average_precision_score(targets[test], fold.predict_proba(X[test]), average=None)
        for fold, test in zip(results["estimator"], results["indices"]["test"], strict=True)
    ]
    assert_allclose(display.scores, expected)
    frame = display.frame()
    assert_allclose(frame["average_precision"], np.mean(expected, axis=0))
    assert_allclose(frame["std"], np.std(expected, axis=0))
    assert frame["support"].tolist() == targets.sum(axis=0).tolist()
    assert display.bars_.errorbar is not None
    of_predictions = LabelScoresDisplay.from_cv_results(results, X, targets, metric="f1")
    assert of_predictions.metric == "f1"
    with pytest.raises(ValueError, match="return_estimator=True, return_indices=True"):
        LabelScoresDisplay.from_cv_results({"test_score": [1]}, X, targets)


def test_folds_without_a_label():
    scores = np.array([[0.5, np.nan], [0.7, 0.2]])
    display = LabelScoresDisplay(scores, label_names=["a", "b"], support=np.array([4, 1])).plot()
    assert_allclose(display.frame()["score"], [0.6, 0.2])
    assert_allclose(display.frame()["std"], [0.1, 0])


def test_own_metrics():
    def hits(Y_true, Y_score):
        return ((Y_score > 0.5) & (np.asarray(Y_true) == 1)).sum(axis=0)

    display = LabelScoresDisplay.from_predictions(Y, PROBA, metric=hits)
    assert display.metric == "hits"
    assert_allclose(display.scores[0], hits(Y, PROBA))
    with pytest.raises(ValueError, match=r"array of shape \(\); expected a number for each of"):
        LabelScoresDisplay.from_predictions(Y, PROBA, metric=lambda Y_true, Y_score: 0.5)
    with pytest.raises(ValueError, match=r"metric='mapp': expected one of \['average_precision'"):
        LabelScoresDisplay.from_predictions(Y, PROBA, metric="mapp")


def test_the_response_goes_with_the_metric():
    X, targets = make_multilabel_classification(80, n_classes=3, random_state=0)
    clf = OneVsRestClassifier(LogisticRegression()).fit(X, targets)
    f1 = LabelScoresDisplay.from_estimator(clf, X, targets, metric="f1")
    assert_allclose(f1.scores[0], metrics.f1_score(targets, clf.predict(X), average=None))
    own = LabelScoresDisplay.from_estimator(
        clf,
        X,
        targets,
        metric=lambda Y_true, Y_pred: (Y_true == Y_pred).mean(axis=0),
        response_method="predict",
    )
    assert_allclose(own.scores[0], (targets == clf.predict(X)).mean(axis=0))


def test_undefined_scores_are_left_out():
    with pytest.warns(UndefinedMetricWarning, match="an undefined roc_auc in Y_true .*'b'"):
        display = LabelScoresDisplay.from_predictions(Y.assign(b=0), PROBA, metric="roc_auc")
    assert len(display.bars_) == 3
    assert np.isnan(display.frame().loc[1, "roc_auc"])
