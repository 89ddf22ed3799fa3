import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.metadata_routing import get_routing_for_object

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    multilabel_train_test_split,
)

SPLITTERS = [
    MultiLabelStratifiedKFold,
    RepeatedMultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    MultiLabelStratifiedGroupKFold,
]


def make_targets(n_samples=300, n_labels=4, seed=0):
    rng = np.random.RandomState(seed)
    return (rng.uniform(size=(n_samples, n_labels)) < np.geomspace(0.5, 0.05, n_labels)).astype(int)


def make_groups(n_samples=300, n_groups=60, seed=1):
    return np.random.RandomState(seed).permutation(np.arange(n_samples) % n_groups)


def list_splits(cv, Y, X=None):
    n_samples = Y.shape[0] if hasattr(Y, "shape") else len(Y)
    by_group = isinstance(cv, MultiLabelStratifiedGroupKFold)
    groups = make_groups(n_samples) if by_group else None
    return list(cv.split(np.zeros(n_samples) if X is None else X, Y, groups=groups))


def assert_same_splits(first, second):
    for one, other in zip(first, second, strict=True):
        assert_array_equal(one[0], other[0])
        assert_array_equal(one[1], other[1])


def deviations(cv, Y):
    """Return how far each label's count in each test part is from its share."""
    return np.array(
        [Y[test].sum(axis=0) - len(test) / len(Y) * Y.sum(axis=0) for _, test in cv.split(Y, Y)]
    )


def pair_columns(Y):
    return np.stack([Y[:, i] * Y[:, j] for i in range(Y.shape[1]) for j in range(i)], axis=1)


def measure_pairs(cv, Y):
    """Return the number of pairs missing from test parts and the mean deviation of their counts."""
    pairs = pair_columns(Y)
    counts = np.array([pairs[test].sum(axis=0) for _, test in cv.split(Y, Y)])
    enough = pairs.sum(axis=0) >= len(counts)
    return (counts[:, enough] == 0).sum(), np.abs(counts - counts.mean(axis=0)).mean()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_part_the_samples_and_share_out_each_label(n_labels, shuffle, order):
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
def test_more_even_than_kfold(order):
    Y = make_targets()[np.argsort(-make_targets()[:, -1], kind="stable")]
    ours = np.ptp(deviations(MultiLabelStratifiedKFold(5, order=order), Y), axis=0)
    assert (ours <= np.ptp(deviations(KFold(5), Y), axis=0)).all()


def test_same_folds_as_the_wrapped_package():
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    Y = make_targets()
    ours = MultiLabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    theirs = MultilabelStratifiedKFold(3, shuffle=True, random_state=5).split(Y, Y)
    assert_same_splits(ours, theirs)


@pytest.mark.parametrize("seed", range(3))
def test_order_2_shares_out_pairs(seed):
    Y = make_targets(2000, 20, seed)
    missing, deviation = measure_pairs(
        MultiLabelStratifiedKFold(shuffle=True, random_state=seed, order=2), Y
    )
    for other in (
        MultiLabelStratifiedKFold(shuffle=True, random_state=seed),
        KFold(shuffle=True, random_state=seed),
    ):
        other_missing, other_deviation = measure_pairs(other, Y)
        assert missing < other_missing
        assert deviation < 0.6 * other_deviation


def test_order_2_gives_folds_of_equal_size():
    Y = make_targets(302, 10)
    sizes = [len(test) for _, test in MultiLabelStratifiedKFold(4, order=2).split(Y, Y)]
    assert sizes == [76, 76, 75, 75]


@pytest.mark.parametrize("order", [1, 2])
def test_unlabelled_samples_are_spread_evenly(order):
    Y = np.zeros((100, 3), dtype=int)
    Y[:40, 0] = 1
    cv = MultiLabelStratifiedKFold(5, order=order)
    assert [(Y[test].sum(), len(test)) for _, test in cv.split(Y, Y)] == [(8, 20)] * 5


def test_no_labels_at_all():
    Y = np.zeros((12, 2), dtype=int)
    for cv in (MultiLabelStratifiedKFold(4), MultiLabelStratifiedKFold(4, order=2)):
        assert [len(test) for _, test in cv.split(Y, Y)] == [3] * 4


@pytest.mark.parametrize("order", [1, 2])
def test_no_fold_is_empty(order):
    for seed in range(40):
        Y = make_targets(6, 5, seed)
        for n_splits in range(2, 7):
            cv = MultiLabelStratifiedKFold(n_splits, shuffle=True, random_state=seed, order=order)
            assert all(len(test) for _, test in cv.split(Y, Y))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("splitter", SPLITTERS)
def test_the_seed_determines_the_splits(splitter, order):
    Y = make_targets()
    shuffled = {"shuffle": True} if "shuffle" in vars(splitter(3)) else {}
    first, again, other = (
        list_splits(splitter(3, random_state=seed, order=order, **shuffled), Y)
        for seed in (0, 0, 1)
    )
    assert_same_splits(first, again)
    assert any(a[1].tolist() != b[1].tolist() for a, b in zip(first, other, strict=True))
    cv = splitter(3, random_state=0, order=order, **shuffled)
    assert_same_splits(list_splits(cv, Y), list_splits(cv, Y))


