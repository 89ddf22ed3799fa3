"""Checks of the input of scores."""

import numpy as np
from sklearn.utils import check_consistent_length

from skmlic._utils._alignment import check_same_order
from skmlic._utils._labels import check_label_names
from skmlic._utils._responses import as_score_matrix
from skmlic._utils._sample_weight import check_sample_weight
from skmlic._utils._targets import check_targets, find_known


def check_truth(Y_true, label_names=None):
    """Return Y as a bool array, the mask of known entries (None if all), and label names."""
    Y, names = check_targets(Y_true)
    if not len(Y):
        raise ValueError(f"Y_true has shape {Y.shape}; expected at least one sample.")
    if label_names is not None:
        for j, name in enumerate(check_label_names(label_names, len(names))):
            names[j] = name
    return Y == 1, find_known(Y), names


def check_scores(Y_true, Y_score, label_names=None):
    """Return the result of `check_truth`, and scores as float64 of the same shape."""
    Y, known, names = check_truth(Y_true, label_names)
    scores = as_score_matrix(Y_score, n_labels=Y.shape[1])
    _check_aligned(Y_true, Y_score, "Y_score")
    _check_same_shape(Y, scores, "Y_score")
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise ValueError(
            f"Y_score[{row}, {names[column]!r}] is {scores[row, column]}; expected finite numbers."
        )
    return Y, known, names, scores


def check_probabilities(Y_true, Y_proba, label_names=None):
    """Return the result of `check_scores`, for scores between 0 and 1."""
    Y, known, names, scores = check_scores(Y_true, Y_proba, label_names)
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"Y_proba lies between {scores.min():.3g} and {scores.max():.3g}; expected "
            "probabilities. Pass the result of predict_proba, not of decision_function."
        )
    return Y, known, names, scores


def check_predictions(Y_true, Y_pred, label_names=None):
    """Return the result of `check_truth`, and predictions as bool of the same shape."""
    Y, known, names = check_truth(Y_true, label_names)
    try:
        predicted, _ = check_targets(Y_pred)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"Y_pred is not a matrix of predictions; expected 0 and 1, as predict returns. {error}"
        ) from error
    if np.isnan(predicted).any():
        raise ValueError("Y_pred has NaN; expected 0 and 1, as predict returns.")
    _check_aligned(Y_true, Y_pred, "Y_pred")
    _check_same_shape(Y, predicted, "Y_pred")
    return Y, known, names, predicted == 1


def check_weight(sample_weight, Y):
    """Return sample weights as float64, or None."""
    if sample_weight is None:
        return None
    return check_sample_weight(sample_weight, Y).astype(np.float64, copy=False)


def weigh_entries(Y, known, sample_weight):
    """Return the weight of each entry, 0 for missing labels."""
    weight = np.ones(Y.shape) if known is None else known.astype(np.float64)
    return weight if sample_weight is None else weight * sample_weight[:, np.newaxis]


def check_average(average, allowed):
    """Raise an error for an average that the score does not support."""
    if not isinstance(average, str | None) or average not in allowed:
        raise ValueError(f"average={average!r}: expected one of {allowed}.")


def _check_same_shape(Y, other, name):
    check_consistent_length(Y, other)
    if Y.shape != other.shape:
        raise ValueError(f"{name} has shape {other.shape}; expected that of Y_true, {Y.shape}.")


def _check_aligned(Y_true, other, name):
    """Raise an error for frames of the same labels or samples in another order, a mistake."""
    true, theirs = list(getattr(Y_true, "columns", [])), list(getattr(other, "columns", []))
    if true != theirs and sorted(map(str, true)) == sorted(map(str, theirs)):
        raise ValueError(
            f"{name} has the columns {theirs[:10]}, Y_true the same in another order, {true[:10]}; "
            f"write {name}[Y_true.columns]."
        )
    check_same_order(Y_true, other, ("Y_true", name))
