"""Bad input of displays and of HTML reports."""

import numpy as np
import pandas as pd
import pytest

from skmlic.dummy import DummyMultiLabelClassifier

pytest.importorskip("matplotlib")

Y = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]])
P = np.array([[0.9, 0.2, 0.7], [0.3, 0.8, 0.1], [0.6, 0.7, 0.2], [0.1, 0.4, 0.8]])
IMAGES = np.zeros((4, 8, 8, 3), dtype=np.uint8)
DUMMY = DummyMultiLabelClassifier().fit(IMAGES, Y)
TABLE = pd.DataFrame({"map": [0.5], "predict_s_per_1000": [1.0]}, index=["tiny"])


def draw(response, **options):
    """Return a call that draws these predictions."""
    return lambda kind: kind.from_predictions(Y, response, **options)


def labels(**options):
    """Return a call that draws the labels."""
    return lambda kind: kind.from_labels(Y, **options)


def gallery(Y=Y, P=P, images=IMAGES, **options):
    """Return a call that draws images with their predictions."""
    return lambda kind: kind.from_predictions(images, Y, P, **options)


def estimate(estimator, X=IMAGES, Y=Y):
    """Return a call that draws the predictions of an estimator."""
    return lambda kind: kind.from_estimator(estimator, X, Y)


