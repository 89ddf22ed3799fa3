"""Precision and recall."""

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Average, Labels, Score, Undefined
from skmlic.metrics._counts import divide, score_counts


def precision_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute precision, the fraction of predicted labels that are true: :math:`TP / (TP + FP)`.

    With ``average="samples"`` it is the mean of :math:`|T \cap P| / |P|` over samples, for true
    labels :math:`T` and predicted ones :math:`P`.

    The precision of a label (or sample) that has positives and is never predicted is 0, since
    leaving it out would reward a classifier that predicts nothing. It is undefined without
    positives *and* predictions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        "macro" is the unweighted mean over labels, "weighted" weights labels by their positives,
        "micro" counts all pairs of sample and label together, "samples" is the mean over samples,
        ``None`` returns the score of each label.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do where the score is undefined. "skip" leaves a label out of the mean and names it
        in an ``UndefinedMetricWarning`` (samples are left out without a warning), "nan" makes the
        mean NaN, "raise" raises an error, and a number replaces the score. With ``average=None``
        the score is NaN with both "skip" and "nan".

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    label_names : array-like of shape (n_labels,), default=None
        Names of labels in messages. By default the columns of Y_true if it is a frame, else
        numbers.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a score is undefined and ``undefined="raise"``.

    Examples
    --------
    >>> from skmlic.metrics import precision_score
    >>> precision_score([[1, 0], [1, 1]], [[1, 1], [1, 1]], average=None)
    array([1. , 0.5])
    """
    return score_counts(
        _precision,
        "neither positives nor predictions",
        Y_true,
        Y_pred,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def recall_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute recall, the fraction of true labels that are predicted: :math:`TP / (TP + FN)`.

    With ``average="samples"`` it is the mean of :math:`|T \cap P| / |T|` over samples. It is
    undefined for a label (or sample) without positives.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
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
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a score is undefined and ``undefined="raise"``.

    Examples
    --------
    >>> from skmlic.metrics import recall_score
    >>> recall_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], average=None)
    array([0.5, 1. ])
    """
    return score_counts(
        _recall,
        "no positives in Y_true",
        Y_true,
        Y_pred,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def _precision(counts):
    ratio = divide(counts.tp, counts.tp + counts.fp)
    return np.where(np.isnan(ratio) & (counts.positives > 0), 0.0, ratio)


def _recall(counts):
    return divide(counts.tp, counts.positives)
