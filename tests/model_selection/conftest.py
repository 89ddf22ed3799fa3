"""Fixtures of the tests of splitters and thresholds."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlic.model_selection import MultiLabelStratifiedGroupKFold, TuningData


@pytest.fixture(scope="session")
def make_targets():
    """A function that returns Y with labels of decreasing frequency."""

    def make(n_samples=300, n_labels=4, seed=0):
        uniform = np.random.RandomState(seed).uniform(size=(n_samples, n_labels))
        return (uniform < np.geomspace(0.5, 0.05, n_labels)).astype(int)

    return make


@pytest.fixture(scope="session")
def make_groups():
    """A function that returns the group of each sample, a number."""

    def make(n_samples=300, n_groups=60, seed=1):
        return np.random.RandomState(seed).permutation(np.arange(n_samples) % n_groups)

    return make


@pytest.fixture(scope="session")
def list_splits(make_groups):
    """A function that returns the splits of any splitter; it passes groups if they are needed."""

    def list_all(cv, Y, X=None):
        n_samples = Y.shape[0] if hasattr(Y, "shape") else len(Y)
        by_group = isinstance(cv, MultiLabelStratifiedGroupKFold)
        groups = make_groups(n_samples) if by_group else None
        return list(cv.split(np.zeros(n_samples) if X is None else X, Y, groups=groups))

    return list_all


@pytest.fixture(scope="session")
def assert_same_splits():
    """A function that compares two lists of splits."""

    def check(first, second):
        for one, other in zip(first, second, strict=True):
            assert_array_equal(one[0], other[0])
            assert_array_equal(one[1], other[1])

    return check


@pytest.fixture(scope="session")
def deviations():
    """A function that returns how far the counts of labels in test sets are from proportional."""

    def compute(cv, Y):
        expected = Y.mean(axis=0)
        return np.array([Y[t].sum(axis=0) - len(t) * expected for _, t in cv.split(Y, Y)])

    return compute


@pytest.fixture(scope="session")
def pair_columns():
    """A function that returns which samples have which pairs of labels."""

    def compute(Y):
        return np.stack([Y[:, i] * Y[:, j] for i in range(Y.shape[1]) for j in range(i)], axis=1)

    return compute


@pytest.fixture(scope="session")
def make_data():
    """A function that returns data to tune thresholds on; few decimals give tied scores."""

    def make(seed, n_samples=12, n_labels=2, decimals=1, weighted=False):
        rng = np.random.default_rng(seed)
        Y = rng.random((n_samples, n_labels)) < 0.4
        Y[0], Y[1] = True, False
        scores = np.clip(rng.normal(0.4 + 0.2 * Y, 0.25), 0, 1).round(decimals)
        weight = rng.uniform(0.5, 2, n_samples) if weighted else None
        return TuningData(Y, scores, is_probability=True, weight=weight)

    return make


@pytest.fixture(scope="session")
def every_threshold():
    """A function that returns a threshold between any two neighbouring scores."""

    def compute(scores):
        distinct = np.unique(scores)
        middles = (distinct[1:] + distinct[:-1]) / 2
        return np.concatenate([[distinct[0] - 1], middles, [distinct[-1] + 1]])

    return compute


@pytest.fixture(scope="session")
def value_of():
    """A function that returns the value of an objective for thresholds."""

    def evaluate(data, objective, thresholds):
        return data.evaluate(objective, data.scores >= thresholds)

    return evaluate


@pytest.fixture(scope="session")
def best_per_label(every_threshold, value_of):
    """A function that tries all combinations of thresholds, one per label."""

    def search(data, objective):
        grids = [every_threshold(column) for column in data.scores.T]
        combinations = itertools.product(*grids)
        return max(value_of(data, objective, np.array(thresholds)) for thresholds in combinations)

    return search


@pytest.fixture(scope="session")
def best_shared(every_threshold, value_of):
    """A function that tries all thresholds that are the same for all labels."""

    def search(data, objective):
        return max(value_of(data, objective, t) for t in every_threshold(data.scores))

    return search
