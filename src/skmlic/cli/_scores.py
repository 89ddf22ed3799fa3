"""Scores as commands show them."""

import warnings
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.exceptions import UndefinedMetricWarning

from skmlic.cli._console import Console
from skmlic.cli._models import Answers
from skmlic.datasets._files import first_ones
from skmlic.metrics import classification_report, multilabel_scorers

# By the names that skmlic.metrics.get_scorer knows.
SCORES = {
    "map": "average precision, mean of labels",
    "map_micro": "average precision, all decisions",
    "roc_auc": "area under ROC curve, mean of labels",
    "f1_macro": "F1, mean of labels",
    "f1_micro": "F1, all decisions",
    "f1_samples": "F1, mean of pictures",
    "precision_macro": "precision, mean of labels",
    "recall_macro": "recall, mean of labels",
    "subset_accuracy": "pictures with all labels right",
    "label_accuracy": "decisions that are right",
}
_HEADINGS = {"average_precision": "AP", "roc_auc": "AUC"}
# With fewer positives, one picture more or less turns a label's scores over.
_FEW = 3
# What classification_report has below the labels.
_N_MEANS = 4


class Scores:
    """The scores of a model's answers.

    Parameters
    ----------
    answers : Answers
        For all labels of the model. Pictures that can't be read don't count.
    Y : DataFrame of shape (n_pictures, n_labels)
        The true labels, all of the model's or some.
    """

    def __init__(self, answers: Answers, Y: pd.DataFrame):
        rows = answers.readable
        columns = [answers.label_names.index(name) for name in Y.columns]
        self._Y = Y.iloc[rows]
        self._answered = _Answered(
            answers.probabilities[np.ix_(rows, columns)], answers.decisions[np.ix_(rows, columns)]
        )

    @property
    def n_pictures(self) -> int:
        """How many pictures count."""
        return len(self._Y)

    @cached_property
    def overall(self) -> dict[str, float]:
        """The overall scores by name."""
        scorers = multilabel_scorers(*SCORES)
        # `show_overall` has it in one line.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            return {name: float(of(self._answered, None, self._Y)) for name, of in scorers.items()}

    @cached_property
    def report(self) -> pd.DataFrame:
        """The scores by label, and their means below."""
        answered = self._answered
        return classification_report(
            self._Y, answered.decisions, answered.probabilities, output="frame"
        )

    def as_dict(self) -> dict:
        """Return all of them, for JSON."""
        rows = [(str(name), dict(row)) for name, row in self.report.iterrows()]
        return {
            "n_pictures": self.n_pictures,
            "scores": self.overall,
            "labels": dict(rows[:-_N_MEANS]),
            "means": dict(rows[-_N_MEANS:]),
        }

    def show_overall(self, console: Console, title: str) -> None:
        """Write the table of overall scores."""
        rows = [(text, name, self.overall[name]) for name, text in SCORES.items()]
        console.table(["score", "name", "value"], rows, title)
        absent = self._Y.columns[(self._Y == 1).sum() == 0]
        if len(absent):
            console.warn(
                f"None of these pictures has {first_ones(map(repr, absent))}: undefined scores are "
                "blank, and means leave them out."
            )

    def show_rare(self, console: Console, advice: str = "") -> None:
        """Write which labels have too few positives for scores that mean something."""
        n_positive = (self._Y == 1).sum()
        rare = self._Y.columns[(n_positive > 0) & (n_positive < _FEW)]
        if len(rare):
            which = "1 label has" if len(rare) == 1 else f"{len(rare):,} labels have"
            console.write(
                f"{which} 1 or 2 positives here, which makes scores chance: "
                f"{first_ones(map(str, rare))}{advice}\n"
            )

    def show_labels(self, console: Console) -> None:
        """Write the table of scores by label."""
        frame = self.report.rename(columns=_HEADINGS)
        rows = [
            (str(name), *map(float, row[:-1]), int(row[-1]))
            for name, row in zip(frame.index, frame.to_numpy(), strict=True)
        ]
        rows.insert(len(rows) - _N_MEANS, ())
        console.table(["label", *frame.columns], rows)


class _Answered:
    """Answers that are there already, in the form of an estimator."""

    def __init__(self, probabilities, decisions):
        self.probabilities = probabilities
        self.decisions = decisions
        self.classes_ = np.tile([0, 1], (decisions.shape[1], 1))

    def predict_proba(self, X):
        return self.probabilities

    def predict(self, X):
        return self.decisions


def show_cross_validation(console: Console, results: Mapping[str, np.ndarray]) -> None:
    """Write the table of cross-validated scores, as scikit-learn's ``cross_validate`` has them."""
    rows = [
        (text, name, float(np.mean(values)), float(np.std(values)))
        for name, text in SCORES.items()
        for values in [results[f"test_{name}"]]
    ]
    n_folds = len(results["test_map"])
    console.table(["score", "name", "mean", "std"], rows, f"{n_folds}-fold cross-validation")
