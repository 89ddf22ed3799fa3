"""Tests of labels by name or index."""

from collections import deque

import numpy as np
import pandas as pd
import pytest
import torch

from skmlic._utils._labels import check_label_names, read_values

NAMES = ["sea", "sky"]


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        tuple(NAMES),
        np.array(NAMES),
        pd.Index(NAMES),
        dict.fromkeys(NAMES).keys(),
        deque(NAMES),
    ],
    ids=lambda names: type(names).__name__,
)
def test_names_in_any_ordered_form(names):
    assert check_label_names(names, 2) == NAMES


@pytest.mark.parametrize("names", [set(NAMES), dict.fromkeys(NAMES), iter(NAMES), "ab", list, 3])
def test_other_names_are_errors(names):
    with pytest.raises(TypeError, match=r"label_names is .*; expected a list of 2 names"):
        check_label_names(names, 2)


def test_values():
    values = dict(enumerate([1, np.float32(0.5), np.array(2.0), torch.tensor(3.0)]))
    assert read_values(values, "threshold") == [1.0, 0.5, 2.0, 3.0]
    for wrong in (True, np.bool_(True), "1", None, [1]):
        with pytest.raises(TypeError, match=r"threshold\['sea'\] is"):
            read_values({"sea": wrong}, "threshold")
