"""Tests of sample weights."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skmlic._utils._sample_weight import check_sample_weight

X = np.zeros((3, 1))


@pytest.mark.parametrize("weight", [[1, 0, 2], np.array([1.0, 0, 2]), pd.Series([1, 0, 2])])
def test_any_form(weight):
    found = check_sample_weight(weight, X)
    assert_array_equal(found, [1, 0, 2])
    assert found.dtype == np.float64


def test_a_number_is_the_weight_of_all():
    assert_array_equal(check_sample_weight(2, X), [2, 2, 2])
    assert check_sample_weight(np.ones(3, dtype=np.float32), X).dtype == np.float32


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([0, 0, 0], "at least one non-zero"),
        ([1, -1, 1], "Negative"),
        ([1, np.inf, 1], "infinity"),
        ([1e308, 1e308, 1e308], r"sample_weight / sample_weight.max\(\)"),
        ([1, 1], r"\(2,\)"),
    ],
)
def test_errors(weight, message):
    with pytest.raises(ValueError, match=message):
        check_sample_weight(weight, X)
