"""The sections of an HTML report of a classifier."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skmlic import metrics
from skmlic._utils._labels import quote_names
from skmlic.inspection._inner_estimators import find_fitted, find_threshold_classifier
from skmlic.plots import (
    MultiLabelCalibrationDisplay,
    MultiLabelConfusionMatrixDisplay,
    MultiLabelPrecisionRecallDisplay,
    MultiLabelRocCurveDisplay,
    ThresholdCurveDisplay,
    TrainingHistoryDisplay,
)
from skmlic.plots._report._galleries import show_images, show_issues, show_maps, show_mistakes
from skmlic.plots._report._parts import ReportData, Section
from skmlic.plots._report._shared_sections import draw_display, draw_labels, list_versions

__all__ = ["SECTIONS"]

_MAX_MATRICES = 15

_HEADLINES = {
    "Mean average precision": (
        "macro",
        "average_precision",
        "Mean over labels of the area under the precision-recall curve.",
    ),
    "ROC AUC, macro": (
        "macro",
        "roc_auc",
        "Mean over labels of the probability that an image with the label has a higher score than "
        "one without it.",
    ),
    "F1, macro": (
        "macro",
        "f1",
        "Mean over labels of the harmonic mean of precision and recall.",
    ),
    "F1, micro": (
        "micro",
        "f1",
        "F1 of all predictions together, in which frequent labels count more.",
    ),
}
_PREDICTION_SCORES = {
    "All labels right": "Fraction of images without a mistake.",
    "Hamming loss": "Fraction of wrong predictions; smaller is better.",
}
_LONGEST_CODE = 4000


def summarize(data: ReportData) -> Section:
    """Return the main scores and the parameters of the classifier."""
    means = data.tabulate()
    predictions = data.predictions.astype(int)
    values = {name: means.loc[row, column] for name, (row, column, _) in _HEADLINES.items()}
    values["All labels right"] = metrics.subset_accuracy_score(data.truth, predictions)
    values["Hamming loss"] = metrics.hamming_loss(data.truth, predictions)
    definitions = {name: text for name, (_, _, text) in _HEADLINES.items()} | _PREDICTION_SCORES
    without = [
        name
        for name, n in zip(data.label_names, np.nansum(data.truth, axis=0), strict=True)
        if not n
    ]
    notes = ["Parameters that are not shown have their default values."]
    if len(without):
        notes.append(
            "Labels without positives in these samples are excluded from the means: "
            f"{quote_names(without)}."
        )
    return Section(
        scores=[
            {"name": name, "value": _format(value), "definition": definitions[name]}
            for name, value in values.items()
        ],
        code=data.estimator.__repr__(N_CHAR_MAX=_LONGEST_CODE),
        facts=_list_facts(data),
        notes=notes,
    )


def _list_facts(data):
    n_samples, n_labels = data.truth.shape
    facts = [("Samples", f"{n_samples:,}"), ("Labels", f"{n_labels:,}")]
    classifier = find_fitted(data.estimator, "net_")
    for name, attribute in (
        ("Weights of the backbone", "weights_name_"),
        ("Epochs of training", "n_iter_"),
        ("Best epoch", "best_epoch_"),
    ):
        if hasattr(classifier, attribute):
            facts.append((name, str(getattr(classifier, attribute))))
    embedder = getattr(classifier, "embedder_", None)
    if embedder is not None:
        facts += [
            ("Features per image", f"{embedder._n_features_out:,}"),
            (
                "Engine, precision, device",
                f"{embedder.engine_}, {embedder.precision_}, {embedder.device_}",
            ),
        ]
    return facts


def describe_labels(data: ReportData) -> Section:
    """Return how frequent labels are, and which of them occur together."""
    return draw_labels(data.truth, data.label_names)


def tabulate(data: ReportData) -> Section:
    """Return a table of the scores of each label."""
    frame = data.tabulate()
    titles = {
        "support": "Positives",
        "average_precision": "AP",
        "roc_auc": "ROC AUC",
        "precision": "Precision",
        "recall": "Recall",
        "f1": "F1",
    }
    frame = frame[list(titles)].rename(columns=titles)
    tuned = find_threshold_classifier(data.estimator)
    if tuned is not None:
        frame["Threshold"] = [*tuned.thresholds_, *[np.nan] * (len(frame) - len(tuned.thresholds_))]
    rows = [
        [(str(name), str(name)), (f"{int(n):,}", n), *((_format(v), _as_key(v)) for v in values)]
        for name, n, *values in frame.itertuples()
    ]
    n_labels = len(data.label_names)
    table = {
        "columns": ["Label", *frame.columns],
        "rows": rows[:n_labels],
        "means": rows[n_labels:],
    }
    return Section(table=table, notes=["Click the name of a column to sort the table."])


def _as_key(value):
    """Return the sort key of a number, which is empty if the number is undefined."""
    return "" if np.isnan(value) else value


def draw_curves(data: ReportData) -> Section:
    """Return precision-recall and ROC curves."""
    Y, scores, names = data.truth, data.scores, data.plotted_names
    return Section(
        figures=[
            draw_display(
                MultiLabelPrecisionRecallDisplay.from_predictions(Y, scores, label_names=names),
                "Curves: precision by recall for each label",
            ),
            draw_display(
                MultiLabelRocCurveDisplay.from_predictions(Y, scores, label_names=names),
                "Curves: true positive rate by false positive rate for each label",
            ),
        ]
    )


def draw_confusion(data: ReportData) -> Section:
    """Return the confusion matrix of each label."""
    display = MultiLabelConfusionMatrixDisplay.from_predictions(
        data.truth,
        data.predictions.astype(int),
        label_names=data.plotted_names,
        labels="frequent",
        per_page=_MAX_MATRICES,
    )
    n_left = len(data.label_names) - _MAX_MATRICES
    notes = [f"{n_left} less frequent labels are not shown."] if n_left > 0 else []
    return Section(figures=[draw_display(display, "Confusion matrix of each label")], notes=notes)


def draw_thresholds(data: ReportData) -> Section:
    """Return the curves of F1 by threshold."""
    tuned = find_threshold_classifier(data.estimator)
    if tuned is None:
        raise ValueError("thresholds were not tuned.")
    if getattr(tuned, "strategy_", None) == "top_k":
        raise ValueError(
            f"the {tuned.k_} labels with the highest scores are predicted, without thresholds."
        )
    display = ThresholdCurveDisplay.from_predictions(
        data.truth,
        data.scores,
        thresholds=tuned.thresholds_,
        thresholds_per_fold=getattr(tuned, "thresholds_per_fold_", None),
        label_names=data.plotted_names,
    )
    return Section(
        texts=[
            "F1 on these samples by threshold. A dot is the threshold in use, and the bar through "
            "it is the range of the thresholds over folds."
        ],
        figures=[draw_display(display, "Curves: F1 by threshold for each label")],
    )


def draw_calibration(data: ReportData) -> Section:
    """Return the reliability curves of probabilities."""
    if data.method != "predict_proba":
        raise ValueError("the scores are decision values, not probabilities.")
    display = MultiLabelCalibrationDisplay.from_predictions(
        data.truth, data.scores, label_names=data.plotted_names
    )
    return Section(figures=[draw_display(display, "Curves: observed frequency by probability")])


def draw_history(data: ReportData) -> Section:
    """Return the history of the training."""
    display = TrainingHistoryDisplay.from_estimator(data.estimator)
    return Section(figures=[draw_display(display, "Curves: losses and scores by epoch")])


SECTIONS: dict[str, Callable[[ReportData], Section]] = {
    "Summary": summarize,
    "Labels": describe_labels,
    "Scores of labels": tabulate,
    "Curves": draw_curves,
    "Confusion matrices": draw_confusion,
    "Thresholds": draw_thresholds,
    "Calibration": draw_calibration,
    "Training": draw_history,
    "Images": show_images,
    "Mistakes of the weakest labels": show_mistakes,
    "Suspicious annotations": show_issues,
    "Where labels are seen": show_maps,
    "Versions": list_versions,
}


def _format(value):
    if np.isnan(value):
        return "–"
    return {np.inf: "never predicted", -np.inf: "always predicted"}.get(value, f"{value:.3f}")
