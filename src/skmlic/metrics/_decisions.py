"""Precision, recall, F and Jaccard of decisions."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from skmlic._utils._typing import Average, Integers, Labels, Score, Undefined
from skmlic.metrics._counts import divide, fbeta_parts, jaccard_parts, score_counts
from skmlic.metrics._validation import check_scores


def precision_score(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    average: Average = "macro",
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> Score:
    r"""Compute precision, :math:`TP / (TP + FP)`: of the labels set, the share that is true.

    With ``average="samples"`` it is the mean of :math:`|T \cap P| / |P|` over samples, for true
    labels :math:`T` and predicted ones :math:`P`.

    A label (or sample) that has positives and is never predicted counts 0, since leaving it out
    would reward silence. Without positives *and* predictions the score is undefined.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        "macro" is the plain mean over labels, "weighted" weighs labels by their positives, "micro"
        counts all pairs of sample and label together, "samples" is the mean over samples, ``None``
        returns each label's score.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        Where the score is undefined: "skip" leaves a label out of the mean and warns with its
        name (samples are left out silently), "nan" makes the mean NaN, "raise" is an error, a
        number stands in. With ``average=None`` the value is NaN with "skip" and with "nan".

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

    Examples
    --------
    >>> from skmlic.metrics import precision_score
    >>> precision_score([[1, 0], [1, 1]], [[1, 1], [1, 1]], average=None)
    array([1. , 0.5])
    """
    return score_counts(
        _precision,
        Y_true,
        Y_pred,
        average,
        undefined,
        sample_weight,
        label_names,
        "neither positives nor predictions",
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
    r"""Compute recall, :math:`TP / (TP + FN)`: of the labels that are true, the share set.

    With ``average="samples"`` it is the mean of :math:`|T \cap P| / |T|` over samples. Undefined
    for a label (or sample) without positives.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        As in :func:`precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

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

    Examples
    --------
    >>> from skmlic.metrics import recall_score
    >>> recall_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], average=None)
    array([0.5, 1. ])
    """
    return score_counts(
        _recall,
        Y_true,
        Y_pred,
        average,
        undefined,
        sample_weight,
        label_names,
        "no positives in Y_true",
    )


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
    r"""Compute the F-beta score, the harmonic mean of precision and recall.

    .. math:: F_\beta = \frac{(1 + \beta^2) TP}{(1 + \beta^2) TP + \beta^2 FN + FP}

    :math:`\beta > 1` lends recall more weight, :math:`\beta < 1` precision [1]_. Undefined where
    there are neither positives nor predictions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    beta : float
        Above 0.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        As in :func:`precision_score`. "macro" is the mean of the labels' F, not the F of mean
        precision and recall that papers call CF1: see :func:`overall_and_class_scores`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

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
    .. [1] C. J. van Rijsbergen, "Information Retrieval", 2nd edition, 1979.

    Examples
    --------
    >>> from skmlic.metrics import fbeta_score
    >>> fbeta_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], beta=2, average=None).round(3)
    array([0.556, 0.833])
    """
    if not (isinstance(beta, Real) and 0 < beta < np.inf):
        raise ValueError(f"beta={beta!r}: expected a number above 0.")
    return score_counts(
        lambda counts: divide(*fbeta_parts(counts, beta)),
        Y_true,
        Y_pred,
        average,
        undefined,
        sample_weight,
        label_names,
        "neither positives nor predictions",
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
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        As in :func:`fbeta_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

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

    Undefined where there are neither positives nor predictions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as ``predict`` returns.

    average : {"macro", "micro", "samples", "weighted", None}, default="macro"
        As in :func:`precision_score`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

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

    Examples
    --------
    >>> from skmlic.metrics import jaccard_score
    >>> jaccard_score([[1, 0], [1, 1]], [[1, 1], [0, 1]], average=None)
    array([0.5, 0.5])
    """
    return score_counts(
        lambda counts: divide(*jaccard_parts(counts)),
        Y_true,
        Y_pred,
        average,
        undefined,
        sample_weight,
        label_names,
        "neither positives nor predictions",
    )


def overall_and_class_scores(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> dict[str, float]:
    r"""Compute OP, OR, OF1, CP, CR and CF1, as papers on multi-label images report them.

    Overall precision and recall (OP, OR) count all pairs of sample and label together, as "micro"
    does; CP and CR are the means of the labels' precision and recall, as "macro". OF1 and CF1 are
    the harmonic means :math:`2PR / (P + R)` of these two each [1]_: CF1 is *not* the mean of the
    labels' F1.

    For the papers' "top-3" figures, pass ``top_k_labels(Y_score, 3)`` as decisions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown, which counts for nothing.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        As in :func:`precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of samples.

    label_names : sequence of shape (n_labels,), default=None
        Names for messages; by default the columns of Y_true if it is a frame, else numbers.

    Returns
    -------
    scores : dict
        "OP", "OR", "OF1", "CP", "CR" and "CF1", each a float between 0 and 1.

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
    .. [1] F. Zhu, H. Li, W. Ouyang, N. Yu, X. Wang, "Learning Spatial Regularization with
       Image-level Supervisions for Multi-label Image Classification", CVPR 2017.

    Examples
    --------
    >>> from skmlic.metrics import overall_and_class_scores
    >>> scores = overall_and_class_scores([[1, 0], [1, 1], [1, 0]], [[1, 1], [0, 1], [1, 0]])
    >>> {name: round(score, 2) for name, score in scores.items()}
    {'OP': 0.75, 'OR': 0.75, 'OF1': 0.75, 'CP': 0.75, 'CR': 0.83, 'CF1': 0.79}
    """
    scores = {}
    for letter, average in (("O", "micro"), ("C", "macro")):
        options: dict[str, Any] = {
            "average": average,
            "undefined": undefined,
            "sample_weight": sample_weight,
            "label_names": label_names,
        }
        precision = precision_score(Y_true, Y_pred, **options)
        recall = recall_score(Y_true, Y_pred, **options)
        scores[f"{letter}P"], scores[f"{letter}R"] = precision, recall
        total = precision + recall
        scores[f"{letter}F1"] = 2 * precision * recall / total if total else 0.0
    return {name: float(scores[name]) for name in ("OP", "OR", "OF1", "CP", "CR", "CF1")}


def top_k_labels(Y_score: ArrayLike, k: int, *, threshold: float | None = None) -> Integers:
    """Set the k labels of largest score of each sample.

    Parameters
    ----------
    Y_score : array-like of shape (n_samples, n_labels)
        Larger where a label is more likely. Of equal scores the first labels are taken.

    k : int
        Number of labels; with more than there are, all are set.

    threshold : float, default=None
        Only set those of at least this score. Papers differ in their "top-3" figures: some set
        three labels always, some only those above 0.5.

    Returns
    -------
    Y_pred : ndarray of shape (n_samples, n_labels), dtype int64
        0 and 1.

    Raises
    ------
    ValueError
        If k is below 1 or scores are not finite.

    Examples
    --------
    >>> from skmlic.metrics import top_k_labels
    >>> top_k_labels([[0.9, 0.2, 0.6], [0.1, 0.3, 0.2]], k=2)
    array([[1, 0, 1],
           [0, 1, 1]])
    >>> top_k_labels([[0.9, 0.2, 0.6], [0.1, 0.3, 0.2]], k=2, threshold=0.5)
    array([[1, 0, 1],
           [0, 0, 0]])
    """
    if not (isinstance(k, Integral) and k >= 1):
        raise ValueError(f"k={k!r}: expected a whole number of labels >= 1.")
    shape = np.shape(Y_score)
    if len(shape) != 2:
        raise ValueError(f"Y_score has shape {shape}; expected (n_samples, n_labels).")
    *_, scores = check_scores(np.zeros(shape), Y_score)
    chosen = rankdata(-scores, method="ordinal", axis=1) <= k
    if threshold is not None:
        chosen &= scores >= threshold
    return chosen.astype(np.int64)


def _precision(counts):
    ratio = divide(counts.tp, counts.tp + counts.fp)
    return np.where(np.isnan(ratio) & (counts.positives > 0), 0.0, ratio)


def _recall(counts):
    return divide(counts.tp, counts.positives)
