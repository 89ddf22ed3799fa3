"""Scores of a ranking: how well the scores of labels set true ones above the others."""

import numpy as np

from skmlic.metrics._validation import (
    check_average,
    check_scores,
    check_weight,
    mean_over_labels,
    mean_over_samples,
)

_RECALLS = {"voc11": np.linspace(0, 1, 11), "coco": np.linspace(0, 1, 101)}


def average_precision_score(
    Y_true,
    Y_score,
    *,
    average="macro",
    interpolation=None,
    undefined="skip",
    sample_weight=None,
    label_names=None,
):
    r"""Compute average precision, by label or its mean over labels (mAP).

    Of one label, with precision :math:`P(s)` and recall :math:`R(s)` among the samples whose score
    is at least :math:`s`, for :math:`n` positives of scores :math:`s_i`:

    - ``interpolation=None``: :math:`\frac{1}{n} \sum_i P(s_i)`, the area below the steps of the
      precision-recall curve. Equal to :func:`sklearn.metrics.average_precision_score`, and what
      papers on COCO's and VOC's multi-label classification mean by mAP since about 2015.
    - "voc": the area below the curve whose precision at recall :math:`r` is the largest precision
      at any recall :math:`\ge r`. PASCAL VOC's definition from 2010 on [1]_.
    - "voc11": the mean of that interpolated precision at the 11 recalls 0, 0.1, …, 1. PASCAL VOC's
      definition until 2009, and that of VOC2007's published figures [1]_.
    - "coco": its mean at the 101 recalls 0, 0.01, …, 1, as COCO's detection evaluation takes it
      [2]_.

    Figures of different definitions can't be compared: say which one it is.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

    Y_score : array-like of shape (n_samples, n_labels)
        Probabilities, logits or any scores that are larger where a label is more likely; also the
        list of arrays of shape (n_samples, 2) that some of scikit-learn's ``predict_proba`` give.

    average : {"macro", "micro", "weighted", None}, default="macro"
        "macro" is the plain mean over labels, "weighted" weighs labels by their positives, "micro"
        takes all pairs of sample and label for one ranking, ``None`` returns each label's.

    interpolation : {None, "voc", "voc11", "coco"}, default=None
        The definition.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For a label without positives: "skip" leaves it out of the mean and warns with its name,
        "nan" makes the mean NaN, "raise" is an error, a number stands in for its value. (With
        ``average=None`` the value is NaN with "skip" and with "nan".)

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    label_names : sequence of shape (n_labels,), default=None
        Names for messages; by default the columns of Y_true if it is a frame, else numbers.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a score is undefined and ``undefined="raise"``.

    Warns
    -----
    UndefinedMetricWarning
        If labels are skipped.

    References
    ----------
    .. [1] M. Everingham, S. M. A. Eslami, L. Van Gool, C. K. I. Williams, J. Winn, A. Zisserman,
       "The PASCAL Visual Object Classes Challenge: A Retrospective", IJCV 111, 2015.
    .. [2] T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; cocoapi's
       ``COCOeval.accumulate``.

    Examples
    --------
    >>> from skmlic.metrics import average_precision_score
    >>> Y = [[1, 0], [0, 1], [1, 1], [0, 0]]
    >>> scores = [[0.9, 0.2], [0.4, 0.8], [0.3, 0.6], [0.1, 0.7]]
    >>> average_precision_score(Y, scores, average=None).round(3)
    array([0.833, 0.833])
    >>> round(average_precision_score(Y, scores, interpolation="voc11"), 3)
    0.848
    """
    check_average(average, ("macro", "micro", "weighted", None))
    if interpolation not in (None, "voc", *_RECALLS):
        raise ValueError(
            f"interpolation={interpolation!r}: expected None, 'voc', 'voc11' or 'coco'."
        )
    Y, scores, names = check_scores(Y_true, Y_score, label_names)
    values, support = _by_label(
        lambda *column: _average_precision(*column, interpolation),
        Y,
        scores,
        check_weight(sample_weight, Y),
        micro=average == "micro",
    )
    return mean_over_labels(
        values,
        None if average == "micro" else names,
        average="macro" if average == "micro" else average,
        undefined=undefined,
        reason="no positives in Y_true",
        weight=support if average == "weighted" else None,
    )


