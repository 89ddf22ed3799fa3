"""Sample weights."""

from numbers import Real

import numpy as np

from skmlic._utils._compat import _check_sample_weight
from skmlic._utils._numbers import as_numbers


def check_sample_weight(sample_weight, X):
    """Return sample weights as an array of floats.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), or number
        The weights, or that of every sample.
    X : array-like of shape (n_samples, ...)
        Only its length is used.

    Returns
    -------
    weight : ndarray of shape (n_samples,), dtype float64 or float32
        Finite numbers >= 0, not all 0.

    Raises
    ------
    TypeError, ValueError
        If there are others.
    """
    if isinstance(sample_weight, Real):
        sample_weight = float(sample_weight)
    else:
        sample_weight = as_numbers(sample_weight, "sample_weight", "one number >= 0 per sample")
    weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
    # Only newer versions of scikit-learn check this, too.
    if not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    if weight.max() > np.finfo(weight.dtype).max / len(weight) ** 2:
        raise ValueError(
            f"sample_weight has the number {weight.max():g}, whose sums are infinite; expected "
            "moderate numbers. Write sample_weight / sample_weight.max()."
        )
    return weight
