"""Exact search of thresholds, compared with trying all thresholds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as sk

from skmlic.model_selection._shared_threshold import maximize_shared
from skmlic.model_selection._threshold_search import (
    maximize_macro,
    maximize_micro,
    maximize_samples,
)
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    PrecisionAtRecall,
    RecallAtPrecision,
    SubsetAccuracy,
)

MACRO = [FBeta(), FBeta(2.0), FBeta(0.5), Jaccard(), BalancedAccuracy()]


MICRO = [FBeta(average="micro"), FBeta(2.0, "micro"), Jaccard("micro"), LabelAccuracy()]


SAMPLES = [FBeta(average="samples"), FBeta(2.0, "samples"), Jaccard("samples"), SubsetAccuracy()]


COSTS = [
    ExpectedCost([[0, 1], [5, 0]]),
    ExpectedCost([[[0, 1], [5, 0]], [[-1, 2], [1, -3]]]),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("objective", [*MACRO, *MICRO, *COSTS], ids=repr)
def test_per_label_equals_trying_all(objective, weighted, make_data, best_per_label, value_of):
    maximize = maximize_macro if objective.average == "macro" else maximize_micro
    for seed in range(10):
        data = make_data(seed, weighted=weighted)
        found = value_of(data, objective, maximize(data, objective))
        assert_allclose(found, best_per_label(data, objective), atol=1e-12)


@pytest.mark.parametrize("n_labels", [1, 3])
@pytest.mark.parametrize("objective", [FBeta(), FBeta(average="micro")], ids=repr)
def test_per_label_equals_trying_all_with_other_numbers_of_labels(
    objective, n_labels, make_data, best_per_label, value_of
):
    maximize = maximize_macro if objective.average == "macro" else maximize_micro
    for seed in range(5):
        data = make_data(seed, n_samples=9, n_labels=n_labels)
        found = value_of(data, objective, maximize(data, objective))
        assert_allclose(found, best_per_label(data, objective), atol=1e-12)


@pytest.mark.parametrize("objective", SAMPLES, ids=repr)
def test_label_by_label_is_never_worse_than_shared(objective, make_data, value_of):
    better = 0
    for seed in range(10):
        data = make_data(seed, n_samples=40, n_labels=4, decimals=2)
        shared = np.full(data.n_labels, maximize_shared(data, objective))
        improved = maximize_samples(data, objective, shared)
        gain = value_of(data, objective, improved) - value_of(data, objective, shared)
        assert gain >= -1e-12
        better += gain > 1e-6
    assert better > 5


def test_label_by_label_ends_where_no_threshold_can_be_improved(
    make_data, every_threshold, value_of
):
    objective = FBeta(average="samples")
    data = make_data(3, n_samples=30, n_labels=3)
    thresholds = maximize_samples(data, objective, np.full(3, maximize_shared(data, objective)))
    best = value_of(data, objective, thresholds)
    for j in range(3):
        for threshold in every_threshold(data.scores[:, j]):
            other = thresholds.copy()
            other[j] = threshold
            assert value_of(data, objective, other) <= best + 1e-12


def test_recall_at_precision(make_data, every_threshold):
    data = make_data(0, n_samples=60, n_labels=2, decimals=2)
    thresholds = maximize_macro(data, RecallAtPrecision(0.7))
    for j, threshold in enumerate(thresholds):
        y, scores = data.Y[:, j], data.scores[:, j]
        recalls = [
            sk.recall_score(y, scores >= t)
            for t in every_threshold(scores)[:-1]
            if sk.precision_score(y, scores >= t) >= 0.7
        ]
        assert sk.precision_score(y, scores >= threshold) >= 0.7
        assert sk.recall_score(y, scores >= threshold) == max(recalls)


def test_precision_at_recall(make_data, every_threshold):
    data = make_data(1, n_samples=60, n_labels=2, decimals=2)
    thresholds = maximize_macro(data, PrecisionAtRecall(0.8))
    for j, threshold in enumerate(thresholds):
        y, scores = data.Y[:, j], data.scores[:, j]
        precisions = [
            sk.precision_score(y, scores >= t)
            for t in every_threshold(scores)[:-1]
            if sk.recall_score(y, scores >= t) >= 0.8
        ]
        assert sk.recall_score(y, scores >= threshold) >= 0.8
        assert_allclose(sk.precision_score(y, scores >= threshold), max(precisions))


@pytest.mark.parametrize("precision", [0.07, 0.28, 0.55])
def test_constraints_hold_at_equality(precision):
    right = round(precision * 100)
    Y = np.arange(101)[:, None] < right
    scores = np.where(np.arange(101) < 100, 0.9, 0.1)[:, None]
    data = TuningData(Y, scores, is_probability=True)
    assert_allclose(maximize_macro(data, RecallAtPrecision(precision)), [0.5])


def test_threshold_is_infinite_if_no_precision_suffices():
    data = TuningData(np.array([[True], [False]]), np.array([[0.2], [0.9]]), is_probability=True)
    assert_array_equal(maximize_macro(data, RecallAtPrecision(0.9)), [np.inf])


def test_micro_optimum_with_the_default_threshold_of_labels_that_cannot_be_tuned(
    every_threshold, value_of
):
    Y = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], dtype=bool)
    scores = np.array([[0.6, 0.9], [0.5, 0.8], [0.4, 0.7], [0.1, 0.2]])
    data = TuningData(Y, scores, is_probability=True)
    objective = FBeta(average="micro")
    thresholds = maximize_micro(data, objective)
    with_default = np.where(np.isnan(thresholds), 0.5, thresholds)
    found = value_of(data, objective, with_default)
    best = max(value_of(data, objective, np.array([t, 0.5])) for t in every_threshold(scores[:, 0]))
    assert_allclose(found, best)
