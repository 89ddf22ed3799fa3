"""What every score checks, and what it does where it is not defined."""

from numbers import Real

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_consistent_length

from skmlic._utils._compat import _check_sample_weight
from skmlic._utils._responses import as_score_matrix
from skmlic._utils._targets import check_targets, find_known
from skmlic._utils._warnings import warn_caller

_POLICIES = ("skip", "nan", "raise")


def check_truth(Y_true, label_names=None):
    """Return Y as an array of bool, which entries are known (None if all), and labels' names."""
    Y, names = check_targets(Y_true)
    if not len(Y):
        raise ValueError(f"Y_true has shape {Y.shape}; expected at least one sample.")
    if label_names is not None:
        if len(label_names) != len(names):
            raise ValueError(
                f"label_names has {len(label_names)} names; Y_true has {len(names)} labels."
            )
        names[:] = [n.item() if isinstance(n, np.generic) else n for n in label_names]
    return Y == 1, find_known(Y), names


def check_scores(Y_true, Y_score, label_names=None):
    """Return what `check_truth` does, and scores as float64 of the same shape."""
    Y, known, names = check_truth(Y_true, label_names)
    scores = as_score_matrix(Y_score, n_labels=Y.shape[1])
    _check_same_labels(Y_true, Y_score, "Y_score")
    _check_same_shape(Y, scores, "Y_score")
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise ValueError(
            f"Y_score[{row}, {names[column]!r}] is {scores[row, column]}; expected finite numbers."
        )
    return Y, known, names, scores


def check_probabilities(Y_true, Y_proba, label_names=None):
    """Return what `check_scores` does, for scores between 0 and 1."""
    Y, known, names, scores = check_scores(Y_true, Y_proba, label_names)
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"Y_proba lies between {scores.min():.3g} and {scores.max():.3g}; expected "
            "probabilities. Pass what predict_proba returns, not decision_function."
        )
    return Y, known, names, scores


def check_decisions(Y_true, Y_pred, label_names=None):
    """Return what `check_truth` does, and decisions as bool of the same shape."""
    Y, known, names = check_truth(Y_true, label_names)
    try:
        predicted, _ = check_targets(Y_pred)
    except ValueError as error:
        raise ValueError(
            f"Y_pred is no matrix of decisions; expected 0 and 1, as predict returns. {error}"
        ) from error
    if np.isnan(predicted).any():
        raise ValueError("Y_pred has NaN; expected 0 and 1, as predict returns.")
    _check_same_labels(Y_true, Y_pred, "Y_pred")
    _check_same_shape(Y, predicted, "Y_pred")
    return Y, known, names, predicted == 1


def check_weight(sample_weight, Y):
    """Return weights of samples as float64, or None."""
    if sample_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, Y, dtype=np.float64, ensure_non_negative=True)
    # Newer versions of scikit-learn check this too.
    if not weight.any():
        raise ValueError("sample_weight is zero for all samples; expected some above 0.")
    return weight


def entry_weight(Y, known, sample_weight):
    """Return the weight of each entry, 0 where it is unknown."""
    weight = np.ones(Y.shape) if known is None else known.astype(np.float64)
    return weight if sample_weight is None else weight * sample_weight[:, np.newaxis]


def check_undefined(undefined):
    """Raise an error for a policy that is none."""
    if undefined in _POLICIES or (isinstance(undefined, Real) and not isinstance(undefined, bool)):
        return
    raise ValueError(f"undefined={undefined!r}: expected one of {_POLICIES}, or a number.")


def check_average(average, allowed):
    """Raise an error for an average that the score does not have."""
    if average not in allowed:
        raise ValueError(f"average={average!r}: expected one of {allowed}.")


