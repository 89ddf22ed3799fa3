"""The scorers by name: a score function, its sign, what it is computed from, and options."""

from skmlic.metrics._accuracy import (
    balanced_accuracy_score,
    hamming_loss,
    label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.metrics._average_precision import average_precision_score
from skmlic.metrics._fbeta import f1_score, fbeta_score
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
from skmlic.metrics._roc_auc import roc_auc_score
from skmlic.metrics._top_k import top_k_labels

# A ranking needs no probabilities, so decision values are the second choice.
RESPONSES = ("predict_proba", "decision_function")


def _cf1_score(Y_true, Y_pred, *, undefined="skip", sample_weight=None, label_names=None):
    """Compute CF1, the harmonic mean of mean precision and mean recall of labels."""
    scores = overall_and_class_scores(
        Y_true,
        Y_pred,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )
    return scores["CF1"]


def _top_k_score(
    Y_true, Y_score, *, name, k=3, undefined="skip", sample_weight=None, label_names=None
):
    """Compute an overall or per-class score of the k labels with the largest scores."""
    function, _, _, options = _OVERALL_AND_CLASS[name]
    return function(
        Y_true,
        top_k_labels(Y_score, k),
        **options,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def _list_averages(name, function, **options):
    return {
        f"{name}_{average}": (function, 1, "predict", {**options, "average": average})
        for average in ("macro", "micro", "samples", "weighted")
    }


_OVERALL_AND_CLASS = {
    "OP": (precision_score, 1, "predict", {"average": "micro"}),
    "OR": (recall_score, 1, "predict", {"average": "micro"}),
    "OF1": (f1_score, 1, "predict", {"average": "micro"}),
    "CP": (precision_score, 1, "predict", {"average": "macro"}),
    "CR": (recall_score, 1, "predict", {"average": "macro"}),
    "CF1": (_cf1_score, 1, "predict", {}),
}
SCORERS = {
    "map": (average_precision_score, 1, RESPONSES, {}),
    "map_micro": (average_precision_score, 1, RESPONSES, {"average": "micro"}),
    "map_weighted": (average_precision_score, 1, RESPONSES, {"average": "weighted"}),
    "map_voc": (average_precision_score, 1, RESPONSES, {"interpolation": "voc"}),
    "map_voc11": (average_precision_score, 1, RESPONSES, {"interpolation": "voc11"}),
    "map_coco": (average_precision_score, 1, RESPONSES, {"interpolation": "coco"}),
    "roc_auc": (roc_auc_score, 1, RESPONSES, {}),
    "roc_auc_micro": (roc_auc_score, 1, RESPONSES, {"average": "micro"}),
    "roc_auc_weighted": (roc_auc_score, 1, RESPONSES, {"average": "weighted"}),
    "one_label_accuracy": (one_label_accuracy_score, 1, RESPONSES, {}),
    "neg_one_error": (one_error, -1, RESPONSES, {}),
    "neg_coverage_error": (coverage_error, -1, RESPONSES, {}),
    "neg_label_ranking_loss": (label_ranking_loss, -1, RESPONSES, {}),
    "lrap": (label_ranking_average_precision_score, 1, RESPONSES, {}),
    "neg_log_loss": (log_loss, -1, "predict_proba", {}),
    "neg_brier_score": (brier_score_loss, -1, "predict_proba", {}),
    "neg_expected_calibration_error": (expected_calibration_error, -1, "predict_proba", {}),
    "subset_accuracy": (subset_accuracy_score, 1, "predict", {}),
    "label_accuracy": (label_accuracy_score, 1, "predict", {}),
    "neg_hamming_loss": (hamming_loss, -1, "predict", {}),
    "balanced_accuracy": (balanced_accuracy_score, 1, "predict", {}),
    **_list_averages("precision", precision_score),
    **_list_averages("recall", recall_score),
    **_list_averages("f1", f1_score),
    **_list_averages("f2", fbeta_score, beta=2),
    **_list_averages("f0.5", fbeta_score, beta=0.5),
    **_list_averages("jaccard", jaccard_score),
    **_OVERALL_AND_CLASS,
    **{f"{name}_top3": (_top_k_score, 1, RESPONSES, {"name": name}) for name in _OVERALL_AND_CLASS},
}
# Names of scikit-learn's scorers that have another name here.
OTHER_NAMES = {
    "accuracy": "subset_accuracy",
    "average_precision": "map",
    **{name: f"{name}_macro" for name in ("precision", "recall", "f1", "jaccard")},
}
