"""Labels by name or index, and the threshold of their probabilities."""

from collections.abc import Collection, Hashable, Mapping
from numbers import Real

import numpy as np

from skmlic._utils._names import did_you_mean
from skmlic._utils._numbers import describe

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
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        raise TypeError(
            f"{parameter} is {describe(labels)}; expected a list of names or numbers of labels."
        )
    indices = {name: j for j, name in enumerate(label_names)}
    return [_find(label, indices, label_names, parameter) for label in labels]


def _find(label, indices, label_names, parameter):
    is_name = isinstance(label, Hashable) and not isinstance(label, (bool, np.bool_))
    index = indices.get(label, label) if is_name else None
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


def read_values(by_label, parameter):
    """Return the values of a dict by label, after checking that they are numbers."""
    values = []
    for label, value in by_label.items():
        if getattr(value, "ndim", None) == 0:
            value = value.item()
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(
                f"{parameter}[{label!r}] is {describe(value)}; expected a number for each label."
            )
        values.append(float(value))
    return values


def check_label_names(label_names, n_labels):
    """Return names of labels as a list, after checking that they are as many as the labels.

    Parameters
    ----------
    label_names : sequence of shape (n_labels,)
        Names, in the order of the labels.

    n_labels : int
        Number of labels.

    Returns
    -------
    names : list
        The names, those of NumPy as Python's.

    Raises
    ------
    TypeError
        If it is no sequence, or a name is a list, for example.
    ValueError
        If there are more or fewer names, or one occurs twice.
    """
    is_ordered = not isinstance(label_names, (str, bytes, set, frozenset, Mapping))
    if not (is_ordered and isinstance(label_names, Collection)):
        raise TypeError(
            f"label_names is {describe(label_names)}; expected a list of {n_labels} names."
        )
    names = [name.item() if isinstance(name, np.generic) else name for name in label_names]
    wrong = next((name for name in names if not isinstance(name, Hashable)), None)
    if wrong is not None:
        raise TypeError(f"label_names has {describe(wrong)}; expected a list of {n_labels} names.")
    if len(names) != n_labels:
        raise ValueError(f"label_names has {len(names)} names; Y_true has {n_labels} labels.")
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"label_names has {repeated!r} more than once; expected distinct names.")
    return names


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
