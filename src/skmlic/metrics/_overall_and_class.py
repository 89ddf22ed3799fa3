"""Overall and per-class precision, recall and F1, as papers report them."""

from typing import Any

from numpy.typing import ArrayLike

from skmlic._utils._typing import Labels, Undefined
from skmlic.metrics._precision_recall import precision_score, recall_score


def overall_and_class_scores(
    Y_true: Labels,
    Y_pred: Labels,
    *,
    undefined: Undefined = "skip",
    sample_weight: ArrayLike | None = None,
    label_names: ArrayLike | None = None,
) -> dict[str, float]:
    r"""Compute OP, OR, OF1, CP, CR and CF1, as papers on multi-label images report them.

    Overall precision and recall (OP, OR) count all pairs of sample and label together, like
    ``average="micro"``. Per-class precision and recall (CP, CR) are means over labels, like
    "macro". OF1 and CF1 are the harmonic means :math:`2PR / (P + R)` of these [1]_: CF1 is *not*
    the mean of the labels' F1.

    For the "top-3" figures of papers, pass ``top_k_labels(Y_score, 3)`` as predictions.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        See :func:`precision_score`.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    label_names : array-like of shape (n_labels,), default=None
        Names of labels in messages, see :func:`precision_score`.

    Returns
    -------
    scores : dict
        "OP", "OR", "OF1", "CP", "CR" and "CF1", each a float between 0 and 1.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or a score is undefined and ``undefined="raise"``.

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
