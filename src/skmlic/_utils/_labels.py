"""Labels by name or number."""

import difflib

import numpy as np

__all__ = ["find_labels", "quote_names", "to_label_names"]


def find_labels(labels, label_names, parameter):
    """Return the numbers of labels given by name or number.

    Parameters
    ----------
    labels : iterable
        Names, or numbers where no label is named so.

    label_names : sequence of shape (n_labels,)
        All names.

    parameter : str
        What named the labels, for the error's message.

    Returns
    -------
    places : list of int

    Raises
    ------
    ValueError
        If there is no such label.
    """
    places = {name: j for j, name in enumerate(label_names)}
    return [_find(label, places, label_names, parameter) for label in labels]


def _find(label, places, label_names, parameter):
    is_flag = isinstance(label, (bool, np.bool_))
    place = None if is_flag else places.get(label, label)
    if not isinstance(place, (int, np.integer)):
        near = difflib.get_close_matches(str(label), map(str, label_names), n=3)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(
            f"{parameter} names the label {label!r}, which Y does not have.{hint} Its labels are "
            f"{quote_names(label_names)}."
        )
    if not 0 <= place < len(label_names):
        raise ValueError(
            f"{parameter} names the label {label}; Y has {len(label_names)} labels, numbered from "
            "0."
        )
    return int(place)


def quote_names(label_names):
    """Return the first names of labels, quoted, for a message."""
    shown = ", ".join(map(repr, label_names[:10]))
    return shown + (", …" if len(label_names) > 10 else "")


def to_label_names(predicted, label_names):
    """Return a tuple of names for each row of predictions.

    Parameters
    ----------
    predicted : ndarray of shape (n_samples, n_labels) or (n_samples,)
        0 and 1; or, of one dimension, classes.
    label_names : ndarray of shape (n_labels,), dtype object
        Names of labels.

    Returns
    -------
    names : list of tuple
        Those of the labels that are 1; of classes, the class itself.
    """
    if predicted.ndim == 1:
        return [(label,) for label in predicted]
    return [tuple(label_names[row == 1]) for row in predicted]
