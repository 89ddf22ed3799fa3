"""Confusion matrices of labels."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skmlic._utils._typing import Labels
from skmlic.metrics._counts import count
from skmlic.metrics._validation import check_predictions, check_weight


def multilabel_confusion_matrix(
    Y_true: Labels, Y_pred: Labels, *, sample_weight: ArrayLike | None = None
) -> NDArray[Any]:
    """Compute a confusion matrix per label.

    Equal to :func:`sklearn.metrics.multilabel_confusion_matrix`, also for a single label.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    matrices : ndarray of shape (n_labels, 2, 2)
        ``[[TN, FP], [FN, TP]]`` for each label: numbers of samples, or sums of their weights.

    Raises
    ------
    ValueError
        If shapes or values do not fit.

    Examples
    --------
    >>> from skmlic.metrics import multilabel_confusion_matrix
    >>> multilabel_confusion_matrix([[1, 0], [1, 1]], [[1, 1], [0, 1]])
    array([[[0, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [0, 1]]])
    """
    Y, known, _, predicted = check_predictions(Y_true, Y_pred)
    counts = count(Y, predicted, axis=0, weight=check_weight(sample_weight, Y), known=known)
    rows = [
        [counts.negatives - counts.fp, counts.fp],
        [counts.positives - counts.tp, counts.tp],
    ]
    return np.array(rows).transpose(2, 0, 1)
