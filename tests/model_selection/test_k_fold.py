"""Folds that are stratified by label."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import KFold

from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    RepeatedMultiLabelStratifiedKFold,
)


def measure_pairs(cv, Y, pairs):
    """Return the number of pairs missing from test sets, and the mean deviation of counts."""
    counts = np.array([pairs[test].sum(axis=0) for _, test in cv.split(Y, Y)])
    enough = pairs.sum(axis=0) >= len(counts)
    return (counts[:, enough] == 0).sum(), np.abs(counts - counts.mean(axis=0)).mean()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_are_stratified_by_label(n_labels, shuffle, order, make_targets, deviations):
    Y = make_targets(n_labels=n_labels)
    cv = MultiLabelStratifiedKFold(3, shuffle=shuffle, random_state=0, order=order)
    splits = list(cv.split(Y, Y))
    assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(300))
    for train, test in splits:
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(300))
    if n_labels <= 3:
        assert np.abs(deviations(cv, Y)).max() <= 1
    else:
        assert np.abs(deviations(cv, Y)).mean() < 1


@pytest.mark.parametrize("order", [1, 2])
def test_labels_are_more_even_than_with_kfold(order, make_targets, deviations):
    Y = make_targets()[np.argsort(-make_targets()[:, -1], kind="stable")]
    ours = np.ptp(deviations(MultiLabelStratifiedKFold(5, order=order), Y), axis=0)
    assert (ours <= np.ptp(deviations(KFold(5), Y), axis=0)).all()


def test_same_folds_as_iterative_stratification(make_targets, assert_same_splits):
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    Y = make_targets()
    ours = MultiLabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    theirs = MultilabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    assert_same_splits(ours, theirs)


def test_order_2_stratifies_by_pairs_of_labels(make_targets, pair_columns):
    Y = make_targets(2000, 20)
    pairs = pair_columns(Y)
    missing, deviation = measure_pairs(
        MultiLabelStratifiedKFold(shuffle=True, random_state=0, order=2), Y, pairs
    )
    for other in (
        MultiLabelStratifiedKFold(shuffle=True, random_state=0),
        KFold(shuffle=True, random_state=0),
    ):
        other_missing, other_deviation = measure_pairs(other, Y, pairs)
        assert missing < other_missing
        assert deviation < 0.6 * other_deviation


def test_order_2_gives_folds_of_equal_size(make_targets):
    Y = make_targets(302, 10)
    sizes = [len(test) for _, test in MultiLabelStratifiedKFold(4, order=2).split(Y, Y)]
    assert sizes == [76, 76, 75, 75]


@pytest.mark.parametrize("order", [1, 2])
def test_unlabelled_samples_are_stratified(order):
    Y = np.zeros((100, 3), dtype=int)
    Y[:40, 0] = 1
    cv = MultiLabelStratifiedKFold(5, order=order)
    assert [(Y[test].sum(), len(test)) for _, test in cv.split(Y, Y)] == [(8, 20)] * 5


def test_no_labels_at_all():
    Y = np.zeros((12, 2), dtype=int)
    for cv in (MultiLabelStratifiedKFold(4), MultiLabelStratifiedKFold(4, order=2)):
        assert [len(test) for _, test in cv.split(Y, Y)] == [3] * 4


@pytest.mark.parametrize("order", [1, 2])
def test_no_fold_is_empty(order, make_targets):
    for seed in range(10):
        Y = make_targets(6, 5, seed)
        for n_splits in range(2, 7):
            cv = MultiLabelStratifiedKFold(n_splits, shuffle=True, random_state=seed, order=order)
            assert all(len(test) for _, test in cv.split(Y, Y))


@pytest.mark.parametrize("order", [1, 2])
def test_repetitions_have_different_folds(order, make_targets):
    Y = make_targets()
    cv = RepeatedMultiLabelStratifiedKFold(3, n_repeats=2, random_state=0, order=order)
    assert RepeatedMultiLabelStratifiedKFold().get_n_splits() == 50
    splits = list(cv.split(Y, Y))
    assert len(splits) == cv.get_n_splits() == 6
    folds = [[test.tolist() for _, test in splits[i : i + 3]] for i in (0, 3)]
    assert folds[0] != folds[1]
    for repeat in folds:
        assert sorted(np.concatenate(repeat)) == list(range(300))
