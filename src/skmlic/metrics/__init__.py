"""Scores of multi-label classifiers, with a defined result where a label leaves one undefined.

Parameters of the same name have the same meaning in all scores. ``Y_true`` has 1 and 0, and NaN for
missing labels, which are ignored. ``average`` and ``undefined`` are explained in
:func:`precision_score` for scores of predictions, in :func:`average_precision_score` for scores of
probabilities, and in :func:`one_label_accuracy_score` for scores of each sample's ranking.
"""

from skmlic.metrics._accuracy import (
    balanced_accuracy_score,
    hamming_loss,
    label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.metrics._average_precision import average_precision_score
from skmlic.metrics._confusion_matrix import multilabel_confusion_matrix
from skmlic.metrics._fbeta import f1_score, fbeta_score
from skmlic.metrics._imbalance import ImbalanceSummary, imbalance_summary
from skmlic.metrics._jaccard import jaccard_score
from skmlic.metrics._overall_and_class import overall_and_class_scores
from skmlic.metrics._precision_recall import precision_score, recall_score
from skmlic.metrics._probabilities import brier_score_loss, expected_calibration_error, log_loss
from skmlic.metrics._ranking import (
    coverage_error,
    label_ranking_average_precision_score,
    label_ranking_loss,
    one_error,
    one_label_accuracy_score,
)
from skmlic.metrics._report import classification_report
from skmlic.metrics._roc_auc import roc_auc_score
from skmlic.metrics._scorers import get_scorer, get_scorer_names, multilabel_scorers
from skmlic.metrics._top_k import top_k_labels

__all__ = [
    "ImbalanceSummary",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "classification_report",
    "coverage_error",
    "expected_calibration_error",
    "f1_score",
    "fbeta_score",
    "get_scorer",
    "get_scorer_names",
    "hamming_loss",
    "imbalance_summary",
    "jaccard_score",
    "label_accuracy_score",
    "label_ranking_average_precision_score",
    "label_ranking_loss",
    "log_loss",
    "multilabel_confusion_matrix",
    "multilabel_scorers",
    "one_error",
    "one_label_accuracy_score",
    "overall_and_class_scores",
    "precision_score",
    "recall_score",
    "roc_auc_score",
    "subset_accuracy_score",
    "top_k_labels",
]