def roc_auc_score(
    Y_true, Y_score, *, average="macro", undefined="skip", sample_weight=None, label_names=None
):
    r"""Compute the area under the ROC curve, by label or its mean over labels.

    Of one label, the probability that a positive has a larger score than a negative, ties counting
    one half [1]_. Equal to :func:`sklearn.metrics.roc_auc_score` where that is defined.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely.

    average : {"macro", "micro", "weighted", None}, default="macro"
        As in :func:`average_precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        For a label without positives or without negatives; as in
        :func:`average_precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    label_names : sequence of shape (n_labels,), default=None
        Names for messages; by default the columns of Y_true if it is a frame, else numbers.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better; 0.5 for scores that know nothing.

    Raises
    ------
    ValueError
        If shapes or values don't fit, or a score is undefined and ``undefined="raise"``.

    Warns
    -----
    UndefinedMetricWarning
        If labels are skipped.

    References
    ----------
    .. [1] J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating
       characteristic (ROC) curve", Radiology 143, 1982.

    Examples
    --------
    >>> from skmlic.metrics import roc_auc_score
    >>> Y = [[1, 0], [0, 1], [1, 1], [0, 0]]
    >>> scores = [[0.9, 0.2], [0.4, 0.8], [0.3, 0.6], [0.1, 0.7]]
    >>> roc_auc_score(Y, scores, average=None)
    array([0.75, 0.75])
    """
    check_average(average, ("macro", "micro", "weighted", None))
    Y, scores, names = check_scores(Y_true, Y_score, label_names)
    values, support = _by_label(
        _roc_auc, Y, scores, check_weight(sample_weight, Y), micro=average == "micro"
    )
    return mean_over_labels(
        values,
        None if average == "micro" else names,
        average="macro" if average == "micro" else average,
        undefined=undefined,
        reason="no positives or no negatives in Y_true",
        weight=support if average == "weighted" else None,
    )


