"""The sections of the page about a classifier."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable

import numpy as np

from skmlic import metrics
from skmlic._utils._labels import quote_names
from skmlic.inspection._inner_estimators import find_fitted, find_threshold_classifier
from skmlic.plots import (
    LabelCooccurrenceDisplay,
    LabelFrequencyDisplay,
    MultiLabelCalibrationDisplay,
    MultiLabelConfusionMatrixDisplay,
    MultiLabelPrecisionRecallDisplay,
    MultiLabelRocCurveDisplay,
    ThresholdCurveDisplay,
    TrainingHistoryDisplay,
)
from skmlic.plots._report._galleries import show_maps, show_mistakes, show_pictures
from skmlic.plots._report._images import encode_figure
from skmlic.plots._report._parts import Answers, Section

__all__ = ["SECTIONS"]

_MOST_BARS = 60
_MOST_MATRICES = 15
_PACKAGES = (
    "skmlic",
    "scikit-learn",
    "skorch",
    "torch",
    "torchvision",
    "timm",
    "openvino",
    "numpy",
    "pillow",
)


_HEADLINES = {
    "Mean average precision": (
        "macro",
        "average_precision",
        "Mean over labels of the area under the precision-recall curve.",
    ),
    "ROC AUC, macro": (
        "macro",
        "roc_auc",
        "Mean over labels of the probability that a picture with the label scores higher than one "
        "without it.",
    ),
    "F1, macro": (
        "macro",
        "f1",
        "Mean over labels of the harmonic mean of precision and recall.",
    ),
    "F1, micro": (
        "micro",
        "f1",
        "The same of all decisions together: frequent labels count more.",
    ),
}
_OF_DECISIONS = {
    "All labels right": "Share of pictures without a mistake.",
    "Hamming loss": "Share of wrong decisions; smaller is better.",
}
_LONGEST_CODE = 4000


def summarise(answers: Answers) -> Section:
    """Return scores and what the classifier is."""
    means = answers.tabulate()
    decisions = answers.decisions.astype(int)
    values = {name: means.loc[row, column] for name, (row, column, _) in _HEADLINES.items()}
    values["All labels right"] = metrics.subset_accuracy_score(answers.truth, decisions)
    values["Hamming loss"] = metrics.hamming_loss(answers.truth, decisions)
    definitions = {name: text for name, (_, _, text) in _HEADLINES.items()} | _OF_DECISIONS
    without = [
        name
        for name, n in zip(answers.label_names, np.nansum(answers.truth, axis=0), strict=True)
        if not n
    ]
    notes = ["Parameters that are not shown have their default values."]
    if len(without):
        notes.append(
            "Labels without positives in these samples, which means leave out: "
            f"{quote_names(without)}."
        )
    return Section(
        scores=[
            {"name": name, "value": _format(value), "definition": definitions[name]}
            for name, value in values.items()
        ],
        code=answers.estimator.__repr__(N_CHAR_MAX=_LONGEST_CODE),
        facts=_list_facts(answers),
        notes=notes,
    )


def _list_facts(answers):
    n_samples, n_labels = answers.truth.shape
    facts = [("Samples", f"{n_samples:,}"), ("Labels", f"{n_labels:,}")]
    classifier = find_fitted(answers.estimator, "net_")
    for name, attribute in (
        ("Weights of the backbone", "weights_name_"),
        ("Epochs of training", "n_iter_"),
        ("Epoch that was kept", "best_epoch_"),
    ):
        if hasattr(classifier, attribute):
            facts.append((name, str(getattr(classifier, attribute))))
    embedder = getattr(classifier, "embedder_", None)
    if embedder is not None:
        facts += [
            ("Features of a picture", f"{embedder._n_features_out:,}"),
            ("Computed by", f"{embedder.engine_}, {embedder.precision_}, {embedder.device_}"),
        ]
    return facts


def describe_labels(answers: Answers) -> Section:
    """Return how frequent labels are, and which come together."""
    Y, names = answers.truth, answers.plotted_names
    known = ~np.isnan(Y)
    per_picture = np.nansum(Y, axis=1)
    texts = [
        f"A sample has {per_picture.mean():.2f} labels on average, {per_picture.max():.0f} at "
        f"most; {(per_picture == 0).mean():.0%} have none."
    ]
    if not known.all():
        texts.append(f"Of {(~known).mean():.1%} of the entries nothing is known.")
    figures = [
        _draw(
            LabelFrequencyDisplay.from_labels(Y, label_names=names, max_labels=_MOST_BARS),
            "Bars: how many samples have each label",
        )
    ]
    if len(names) > 1:
        figures.append(
            _draw(
                LabelCooccurrenceDisplay.from_labels(Y, label_names=names),
                "Matrix: how often two labels come together",
            )
        )
    return Section(texts=texts, figures=figures)


def tabulate(answers: Answers) -> Section:
    """Return the scores of each label."""
    frame = answers.tabulate()
    titles = {
        "support": "Positives",
        "average_precision": "AP",
        "roc_auc": "ROC AUC",
        "precision": "Precision",
        "recall": "Recall",
        "f1": "F1",
    }
    frame = frame[list(titles)].rename(columns=titles)
    tuned = find_threshold_classifier(answers.estimator)
    if tuned is not None:
        frame["Threshold"] = [*tuned.thresholds_, *[np.nan] * (len(frame) - len(tuned.thresholds_))]
    rows = [
        [(str(name), str(name)), (f"{int(n):,}", n), *((_format(v), _as_key(v)) for v in values)]
        for name, n, *values in frame.itertuples()
    ]
    n_labels = len(answers.label_names)
    table = {
        "columns": ["Label", *frame.columns],
        "rows": rows[:n_labels],
        "means": rows[n_labels:],
    }
    return Section(table=table, notes=["The names of columns sort the table."])


def _as_key(value):
    """Return what a number is sorted by; nothing where it is undefined."""
    return "" if np.isnan(value) else value


def draw_curves(answers: Answers) -> Section:
    """Return precision-recall and ROC curves."""
    Y, scores, names = answers.truth, answers.scores, answers.plotted_names
    return Section(
        figures=[
            _draw(
                MultiLabelPrecisionRecallDisplay.from_predictions(Y, scores, label_names=names),
                "Curves: precision by recall of each label",
            ),
            _draw(
                MultiLabelRocCurveDisplay.from_predictions(Y, scores, label_names=names),
                "Curves: true positive rate by false positive rate of each label",
            ),
        ]
    )


def draw_confusion(answers: Answers) -> Section:
    """Return what became of each label's positives and negatives."""
    display = MultiLabelConfusionMatrixDisplay.from_predictions(
        answers.truth,
        answers.decisions.astype(int),
        label_names=answers.plotted_names,
        labels="frequent",
        per_page=_MOST_MATRICES,
    )
    n_left = len(answers.label_names) - _MOST_MATRICES
    notes = [f"{n_left} less frequent labels are not shown."] if n_left > 0 else []
    return Section(figures=[_draw(display, "Confusion matrix of each label")], notes=notes)


