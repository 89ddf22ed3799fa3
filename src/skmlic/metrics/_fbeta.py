"""The F-beta and F1 scores."""

from numpy.typing import ArrayLike

from skmlic._utils._typing import Average, Labels, Score, Undefined
from skmlic.metrics._counts import check_beta, divide, fbeta_parts, score_counts


def fbeta_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    beta: float,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute the F-beta score, the weighted harmonic mean of precision and recall.

    .. math:: F_\beta = \frac{(1 + \beta^2) TP}{(1 + \beta^2) TP + \beta^2 FN + FP}

    :math:`\beta > 1` gives recall more weight, :math:`\beta < 1` precision [1]_. The score is
    undefined where there are neither positives nor predictions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    beta : float
        Above 0.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        See :func:`precision_score`. "macro" is the mean of the labels' F-beta scores, not the
        score of mean precision and mean recall that papers call CF1: see
        :func:`overall_and_class_scores`.

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

    References
    ----------
    .. [1] C. J. van Rijsbergen, "Information Retrieval", 2nd edition, 1979.

    Examples
    --------
    >>> from skmlic.metrics import fbeta_score
    >>> fbeta_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], beta=2, average=None).round(3)
    array([0.556, 0.833])
    """
    check_beta(beta)
    return score_counts(
        lambda counts: divide(*fbeta_parts(counts, beta)),
        "neither positives nor predictions",
        Y_true,
        Y_pred,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def f1_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    """Compute the F1 score: :func:`fbeta_score` with ``beta=1``.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        See :func:`fbeta_score`.

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
    >>> from skmlic.metrics import f1_score
    >>> f1_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], average=None).round(3)
    array([0.667, 0.667])
    """
    return fbeta_score(
        Y_true,
        Y_pred,
        beta=1,
        average=average,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )
