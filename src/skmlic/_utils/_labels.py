"""Labels by name or index, and the threshold of their probabilities."""

import numpy as np

from skmlic._utils._names import did_you_mean

# A label is predicted if it is at least as probable as not.
DEFAULT_THRESHOLD = 0.5


def find_labels(labels, label_names, parameter):
    """Return the indices of labels that are given by name or index.

    Parameters
    ----------
    labels : iterable
        Names, or indices if no label has that name.

    label_names : sequence of shape (n_labels,)
        Names of all labels.

    parameter : str
        Name, in the error, of the parameter that holds the labels.

    Returns
    -------
    indices : list of int

    Raises
    ------
    ValueError
        If there is no such label.
    """
    indices = {name: j for j, name in enumerate(label_names)}
    return [_find(label, indices, label_names, parameter) for label in labels]


def _find(label, indices, label_names, parameter):
    is_flag = isinstance(label, (bool, np.bool_))
    index = None if is_flag else indices.get(label, label)
    if not isinstance(index, (int, np.integer)):
        hint = did_you_mean(str(label), map(str, label_names), cutoff=0.6)
        raise ValueError(
            f"{parameter} names the label {label!r}, which Y does not have.{hint} Its labels are "
            f"{quote_names(label_names)}."
        )
    if not 0 <= index < len(label_names):
        raise ValueError(
            f"{parameter} names the label {label}; Y has {len(label_names)} labels, numbered from "
            "0."
        )
    return int(index)


def quote_names(label_names):
    """Return the first names of labels, quoted, for an error."""
    shown = ", ".join(map(repr, label_names[:10]))
    return shown + (", …" if len(label_names) > 10 else "")


def to_label_names(predicted, label_names):
    """Return a tuple of names for each row of predictions.

    Parameters
    ----------
    predicted : ndarray of shape (n_samples, n_labels) or (n_samples,)
        0 and 1; classes in the one-dimensional case.
    label_names : ndarray of shape (n_labels,), dtype object
        Names of labels.

    Returns
    -------
    names : list of tuple
        The names of the labels that are 1, or the predicted class itself.
    """
    if predicted.ndim == 1:
        return [(label,) for label in predicted]
    return [tuple(label_names[row == 1]) for row in predicted]
