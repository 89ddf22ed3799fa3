"""Errors of splitters for wrong input."""

import numpy as np
import pytest

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
)


@pytest.mark.parametrize(
    ("cv", "Y", "message"),
    [
        (MultiLabelStratifiedKFold(1), np.eye(3), "n_splits=1; expected an integer >= 2"),
        (MultiLabelStratifiedKFold(2.5), np.eye(3), "n_splits=2.5; expected an integer"),
        (MultiLabelStratifiedKFold(5), np.eye(3), "more than the number of samples, 3"),
        (MultiLabelStratifiedKFold(2, order=3), np.eye(3), "order=3; expected 1"),
        (MultiLabelStratifiedKFold(2), -np.eye(3), "expected 0 or 1"),
        (MultiLabelStratifiedKFold(2), np.array([0, 1, 2]), "Only binary"),
        (MultiLabelStratifiedKFold(2), np.array([0.5, 0.1, 0.2]), "continuous"),
        (MultiLabelStratifiedKFold(2), np.array([1, 1, 1]), "one class"),
        (RepeatedMultiLabelStratifiedKFold(n_repeats=0), np.eye(3), "n_repeats=0"),
        (RepeatedMultiLabelStratifiedKFold(1), np.eye(3), "n_splits=1"),
        (MultiLabelStratifiedShuffleSplit(0), np.eye(3), "n_splits=0"),
        (MultiLabelStratifiedShuffleSplit(order="2"), np.eye(3), "order='2'"),
        (MultiLabelStratifiedShuffleSplit(test_size=3), np.eye(3), "test_size=3"),
        (MultiLabelStratifiedShuffleSplit(test_size=0.9, train_size=0.9), np.eye(3), "The sum"),
    ],
)
def test_wrong_input(cv, Y, message):
    with pytest.raises(ValueError, match=message):
        next(cv.split(np.zeros(3), Y))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, r"groups is missing; .*split\(X, y, groups=groups\)"),
        ([0, 0, 1, 1], "n_splits=3 is more than the number of groups, 2"),
        (np.eye(4), r"groups has shape \(4, 4\)"),
        ([0, 1, 2, np.nan], r"groups\[3\] is missing"),
        (["a", "b", None, "c"], r"groups\[2\] is missing"),
    ],
)
def test_wrong_groups(groups, message, make_targets):
    Y = make_targets(4)
    with pytest.raises(ValueError, match=message):
        next(MultiLabelStratifiedGroupKFold(3).split(Y, Y, groups))
