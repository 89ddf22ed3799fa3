"""Scores of a ranking: how well the scores of labels set true ones above the others."""

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Undefined
from skmlic.metrics._validation import (
    check_scores,
    check_weight,
    mean_over_samples,
)


def one_label_accuracy_score(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Compute the share of samples whose most probable label is one of the true ones.

    Also called top-1 accuracy or hit rate. One minus :func:`one_error`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely. Of equal scores the first label counts.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For samples without a true label, which no label can hit: "skip" leaves them out, a number
        stands in for their value, "nan" makes the mean NaN, "raise" is an error.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    score : float
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a sample has no label and ``undefined="raise"``.

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
    """Compute the share of samples whose most probable label is not a true one.

    Defined in [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely. Of equal scores the first label counts.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For samples without a true label, as in :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    error : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a sample has no label and ``undefined="raise"``.

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
    """Compute how many labels, best first, must be taken on average to have all the true ones.

    Labels of equal scores are taken together. Equal to :func:`sklearn.metrics.coverage_error`,
    except that this counts 0 for samples without a label [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For samples without a true label, as in :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    error : float
        Between 1 and n_labels, smaller is better; the mean number of labels a sample is the best
        possible.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a sample has no label and ``undefined="raise"``.

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
    """Compute the mean share of pairs of a true and a false label that are ordered wrongly.

    A tie counts as wrong. Equal to :func:`sklearn.metrics.label_ranking_loss`, except that this
    counts 0 for samples without such a pair [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For samples without a true or without a false label, as in
        :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    loss : float
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a sample has no pair and ``undefined="raise"``.

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

    For each true label of a sample, the share of true ones among the labels of at least its score;
    the mean over true labels, then over samples. Equal to
    :func:`sklearn.metrics.label_ranking_average_precision_score`, except that this counts 1 for
    samples without a label [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For samples without a true label, as in :func:`one_label_accuracy_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    score : float
        Above 0, at most 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a sample has no label and ``undefined="raise"``.

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
    """Return truth, number of false labels a sample, and scores, unknown labels ranked last."""
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
    """Return the truth, the rank and the rank among true labels, each row's best label first.

    Labels of equal scores all have the last one's rank.
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
