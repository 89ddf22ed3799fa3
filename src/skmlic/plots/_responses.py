"""Y and the responses of estimators, in the forms that displays are made from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skmlic._utils._targets import check_binary_target, is_one_dimensional
from skmlic._utils._typing import Bools
from skmlic.inspection._predictions import name_target
from skmlic.metrics._validation import check_truth

__all__ = ["Names", "as_matrices", "check_labels"]

Names = Sequence[Any] | npt.NDArray[Any]


def as_matrices(
    Y_true: Any, response: Any = None, label_names: Names | None = None
) -> tuple[Any, Any, Names | None]:
    """Return a one-dimensional target and the response to it as matrices of one label.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        The true labels. With two dimensions, all parameters are returned as they are.

    response : array-like of shape (n_samples, n_labels) or (n_samples,), default=None
        Scores or predictions.

    label_names : sequence of shape (n_labels,), default=None
        Names of the labels.

    Returns
    -------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
    response : array-like of shape (n_samples, n_labels) or None
    label_names : sequence of shape (n_labels,) or None
    """
    if not is_one_dimensional(Y_true):
        return Y_true, response, label_names
    classes = np.unique(np.asarray(Y_true))
    label_names = name_target(Y_true, classes) if label_names is None else label_names
    # A target that is 0 or 1 throughout is valid, although it has one value only.
    classes = np.array([0, 1]) if set(classes.tolist()) <= {0, 1} else classes
    if response is not None and is_one_dimensional(response):
        response = np.asarray(response)
        if np.isin(response, classes).all():
            response = response == classes[-1]
        response = response[:, np.newaxis]
    return check_binary_target(Y_true, classes)[1], response, label_names


def check_labels(Y: Any, label_names: Names | None) -> tuple[Bools, Bools, npt.NDArray[Any]]:
    """Return where labels are present, which entries are annotated, and the label names."""
    Y, _, label_names = as_matrices(Y, None, label_names)
    present, known, names = check_truth(Y, label_names)
    return present, np.ones(present.shape, dtype=bool) if known is None else known, names
