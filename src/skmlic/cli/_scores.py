"""Scores of predictions, as commands show them."""

import warnings
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._text import join_first
from skmlic.cli._console import Console
from skmlic.cli._predictions import Predictions
from skmlic.metrics import classification_report, multilabel_scorers

# By the names that skmlic.metrics.get_scorer takes.
SCORES = {
    "map": "average precision, macro average",
    "map_micro": "average precision, micro average",
    "roc_auc": "area under the ROC curve, macro average",
    "f1_macro": "F1, macro average",
    "f1_micro": "F1, micro average",
    "f1_samples": "F1, average over images",
    "precision_macro": "precision, macro average",
    "recall_macro": "recall, macro average",
    "subset_accuracy": "fraction of images with all labels right",
    "label_accuracy": "fraction of labels predicted right",
}
_HEADINGS = {"average_precision": "AP", "roc_auc": "AUC"}
# With fewer positives, the scores of a label depend on single images.
_FEW = 3
# Number of rows below those of the labels in `classification_report`.
_N_AVERAGES = 4


class Scores:
    """The scores of predictions.

    Parameters
    ----------
    predictions : Predictions
        The predictions of a model. Images that cannot be read are left out.
    Y : DataFrame of shape (n_images, n_labels)
        The true labels: all labels of the model or some of them.
    """

    def __init__(self, predictions: Predictions, Y: pd.DataFrame):
        rows = predictions.readable
        columns = [predictions.label_names.index(name) for name in Y.columns]
        chosen = np.ix_(rows, columns)
        self._Y = Y.iloc[rows]
        self._predicted = _Predicted(predictions.probabilities[chosen], predictions.labels[chosen])

    @property
    def n_images(self) -> int:
        """Number of images that are scored."""
        return len(self._Y)

    @cached_property
    def overall(self) -> dict[str, float]:
        """The scores over all labels, by name."""
        scorers = multilabel_scorers(*SCORES)
        # `show_overall` reports undefined scores in one line.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            return {
                name: float(scorer(self._predicted, None, self._Y))
                for name, scorer in scorers.items()
            }

    @cached_property
    def report(self) -> pd.DataFrame:
        """The scores per label, followed by their averages."""
        predicted = self._predicted
        return classification_report(
            self._Y, predicted.labels, predicted.probabilities, output="frame"
        )

    def as_dict(self) -> dict:
        """Return all scores, for JSON."""
        rows = [(str(name), dict(row)) for name, row in self.report.iterrows()]
        return {
            "n_images": self.n_images,
            "scores": self.overall,
            "labels": dict(rows[:-_N_AVERAGES]),
            "means": dict(rows[-_N_AVERAGES:]),
        }

    def show_overall(self, console: Console, title: str) -> None:
        """Write the table of scores over all labels."""
        rows = [(text, name, self.overall[name]) for name, text in SCORES.items()]
        console.table(["score", "name", "value"], rows, title)
        absent = self._Y.columns[(self._Y == 1).sum() == 0]
        if len(absent):
            console.warn(
                f"None of these images has {join_first(map(repr, absent))}: undefined scores are "
                "blank, and averages leave them out."
            )

    def show_rare(self, console: Console, advice: str = "") -> None:
        """Write which labels have too few positives for meaningful scores."""
        n_positive = (self._Y == 1).sum()
        rare = self._Y.columns[(n_positive > 0) & (n_positive < _FEW)]
        if len(rare):
            which = "1 label has" if len(rare) == 1 else f"{len(rare):,} labels have"
            console.write(
                f"{which} 1 or 2 positives here, so that scores depend on single images: "
                f"{join_first(map(str, rare))}{advice}\n"
            )

    def show_labels(self, console: Console) -> None:
        """Write the table of scores per label."""
        frame = self.report.rename(columns=_HEADINGS)
        rows = [
            (str(name), *map(float, row[:-1]), int(row[-1]))
            for name, row in zip(frame.index, frame.to_numpy(), strict=True)
        ]
        rows.insert(len(rows) - _N_AVERAGES, ())
        console.table(["label", *frame.columns], rows)


class _Predicted:
    """An estimator whose predictions are given, for scorers."""

    def __init__(self, probabilities, labels):
        self.probabilities = probabilities
        self.labels = labels
        self.classes_ = np.tile([0, 1], (labels.shape[1], 1))

    def predict_proba(self, X):
        return self.probabilities

    def predict(self, X):
        return self.labels


def show_cross_validation(console: Console, results: Mapping[str, np.ndarray]) -> None:
    """Write the table of the scores that ``sklearn.model_selection.cross_validate`` returns."""
    rows = [
        (text, name, float(np.mean(values)), float(np.std(values)))
        for name, text in SCORES.items()
        for values in [results[f"test_{name}"]]
    ]
    n_folds = len(results["test_map"])
    console.table(["score", "name", "mean", "std"], rows, f"{n_folds}-fold cross-validation")
