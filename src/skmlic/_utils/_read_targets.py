"""The targets of a classifier, as 0 and 1, and the names of its labels."""

from dataclasses import dataclass

import numpy as np

from skmlic._utils._labels import quote_names
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._utils._text import join_first
from skmlic._utils._warnings import warn_caller


@dataclass(frozen=True)
class Targets:
    """Targets, with their classes and the names of their labels.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels), dtype float32
        0 and 1, NaN for missing labels.
    classes : ndarray of shape (n_labels, 2) or (2,)
        0 and 1 for each label, or the two values of a one-dimensional y.
    label_names : ndarray of shape (n_labels,) or (2,)
        Names of the labels; the two values of a one-dimensional y.
    """

    Y: np.ndarray
    classes: np.ndarray
    label_names: np.ndarray


def read_targets(y, classes=None):
    """Return the targets of a y in any accepted form.

    Parameters
    ----------
    y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        The target of ``fit``.
    classes : array-like of shape (2,), default=None
        The two values of a one-dimensional y.

    Returns
    -------
    targets : Targets
    """
    if is_one_dimensional(y):
        classes, Y = check_binary_target(y, classes)
        return Targets(Y, classes, classes)
    Y, names = check_targets(y)
    return Targets(Y, np.tile([0, 1], (len(names), 1)), names)


def read_known_targets(y, what, classes, label_names):
    """Return the targets of a y whose labels are known already.

    Parameters
    ----------
    y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
    what : str
        Name of y in the error.
    classes, label_names : ndarray
        Those of the first targets.

    Returns
    -------
    targets : Targets

    Raises
    ------
    ValueError
        If y has other labels.
    """
    targets = read_targets(y, classes if classes.ndim == 1 else None)
    has_same_shape = targets.classes.shape == classes.shape
    if not has_same_shape or list(targets.label_names) != list(label_names):
        raise ValueError(
            f"{what} has the labels {quote_names(targets.label_names)}; expected those of y in "
            f"fit, in their order: {quote_names(label_names)}."
        )
    return targets


def warn_never_negative(targets, *, missing_are_negative=False):
    """Warn of labels without a known negative, which a classifier cannot learn to tell apart.

    Parameters
    ----------
    targets : Targets
        The targets of ``fit``.
    missing_are_negative : bool, default=False
        Whether missing labels are trained on as negatives.
    """
    Y = targets.Y
    if targets.classes.ndim == 1 or not len(Y):
        return
    negative = (Y == 0) | np.isnan(Y) if missing_are_negative else Y == 0
    never = np.flatnonzero(~negative.any(axis=0))
    if not len(never):
        return
    names = join_first(repr(targets.label_names[j]) for j in never)
    advice = (
        " If a missing label (NaN) means that an image does not have it, write np.nan_to_num(Y), "
        "or Y.fillna(0) for a frame."
        if np.isnan(Y[:, never]).any()
        else ""
    )
    warn_caller(
        f"No sample is known to be negative for the labels {names}: their entries are 1 or "
        f"missing, so they will be predicted for every image.{advice}"
    )


def decode_targets(Y, classes):
    """Return targets in the form that scorers take."""
    if classes.ndim == 1:
        return classes[Y[:, 0].astype(int)]
    return Y if np.isnan(Y).any() else Y.astype(np.int64)
