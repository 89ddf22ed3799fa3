"""Targets as a matrix of 0 and 1, with a name for each label."""

import numbers

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skmlic._utils._numbers import check_array_like
from skmlic._utils._target_advice import (
    advise_splitting,
    advise_unpacking,
    advise_values,
    holds_words,
    is_collection,
    is_multi_hot,
)
from skmlic._utils._target_entries import BINARIZER, to_numbers
from skmlic._utils._text import join_first


def is_one_dimensional(y):
    """Tell whether y is a single target of two classes, as of scikit-learn's classifiers."""
    if isinstance(y, (list, tuple)):
        return len(y) > 0 and not any(is_collection(entry) for entry in y)
    if hasattr(y, "__array__") and not hasattr(y, "ndim"):
        y = np.asarray(y)
    return getattr(y, "ndim", None) == 1


def check_binary_target(y, classes=None):
    """Return the two classes of a one-dimensional y, and the samples of the second.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Two distinct values.
    classes : array-like of shape (2,), default=None
        The two values, for a y that may hold only one of them.

    Returns
    -------
    classes : ndarray of shape (2,)
        The distinct values in ascending order.
    Y : ndarray of shape (n_samples, 1), dtype float32
        1 for the second class.

    Raises
    ------
    ValueError
        If y is continuous, or its values are not two, or not those of ``classes``, or if its
        entries are lists of labels or missing.
    """
    check_array_like(y, "y", "two classes, of shape (n_samples,)")
    y = np.asarray(y)
    if y.dtype.kind == "O":
        y = _unbox(y)
    _check_complete(y)
    if y.dtype.kind in "fc":
        assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    if classes is None:
        classes = np.unique(y)
    elif not np.isin(y, classes).all():
        raise ValueError(f"y has values besides the classes {np.asarray(classes).tolist()}.")
    classes = np.unique(classes)
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The type of the target is "
            f"{type_of_target(y)}. For several labels per image, y has shape (n_samples, n_labels)."
            f"{advise_splitting(classes.tolist())}"
        )
    if len(classes) < 2:
        raise ValueError(
            f"y has one class only, {classes.tolist()}; expected two classes."
            f"{advise_splitting(classes.tolist())}"
        )
    if is_multi_hot(classes.tolist()):
        raise ValueError(
            f"y holds the strings {classes.tolist()}; expected two classes, or values of shape "
            f"(n_samples, n_labels).{advise_splitting(classes.tolist())}"
        )
    return classes, (y == classes[-1]).astype(np.float32)[:, np.newaxis]


def check_targets(Y):
    """Return Y as an array, and the names of its labels.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, or False and True; NaN for missing labels.

    Returns
    -------
    Y : ndarray of shape (n_samples, n_labels), dtype float32
        0 and 1; NaN for missing labels.
    label_names : ndarray of shape (n_labels,), dtype object
        The columns of a frame, otherwise "0", "1", …

    Raises
    ------
    ValueError
        If Y has another form or other values.
    """
    check_array_like(Y, "Y", "a 0/1 array of shape (n_samples, n_labels)")
    form, names = Y, getattr(Y, "columns", None)
    if sparse.issparse(Y):
        Y = Y.toarray()
    elif hasattr(Y, "to_numpy"):
        Y = Y.to_numpy()
    elif hasattr(Y, "__array__"):
        Y = np.asarray(Y)
    else:
        Y = _array_of(Y)
    if names is not None:
        _check_distinct(list(names))
    if Y.dtype.kind in "cmMV":
        raise ValueError(
            f"Y has the dtype {Y.dtype}; expected 0 and 1, and NaN for missing labels. Write "
            "Y.astype(float) if it holds them."
        )
    if Y.dtype.kind in "OUS":
        Y = to_numbers(Y, form)
    if Y.ndim == 1:
        raise ValueError(
            f"Y is one-dimensional, of shape {Y.shape}; expected (n_samples, n_labels). For one "
            "label write np.asarray(Y).reshape(-1, 1), for a frame's column df[['name']]."
        )
    if Y.ndim != 2 or Y.shape[1] == 0:
        raise ValueError(f"Y has shape {Y.shape}; expected (n_samples, n_labels), n_labels >= 1.")
    names = [str(j) for j in range(Y.shape[1])] if names is None else list(names)
    _check_binary(Y, names, form)
    label_names = np.empty(len(names), dtype=object)
    # An assignment of the list would take names that are tuples for rows.
    for j, name in enumerate(names):
        label_names[j] = name
    return Y.astype(np.float32), label_names


