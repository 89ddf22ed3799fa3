"""Tests of the conversion of values to JSON and tensors, and back."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from skmlic.persistence._values import ValueReader, ValueWriter

VALUES = [
    None, True, False, 0, -(2**70), 1.0, 0.1, 1e-300, -0.0, np.nan, np.inf, -np.inf,
    "", "ä\n\"\ud800",
    [], (), {}, [1, (2.0, [None])], {1: "a", "1": 2, (1, 2): [3], None: {}, 1.5: True},
    np.float64(0.1), np.float32(0.1), np.float16(np.inf), np.int64(3), np.uint8(255),
    np.bool_(True),
    np.str_("a"), np.array(3.0), np.zeros((0, 3), np.int32), np.array([[True], [False]]),
    np.array([np.nan, np.inf, -0.0], np.float32), np.array(["a", "bcd"]), np.array([], dtype=str),
    np.array([1, "a", None, (1, 2), np.nan], dtype=object), np.array([[1, "b"]], dtype=object),
    np.arange(6, dtype=np.uint16).reshape(2, 3).T, np.arange(3, dtype=np.uint64),
    torch.tensor([1.5]), torch.tensor(2, dtype=torch.int8), torch.ones(2, 2, dtype=torch.bfloat16),
    Path("a") / "b", torch.device("cuda", 1),
    pd.Series({"a": 1.5, 2: np.nan}, name="x"), pd.Series([1, 2], index=["u", "v"]),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], 3: [0.5, np.nan]}),
    pd.DataFrame({"t": ["p", "q", "p"]}, index=pd.RangeIndex(2, 8, 2, name="n")),
    pd.DataFrame({"t": pd.Series(["p"], dtype=object)}),
    pd.DataFrame({"v": [1.0]}, index=pd.MultiIndex.from_tuples([(1, "a")], names=["e", None])),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_keep_their_types(value, assert_same):
    writer = ValueWriter()
    text = json.dumps(writer.write(value, "v"), allow_nan=False)
    assert writer.problems == []
    found = ValueReader(writer.tensors).read(json.loads(text))
    if isinstance(value, torch.Tensor):
        assert found.dtype == value.dtype
        assert torch.equal(found, value)
    else:
        assert_same(found, value)
    assert str(found) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        {1, 2}, b"a", 1j, len, nn.ReLU, np.complex64(1), np.array([1j]), object(), slice(1),
        np.array(["2020"], dtype="M8[D]"), pd.Timestamp(0), np.array([1.0], dtype=">f8"),
        type("Text", (str,), {})("a"), type("Number", (int,), {})(1),
        pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}).astype(object).map(lambda v: {v}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_values_that_cannot_be_converted_are_named(value):
    writer = ValueWriter()
    writer.write([value], "v")
    assert writer.problems
    assert writer.problems[0].startswith("v[0]")