def one_label_accuracy_score(Y_true, Y_score, *, undefined="skip", sample_weight=None):
    """Compute the share of samples whose most probable label is one of the true ones.

    Also called top-1 accuracy or hit rate. One minus :func:`one_error`.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

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
    Y, scores, _ = check_scores(Y_true, Y_score)
    hit = Y[np.arange(len(Y)), scores.argmax(axis=1)]
    return _mean_of_labelled(Y, hit, undefined, sample_weight)


def one_error(Y_true, Y_score, *, undefined="skip", sample_weight=None):
    """Compute the share of samples whose most probable label is not a true one [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

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
    Y, scores, _ = check_scores(Y_true, Y_score)
    missed = ~Y[np.arange(len(Y)), scores.argmax(axis=1)]
    return _mean_of_labelled(Y, missed, undefined, sample_weight)


def coverage_error(Y_true, Y_score, *, undefined="skip", sample_weight=None):
    """Compute how many labels, best first, must be taken on average to have all the true ones.

    Labels of equal scores are taken together. Equal to :func:`sklearn.metrics.coverage_error`,
    except that this counts 0 for samples without a label [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

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
    Y, scores, _ = check_scores(Y_true, Y_score)
    lowest = np.where(Y, scores, np.inf).min(axis=1)
    needed = (scores >= lowest[:, np.newaxis]).sum(axis=1)
    return _mean_of_labelled(Y, needed, undefined, sample_weight)


def label_ranking_loss(Y_true, Y_score, *, undefined="skip", sample_weight=None):
    """Compute the mean share of pairs of a true and a false label that are ordered wrongly.

    A tie counts as wrong. Equal to :func:`sklearn.metrics.label_ranking_loss`, except that this
    counts 0 for samples without such a pair [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

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
    Y, scores, _ = check_scores(Y_true, Y_score)
    true, rank, true_rank = _ranks(Y, scores)
    n_true = Y.sum(axis=1)
    wrong = np.where(true, rank - true_rank, 0).sum(axis=1)
    pairs = n_true * (Y.shape[1] - n_true)
    loss = np.divide(wrong, pairs, out=np.full(len(Y), np.nan), where=pairs > 0)
    return mean_over_samples(
        loss,
        undefined=undefined,
        reason="no pair of a true and a false label",
        sample_weight=check_weight(sample_weight, Y),
    )


def label_ranking_average_precision_score(Y_true, Y_score, *, undefined="skip", sample_weight=None):
    """Compute label ranking average precision (LRAP).

    For each true label of a sample, the share of true ones among the labels of at least its score;
    the mean over true labels, then over samples. Equal to
    :func:`sklearn.metrics.label_ranking_average_precision_score`, except that this counts 1 for
    samples without a label [1]_.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

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
    Y, scores, _ = check_scores(Y_true, Y_score)
    true, rank, true_rank = _ranks(Y, scores)
    precision = np.where(true, true_rank / rank, 0).sum(axis=1) / np.maximum(Y.sum(axis=1), 1)
    return _mean_of_labelled(Y, precision, undefined, sample_weight)


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


def _by_label(score, Y, scores, weight, *, micro):
    """Return a score of each label and the labels' weight of positives; of all as one if micro."""
    if micro:
        weight = None if weight is None else np.repeat(weight, Y.shape[1])
        Y, scores = Y.reshape(-1, 1), scores.reshape(-1, 1)
    if weight is not None:
        Y, scores, weight = Y[weight > 0], scores[weight > 0], weight[weight > 0]
    # Columns in one piece are read many times faster.
    truth, by_label = np.ascontiguousarray(Y.T), np.ascontiguousarray(scores.T)
    values = np.array(
        [score(y, s, weight) for y, s in zip(truth, by_label, strict=True)], dtype=np.float64
    )
    return values, truth.sum(axis=1) if weight is None else truth @ weight


def _average_precision(y, scores, weight, interpolation):
    at = scores[y]
    if not len(at):
        return np.nan
    of_positives = None if weight is None else weight[y]
    if interpolation is not None:
        at = np.unique(at)[::-1]
    hits = _weight_from(scores[y], of_positives, at)
    precision = hits / _weight_from(scores, weight, at)
    if interpolation is None:
        return np.average(precision, weights=of_positives)
    recall = hits / hits[-1]
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if interpolation == "voc":
        return np.sum(np.diff(recall, prepend=0) * best)
    # Rounding must not push a recall of 3/10 beyond the third step.
    place = np.searchsorted(recall, _RECALLS[interpolation] - 1e-12)
    return best[place].mean()


def _roc_auc(y, scores, weight):
    at = scores[y]
    if not len(at) or len(at) == len(y):
        return np.nan
    of_positives = None if weight is None else weight[y]
    negatives = scores[~y]
    of_negatives = None if weight is None else weight[~y]
    total = len(negatives) if weight is None else of_negatives.sum()
    at_least = _weight_from(negatives, of_negatives, at)
    above = _weight_from(negatives, of_negatives, at, side="right")
    return 1 - np.average(at_least + above, weights=of_positives) / 2 / total


def _weight_from(scores, weight, at, side="left"):
    """Return the weight, or number, of the samples whose score is at least each of `at`.

    Those above, if side is "right".
    """
    if weight is None:
        return len(scores) - np.searchsorted(np.sort(scores), at, side=side)
    order = np.argsort(scores)
    # Summed from the best sample on: a small weight at the top is not lost among large ones below.
    weight_of_best = np.concatenate([[0.0], np.cumsum(weight[order][::-1])])
    return weight_of_best[len(scores) - np.searchsorted(scores[order], at, side=side)]
