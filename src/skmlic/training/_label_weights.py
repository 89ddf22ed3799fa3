"""The weights of labels in the loss."""

import numpy as np
import pandas as pd

from skmlic._utils._labels import quote_names
from skmlic._utils._warnings import warn_caller
from skmlic.class_weight import compute_label_weight


def weigh_labels(Y, class_weight, label_names, *, missing_weight, is_frame):
    """Return the weight of each label in the loss.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        Targets of the samples that are trained on.
    class_weight : str, dict, array-like, callable or None
        Parameter of the classifier.
    label_names : ndarray of shape (n_labels,)
        Names of the labels.
    missing_weight : float
        Weight of missing labels.
    is_frame : bool
        Whether y was a frame. If so, a function ``class_weight`` is called with a frame, too.

    Returns
    -------
    weight : ndarray of shape (n_labels,)
    """
    is_missing = np.isnan(Y).all(axis=0)
    if is_missing.any() and not missing_weight:
        warn_caller(
            "These labels have missing annotations only, and can't be learned: "
            f"{quote_names(label_names[is_missing])}."
        )
    if is_frame:
        Y = pd.DataFrame(Y, columns=label_names)
    return compute_label_weight(Y, class_weight)