@pytest.mark.parametrize("splitter", [MultiLabelStratifiedKFold, MultiLabelStratifiedGroupKFold])
@pytest.mark.parametrize("random_state", [0, None])
@pytest.mark.parametrize("order", [1, 2])
def test_without_shuffling_two_calls_agree(splitter, random_state, order):
    cv = splitter(3, random_state=random_state, order=order)
    assert_same_splits(list_splits(cv, make_targets()), list_splits(cv, make_targets()))


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_the_global_generator_is_left_alone(splitter):
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.get_state()[1].copy()  # noqa: NPY002
    list_splits(splitter(3, random_state=0, order=2), make_targets())
    assert_array_equal(np.random.get_state()[1], expected)  # noqa: NPY002


@pytest.mark.parametrize("order", [1, 2])
def test_repeats_part_the_samples_in_different_ways(order):
    Y = make_targets()
    cv = RepeatedMultiLabelStratifiedKFold(3, n_repeats=2, random_state=0, order=order)
    assert RepeatedMultiLabelStratifiedKFold().get_n_splits() == 50
    splits = list(cv.split(Y, Y))
    assert len(splits) == cv.get_n_splits() == 6
    folds = [[test.tolist() for _, test in splits[i : i + 3]] for i in (0, 3)]
    assert folds[0] != folds[1]
    for repeat in folds:
        assert sorted(np.concatenate(repeat)) == list(range(300))


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
def test_shuffle_split_has_exact_sizes(sizes, n_train, n_test, n_labels, order):
    Y = make_targets(n_labels=n_labels)
    cv = MultiLabelStratifiedShuffleSplit(2, random_state=0, order=order, **sizes)
    for train, test in cv.split(Y, Y):
        assert (len(train), len(test)) == (n_train, n_test)
        assert len(np.union1d(train, test)) == n_train + n_test
    if n_labels < 20:
        assert np.abs(deviations(cv, Y)).max() <= 1


def test_shuffle_split_shuffles():
    Y = make_targets()
    first, second = MultiLabelStratifiedShuffleSplit(2, random_state=0).split(Y, Y)
    assert (np.diff(first[0]) < 0).any()
    assert set(first[1]) != set(second[1])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_labels", [1, 3, 10])
def test_groups_stay_together(n_labels, order):
    Y, groups = make_targets(n_labels=n_labels), make_groups()
    cv = MultiLabelStratifiedGroupKFold(4, order=order)
    tests = [test for _, test in cv.split(Y, Y, groups=groups)]
    assert_array_equal(np.sort(np.concatenate(tests)), np.arange(300))
    assert sum(len(np.unique(groups[test])) for test in tests) == 60
    counts = np.array([Y[test].sum(axis=0) for test in tests])
    assert np.abs(counts - counts.mean(axis=0)).max() <= 5
    assert all(70 <= len(test) <= 80 for test in tests)


def test_groups_with_order_2_share_out_pairs():
    Y, groups = make_targets(2000, 20), make_groups(2000, 400)
    pairs = pair_columns(Y)

    def measure(order):
        cv = MultiLabelStratifiedGroupKFold(order=order)
        counts = np.array([pairs[test].sum(axis=0) for _, test in cv.split(Y, Y, groups)])
        return np.abs(counts - counts.mean(axis=0)).mean()

    assert measure(2) < 0.7 * measure(1)


def test_groups_of_one_sample_are_like_no_groups():
    Y = make_targets()
    cv = MultiLabelStratifiedGroupKFold(3)
    counts = np.array([Y[test].sum(axis=0) for _, test in cv.split(Y, Y, np.arange(300))])
    assert np.ptp(counts, axis=0).max() <= 1


def test_a_group_larger_than_a_fold_has_one_to_itself():
    groups = np.r_[np.zeros(200, dtype=int), np.arange(1, 101)]
    splits = MultiLabelStratifiedGroupKFold(3).split(make_targets(), make_targets(), groups)
    assert sorted(len(test) for _, test in splits) == [50, 50, 200]


def test_as_many_groups_as_folds():
    groups = np.repeat(["a", "b", "c"], [290, 5, 5])
    splits = MultiLabelStratifiedGroupKFold(3).split(make_targets(), make_targets(), groups)
    assert sorted(len(test) for _, test in splits) == [5, 5, 290]


