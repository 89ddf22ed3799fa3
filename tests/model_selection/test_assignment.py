"""Assignment of samples and groups to parts."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlic.model_selection._assignment import (
    assign_groups,
    assign_samples,
    count_items,
    shuffle_parts,
)


def test_items_are_labels_and_pairs_of_labels_that_occur():
    Y = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]])
    assert_array_equal(count_items(Y, 1).toarray(), Y)
    # The pairs are those of labels 0 and 1, and of labels 1 and 2.
    assert_array_equal(count_items(Y, 2).toarray()[:, 3:], [[1, 0], [0, 0], [0, 1]])
    by_group = count_items(Y, 2, groups=np.array([0, 0, 1])).toarray()
    assert_array_equal(by_group, [[2, 1, 0, 1, 0], [0, 1, 1, 0, 1]])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("sizes", [[10, 290], [100, 100, 100], [1, 2, 297]], ids=str)
def test_parts_have_exactly_the_given_sizes(sizes, order, make_targets):
    counts = count_items(make_targets(), order)
    parts = assign_samples(counts, np.array(sizes), np.random.RandomState(0))
    assert_array_equal(np.bincount(parts), sizes)


def test_items_are_proportional_to_the_sizes_of_parts(make_targets):
    Y, sizes = make_targets(), np.array([60, 90, 150])
    parts = assign_samples(count_items(Y, 1), sizes, np.random.RandomState(0))
    counts = np.array([Y[parts == part].sum(axis=0) for part in range(3)])
    assert np.abs(counts - np.outer(sizes / 300, Y.sum(axis=0))).max() <= 1


def test_no_part_is_without_a_group(make_targets):
    for seed in range(10):
        groups = np.repeat(np.arange(4), [280, 10, 5, 5])
        counts = count_items(make_targets(seed=seed), 1, groups)
        rng = np.random.RandomState(seed)
        parts = assign_groups(counts, np.bincount(groups), np.full(4, 0.25), rng)
        assert_array_equal(np.sort(parts), np.arange(4))


def test_shuffled_parts_are_the_training_and_the_test_set():
    train, test = shuffle_parts(np.array([1, 0, 2, 1, 0, 1]), np.random.RandomState(0))
    assert set(train) == {0, 3, 5}
    assert set(test) == {1, 4}
