"""Areas below curves: average precision and ROC AUC of labels."""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Score, Undefined
from skmlic.metrics._validation import (
    check_average,
    check_scores,
    check_weight,
    mean_over_labels,
)

_RECALLS = {"voc11": np.linspace(0, 1, 11), "coco": np.linspace(0, 1, 101)}


def average_precision_score(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    average: Literal["macro", "micro", "weighted"] | None = "macro",
    interpolation: Literal["voc", "voc11", "coco"] | None = None,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
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
        0 and 1; NaN where it is unknown, which counts for nothing.

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
    Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
    values, support = _by_label(
        partial(_average_precision, interpolation=interpolation),
        Y,
        known,
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
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    average: Literal["macro", "micro", "weighted"] | None = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute the area under the ROC curve, by label or its mean over labels.

    Of one label, the probability that a positive has a larger score than a negative, ties counting
    one half [1]_. Equal to :func:`sklearn.metrics.roc_auc_score` where that is defined.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

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
    Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
    values, support = _by_label(
        _roc_auc, Y, known, scores, check_weight(sample_weight, Y), micro=average == "micro"
    )
    return mean_over_labels(
        values,
        None if average == "micro" else names,
        average="macro" if average == "micro" else average,
        undefined=undefined,
        reason="no positives or no negatives in Y_true",
        weight=support if average == "weighted" else None,
    )


def _by_label(score, Y, known, scores, weight, *, micro):
    """Return a score of each label and the labels' weight of positives; of all as one if micro."""
    if micro:
        weight = None if weight is None else np.repeat(weight, Y.shape[1])
        Y, scores = Y.reshape(-1, 1), scores.reshape(-1, 1)
        known = None if known is None else known.reshape(-1, 1)
    # Columns in one piece are read many times faster.
    truth, by_label = np.ascontiguousarray(Y.T), np.ascontiguousarray(scores.T)
    values, support = [], []
    for j, (y, column) in enumerate(zip(truth, by_label, strict=True)):
        used = None if known is None else known[:, j]
        if weight is not None:
            used = weight > 0 if used is None else used & (weight > 0)
        of_label = (y, column, weight)
        if used is not None:
            of_label = tuple(None if part is None else part[used] for part in of_label)
        values.append(score(*of_label))
        support.append(of_label[0].sum() if weight is None else of_label[0] @ of_label[2])
    return np.array(values, dtype=np.float64), np.array(support)


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