def draw_thresholds(answers: Answers) -> Section:
    """Return what other thresholds would do."""
    tuned = find_threshold_classifier(answers.estimator)
    if tuned is None:
        raise ValueError("thresholds were not tuned.")
    if getattr(tuned, "strategy_", None) == "top_k":
        raise ValueError(f"the {tuned.k_} labels of largest score are set, without thresholds.")
    display = ThresholdCurveDisplay.from_predictions(
        answers.truth,
        answers.scores,
        thresholds=tuned.thresholds_,
        thresholds_per_fold=getattr(tuned, "thresholds_per_fold_", None),
        label_names=answers.plotted_names,
    )
    return Section(
        texts=[
            "What F1 would be on these samples with other thresholds. A dot is the threshold "
            "in use, and the bar through it how much thresholds of single folds differ."
        ],
        figures=[_draw(display, "Curves: F1 of each label by its threshold")],
    )


def draw_calibration(answers: Answers) -> Section:
    """Return whether probabilities are what they say."""
    if answers.method != "predict_proba":
        raise ValueError("the scores are decision values, and no probabilities.")
    display = MultiLabelCalibrationDisplay.from_predictions(
        answers.truth, answers.scores, label_names=answers.plotted_names
    )
    return Section(figures=[_draw(display, "Curves: observed frequency by probability")])


def draw_history(answers: Answers) -> Section:
    """Return how the training went."""
    display = TrainingHistoryDisplay.from_estimator(answers.estimator)
    return Section(figures=[_draw(display, "Curves: losses and scores by epoch")])


def list_versions(answers: Answers) -> Section:
    """Return what the page was made with."""
    facts = [("Python", platform.python_version()), ("System", platform.platform())]
    for package in _PACKAGES:
        try:
            facts.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return Section(facts=facts)


SECTIONS: dict[str, Callable[[Answers], Section]] = {
    "Summary": summarise,
    "Labels": describe_labels,
    "Scores of labels": tabulate,
    "Curves": draw_curves,
    "Confusion matrices": draw_confusion,
    "Thresholds": draw_thresholds,
    "Calibration": draw_calibration,
    "Training": draw_history,
    "Pictures": show_pictures,
    "Mistakes of the weakest labels": show_mistakes,
    "Where labels are seen": show_maps,
    "Versions": list_versions,
}


def _format(value):
    if np.isnan(value):
        return "–"
    return {np.inf: "never set", -np.inf: "always set"}.get(value, f"{value:.3f}")


def _draw(display, text):
    return encode_figure(display.figure_, text)
