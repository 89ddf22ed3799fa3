"""Precision-recall and ROC curves of labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics

from skmlic.metrics import average_precision_score, roc_auc_score
from skmlic.plots import MultiLabelPrecisionRecallDisplay, MultiLabelRocCurveDisplay

RNG = np.random.default_rng(0)
PROBA = RNG.uniform(size=(200, 4))
# Ties, too.
PROBA[:, 2] = PROBA[:, 2].round(1)
Y = pd.DataFrame(RNG.uniform(size=PROBA.shape) < PROBA ** [1, 2, 3, 4], columns=list("abcd"))
WEIGHT = RNG.uniform(0.1, 2, size=200)
DISPLAYS = [MultiLabelPrecisionRecallDisplay, MultiLabelRocCurveDisplay]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_precision_recall_is_that_of_sklearn(weight):
    display = MultiLabelPrecisionRecallDisplay.from_predictions(Y, PROBA, sample_weight=weight)
    for name, proba, curve in zip(Y, PROBA.T, display.curves, strict=True):
        precision, recall, _ = metrics.precision_recall_curve(
            Y[name], proba, sample_weight=weight, drop_intermediate=True
        )
        assert_allclose(curve.x, recall)
        assert_allclose(curve.y, precision)
        area = metrics.average_precision_score(Y[name], proba, sample_weight=weight)
        assert_allclose(curve.area, area)
    flat = None if weight is None else np.repeat(weight, 4)
    precision, recall, _ = metrics.precision_recall_curve(
        Y.to_numpy().ravel(), PROBA.ravel(), sample_weight=flat, drop_intermediate=True
    )
    assert_allclose(display.micro.x, recall)
    assert_allclose(display.micro.y, precision)
    micro = average_precision_score(Y, PROBA, average="micro", sample_weight=weight)
    assert_allclose(display.micro.area, micro)
    assert_allclose(display.support, Y.T @ (np.ones(200) if weight is None else weight))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_roc_is_that_of_sklearn(weight):
    display = MultiLabelRocCurveDisplay.from_predictions(Y, PROBA, sample_weight=weight)
    for name, proba, curve in zip(Y, PROBA.T, display.curves, strict=True):
        fpr, tpr, _ = metrics.roc_curve(Y[name], proba, sample_weight=weight)
        assert_allclose(curve.x, fpr)
        assert_allclose(curve.y, tpr)
        assert_allclose(curve.area, metrics.auc(fpr, tpr))
    assert_allclose(display.micro.area, metrics.auc(display.micro.x, display.micro.y))


@pytest.mark.slow
@pytest.mark.parametrize("n_labels", [2, 3, 4])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_area_below_the_macro_curve_is_the_mean_area(weight, n_labels):
    truth, proba = Y.iloc[:, :n_labels], PROBA[:, :n_labels]
    options = {"sample_weight": weight}
    display = MultiLabelPrecisionRecallDisplay.from_predictions(truth, proba, **options)
    recall, precision, area = display.macro
    assert_allclose(area, average_precision_score(truth, proba, **options))
    assert_allclose(-np.sum(np.diff(recall) * precision[:-1]), area)
    display = MultiLabelRocCurveDisplay.from_predictions(truth, proba, **options)
    fpr, tpr, area = display.macro
    assert_allclose(area, roc_auc_score(truth, proba, **options))
    assert_allclose(metrics.auc(fpr, tpr), area)


@pytest.mark.parametrize("display", DISPLAYS)
def test_averages_of_equal_labels_are_the_label(display):
    truth, proba = Y["a"], PROBA[:, 0]
    single = display.from_predictions(truth, proba)
    assert single.micro is None
    assert single.macro is None
    double = display.from_predictions(pd.DataFrame({"a": truth, "b": truth}), PROBA[:, [0, 0]])
    assert_allclose(double.micro.area, single.areas[0])
    assert_allclose(double.macro.area, single.areas[0])
    grid = np.linspace(0.01, 0.99, 50)
    x, y, _ = single.curves[0]
    step = 1 if x[0] < x[-1] else -1
    if display is MultiLabelRocCurveDisplay:
        mean = np.interp(grid, double.macro.x, double.macro.y)
        assert_allclose(mean, np.interp(grid, x, y))
    else:
        assert set(np.round(double.macro.y, 12)) <= set(np.round(y[::step], 12))


@pytest.mark.parametrize("display", DISPLAYS)
def test_frame_and_lines(display):
    drawn = display.from_predictions(Y, PROBA, max_labels=2)
    frame = drawn.frame()
    x, y = frame.columns[1:]
    assert drawn.ax_.get_xlabel().lower() == x
    assert drawn.ax_.get_ylabel().lower() == y
    assert list(frame["label"].unique()) == [*"abcd", "micro", "macro"]
    assert list(drawn.lines_) == [*Y.columns[np.argsort(drawn.areas)[:2]], "micro", "macro"]
    for name, line in drawn.lines_.items():
        points = frame[frame["label"] == name]
        assert_allclose(line.get_xdata(), points[x])
        assert_allclose(line.get_ydata(), points[y])
    assert len(drawn.ax_.lines) == 6
    texts = [text.get_text() for text in drawn.ax_.get_legend().get_texts()]
    worst = Y.columns[drawn.areas.argmin()]
    measure = "AP" if display is MultiLabelPrecisionRecallDisplay else "AUC"
    assert texts[0] == f"{worst} ({measure} {drawn.areas.min():.2f}, n={Y[worst].sum()})"
    assert texts[-1] == "2 other labels"


def test_a_label_without_negatives_has_precision_but_no_rates():
    truth = Y.assign(b=True)
    assert MultiLabelPrecisionRecallDisplay.from_predictions(truth, PROBA).areas[1] == 1
    with pytest.warns(UserWarning, match="no positives or no negatives in Y_true .*'b'"):
        display = MultiLabelRocCurveDisplay.from_predictions(truth, PROBA)
    assert np.isnan(display.areas[1])
    assert_allclose(display.macro.area, np.nanmean(display.areas))
