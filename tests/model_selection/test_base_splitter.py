"""Rules that all splitters follow."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.metadata_routing import get_routing_for_object

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
)

SPLITTERS = [
    MultiLabelStratifiedKFold,
    RepeatedMultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    MultiLabelStratifiedGroupKFold,
]


def make_splitter(splitter, random_state=0, **parameters):
    if splitter is RepeatedMultiLabelStratifiedKFold:
        parameters["n_repeats"] = 2
    return splitter(3, random_state=random_state, **parameters)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("splitter", SPLITTERS)
def test_the_seed_determines_the_splits(
    splitter, order, make_targets, list_splits, assert_same_splits
):
    Y = make_targets()
    shuffled = {"shuffle": True} if "shuffle" in vars(splitter(3)) else {}
    first, again, other = (
        list_splits(make_splitter(splitter, random_state=seed, order=order, **shuffled), Y)
        for seed in (0, 0, 1)
    )
    assert_same_splits(first, again)
    assert any(a[1].tolist() != b[1].tolist() for a, b in zip(first, other, strict=True))
    cv = make_splitter(splitter, order=order, **shuffled)
    assert_same_splits(list_splits(cv, Y), list_splits(cv, Y))


@pytest.mark.parametrize("splitter", [MultiLabelStratifiedKFold, MultiLabelStratifiedGroupKFold])
@pytest.mark.parametrize("random_state", [0, None])
@pytest.mark.parametrize("order", [1, 2])
def test_folds_without_shuffling_are_always_the_same(
    splitter, random_state, order, make_targets, list_splits, assert_same_splits
):
    cv = splitter(3, random_state=random_state, order=order)
    assert_same_splits(list_splits(cv, make_targets()), list_splits(cv, make_targets()))


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_the_global_generator_is_not_used(splitter, make_targets, list_splits):
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.get_state()[1].copy()  # noqa: NPY002
    list_splits(make_splitter(splitter, order=2), make_targets())
    assert_array_equal(np.random.get_state()[1], expected)  # noqa: NPY002


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize(
    "form", [pd.DataFrame, sparse.csr_matrix, sparse.csc_array, np.ndarray.tolist, np.float32]
)
def test_forms_of_y(splitter, form, make_targets, list_splits, assert_same_splits):
    Y = make_targets()
    cv = make_splitter(splitter, order=2)
    paths = [f"{i}.jpg" for i in range(300)]
    assert_same_splits(list_splits(cv, Y), list_splits(cv, form(Y), paths))


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize("values", [(0, 1), (-1, 1), ("cat", "dog"), (False, True)])
def test_one_dimensional_y_is_one_label(
    splitter, values, make_targets, list_splits, assert_same_splits
):
    Y = make_targets(n_labels=1)
    cv = make_splitter(splitter)
    y = np.array(values)[Y.ravel()]
    assert_same_splits(list_splits(cv, Y), list_splits(cv, y))


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("splitter", SPLITTERS)
def test_in_cross_validation(splitter, routing, make_targets, make_groups):
    Y, groups = make_targets(), make_groups()
    X = np.random.RandomState(0).normal(size=(300, 3))
    cv = make_splitter(splitter)
    passed = {"groups": groups} if splitter is MultiLabelStratifiedGroupKFold else {}
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=cv)
    with config_context(enable_metadata_routing=routing):
        scores = cross_validate(
            KNeighborsClassifier(), X, Y, cv=cv, **({"params": passed} if routing else passed)
        )
        search.fit(X, Y[:, 0], **passed)
    assert len(scores["test_score"]) == search.n_splits_ == cv.get_n_splits(X, Y, groups)


def test_only_the_group_splitter_requests_groups():
    for splitter in SPLITTERS:
        requests = get_routing_for_object(splitter()).split.requests
        needs_groups = splitter is MultiLabelStratifiedGroupKFold
        assert requests == ({"groups": True} if needs_groups else {})
        assert hasattr(splitter, "set_split_request") == needs_groups


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_repr_has_all_parameters(splitter):
    cv = splitter(4, order=2)
    shown = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(cv).items()))
    assert " ".join(repr(cv).split()) == f"{splitter.__name__}({shown})"


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_missing_y(splitter):
    with pytest.raises(ValueError, match=rf"labels are missing; {splitter.__name__} .*split\(X, y"):
        splitter().split(np.zeros(4))


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_different_lengths(splitter, list_splits):
    with pytest.raises(ValueError, match="inconsistent"):
        list_splits(splitter(2), np.eye(3), np.zeros(4))


@pytest.mark.parametrize("splitter", SPLITTERS[:3])
def test_warning_of_ignored_groups(splitter, make_targets, make_groups):
    Y = make_targets()
    with pytest.warns(UserWarning, match=f"ignored by {splitter.__name__}"):
        splitter().split(Y, Y, make_groups())
