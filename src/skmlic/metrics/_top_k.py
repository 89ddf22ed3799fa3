"""The k labels with the largest scores of each sample."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from skmlic._utils._compat import Interval, validate_params
from skmlic._utils._numbers import as_numbers
from skmlic._utils._typing import Integers
from skmlic.metrics._validation import check_scores


@validate_params(
    {
        "k": [Interval(Integral, 1, None, closed="left")],
        "threshold": [Interval(Real, None, None, closed="both"), None],
    }
)
def top_k_labels(Y_score: ArrayLike, k: int, *, threshold: float | None = None) -> Integers:
    """Predict the k labels with the largest scores of each sample.

    Parameters
    ----------
    Y_score : array-like of shape (n_samples, n_labels)
        Scores that are larger where a label is more likely. Of equal scores the first labels are
        taken.

    k : int
        Number of labels per sample. If there are fewer labels, all are predicted.

    threshold : float, default=None
        If given, only labels with at least this score are predicted. Papers differ in their
        "top-3" figures: some always predict three labels, some only those above 0.5.

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
    shape = as_numbers(Y_score, "Y_score", "scores of shape (n_samples, n_labels)").shape
    if len(shape) != 2:
        raise ValueError(f"Y_score has shape {shape}; expected (n_samples, n_labels).")
    *_, scores = check_scores(np.zeros(shape), Y_score)
    chosen = rankdata(-scores, method="ordinal", axis=1) <= k
    if threshold is not None:
        chosen &= scores >= threshold
    return chosen.astype(np.int64)
