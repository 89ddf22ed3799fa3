"""Tests of arrays of numbers from array-likes of any kind."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from skmlic._utils._numbers import (
    as_number,
    as_numbers,
    check_array_like,
    check_rows,
    describe,
    validate_features,
)

VALUES = np.array([[0.5, 1.0], [0.0, 2.0]])


class Wrapped:
    """An object that numpy reads by ``__array__``."""

    def __array__(self, dtype=None, copy=None):
        return VALUES


@pytest.mark.parametrize(
    "values",
    [
        VALUES,
        VALUES.tolist(),
        tuple(map(tuple, VALUES)),
        VALUES.astype(object),
        np.ma.masked_array(VALUES),
        pd.DataFrame(VALUES),
        pd.DataFrame(VALUES).convert_dtypes(),
        pd.DataFrame(VALUES, columns=["detach", "requires_grad"]),
        torch.tensor(VALUES),
        sparse.csr_array(VALUES),
        sparse.dok_matrix(VALUES),
        Wrapped(),
        [[Decimal("0.5"), 1], [0, 2]],
    ],
    ids=lambda values: type(values).__name__,
)
def test_any_form(values):
    assert_array_equal(as_numbers(values, "Y", "numbers"), VALUES)


def test_dtypes_are_kept_and_objects_become_float64():
    assert as_numbers(VALUES.astype(np.float32), "Y", "numbers").dtype == np.float32
    assert as_numbers([True, False], "Y", "numbers").dtype == bool
    assert as_numbers(3, "Y", "numbers").shape == ()
    found = as_numbers(np.array([1, None, pd.NA], dtype=object), "Y", "numbers")
    assert_array_equal(found, [1.0, np.nan, np.nan])


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (["1", "2"], ValueError, "w has strings, such as .*; expected numbers. Write np.asarray"),
        ([1, "2"], ValueError, "w has strings"),
        ([{}, 1], ValueError, r"w\[0\] is a dict; expected numbers."),
        ([[1, 2], [3]], ValueError, "rows of different lengths"),
        ([10**400], ValueError, "largest float"),
        (VALUES * 1j, ValueError, "complex numbers, the dtype complex128"),
        (np.array(["2020"], dtype="M8[Y]"), ValueError, "w has dates"),
        ({1, 2}, TypeError, "w is a set; expected numbers."),
        (iter([1]), TypeError, r"w is a list_iterator; expected numbers. Write list\(w\)."),
        (torch.ones(2, requires_grad=True), TypeError, r"gradients.*w.detach\(\).cpu\(\)"),
        (torch.ones(2).bfloat16(), TypeError, r"w is a torch.bfloat16 tensor.*float\(\)"),
        ([torch.ones(2, requires_grad=True)], ValueError, "different lengths"),
        (np.ma.masked_equal([0, 1], 0), ValueError, "1 masked entries"),
    ],
)
def test_errors(values, error, message):
    with pytest.raises(error, match=message):
        as_numbers(values, "w", "numbers")


def test_rows_may_be_anything_in_order():
    for values in (["a.png"], np.zeros((2, 3)), pd.Series(["a"]), sparse.coo_array(VALUES), (1, 2)):
        check_rows(values, "X", "rows")
    for values in (None, 3, "a.png", b"a", {"a": 1}, {1}, list, (x for x in "a")):
        with pytest.raises(TypeError, match=r"X is .*; expected rows"):
            check_rows(values, "X", "rows")


def test_rows_need_not_be_readable_by_numpy():
    for values in (torch.ones(2, requires_grad=True), np.ma.masked_equal([0, 1], 0)):
        check_rows(values, "X", "rows")
        with pytest.raises((TypeError, ValueError), match="X is a"):
            check_array_like(values, "X", "rows")


def test_results_of_functions_are_numbers():
    for value in (2, np.float32(2), np.array(2.0), torch.tensor(2.0)):
        assert as_number(value, "The result") == 2
    for value in (None, "many", [2]):
        with pytest.raises(TypeError, match=r"The result is .*; expected a number"):
            as_number(value, "The result")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (list, "the class list"),
        ("a\x1b", r"the str 'a\x1b'"),
        ([], "a list"),
        (np.float64(0.5), "the float64 0.5"),
    ],
)
def test_descriptions(value, text):
    assert describe(value) == text


def test_features():
    assert_array_equal(validate_features(LogisticRegression(), VALUES.tolist()), VALUES)
    with pytest.raises(ValueError, match="largest float"):
        validate_features(LogisticRegression(), [[10**400]], dtype=np.float64)
    with pytest.raises(ValueError, match="numbers -1e\\+308 to 0, whose squares are infinite"):
        validate_features(LogisticRegression(), [[0], [-1e308]])
    with pytest.raises(TypeError, match="X has dates"):
        validate_features(LogisticRegression(), np.array([["2020"]], dtype="M8[Y]"))
