"""The area under the ROC curve."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Score, Undefined
from skmlic.metrics._curves import score_curves, weigh_from


def roc_auc_score(
    Y_true: Labels,
    Y_score: ArrayLike,
    *,
    average: Literal["macro", "micro", "weighted"] | None = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute the area under the ROC curve, per label or averaged over labels.

    For one label it is the probability that a positive has a larger score than a negative, where
    ties count one half [1]_. It equals :func:`sklearn.metrics.roc_auc_score` where that is defined.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely.

    average : {"macro", "micro", "weighted", None}, default="macro"
        See :func:`average_precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with a label without positives or without negatives, see
        :func:`average_precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    label_names : array-like of shape (n_labels,), default=None
        Names of labels in messages, see :func:`average_precision_score`.

    Returns
    -------
    score : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, larger is better; 0.5 for scores that do not depend on the sample.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a score is undefined and ``undefined="raise"``.

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
    return score_curves(
        _roc_auc,
        "no positives or no negatives in Y_true",
        Y_true,
        Y_score,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def _roc_auc(y, scores, weight):
    at = scores[y]
    if not len(at) or len(at) == len(y):
        return np.nan
    of_positives = None if weight is None else weight[y]
    negatives = scores[~y]
    of_negatives = None if weight is None else weight[~y]
    total = len(negatives) if weight is None else of_negatives.sum()
    at_least = weigh_from(negatives, of_negatives, at)
    above = weigh_from(negatives, of_negatives, at, side="right")
    return 1 - np.average(at_least + above, weights=of_positives) / 2 / total
