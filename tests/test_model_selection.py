import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from skmlic.model_selection import MultiLabelStratifiedKFold


def make_targets(n_samples=300, n_labels=4, seed=0):
    rng = np.random.RandomState(seed)
    return (rng.uniform(size=(n_samples, n_labels)) < np.geomspace(0.5, 0.05, n_labels)).astype(int)


def positives_per_fold(cv, Y):
    return np.array([Y[test].sum(axis=0) for _, test in cv.split(Y, Y)])


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_part_the_samples_and_share_out_each_label(n_labels, shuffle):
    Y = make_targets(n_labels=n_labels)
    cv = MultiLabelStratifiedKFold(3, shuffle=shuffle, random_state=0)
    splits = list(cv.split(Y, Y))
    assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(300))
    for train, test in splits:
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(300))
    spread = np.ptp(positives_per_fold(cv, Y), axis=0)
    assert spread.max() <= max(3, 0.1 * Y.sum(axis=0).max())


def test_more_even_than_kfold():
    Y = make_targets()[np.argsort(-make_targets()[:, -1], kind="stable")]
    plain = np.ptp(positives_per_fold(KFold(5), Y), axis=0)
    assert (np.ptp(positives_per_fold(MultiLabelStratifiedKFold(5), Y), axis=0) <= plain).all()


@pytest.mark.parametrize("random_state", [0, None])
def test_without_shuffling_two_calls_agree(random_state):
    Y = make_targets()
    cv = MultiLabelStratifiedKFold(3, random_state=random_state)
    for (_, first), (_, second) in zip(cv.split(Y, Y), cv.split(Y, Y), strict=True):
        assert_array_equal(first, second)


def test_random_state_determines_shuffled_folds():
    Y = make_targets()
    first, again, other = (
        [
            test.tolist()
            for _, test in MultiLabelStratifiedKFold(3, shuffle=True, random_state=s).split(Y, Y)
        ]
        for s in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_same_folds_as_the_wrapped_package():
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    Y = make_targets()
    ours = MultiLabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    theirs = MultilabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    for (_, a), (_, b) in zip(ours, theirs, strict=True):
        assert_array_equal(a, b)


def test_the_global_generator_is_left_alone():
    Y = make_targets()
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.get_state()[1].copy()  # noqa: NPY002
    list(MultiLabelStratifiedKFold(3).split(Y, Y))
    assert_array_equal(np.random.get_state()[1], expected)  # noqa: NPY002


@pytest.mark.parametrize("form", [pd.DataFrame, sparse.csr_matrix, np.ndarray.tolist])
def test_forms_of_y(form):
    Y = make_targets()
    cv = MultiLabelStratifiedKFold(3)
    for (_, a), (_, b) in zip(cv.split(Y, Y), cv.split(list(range(300)), form(Y)), strict=True):
        assert_array_equal(a, b)


def test_in_cross_val_score():
    Y = make_targets()
    X = np.random.RandomState(0).normal(size=(300, 3))
    cv = MultiLabelStratifiedKFold(4)
    assert cv.get_n_splits() == 4
    assert cross_val_score(KNeighborsClassifier(), X, Y, cv=cv).shape == (4,)
    assert clone(cv).n_splits == 4 if hasattr(cv, "get_params") else True
    assert "n_splits=4" in repr(cv)


@pytest.mark.parametrize(
    ("cv", "Y", "message"),
    [
        (MultiLabelStratifiedKFold(1), np.eye(3), "at least 2"),
        (MultiLabelStratifiedKFold(5), np.eye(3), "more than the number of samples"),
        (MultiLabelStratifiedKFold(2), -np.eye(3), "expected 0 or 1"),
        (MultiLabelStratifiedKFold(2), np.array([0, 1, 0]), "one-dimensional"),
    ],
)
def test_wrong_input(cv, Y, message):
    with pytest.raises(ValueError, match=message):
        next(cv.split(Y, Y))


def test_different_lengths():
    with pytest.raises(ValueError, match="inconsistent"):
        next(MultiLabelStratifiedKFold(2).split(np.zeros(4), np.eye(3)))
