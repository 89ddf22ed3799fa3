"""Counts of true and false predictions, and the ratios that scores take of them."""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._compat import Interval
from skmlic.metrics._averages import mean_over_labels, mean_over_samples
from skmlic.metrics._validation import check_average, check_predictions, check_weight

AVERAGES = ("macro", "micro", "samples", "weighted", None)


class Counts(NamedTuple):
    """True and false positives, positives and negatives: arrays, or numbers with their methods."""

    tp: NDArray[Any]
    fp: NDArray[Any]
    positives: NDArray[Any]
    negatives: NDArray[Any]


_LARGEST_BETA = 1e6


def count(Y, predicted, *, axis, weight=None, known=None):
    """Count predictions per label (axis 0), per sample (axis 1), or all together (None).

    Parameters
    ----------
    Y, predicted : ndarray of shape (n_samples, n_labels), dtype bool
        True labels and predicted labels.

    axis : {0, 1, None}
        0 counts over samples, 1 over labels, None over both.

    weight : ndarray of shape (n_samples,), default=None
        Sample weights.

    known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
        Mask of the entries to count; all by default.

    Returns
    -------
    counts : Counts
        True and false positives, positives and negatives.
    """
    negatives = ~Y if known is None else ~Y & known
    parts = (Y & predicted, negatives & predicted, Y, negatives)
    if weight is None:
        return Counts(*(np.sum(part, axis=axis) for part in parts))
    return Counts(*(np.sum(part * weight[:, np.newaxis], axis=axis) for part in parts))


def divide(numerator, denominator):
    """Return the ratio, NaN where the denominator is 0."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    nan = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=nan, where=denominator > 0)


def check_beta(beta):
    """Raise an error for a beta that no F-beta score has."""
    if not Interval(Real, 0, _LARGEST_BETA, closed="right").is_satisfied_by(beta):
        raise ValueError(
            f"beta={beta!r}: expected a number above 0, and at most {_LARGEST_BETA:g}; beyond it "
            "the score is recall, which recall_score returns."
        )


def fbeta_parts(counts, beta):
    """Return numerator and denominator of F-beta; both are linear in the counts."""
    squared = float(beta) ** 2
    return (
        (1 + squared) * counts.tp,
        squared * counts.positives + counts.tp + counts.fp,
    )


def jaccard_parts(counts):
    """Return numerator and denominator of the Jaccard index; both are linear in the counts."""
    return counts.tp, counts.positives + counts.fp


def balanced_accuracy_parts(counts):
    """Return numerator and denominator of balanced accuracy, 0 / 0 where it is undefined."""
    both = (counts.positives > 0) & (counts.negatives > 0)
    recall = counts.tp / np.where(both, counts.positives, 1)
    specificity = (counts.negatives - counts.fp) / np.where(both, counts.negatives, 1)
    return np.where(both, (recall + specificity) / 2, 0), both.astype(float)


def score_counts(ratio, reason, Y_true, Y_pred, *, average, undefined, sample_weight, label_names):
    """Return the mean of a ratio of counts.

    Parameters
    ----------
    ratio : callable
        Returns the score, NaN where it is undefined, of given ``Counts``.

    reason : str
        What labels (or samples) with an undefined score have, for messages.

    Y_true, Y_pred, average, undefined, sample_weight, label_names : object
        As in :func:`skmlic.metrics.precision_score`.

    Returns
    -------
    score : float or ndarray of shape (n_labels,)
    """
    check_average(average, AVERAGES)
    Y, known, names, predicted = check_predictions(Y_true, Y_pred, label_names)
    weight = check_weight(sample_weight, Y)
    if average == "samples":
        by_sample = ratio(count(Y, predicted, axis=1, known=known))
        return mean_over_samples(
            by_sample, undefined=undefined, reason=reason, sample_weight=weight
        )
    axis = None if average == "micro" else 0
    counts = count(Y, predicted, axis=axis, weight=weight, known=known)
    if average == "micro":
        names, average, counts = None, "macro", Counts(*(np.atleast_1d(c) for c in counts))
    return mean_over_labels(
        ratio(counts),
        names,
        average=average,
        undefined=undefined,
        reason=reason,
        weight=counts.positives if average == "weighted" else None,
    )
