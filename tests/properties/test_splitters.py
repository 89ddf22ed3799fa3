"""Splitters: partitions, sizes, counts of labels, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from property_strategies import label_matrices

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    multilabel_train_test_split,
)

ORDERS = st.sampled_from([1, 2])
SEEDS = st.integers(0, 2**31 - 1)
matrices = label_matrices(min_samples=6, max_samples=30)


def list_tests(cv, Y, groups=None):
    """Return the test sets, after checking that each training set is the complement."""
    tests = []
    for train, test in cv.split(np.zeros(len(Y)), Y, groups):
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(Y)))
        tests.append(test)
    return tests


@given(matrices, st.integers(2, 6), ORDERS, st.booleans(), SEEDS)
def test_folds_are_a_partition(Y, n_splits, order, shuffle, seed):
    cv = MultiLabelStratifiedKFold(n_splits, shuffle=shuffle, random_state=seed, order=order)
    tests = list_tests(cv, Y)
    assert_array_equal(np.sort(np.concatenate(tests)), np.arange(len(Y)))
    sizes = np.array([len(test) for test in tests])
    assert sizes.min() > 0
    if order == 2:
        assert np.ptp(sizes) <= 1
    for one, other in zip(tests, list_tests(cv, Y), strict=True):
        assert_array_equal(one, other)


@given(matrices, st.integers(2, 6), st.booleans(), SEEDS)
def test_a_rarest_label_is_as_even_as_possible(Y, n_splits, shuffle, seed):
    # Iterative stratification takes it first, each sample going to the fold that needs it most
    # (Sechidis, Tsoumakas and Vlahavas, 2011, algorithm 1).
    tests = list_tests(MultiLabelStratifiedKFold(n_splits, shuffle=shuffle, random_state=seed), Y)
    totals = Y.sum(axis=0)
    if totals.any():
        rarest = totals == totals[totals > 0].min()
        counts = np.array([Y[test].sum(axis=0) for test in tests])
        assert np.ptp(counts[:, rarest], axis=0).min() <= 1


@given(label_matrices(6, 30, 1, 1), st.integers(2, 6), ORDERS, SEEDS)
def test_one_label_is_stratified_as_by_scikit_learn(Y, n_splits, order, seed):
    # StratifiedKFold: "preserve[s] the percentage of samples for each class".
    cv = MultiLabelStratifiedKFold(n_splits, shuffle=True, random_state=seed, order=order)
    tests = list_tests(cv, Y)
    for counts in ([Y[test].sum() for test in tests], [len(test) for test in tests]):
        assert np.ptp(counts) <= 1


@given(st.lists(st.integers(1, 12), min_size=2, max_size=4, unique=True), ORDERS, st.randoms())
def test_the_order_of_labels_does_not_matter_without_ties(counts, order, rng):
    # Each sample has one label and no two labels are equally frequent, so that no tie between
    # labels is broken at random.
    Y = np.repeat(np.eye(len(counts), dtype=int), counts, axis=0)
    if len(Y) < 3:
        return
    columns = rng.sample(range(len(counts)), len(counts))
    cv = MultiLabelStratifiedKFold(3, order=order)
    pairs = zip(list_tests(cv, Y), list_tests(cv, Y[:, columns]), strict=True)
    for test, other in pairs:
        assert_array_equal(Y[test].sum(axis=0), Y[other].sum(axis=0))


@given(label_matrices(6, 20, missing=True), ORDERS)
def test_missing_labels_are_not_stratified(Y, order):
    cv = MultiLabelStratifiedKFold(3, order=order)
    for one, other in zip(list_tests(cv, Y), list_tests(cv, np.nan_to_num(Y)), strict=True):
        assert_array_equal(one, other)


@given(matrices, st.integers(2, 4), st.integers(1, 3), ORDERS, SEEDS)
def test_each_repetition_is_a_partition(Y, n_splits, n_repeats, order, seed):
    cv = RepeatedMultiLabelStratifiedKFold(
        n_splits, n_repeats=n_repeats, random_state=seed, order=order
    )
    tests = list_tests(cv, Y)
    assert len(tests) == cv.get_n_splits() == n_splits * n_repeats
    for start in range(0, len(tests), n_splits):
        assert_array_equal(
            np.sort(np.concatenate(tests[start : start + n_splits])), np.arange(len(Y))
        )


@given(matrices, st.integers(1, 3), st.integers(1, 3), ORDERS, SEEDS)
def test_random_splits_have_the_given_sizes(Y, test_size, train_size, order, seed):
    cv = MultiLabelStratifiedShuffleSplit(
        2, test_size=test_size, train_size=train_size, random_state=seed, order=order
    )
    splits = list(cv.split(Y, Y))
    for train, test in splits:
        assert (len(train), len(test)) == (train_size, test_size)
        assert len(np.union1d(train, test)) == train_size + test_size
    for one, other in zip(splits, cv.split(Y, Y), strict=True):
        assert_array_equal(one[0], other[0])


@st.composite
def matrices_and_groups(draw):
    Y = draw(matrices)
    n_groups = draw(st.integers(2, len(Y)))
    rest = st.lists(
        st.integers(0, n_groups - 1), min_size=len(Y) - n_groups, max_size=len(Y) - n_groups
    )
    return Y, np.array(draw(st.permutations([*range(n_groups), *draw(rest)])))


@given(matrices_and_groups(), ORDERS, st.booleans(), SEEDS)
def test_groups_are_never_split(data, order, shuffle, seed):
    Y, groups = data
    n_splits = min(3, len(np.unique(groups)))
    cv = MultiLabelStratifiedGroupKFold(n_splits, shuffle=shuffle, random_state=seed, order=order)
    tests = list_tests(cv, Y, groups)
    assert_array_equal(np.sort(np.concatenate(tests)), np.arange(len(Y)))
    assert all(map(len, tests))
    assert sum(len(np.unique(groups[test])) for test in tests) == len(np.unique(groups))
    # Their names do not matter.
    names = np.array([f"g{number}" for number in groups], dtype=object)
    for one, other in zip(tests, list_tests(cv, Y, names), strict=True):
        assert_array_equal(one, other)


@given(matrices_and_groups(), st.integers(1, 3), st.booleans(), ORDERS, SEEDS)
def test_train_test_split_is_a_partition(data, test_size, by_group, order, seed):
    Y, groups = data
    options = {"test_size": test_size, "order": order, "random_state": seed}
    rows, *parts = multilabel_train_test_split(
        np.arange(len(Y)), Y, groups, groups=groups if by_group else None, **options
    )
    test_rows, Y_train, Y_test, train_groups, test_groups = parts
    assert_array_equal(np.sort(np.concatenate([rows, test_rows])), np.arange(len(Y)))
    assert_array_equal(Y_train, Y[rows])
    assert_array_equal(Y_test, Y[test_rows])
    if by_group:
        assert not set(train_groups) & set(test_groups)
        assert len(rows)
        assert len(test_rows)
    else:
        assert len(test_rows) == test_size


@pytest.mark.parametrize("n_labels", [1, 2, 5])
@given(st.integers(6, 30), st.integers(2, 6))
def test_without_positives_only_sizes_are_even(n_labels, n_samples, n_splits):
    for order in (1, 2):
        cv = MultiLabelStratifiedKFold(n_splits, order=order)
        tests = list_tests(cv, np.zeros((n_samples, n_labels)))
        assert np.ptp([len(test) for test in tests]) <= 1
