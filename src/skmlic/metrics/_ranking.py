"""Scores of a ranking: how well true labels are ranked above the others."""

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Undefined
from skmlic.metrics._averages import mean_over_samples
from skmlic.metrics._validation import check_scores, check_weight


def one_label_accuracy_score(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute the fraction of samples whose most probable label is a true one.

    Also called top-1 accuracy or hit rate. It is one minus :func:`one_error`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely. Of equal scores the first counts.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with samples without a true label. "skip" leaves them out, "nan" makes the mean
        NaN, "raise" raises an error, and a number replaces their score.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a sample has no true label and ``undefined="raise"``.

    Examples
    --------
    >>> from skmlic.metrics import one_label_accuracy_score
    >>> one_label_accuracy_score([[1, 1], [0, 1]], [[0.9, 0.2], [0.8, 0.3]])
    0.5
    """
    Y, _, scores = _check_ranking(Y_true, Y_score)
    hit = Y[np.arange(len(Y)), scores.argmax(axis=1)]
    return _mean_of_labelled(Y, hit, undefined, sample_weight)


def one_error(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute the fraction of samples whose most probable label is not a true one.

    It is one minus :func:`one_label_accuracy_score` [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely. Of equal scores the first counts.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with samples without a true label, see :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    error : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a sample has no true label and ``undefined="raise"``.

    References
    ----------
    .. [1] R. E. Schapire, Y. Singer, "BoosTexter: A Boosting-based System for Text
       Categorization", Machine Learning 39, 2000.

    Examples
    --------
    >>> from skmlic.metrics import one_error
    >>> one_error([[1, 1], [0, 1], [0, 1], [1, 0]], [[0.9, 0.2], [0.8, 0.3], [0, 1], [1, 0]])
    0.25
    """
    Y, _, scores = _check_ranking(Y_true, Y_score)
    missed = ~Y[np.arange(len(Y)), scores.argmax(axis=1)]
    return _mean_of_labelled(Y, missed, undefined, sample_weight)


def coverage_error(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute how many top-ranked labels are needed on average to cover all true ones.

    Labels with equal scores are taken together [1]_. It equals
    :func:`sklearn.metrics.coverage_error`, except that the latter counts 0 for samples without a
    true label.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with samples without a true label, see :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    error : float
        Between 1 and n_labels, smaller is better. The best possible value is the mean number of
        labels per sample.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a sample has no true label and ``undefined="raise"``.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, I. Vlahavas, "Mining Multi-label Data", Data Mining and
       Knowledge Discovery Handbook, 2010.

    Examples
    --------
    >>> from skmlic.metrics import coverage_error
    >>> coverage_error([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]])
    2.5
    """
    Y, _, scores = _check_ranking(Y_true, Y_score)
    lowest = np.where(Y, scores, np.inf).min(axis=1)
    needed = (scores >= lowest[:, np.newaxis]).sum(axis=1)
    return _mean_of_labelled(Y, needed, undefined, sample_weight)


def label_ranking_loss(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute the mean fraction of pairs of a true and a false label that are ordered wrongly.

    A tie counts as wrong [1]_. It equals :func:`sklearn.metrics.label_ranking_loss`, except that
    the latter counts 0 for samples without such a pair.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with samples without a true or without a false label, see
        :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    loss : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a sample has no pair and ``undefined="raise"``.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, I. Vlahavas, "Mining Multi-label Data", Data Mining and
       Knowledge Discovery Handbook, 2010.

    Examples
    --------
    >>> from skmlic.metrics import label_ranking_loss
    >>> label_ranking_loss([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]])
    0.75
    """
    Y, n_false, scores = _check_ranking(Y_true, Y_score)
    true, rank, true_rank = _ranks(Y, scores)
    wrong = np.where(true, rank - true_rank, 0).sum(axis=1)
    pairs = Y.sum(axis=1) * n_false
    loss = np.divide(wrong, pairs, out=np.full(len(Y), np.nan), where=pairs > 0)
    return mean_over_samples(
        loss,
        undefined=undefined,
        reason="no pair of a true and a false label",
        sample_weight=check_weight(sample_weight, Y),
    )


def label_ranking_average_precision_score(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute label ranking average precision (LRAP).

    For each true label of a sample, it takes the fraction of true ones among the labels with at
    least its score, and averages over true labels, then over samples [1]_. It equals
    :func:`sklearn.metrics.label_ranking_average_precision_score`, except that the latter counts 1
    for samples without a true label.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with samples without a true label, see :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        Above 0, at most 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a sample has no true label and ``undefined="raise"``.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, I. Vlahavas, "Mining Multi-label Data", Data Mining and
       Knowledge Discovery Handbook, 2010.

    Examples
    --------
    >>> from skmlic.metrics import label_ranking_average_precision_score
    >>> Y = [[1, 0, 0], [0, 0, 1]]
    >>> round(label_ranking_average_precision_score(Y, [[0.75, 0.5, 1], [1, 0.2, 0.1]]), 3)
    0.417
    """
    Y, _, scores = _check_ranking(Y_true, Y_score)
    true, rank, true_rank = _ranks(Y, scores)
    precision = np.where(true, true_rank / rank, 0).sum(axis=1) / np.maximum(Y.sum(axis=1), 1)
    return _mean_of_labelled(Y, precision, undefined, sample_weight)


def _check_ranking(Y_true, Y_score):
    """Return truth, number of false labels per sample, and scores, with missing labels last."""
    Y, known, _, scores = check_scores(Y_true, Y_score)
    if known is None:
        return Y, (~Y).sum(axis=1), scores
    return Y, (known & ~Y).sum(axis=1), np.where(known, scores, -np.inf)


def _mean_of_labelled(Y, values, undefined, sample_weight):
    values = np.where(Y.any(axis=1), values, np.nan)
    return mean_over_samples(
        values,
        undefined=undefined,
        reason="no true label",
        sample_weight=check_weight(sample_weight, Y),
    )


def _ranks(Y, scores):
    """Return truth, rank and rank among true labels, with the best label of each row first.

    Labels with equal scores all have the rank of the last one.
    """
    n_labels = Y.shape[1]
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    true = np.take_along_axis(Y, order, axis=1)
    last_of_tie = np.ones_like(true)
    last_of_tie[:, :-1] = ordered[:, :-1] != ordered[:, 1:]
    place = np.where(last_of_tie, np.arange(n_labels), n_labels)
    place = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    return true, place + 1, np.take_along_axis(true.cumsum(axis=1), place, axis=1)
