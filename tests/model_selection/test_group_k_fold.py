"""Folds of whole groups that are stratified by label."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_labels", [1, 3, 10])
def test_groups_stay_together(n_labels, order, make_targets, make_groups):
    Y, groups = make_targets(n_labels=n_labels), make_groups()
    cv = MultiLabelStratifiedGroupKFold(4, order=order)
    tests = [test for _, test in cv.split(Y, Y, groups=groups)]
    assert_array_equal(np.sort(np.concatenate(tests)), np.arange(300))
    assert sum(len(np.unique(groups[test])) for test in tests) == 60
    counts = np.array([Y[test].sum(axis=0) for test in tests])
    assert np.abs(counts - counts.mean(axis=0)).max() <= 5
    assert all(70 <= len(test) <= 80 for test in tests)


def test_order_2_stratifies_groups_by_pairs_of_labels(make_targets, make_groups, pair_columns):
    Y, groups = make_targets(2000, 20), make_groups(2000, 400)
    pairs = pair_columns(Y)

    def measure(order):
        cv = MultiLabelStratifiedGroupKFold(order=order)
        counts = np.array([pairs[test].sum(axis=0) for _, test in cv.split(Y, Y, groups)])
        return np.abs(counts - counts.mean(axis=0)).mean()

    assert measure(2) < 0.7 * measure(1)


def test_groups_of_one_sample_are_stratified_like_samples(make_targets):
    Y = make_targets()
    cv = MultiLabelStratifiedGroupKFold(3)
    counts = np.array([Y[test].sum(axis=0) for _, test in cv.split(Y, Y, np.arange(300))])
    assert np.ptp(counts, axis=0).max() <= 1


def test_a_group_larger_than_a_fold_is_the_only_one_in_its_fold(make_targets):
    groups = np.r_[np.zeros(200, dtype=int), np.arange(1, 101)]
    splits = MultiLabelStratifiedGroupKFold(3).split(make_targets(), make_targets(), groups)
    assert sorted(len(test) for _, test in splits) == [50, 50, 200]


def test_as_many_groups_as_folds(make_targets):
    groups = np.repeat(["a", "b", "c"], [290, 5, 5])
    splits = MultiLabelStratifiedGroupKFold(3).split(make_targets(), make_targets(), groups)
    assert sorted(len(test) for _, test in splits) == [5, 5, 290]


@pytest.mark.parametrize(
    "form",
    [list, pd.Series, pd.Categorical, lambda g: [str(i) for i in g]],
    ids=["list", "series", "categorical", "strings"],
)
def test_forms_of_groups(form, make_targets, make_groups, assert_same_splits):
    Y, groups = make_targets(), make_groups()
    cv = MultiLabelStratifiedGroupKFold(3)
    assert_same_splits(cv.split(Y, Y, groups), cv.split(Y, Y, form(groups)))
