"""Accuracies: fractions of correct predictions."""

from typing import Literal

from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Score, Undefined
from skmlic.metrics._averages import mean_over_defined, mean_over_known
from skmlic.metrics._counts import balanced_accuracy_parts, divide, score_counts
from skmlic.metrics._validation import (
    check_average,
    check_predictions,
    check_weight,
    weigh_entries,
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
    r"""Compute balanced accuracy, the mean of recall and specificity, per label or averaged.

    :math:`\frac{1}{2} \left( \frac{TP}{TP + FN} + \frac{TN}{TN + FP} \right)`, undefined for a
    label without positives or without negatives.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    average : {"macro", "weighted", None}, default="macro"
        See :func:`precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        See :func:`precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    label_names : array-like of shape (n_labels,), default=None
        Names of labels in messages, see :func:`precision_score`.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better; 0.5 for predictions that do not depend on the sample.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a score is undefined and ``undefined="raise"``.

    Examples
    --------
    >>> from skmlic.metrics import balanced_accuracy_score
    >>> balanced_accuracy_score([[1, 0], [1, 1], [0, 0]], [[1, 1], [0, 1], [0, 0]])
    0.75
    """
    check_average(average, ("macro", "weighted", None))
    return score_counts(
        lambda counts: divide(*balanced_accuracy_parts(counts)),
        "no positives or no negatives in Y_true",
        Y_true,
        Y_pred,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def subset_accuracy_score(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> float:
    """Compute the fraction of samples whose labels are all correct.

    Also called all-label accuracy or exact match ratio. Equal to
    :func:`sklearn.metrics.accuracy_score` for multi-label Y.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit.

    Examples
    --------
    >>> from skmlic.metrics import subset_accuracy_score
    >>> subset_accuracy_score([[1, 0], [1, 1]], [[1, 1], [1, 1]])
    0.5
    """
    correct, weight = _compare(Y_true, Y_pred, sample_weight)
    return mean_over_known((correct | (weight == 0)).all(axis=1), weight.max(axis=1))


def label_accuracy_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Literal["macro"] | None = "macro",
    sample_weight: ArrayLike | None = None,
) -> Score:
    """Compute the fraction of samples for which a label is correct, per label or averaged.

    The mean is one minus the Hamming loss. With rare labels it is near 1 for a classifier that
    predicts none: compare it with :func:`balanced_accuracy_score` or :func:`f1_score`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    average : {"macro", None}, default="macro"
        The mean over labels, or the score of each label.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit.

    Examples
    --------
    >>> from skmlic.metrics import label_accuracy_score
    >>> label_accuracy_score([[1, 0], [1, 1]], [[1, 1], [1, 1]], average=None)
    array([1. , 0.5])
    """
    check_average(average, ("macro", None))
    correct, weight = _compare(Y_true, Y_pred, sample_weight)
    by_label = divide((correct * weight).sum(axis=0), weight.sum(axis=0))
    return by_label if average is None else mean_over_defined(by_label)


def hamming_loss(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> float:
    """Compute the fraction of wrong entries among all pairs of sample and label.

    Equal to :func:`sklearn.metrics.hamming_loss`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    loss : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit.

    Examples
    --------
    >>> from skmlic.metrics import hamming_loss
    >>> hamming_loss([[1, 0], [1, 1]], [[1, 1], [1, 1]])
    0.25
    """
    correct, weight = _compare(Y_true, Y_pred, sample_weight)
    return mean_over_known(~correct, weight)


def _compare(Y_true, Y_pred, sample_weight):
    """Return which entries are correct, and the weight of each: 0 for missing labels."""
    Y, known, _, predicted = check_predictions(Y_true, Y_pred)
    return predicted == Y, weigh_entries(Y, known, check_weight(sample_weight, Y))