TABLES = {
    "skmlic.plots.MultiLabelPrecisionRecallDisplay": [
        ("axes of text", draw(P, ax="left"), TypeError, "ax is the str 'left' … plt.subplots()"),
        ("several axes", draw(P, ax=np.array([1, 2])), TypeError, "ax is a ndarray"),
        ("NaN", draw(P * np.nan), ValueError, "is nan; expected finite numbers"),
        ("order", draw(P, labels="wrost"), ValueError, "labels='wrost': expected one of"),
        ("label", draw(P, labels=["sea"]), ValueError, "'sea', which Y does not have"),
        ("number of labels", draw(P, max_labels="all"), ValueError, "max_labels='all'"),
        ("estimator of None", estimate(None), TypeError, "estimator is None"),
        ("class", estimate(DummyMultiLabelClassifier), TypeError, "the class Dummy"),
        ("not fitted", estimate(DummyMultiLabelClassifier()), ValueError, "not fitted"),
    ],
    "skmlic.plots.MultiLabelRocCurveDisplay": [
        ("fewer rows", draw(P[:3]), ValueError, "[4, 3]"),
        ("texts", draw(P.astype(str)), ValueError, "Y_score has strings"),
        ("Y of None", lambda kind: kind.from_predictions(None, P), TypeError, "Y is None"),
        ("axes", draw(P, ax=3), TypeError, "ax is the int 3"),
    ],
    "skmlic.plots.LabelScoresDisplay": [
        ("metric", draw(P, metric="f11"), ValueError, "metric='f11': expected one of"),
        ("list", draw(P, metric=["f1"]), ValueError, "metric=['f1']"),
        ("class", draw(P, metric=dict), ValueError, "expected one of"),
        ("number", draw(P, metric=lambda *a: 1.0), ValueError, "number for each of the 3 labels"),
        (
            "results",
            lambda kind: kind.from_cv_results(3, P, Y),
            TypeError,
            "cv_results is the int 3",
        ),
        (
            "no estimators",
            lambda kind: kind.from_cv_results({}, P, Y),
            ValueError,
            "return_indices",
        ),
    ],
    "skmlic.plots.MultiLabelConfusionMatrixDisplay": [
        ("probabilities", draw(P), ValueError, "expected 0 and 1, as predict returns"),
        ("normalize", draw(Y, normalize="rows"), ValueError, "normalize='rows'"),
        ("page", draw(Y, page=2), ValueError, "page=2: expected a page from 1 to 1"),
        ("labels per page", draw(Y, per_page=0), ValueError, "per_page=0"),
        ("text", draw(Y, per_page="all"), ValueError, "per_page='all'"),
        ("estimator", estimate(None), TypeError, "estimator is None"),
    ],
    "skmlic.plots.ThresholdCurveDisplay": [
        ("metric", draw(P, metric="f11"), ValueError, "f11"),
        ("thresholds", draw(P, thresholds=[0.5, 0.5]), ValueError, "thresholds has shape (2,)"),
        ("texts", draw(P, thresholds=["a"] * 3), ValueError, "thresholds has strings"),
        ("folds", draw(P, thresholds_per_fold=0.5), ValueError, "(n_folds, 3)"),
    ],
    "skmlic.plots.MultiLabelCalibrationDisplay": [
        ("bins", draw(P, n_bins=0), ValueError, "n_bins=0"),
        ("1e9 bins", draw(P, n_bins=10**9), ValueError, "at most 10000"),
        ("decision values", draw(4 * P), ValueError, "predict_proba"),
    ],
    "skmlic.plots.LabelFrequencyDisplay": [
        ("Y", lambda kind: kind.from_labels(2 * Y), ValueError, "expected 0 or 1"),
        ("names", labels(label_names=["sea"]), ValueError, "1 names"),
        ("rare", labels(rare_below="few"), ValueError, "rare_below='few'"),
        ("axes", labels(ax=[]), TypeError, "ax is a list"),
    ],
    "skmlic.plots.LabelCooccurrenceDisplay": [
        ("measure", labels(measure="jacard"), ValueError, "measure='jacard'"),
        ("list", labels(measure=["jaccard"]), ValueError, "measure=['jaccard']"),
        ("None", lambda kind: kind.from_labels(None), TypeError, "Y is None"),
    ],
    "skmlic.plots.TrainingHistoryDisplay": [
        ("estimator", lambda kind: kind.from_estimator(DUMMY), (TypeError, ValueError), "history_"),
        ("None", lambda kind: kind.from_estimator(None), (TypeError, ValueError), "None"),
    ],
    "skmlic.plots.PredictionGalleryDisplay": [
        ("fewer images", gallery(images=IMAGES[:3]), ValueError, "3"),
        ("order", gallery(order="wrost"), ValueError, "order"),
        ("list of orders", gallery(order=["worst"]), ValueError, "order=['worst']"),
        ("axes", gallery(ax="left"), TypeError, "ax is the str 'left'"),
        ("page", gallery(page="first"), ValueError, "page='first'"),
        ("columns", gallery(n_columns=2.5), ValueError, "n_columns=2.5"),
        ("label", gallery(label="sea"), ValueError, "'sea', which Y does not have"),
        ("kind", gallery(kind="false"), ValueError, "kind"),
        ("NaN", gallery(P=P * np.nan), ValueError, "nan"),
    ],
    "skmlic.plots.LabelIssuesDisplay": [
        ("threshold", gallery(threshold=2), ValueError, "[0.0, 1.0]"),
        ("method", gallery(response_method="predict"), ValueError, "'response_method'"),
        ("Y", gallery(Y=Y + 1), ValueError, "expected 0 or 1"),
    ],
    "skmlic.plots.LabelActivationMapDisplay": [
        (
            "estimator",
            lambda kind: kind.from_estimator(None, IMAGES),
            (TypeError, ValueError),
            "None",
        ),
        ("labels", lambda kind: kind.from_estimator(DUMMY, IMAGES, ["sea"]), ValueError, "sea"),
    ],
    "skmlic.learning_rate.LearningRateDisplay": [
        ("estimator", lambda kind: kind.from_estimator(DUMMY), (TypeError, ValueError), "Dummy"),
    ],
    "skmlic.comparison.BackboneComparisonDisplay": [
        ("score", lambda kind: kind.from_results(TABLE, score="f1"), ValueError, "f1"),
        ("cost", lambda kind: kind.from_results(TABLE, cost="seconds"), ValueError, "seconds"),
        ("table", lambda kind: kind.from_results([1]), (TypeError, ValueError), "list"),
        ("axes", lambda kind: kind.from_results(TABLE, ax="a"), TypeError, "ax is the str 'a'"),
    ],
    "skmlic.report": [
        ("estimator", lambda f: f(None, IMAGES, Y, "none.html"), (TypeError, ValueError), "None"),
        (
            "not fitted",
            lambda f: f(DummyMultiLabelClassifier(), IMAGES, Y, "no.html"),
            ValueError,
            "not fitted",
        ),
        ("Y", lambda f: f(DUMMY, IMAGES, Y + 1, "no.html"), ValueError, "expected 0 or 1"),
        ("folder", lambda f: f(DUMMY, IMAGES, Y, "/none/at/all.html"), OSError, "none"),
    ],
    "skmlic.report_dataset": [
        ("None", lambda f: f(None, "none.html"), (TypeError, ValueError), "None"),
        ("paths", lambda f: f(["a.png"], "none.html"), (TypeError, ValueError), "list"),
    ],
}


def test_rejects(row, reject, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    reject(*row)
    assert not list(tmp_path.iterdir())
