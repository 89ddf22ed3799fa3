"""Arrays of numbers from array-likes of any kind."""

from collections.abc import Mapping
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from sklearn.utils.validation import validate_data

_NUMBERS = (Real, Decimal, np.bool_)
# Beyond it, sums of squares are infinite.
_LARGEST_FEATURE = 1e100
_KINDS = {"c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}


def check_rows(values, name, expected):
    """Raise an error for an object that is no sequence of rows in a known order.

    Parameters
    ----------
    values : object
        What was passed.
    name : str
        Name of the parameter, in the error.
    expected : str
        What was expected, in the error.

    Raises
    ------
    TypeError
        If it is a scalar, a string, a set, a dict, a class or an iterator.
    """
    if sparse.issparse(values):
        return
    is_sequence = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    has_rows = is_sequence or hasattr(values, "__array__")
    if not has_rows or isinstance(values, (str, bytes, bytearray, type, Mapping)):
        advice = f" Write list({name})." if hasattr(values, "__next__") else ""
        raise TypeError(f"{name} is {describe(values)}; expected {expected}.{advice}")


def check_array_like(values, name, expected):
    """Raise an error for an object whose entries NumPy can't read, or would misread.

    Parameters
    ----------
    values : object
        What was passed.
    name : str
        Name of the parameter, in the error.
    expected : str
        What was expected, in the error.

    Raises
    ------
    TypeError
        See :func:`check_rows`; or if it is a tensor of another device or dtype, or with gradients.
    ValueError
        If it is a masked array with masked entries, whose values would be used.
    """
    check_rows(values, name, expected)
    if isinstance(values, torch.Tensor):
        try:
            values.numpy()
        except (TypeError, RuntimeError) as error:
            gradients = " that requires gradients" if values.requires_grad else ""
            raise TypeError(
                f"{name} is a {values.dtype} tensor on {values.device}{gradients}, which NumPy "
                f"can't read; write {name}.detach().cpu().float()."
            ) from error
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} is a masked array with {np.ma.count_masked(values)} masked entries; expected "
            f"{expected}. Write {name}.astype(float).filled(np.nan) for missing entries, which "
            "targets may have."
        )


def as_numbers(values, name, expected):
    """Return an array-like as an array of booleans, integers or floats.

    Parameters
    ----------
    values : array-like, sparse matrix or number
        What was passed.
    name : str
        Name of the parameter, in the error.
    expected : str
        What was expected, in the error.

    Returns
    -------
    numbers : ndarray
        Of its own dtype; objects become float64, and NaN where pandas takes them for missing.

    Raises
    ------
    TypeError
        See :func:`check_array_like`.
    ValueError
        If its entries are not real numbers, or its rows differ in length.
    """
    if not isinstance(values, Real):
        check_array_like(values, name, expected)
    try:
        array = values.toarray() if sparse.issparse(values) else np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{name} has rows of different lengths, or is nested too deeply; expected {expected}."
        ) from error
    if array.dtype.kind == "O":
        return _unbox(array, name, expected)
    if array.dtype.kind in "US":
        first = array.ravel()[0] if array.size else array.dtype
        raise ValueError(
            f"{name} has strings, such as {str(first)!r:.60}; expected {expected}. Write "
            f"np.asarray({name}).astype(float) if they are numbers."
        )
    if array.dtype.kind in _KINDS:
        raise ValueError(
            f"{name} has {_KINDS[array.dtype.kind]}, the dtype {array.dtype}; expected {expected}."
        )
    return array


def as_number(value, name):
    """Return the result of a user's function as a float."""
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} is {describe(value)}; expected a number.") from error


def validate_features(estimator, X, **options):
    """Return X as scikit-learn's `validate_data` does, with further errors.

    Parameters
    ----------
    estimator : estimator instance
        The estimator that X is passed to.
    X : array-like of shape (n_samples, n_features)
        Its input.
    **options : dict
        Passed to :func:`sklearn.utils.validation.validate_data`.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)

    Raises
    ------
    TypeError, ValueError
        If X is no matrix of finite numbers, or has other columns than the X of ``fit``.
    """
    expected = "features of shape (n_samples, n_features)"
    check_array_like(X, "X", expected)
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if kind in ("M", "m", "V"):
        raise TypeError(f"X has {_KINDS[kind]}, the dtype {X.dtype}; expected {expected}.")
    try:
        X = validate_data(estimator, X, **options)
    except OverflowError as error:
        raise ValueError(
            f"X has integers beyond the largest float; expected {expected}."
        ) from error
    if X.dtype == np.float64 and X.size and max(X.max(), -X.min()) > _LARGEST_FEATURE:
        raise ValueError(
            f"X has the numbers {X.min():g} to {X.max():g}, whose squares are infinite; expected "
            f"{expected}, between -{_LARGEST_FEATURE:g} and {_LARGEST_FEATURE:g}."
        )
    return X


def describe(value):
    """Return a short description of an object, for an error."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None:
        return "None"
    kind = type(value).__name__
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (str, bytes, Real)):
        return f"the {kind} {value!r:.60}"
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"


def _unbox(array, name, expected):
    """Return an array of Python objects as float64."""
    missing = pd.isna(array)
    kinds = set(map(type, array[~missing].tolist()))
    if not all(issubclass(kind, _NUMBERS) for kind in kinds):
        place = next(
            place for place in np.argwhere(~missing) if not isinstance(array[*place], _NUMBERS)
        )
        raise ValueError(
            f"{name}{place.tolist()} is {describe(array[*place])}; expected {expected}."
        )
    try:
        return np.where(missing, np.nan, array).astype(np.float64)
    except OverflowError as error:
        raise ValueError(
            f"{name} has integers beyond the largest float; expected {expected}."
        ) from error