def find_known(Y):
    """Return a mask of known entries, or None if all are known."""
    known = ~np.isnan(Y)
    return None if known.all() else known


def _unbox(y):
    """Return a one-dimensional array of objects as one of numbers, if they all are."""
    entries = y.tolist()
    if any(map(is_collection, entries)):
        raise ValueError(
            "y is a column of lists or arrays; expected two classes, or 0 and 1 of shape "
            f"(n_samples, n_labels). {advise_unpacking(entries, 'y')}"
        )
    if all(isinstance(entry, (bool, np.bool_)) for entry in entries):
        return y.astype(bool)
    if all(isinstance(entry, numbers.Real) for entry in entries):
        return np.array(entries)
    return y


def _check_complete(y):
    """Raise an error if a one-dimensional y has missing entries."""
    missing = np.flatnonzero(pd.isna(y))
    if len(missing):
        raise ValueError(
            f"Input y contains NaN: y[{missing[0]}] is {y[missing[0]]!r}, and a one-dimensional y "
            "cannot have missing labels. Leave out these samples, X[pd.notna(y)] and "
            "y[pd.notna(y)]; or, for 0 and 1, write np.reshape(y, (-1, 1))."
        )


def _array_of(Y):
    rows = list(Y)
    if not any(map(is_collection, rows)):
        return np.asarray(rows)
    if not all(map(is_collection, rows)) or any(isinstance(row, dict) for row in rows):
        raise ValueError(
            "Y is a list of different kinds of entries or of dicts; expected a 0/1 array of shape "
            f"(n_samples, n_labels). {advise_unpacking(rows, 'Y')}"
        )
    listed = all(isinstance(row, (list, tuple, set, frozenset)) for row in rows)
    is_set = any(isinstance(row, (set, frozenset)) for row in rows)
    same_length = len({len(row) for row in rows}) == 1
    texts = [entry for row in rows for entry in row if isinstance(entry, str)] if listed else []
    if is_set or not same_length or (texts and not holds_words(texts)):
        raise ValueError(
            "Y is a list of label lists; expected a 0/1 array of shape (n_samples, n_labels). "
            f"Write {BINARIZER}(Y)."
        )
    try:
        return np.asarray(rows)
    except ValueError as error:
        raise ValueError(
            "Y has rows that are nested too deeply, or differently; expected a 0/1 array of shape "
            "(n_samples, n_labels)."
        ) from error


def _check_distinct(names):
    """Raise an error if two columns have the same name."""
    index = pd.Index(names, tupleize_cols=False)
    repeated = index[index.duplicated()].unique()
    if len(repeated):
        raise ValueError(
            f"Y has several columns of the same name: {join_first(map(repr, repeated))}; expected "
            "each label once. If they are the same label, write "
            "Y.T.groupby(level=0, sort=False).max().T; if not, rename them: "
            f"Y.set_axis([str(j) for j in range({len(names)})], axis=1)."
        )


def _check_binary(Y, names, form):
    if Y.dtype.kind == "b":
        return
    is_right = (Y == 0) | (Y == 1)
    if Y.dtype.kind == "f":
        is_right |= np.isnan(Y)
    wrong = np.argwhere(~is_right)
    if len(wrong):
        row, column = wrong[0]
        others = f", and {len(wrong) - 1} more are neither" if len(wrong) > 1 else ""
        raise ValueError(
            f"Y[{row}, {names[column]!r}] (row {row}, column {column}) is {Y[row, column]}{others}"
            f"; expected 0 or 1, or NaN for a missing label.{advise_values(Y, form)}"
        )
