"""Random splits that are stratified by label."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    multilabel_train_test_split,
)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_labels", [1, 2, 20])
@pytest.mark.parametrize(
    ("sizes", "n_train", "n_test"),
    [
        ({}, 270, 30),
        ({"test_size": 0.333}, 200, 100),
        ({"test_size": 7}, 293, 7),
        ({"train_size": 0.5}, 150, 150),
        ({"train_size": 100, "test_size": 50}, 100, 50),
    ],
)
def test_shuffle_split_has_exact_sizes(
    sizes, n_train, n_test, n_labels, order, make_targets, deviations
):
    Y = make_targets(n_labels=n_labels)
    cv = MultiLabelStratifiedShuffleSplit(2, random_state=0, order=order, **sizes)
    for train, test in cv.split(Y, Y):
        assert (len(train), len(test)) == (n_train, n_test)
        assert len(np.union1d(train, test)) == n_train + n_test
    if n_labels < 20:
        assert np.abs(deviations(cv, Y)).max() <= 1


def test_shuffle_split_shuffles(make_targets):
    Y = make_targets()
    first, second = MultiLabelStratifiedShuffleSplit(2, random_state=0).split(Y, Y)
    assert (np.diff(first[0]) < 0).any()
    assert set(first[1]) != set(second[1])


@pytest.mark.parametrize("order", [1, 2])
def test_train_test_split_of_lists_frames_and_sparse_matrices(order, make_targets):
    Y = make_targets()
    paths = [f"{i}.jpg" for i in range(300)]
    frame = pd.DataFrame(Y, index=[f"row {i}" for i in range(300)])
    numbers = np.arange(300)
    parts = multilabel_train_test_split(
        paths, frame, numbers, sparse.csr_matrix(Y), order=order, random_state=0
    )
    assert [np.shape(part)[0] for part in parts] == [225, 75] * 4
    for paths_part, frame_part, rows, matrix in (parts[::2], parts[1::2]):
        assert paths_part == [f"{i}.jpg" for i in rows]
        pd.testing.assert_frame_equal(frame_part, frame.iloc[rows])
        assert_array_equal(matrix.toarray(), Y[rows])
    assert_array_equal(np.sort(np.r_[parts[4], parts[5]]), numbers)
    assert np.abs(parts[3].sum().to_numpy() - Y.sum(axis=0) / 4).max() <= 1


def test_train_test_split_depends_on_the_seed(make_targets):
    Y = make_targets()
    first, again, other = (
        multilabel_train_test_split(Y, Y, np.arange(300), random_state=seed)[5].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert set(first) != set(other)


@pytest.mark.parametrize("order", [1, 2])
def test_train_test_split_keeps_groups_together(order, make_targets, make_groups):
    Y, groups = make_targets(), make_groups()
    *_, train, test = multilabel_train_test_split(
        Y, Y, groups, groups=groups, test_size=0.3, order=order, random_state=0
    )
    assert not set(train) & set(test)
    assert len(train) + len(test) == 300
    assert abs(len(test) - 90) <= 5


def test_train_test_split_of_two_groups(make_targets):
    Y, groups = make_targets(), np.repeat([0, 1], 150)
    *_, train, test = multilabel_train_test_split(Y, Y, groups, groups=groups, test_size=0.01)
    assert set(train) != set(test)


def test_train_test_split_of_one_dimensional_y():
    y = np.array(["cat"] * 80 + ["dog"] * 20)
    _, _, train, test = multilabel_train_test_split(y, y, test_size=0.2, random_state=0)
    assert (train == "dog").sum() == 16
    assert (test == "dog").sum() == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test_size": 4}, "test_size=4"),
        ({"order": 0}, "order=0"),
        ({"groups": [0, 0, 0, 0]}, "number of groups is 1; expected at least 2"),
        ({"groups": [0, 1]}, "inconsistent"),
    ],
)
def test_wrong_input_of_train_test_split(arguments, message, make_targets):
    with pytest.raises(ValueError, match=message):
        multilabel_train_test_split(list("abcd"), make_targets(4), **arguments)


def test_train_test_split_without_labels():
    with pytest.raises(ValueError, match=r"multilabel_train_test_split\(X, Y\)"):
        multilabel_train_test_split(list("abcd"), None)


def test_polars(make_targets, assert_same_splits):
    pl = pytest.importorskip("polars")
    Y = make_targets()
    frame = pl.DataFrame(Y, schema=["a", "b", "c", "d"])
    cv = MultiLabelStratifiedKFold(3)
    assert_same_splits(cv.split(Y, Y), cv.split(frame, frame))
    expected = multilabel_train_test_split(Y, Y, random_state=0)
    parts = multilabel_train_test_split(frame, frame, random_state=0)
    for part, array in zip(parts, expected, strict=True):
        assert isinstance(part, pl.DataFrame)
        assert_array_equal(part.to_numpy(), array)
