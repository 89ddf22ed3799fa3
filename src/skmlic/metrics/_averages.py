"""Averages of scores that are undefined for some labels or samples."""

from numbers import Real

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._warnings import warn_caller

_POLICIES = ("skip", "nan", "raise")


def check_undefined(undefined):
    """Raise an error if `undefined` is neither a policy nor a number."""
    if isinstance(undefined, str) and undefined in _POLICIES:
        return
    if isinstance(undefined, Real) and not isinstance(undefined, bool):
        return
    raise ValueError(f"undefined={undefined!r}: expected one of {_POLICIES}, or a number.")


def mean_over_labels(values, label_names, *, average, undefined, reason, weight=None):
    """Return the mean of the scores of labels, or the scores themselves.

    Parameters
    ----------
    values : ndarray of shape (n_labels,)
        Scores, NaN where a score is undefined.

    label_names : sequence of shape (n_labels,) or None
        Names for messages; None if the only value is that of all labels together.

    average : {"macro", "weighted", None}
        ``None`` returns the values.

    undefined : {"skip", "nan", "raise"} or float
        What to do with labels whose value is NaN.

    reason : str
        What labels with an undefined score have, for messages: "no positives in Y_true".

    weight : ndarray of shape (n_labels,), default=None
        Weights of labels, for "weighted".

    Returns
    -------
    mean : float or ndarray of shape (n_labels,)
    """
    check_undefined(undefined)
    values = np.asarray(values, dtype=np.float64)
    is_undefined = np.isnan(values)
    if weight is not None and not weight.any():
        # The mean itself is undefined, whatever the values are.
        is_undefined, reason, weight = np.ones_like(is_undefined), "no positives in Y_true", None
        values = np.full_like(values, np.nan)
    if is_undefined.any():
        if undefined == "raise":
            raise ValueError(f"{_describe(label_names, is_undefined, reason)}.")
        if undefined == "skip":
            if average is None:
                consequence = "the score is NaN"
            else:
                consequence = (
                    "the mean is NaN" if is_undefined.all() else "the mean is over the others"
                )
            warn_caller(
                f"{_describe(label_names, is_undefined, reason)}; {consequence}. Pass undefined= "
                "to the score, or to get_scorer, to change this.",
                UndefinedMetricWarning,
            )
        elif undefined != "nan":
            values = np.where(is_undefined, float(undefined), values)
            is_undefined = np.zeros_like(is_undefined)
    if average is None:
        return values
    if undefined == "skip":
        values = values[~is_undefined]
        weight = None if weight is None else weight[~is_undefined]
    return _mean(values, weight)


def mean_over_samples(values, *, undefined, reason, sample_weight=None):
    """Return the mean of the scores of samples, which are NaN where undefined.

    Samples without a label are common and not a defect of the data, so "skip" leaves them out
    without a warning.
    """
    check_undefined(undefined)
    is_undefined = np.isnan(values)
    if sample_weight is not None:
        # A sample with weight 0 is treated as absent, so its score need not be defined.
        values, is_undefined = (
            np.where(sample_weight > 0, values, 0),
            is_undefined & (sample_weight > 0),
        )
    if is_undefined.any():
        if undefined == "raise":
            first, *others = np.flatnonzero(is_undefined)
            more = f" (and {len(others)} more)" if others else ""
            raise ValueError(
                f"Sample {first}{more} has {reason}, which leaves its score undefined."
            )
        if undefined == "skip":
            values = values[~is_undefined]
            sample_weight = None if sample_weight is None else sample_weight[~is_undefined]
        elif undefined != "nan":
            values = np.where(is_undefined, float(undefined), values)
    return _mean(values, sample_weight)


def mean_over_known(values, weight):
    """Return the weighted mean; NaN, with a warning, if all weights are 0."""
    if not weight.any():
        warn_caller(
            "Y_true has no known label in samples with a weight above 0, which leaves the score "
            "undefined; it is NaN.",
            UndefinedMetricWarning,
        )
        return float("nan")
    return float(np.average(values, weights=weight))


def mean_over_defined(values):
    """Return the mean of values that are not NaN; NaN, with a warning, if all are."""
    return mean_over_known(np.nan_to_num(values), ~np.isnan(values))


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