def mean_over_labels(values, label_names, *, average, undefined, reason, weight=None):
    """Return the mean of labels' values, or the values themselves.

    Parameters
    ----------
    values : ndarray of shape (n_labels,)
        NaN where the score is not defined.

    label_names : sequence of shape (n_labels,) or None
        For messages; None if the one value is that of all labels together.

    average : {"macro", "weighted", None}
        ``None`` returns the values.

    undefined : {"skip", "nan", "raise"} or float
        What to do with labels whose value is NaN.

    reason : str
        What the labels lack, for messages: "no positives in Y_true".

    weight : ndarray of shape (n_labels,), default=None
        Weights of labels, for "weighted".

    Returns
    -------
    mean : float or ndarray of shape (n_labels,)
    """
    check_undefined(undefined)
    values = np.asarray(values, dtype=np.float64)
    missing = np.isnan(values)
    if weight is not None and not weight.any():
        # The mean itself is not defined, whatever the values.
        missing, reason, weight = np.ones_like(missing), "no positives in Y_true", None
        values = np.full_like(values, np.nan)
    if missing.any():
        if undefined == "raise":
            raise ValueError(f"{_describe(label_names, missing, reason)}.")
        if undefined == "skip":
            if average is None:
                consequence = "NaN stands for it"
            else:
                consequence = "the mean is NaN" if missing.all() else "the mean leaves it out"
            warn_caller(
                f"{_describe(label_names, missing, reason)}; {consequence}. Pass undefined= to "
                "the score, or to get_scorer, to decide otherwise.",
                UndefinedMetricWarning,
            )
        elif undefined != "nan":
            values = np.where(missing, float(undefined), values)
            missing = np.zeros_like(missing)
    if average is None:
        return values
    if undefined == "skip":
        values = values[~missing]
        weight = None if weight is None else weight[~missing]
    return _mean(values, weight)


def mean_over_samples(values, *, undefined, reason, sample_weight=None):
    """Return the mean of samples' values; NaN is where the score is not defined for a sample.

    Samples without a label are common and no defect of the data: "skip" leaves them out silently.
    """
    check_undefined(undefined)
    missing = np.isnan(values)
    if sample_weight is not None:
        # A sample without weight is as one that is not there, so its score needs no definition.
        values, missing = np.where(sample_weight > 0, values, 0), missing & (sample_weight > 0)
    if missing.any():
        if undefined == "raise":
            others = f" (and {missing.sum() - 1} more)" if missing.sum() > 1 else ""
            raise ValueError(
                f"Sample {np.flatnonzero(missing)[0]}{others} has {reason}, which leaves its score "
                "undefined."
            )
        if undefined == "skip":
            values = values[~missing]
            sample_weight = None if sample_weight is None else sample_weight[~missing]
        elif undefined != "nan":
            values = np.where(missing, float(undefined), values)
    return _mean(values, sample_weight)


def _mean(values, weight):
    if len(values) == 0 or (weight is not None and not weight.sum()):
        return float("nan")
    return float(np.average(values, weights=weight))


def _describe(label_names, chosen, reason):
    if label_names is None:
        return f"All labels together have {reason}, which leaves the score undefined"
    names = [repr(name) for name in np.asarray(label_names, dtype=object)[chosen]]
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    subject = f"Label {shown} has" if len(names) == 1 else f"Labels {shown} have"
    return f"{subject} {reason}, which leaves the score undefined"


def _check_same_shape(Y, other, name):
    check_consistent_length(Y, other)
    if Y.shape != other.shape:
        raise ValueError(f"{name} has shape {other.shape}; expected that of Y_true, {Y.shape}.")


def _check_same_labels(Y_true, other, name):
    """Raise an error for frames of the same labels in another order, which is a mistake."""
    true, theirs = list(getattr(Y_true, "columns", [])), list(getattr(other, "columns", []))
    if true != theirs and sorted(map(str, true)) == sorted(map(str, theirs)):
        raise ValueError(
            f"{name} has the columns {theirs[:10]}, Y_true the same in another order, {true[:10]}; "
            f"write {name}[Y_true.columns]."
        )
