"""Average precision."""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Score, Undefined
from skmlic.metrics._curves import score_curves, weigh_from

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
    r"""Compute average precision, per label or averaged over labels (mAP).

    For one label with :math:`n` positives of scores :math:`s_i`, let :math:`P(s)` and :math:`R(s)`
    be precision and recall among the samples whose score is at least :math:`s`. The definitions
    are:

    - ``interpolation=None``: :math:`\frac{1}{n} \sum_i P(s_i)`, the area below the steps of the
      precision-recall curve. It equals :func:`sklearn.metrics.average_precision_score` and is what
      papers on multi-label classification of COCO and VOC mean by mAP since about 2015.
    - "voc": the area below the curve whose precision at recall :math:`r` is the largest precision
      at any recall :math:`\ge r`. This is the definition of PASCAL VOC from 2010 on [1]_.
    - "voc11": the mean of that interpolated precision at the 11 recalls 0, 0.1, …, 1. This is the
      definition of PASCAL VOC until 2009, and that of the published figures of VOC2007 [1]_.
    - "coco": the mean at the 101 recalls 0, 0.01, …, 1, as in COCO's evaluation of detections
      [2]_.

    Figures of different definitions cannot be compared: report which one you use.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Probabilities, logits or any scores that are larger where a label is more likely. The list
        of arrays of shape (n_samples, 2) that ``predict_proba`` of some estimators of scikit-learn
        returns is accepted, too.

    average : {"macro", "micro", "weighted", None}, default="macro"
        "macro" is the unweighted mean over labels, "weighted" weights labels by their positives,
        "micro" ranks all pairs of sample and label together, ``None`` returns the score of each
        label.

    interpolation : {None, "voc", "voc11", "coco"}, default=None
        The definition.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with a label without positives. "skip" leaves it out of the mean and names it in
        an ``UndefinedMetricWarning``, "nan" makes the mean NaN, "raise" raises an error, and a
        number replaces the score. With ``average=None`` the score is NaN with both "skip" and
        "nan".

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
    if not isinstance(interpolation, str | None) or interpolation not in (None, "voc", *_RECALLS):
        raise ValueError(
            f"interpolation={interpolation!r}: expected None, 'voc', 'voc11' or 'coco'."
        )
    return score_curves(
        partial(_average_precision, interpolation=interpolation),
        "no positives in Y_true",
        Y_true,
        Y_score,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def _average_precision(y, scores, weight, interpolation):
    at = scores[y]
    if not len(at):
        return np.nan
    of_positives = None if weight is None else weight[y]
    if interpolation is not None:
        at = np.unique(at)[::-1]
    hits = weigh_from(scores[y], of_positives, at)
    precision = hits / weigh_from(scores, weight, at)
    if interpolation is None:
        return np.average(precision, weights=of_positives)
    recall = hits / hits[-1]
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if interpolation == "voc":
        return np.sum(np.diff(recall, prepend=0) * best)
    # The tolerance keeps rounding from pushing a recall of 3/10 beyond the third step.
    place = np.searchsorted(recall, _RECALLS[interpolation] - 1e-12)
    return best[place].mean()
