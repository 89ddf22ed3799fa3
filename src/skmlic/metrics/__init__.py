"""Scores of multi-label classifiers, with a stated answer where a label leaves one undefined."""

from skmlic.metrics._accuracy import (
    balanced_accuracy_score,
    hamming_loss,
    label_accuracy_score,
    multilabel_confusion_matrix,
    subset_accuracy_score,
)
from skmlic.metrics._curves import average_precision_score, roc_auc_score
from skmlic.metrics._decisions import (
    f1_score,
    fbeta_score,
    jaccard_score,
    overall_and_class_scores,
    precision_score,
    recall_score,
    top_k_labels,
)
from skmlic.metrics._imbalance import ImbalanceSummary, imbalance_summary
from skmlic.metrics._probabilities import brier_score_loss, expected_calibration_error, log_loss
from skmlic.metrics._ranking import (
    coverage_error,
    label_ranking_average_precision_score,
    label_ranking_loss,
    one_error,
    one_label_accuracy_score,
)
from skmlic.metrics._report import classification_report
from skmlic.metrics._scorers import get_scorer, get_scorer_names, multilabel_scorers

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
