"""Tests of rows of two frames that belong together."""

import numpy as np
import pandas as pd
import pytest

from skmlic._utils._alignment import check_same_order
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV

FRAME = pd.DataFrame({"a": [1, 2, 3]}, index=["x", "y", "z"])


def test_another_order_is_an_error():
    message = "X and y have the same index in another order: row 0 is 'x' in X, and 'z' in y. Write"
    with pytest.raises(ValueError, match=message):
        check_same_order(FRAME, FRAME["a"].iloc[::-1], ("X", "y"))


@pytest.mark.parametrize(
    "other",
    [
        FRAME,
        FRAME.reset_index(drop=True),
        FRAME.to_numpy(),
        [1, 2, 3],
        FRAME.iloc[:2],
        FRAME.set_axis(["x", "y", "y"]),
        FRAME.set_axis(["u", "v", "w"]),
    ],
)
def test_other_indices_are_accepted(other):
    check_same_order(FRAME, other, ("X", "y"))
    check_same_order(other, FRAME, ("X", "y"))


@pytest.mark.parametrize(
    ("index", "own", "other"),
    [
        ([5, 3], "5", "3"),
        (pd.array(["x", pd.NA], dtype="string"), "'x'", "<NA>"),
        (pd.MultiIndex.from_product([[0, 1], ["a"]]), r"\(0, 'a'\)", r"\(1, 'a'\)"),
        (pd.date_range("2020", periods=2), "Timestamp.*", "Timestamp.*"),
    ],
)
def test_any_index_is_written_in_full(index, own, other):
    frame = pd.DataFrame({"a": [1, 2]}, index=index)
    with pytest.raises(ValueError, match=f"row 0 is {own} in X, and {other} in y"):
        check_same_order(frame, frame.iloc[::-1], ("X", "y"))


@pytest.mark.parametrize("kind", [DummyMultiLabelClassifier, KernelRidgeMultiLabelClassifierCV])
def test_fit_checks_the_order(kind):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(12, 3)), index=list("abcdefghijkl"))
    Y = (X[[0, 1]] > 0).astype(int)
    kind(random_state=0).fit(X.set_axis(list("pqr"), axis=1), Y)
    with pytest.raises(ValueError, match=r"Write y.loc\[X.index\]"):
        kind(random_state=0).fit(X.set_axis(list("pqr"), axis=1), Y.iloc[::-1])
