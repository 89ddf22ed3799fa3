"""Shares of right decisions, and the counts behind them."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skmlic._utils._typing import Labels, Score, Undefined
from skmlic.metrics._counts import balanced_accuracy_parts, count, divide, score_counts
from skmlic.metrics._validation import (
    check_average,
    check_decisions,
    check_weight,
    entry_weight,
)


def balanced_accuracy_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Literal["macro", "weighted"] | None = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute balanced accuracy, the mean of recall and specificity, by label or its mean.

    :math:`\frac{1}{2} \left( \frac{TP}{TP + FN} + \frac{TN}{TN + FP} \right)`, undefined for a
    label without positives or without negatives.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", "weighted", None}, default="macro"
        As in :func:`precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    label_names : sequence of shape (n_labels,), default=None
        Names for messages; by default the columns of Y_true if it is a frame, else numbers.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better; 0.5 for decisions that know nothing.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a score is undefined and ``undefined="raise"``.

    Warns
    -----
    UndefinedMetricWarning
        If labels are skipped.

    Examples
    --------
    >>> from skmlic.metrics import balanced_accuracy_score
    >>> balanced_accuracy_score([[1, 0], [1, 1], [0, 0]], [[1, 1], [0, 1], [0, 0]])
    0.75
    """
    check_average(average, ("macro", "weighted", None))
    return score_counts(
        lambda counts: divide(*balanced_accuracy_parts(counts)),
        Y_true,
        Y_pred,
        average,
        undefined,
        sample_weight,
        label_names,
        "no positives or no negatives in Y_true",
    )


def subset_accuracy_score(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> float:
    """Compute the share of samples whose labels are all right (all-label accuracy).

    Equal to :func:`sklearn.metrics.accuracy_score` of multi-label Y.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    score : float
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit.

    Examples
    --------
    >>> from skmlic.metrics import subset_accuracy_score
    >>> subset_accuracy_score([[1, 0], [1, 1]], [[1, 1], [1, 1]])
    0.5
    """
    Y, known, _, predicted = check_decisions(Y_true, Y_pred)
    weight = entry_weight(Y, known, check_weight(sample_weight, Y))
    right = ((predicted == Y) | (weight == 0)).all(axis=1)
    return float(np.average(right, weights=weight.max(axis=1)))


def label_accuracy_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Literal["macro"] | None = "macro",
    sample_weight: ArrayLike | None = None,
) -> Score:
    """Compute the share of samples for which a label is right, by label or its mean.

    The mean is one minus the Hamming loss. With rare labels it is near 1 for a classifier that
    sets none: read it beside :func:`balanced_accuracy_score` or :func:`f1_score`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", None}, default="macro"
        The mean over labels, or each label's.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit.

    Examples
    --------
    >>> from skmlic.metrics import label_accuracy_score
    >>> label_accuracy_score([[1, 0], [1, 1]], [[1, 1], [1, 1]], average=None)
    array([1. , 0.5])
    """
    check_average(average, ("macro", None))
    Y, known, _, predicted = check_decisions(Y_true, Y_pred)
    weight = entry_weight(Y, known, check_weight(sample_weight, Y))
    by_label = divide(((predicted == Y) * weight).sum(axis=0), weight.sum(axis=0))
    return by_label if average is None else float(np.nanmean(by_label))


def hamming_loss(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> float:
    """Compute the share of wrong entries among all pairs of sample and label.

    Equal to :func:`sklearn.metrics.hamming_loss`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    loss : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit.

    Examples
    --------
    >>> from skmlic.metrics import hamming_loss
    >>> hamming_loss([[1, 0], [1, 1]], [[1, 1], [1, 1]])
    0.25
    """
    Y, known, _, predicted = check_decisions(Y_true, Y_pred)
    weight = entry_weight(Y, known, check_weight(sample_weight, Y))
    return float(np.average(predicted != Y, weights=weight))


def multilabel_confusion_matrix(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> NDArray[Any]:
    """Compute each label's confusion matrix.

    Equal to :func:`sklearn.metrics.multilabel_confusion_matrix`, also for one label.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    matrices : ndarray of shape (n_labels, 2, 2)
        For each label ``[[TN, FP], [FN, TP]]``: numbers of samples, or their weights.

    Raises
    ------
    ValueError
        If shapes or values don't fit.

    Examples
    --------
    >>> from skmlic.metrics import multilabel_confusion_matrix
    >>> multilabel_confusion_matrix([[1, 0], [1, 1]], [[1, 1], [0, 1]])
    array([[[0, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [0, 1]]])
    """
    Y, known, _, predicted = check_decisions(Y_true, Y_pred)
    counts = count(Y, predicted, axis=0, weight=check_weight(sample_weight, Y), known=known)
    rows = [
        [counts.negatives - counts.fp, counts.fp],
        [counts.positives - counts.tp, counts.tp],
    ]
    return np.array(rows).transpose(2, 0, 1)
