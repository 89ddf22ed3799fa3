"""Targets as a matrix of 0 and 1, with a name for each label."""

import numbers

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target

# Characters that may separate labels in a string.
_SEPARATORS = (";", "|", ",")


def is_one_dimensional(y):
    """Tell whether y is a single target of two classes, as of scikit-learn's classifiers."""
    if isinstance(y, (list, tuple)):
        return len(y) > 0 and all(np.ndim(entry) == 0 and not isinstance(entry, set) for entry in y)
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
        If y is continuous, or its values are not two, or not those of ``classes``.
    """
    y = np.asarray(y)
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
            f"{_advise_splitting(classes)}"
        )
    if len(classes) < 2:
        raise ValueError(
            f"y has one class only, {classes.tolist()}; expected two classes."
            f"{_advise_splitting(classes)}"
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
    names = getattr(Y, "columns", None)
    if sparse.issparse(Y):
        Y = Y.toarray()
    elif hasattr(Y, "to_numpy"):
        Y = Y.to_numpy()
    elif hasattr(Y, "__array__"):
        Y = np.asarray(Y)
    else:
        Y = _array_of(Y)
    if Y.dtype.kind in "OUS":
        Y = _from_objects(Y)
    if Y.ndim == 1:
        raise ValueError(
            f"Y is one-dimensional, of shape {Y.shape}; expected (n_samples, n_labels). For one "
            "label write Y.reshape(-1, 1), for a frame's column df[['name']]."
        )
    if Y.ndim != 2 or Y.shape[1] == 0:
        raise ValueError(f"Y has shape {Y.shape}; expected (n_samples, n_labels), n_labels >= 1.")
    names = [str(j) for j in range(Y.shape[1])] if names is None else list(names)
    _check_binary(Y, names)
    label_names = np.empty(len(names), dtype=object)
    label_names[:] = names
    return Y.astype(np.float32), label_names


def find_known(Y):
    """Return a mask of known entries, or None if all are known."""
    known = ~np.isnan(Y)
    return None if known.all() else known


def _array_of(Y):
    rows = list(Y)
    label_lists = rows and all(isinstance(row, (list, tuple, set, frozenset)) for row in rows)
    ragged = label_lists and (
        len({len(row) for row in rows}) > 1
        or any(isinstance(row, (set, frozenset)) for row in rows)
        or any(isinstance(entry, str) for row in rows for entry in row)
    )
    if ragged:
        raise ValueError(
            "Y is a list of label lists; expected a 0/1 array of shape (n_samples, n_labels). "
            "Write sklearn.preprocessing.MultiLabelBinarizer().fit_transform(Y)."
        )
    return np.asarray(rows)


def _from_objects(Y):
    """Return an array of Python objects as floats, with NaN for None."""
    entries = Y.ravel().tolist()
    wrong = next(
        (e for e in entries if not (e is None or isinstance(e, (numbers.Real, np.bool_)))), None
    )
    if wrong is not None:
        raise ValueError(
            f"Y holds the {type(wrong).__name__} {wrong!r}; expected the numbers 0 and 1, of shape "
            "(n_samples, n_labels). For 0 and 1 as text write Y.astype(int), for lists of label "
            "names sklearn.preprocessing.MultiLabelBinarizer().fit_transform(Y), and leave out "
            f"columns that are no labels.{_advise_comparing(entries)}"
        )
    return np.array([np.nan if e is None else float(e) for e in entries]).reshape(Y.shape)


def _advise_splitting(classes):
    """Return advice if classes look like lists of labels in a string."""
    texts = [text for text in classes.tolist() if isinstance(text, str)]
    found = next((sep for sep in _SEPARATORS if any(sep in text for text in texts)), None)
    if found is None:
        return ""
    if all(text.count(found) == text.count(f"{found} ") for text in texts):
        found = f"{found} "
    return (
        " If each string lists labels, write "
        f'pd.Series(y).str.get_dummies(sep="{found}"), which has a column for each of them.'
    )


def _advise_comparing(entries):
    """Return advice if two words stand for 0 and 1."""
    if not all(isinstance(entry, str) for entry in entries):
        return ""
    words = set(entries)
    if len(words) != 2 or any(sep in word for sep in _SEPARATORS for word in words):
        return ""
    # The positive word comes later in the alphabet: no and yes, false and true, absent and present.
    return f" If {max(words)!r} stands for 1, write (Y == {max(words)!r}).astype(int)."


def _check_binary(Y, names):
    if Y.dtype.kind == "b":
        return
    is_right = (Y == 0) | (Y == 1)
    if Y.dtype.kind == "f":
        is_right |= np.isnan(Y)
    wrong = np.argwhere(~is_right)
    if len(wrong):
        row, column = wrong[0]
        value = Y[row, column]
        others = f", and {len(wrong) - 1} more are neither" if len(wrong) > 1 else ""
        advice = (
            " If -1 stands for a missing label, write np.where(Y == -1, np.nan, Y)."
            if value == -1
            else ""
        )
        raise ValueError(
            f"Y[{row}, {names[column]!r}] (row {row}, column {column}) is {value}{others}; "
            f"expected 0 or 1, or NaN for a missing label.{advice}"
        )