@pytest.mark.parametrize("form", [list, pd.Series, pd.Categorical, lambda g: [str(i) for i in g]])
def test_forms_of_groups(form):
    Y, groups = make_targets(), make_groups()
    cv = MultiLabelStratifiedGroupKFold(3)
    assert_same_splits(cv.split(Y, Y, groups), cv.split(Y, Y, form(groups)))


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize(
    "form", [pd.DataFrame, sparse.csr_matrix, sparse.csc_array, np.ndarray.tolist, np.float32]
)
def test_forms_of_y(splitter, form):
    Y = make_targets()
    cv = splitter(3, random_state=0, order=2)
    paths = [f"{i}.jpg" for i in range(300)]
    assert_same_splits(list_splits(cv, Y), list_splits(cv, form(Y), paths))


def test_polars():
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


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize("values", [(0, 1), (-1, 1), ("cat", "dog"), (False, True)])
def test_one_dimensional_y_is_one_label(splitter, values):
    Y = make_targets(n_labels=1)
    cv = splitter(3, random_state=0)
    y = np.array(values)[Y.ravel()]
    assert_same_splits(list_splits(cv, Y), list_splits(cv, y))


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("splitter", SPLITTERS)
def test_in_cross_validation(splitter, routing):
    Y, groups = make_targets(), make_groups()
    X = np.random.RandomState(0).normal(size=(300, 3))
    cv = splitter(3, random_state=0)
    passed = {"groups": groups} if splitter is MultiLabelStratifiedGroupKFold else {}
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=cv)
    with config_context(enable_metadata_routing=routing):
        scores = cross_validate(
            KNeighborsClassifier(), X, Y, cv=cv, **({"params": passed} if routing else passed)
        )
        search.fit(X, Y[:, 0], **passed)
    assert len(scores["test_score"]) == search.n_splits_ == cv.get_n_splits(X, Y, groups)


def test_only_the_group_splitter_asks_for_groups():
    for splitter in SPLITTERS:
        requests = get_routing_for_object(splitter()).split.requests
        wants = splitter is MultiLabelStratifiedGroupKFold
        assert requests == ({"groups": True} if wants else {})
        assert hasattr(splitter, "set_split_request") == wants


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_repr_has_all_parameters(splitter):
    cv = splitter(4, order=2)
    shown = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(cv).items()))
    assert " ".join(repr(cv).split()) == f"{splitter.__name__}({shown})"


@pytest.mark.parametrize("order", [1, 2])
def test_train_test_split_cuts_lists_frames_and_sparse_matrices(order):
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


def test_train_test_split_is_determined_by_the_seed():
    Y = make_targets()
    first, again, other = (
        multilabel_train_test_split(Y, Y, np.arange(300), random_state=seed)[5].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert set(first) != set(other)


@pytest.mark.parametrize("order", [1, 2])
def test_train_test_split_keeps_groups_together(order):
    Y, groups = make_targets(), make_groups()
    *_, train, test = multilabel_train_test_split(
        Y, Y, groups, groups=groups, test_size=0.3, order=order, random_state=0
    )
    assert not set(train) & set(test)
    assert len(train) + len(test) == 300
    assert abs(len(test) - 90) <= 5


def test_train_test_split_of_two_groups_has_one_on_each_side():
    Y, groups = make_targets(), np.repeat([0, 1], 150)
    *_, train, test = multilabel_train_test_split(Y, Y, groups, groups=groups, test_size=0.01)
    assert set(train) != set(test)


def test_train_test_split_of_one_dimensional_y():
    y = np.array(["cat"] * 80 + ["dog"] * 20)
    _, _, train, test = multilabel_train_test_split(y, y, test_size=0.2, random_state=0)
    assert (train == "dog").sum() == 16
    assert (test == "dog").sum() == 4


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


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_missing_y(splitter):
    with pytest.raises(ValueError, match=rf"labels are missing; {splitter.__name__} .*split\(X, y"):
        splitter().split(np.zeros(4))


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_different_lengths(splitter):
    with pytest.raises(ValueError, match="inconsistent"):
        list_splits(splitter(2), np.eye(3), np.zeros(4))


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
def test_wrong_groups(groups, message):
    Y = make_targets(4)
    with pytest.raises(ValueError, match=message):
        next(MultiLabelStratifiedGroupKFold(3).split(Y, Y, groups))


@pytest.mark.parametrize("splitter", SPLITTERS[:3])
def test_ignored_groups_are_warned_of(splitter):
    Y = make_targets()
    with pytest.warns(UserWarning, match=f"ignored by {splitter.__name__}"):
        splitter().split(Y, Y, make_groups())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test_size": 4}, "test_size=4"),
        ({"order": 0}, "order=0"),
        ({"groups": [0, 0, 0, 0]}, "number of groups is 1; expected at least 2"),
        ({"groups": [0, 1]}, "inconsistent"),
    ],
)
def test_wrong_input_of_train_test_split(arguments, message):
    with pytest.raises(ValueError, match=message):
        multilabel_train_test_split(list("abcd"), make_targets(4), **arguments)


def test_train_test_split_without_labels():
    with pytest.raises(ValueError, match=r"multilabel_train_test_split\(X, Y\)"):
        multilabel_train_test_split(list("abcd"), None)
