"""The Jaccard index."""

from numpy.typing import ArrayLike

from skmlic._utils._typing import Average, Labels, Score, Undefined
from skmlic.metrics._counts import divide, jaccard_parts, score_counts


def jaccard_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute the Jaccard index, intersection over union: :math:`TP / (TP + FP + FN)`.

    It is undefined where there are neither positives nor predictions.

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
    >>> from skmlic.metrics import jaccard_score
    >>> jaccard_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], average=None)
    array([0.5, 0.5])
    """
    return score_counts(
        lambda counts: divide(*jaccard_parts(counts)),
        "neither positives nor predictions",
        Y_true,
        Y_pred,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )
