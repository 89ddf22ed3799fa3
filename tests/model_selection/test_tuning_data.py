"""Candidate thresholds, and the choice between equally good ones."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic.model_selection._threshold_search import (
    maximize_macro,
    maximize_micro,
)
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import (
    ExpectedCost,
    FBeta,
    LabelAccuracy,
    PrecisionAtRecall,
    RecallAtPrecision,
)


def test_threshold_is_the_midpoint_of_the_widest_gap():
    y = np.array([False, False, True, True])
    scores = np.array([0.1, 0.2, 0.8, 0.9])
    data = TuningData(y[:, None], scores[:, None], is_probability=True)
    assert_allclose(maximize_macro(data, FBeta()), [0.5])
    # If false positives cost nothing, predicting two samples is as good as predicting all.
    cost = ExpectedCost([[0, 0], [1, 0]])
    assert_allclose(maximize_micro(data, cost), [0.5])


def test_threshold_between_neighbouring_floats():
    low = 0.5
    high = np.nextafter(low, 1)
    data = TuningData(np.array([[False], [True]]), np.array([[low], [high]]), is_probability=True)
    (threshold,) = maximize_macro(data, FBeta())
    assert low < threshold <= high


@pytest.mark.parametrize("is_probability", [True, False])
def test_predicting_all_or_none_holds_for_new_scores(is_probability):
    Y = np.array([[True], [True], [False]])
    scores = np.array([[0.5], [0.3], [0.4]])
    data = TuningData(Y, scores, is_probability)
    every = maximize_micro(data, ExpectedCost([[0, 0], [1, 0]]))
    none = maximize_micro(data, ExpectedCost([[0, 1], [0, 0]]))
    assert every < 0.3
    assert none > 0.5
    if is_probability:
        assert every >= 0
        assert none <= 1


def test_predicting_none_with_a_probability_of_1():
    data = TuningData(np.array([[True], [False]]), np.array([[0.2], [1.0]]), is_probability=True)
    assert maximize_micro(data, ExpectedCost([[0, 1], [0, 0]])) > 1


def test_ties_are_broken_by_the_constraint():
    Y = np.array([[True], [True], [True], [False], [False]])
    scores = np.array([[0.9], [0.85], [0.8], [0.79], [0.3]])
    data = TuningData(Y, scores, is_probability=True)
    assert_allclose(maximize_macro(data, RecallAtPrecision(0.5)), [0.795])
    assert_allclose(maximize_macro(data, PrecisionAtRecall(0.3)), [0.795])


def test_ties_are_not_broken_by_the_gap_beyond_the_scores():
    Y = np.array([[True], [False], [True], [False]])
    margins = np.array([[3.0], [2.9], [-2.0], [-2.2]])
    data = TuningData(Y, margins, is_probability=False)
    assert_allclose(maximize_micro(data, LabelAccuracy()), [-2.1])


@pytest.mark.parametrize("weighted", [False, True])
def test_selected_rows_have_the_candidates_of_a_copy(weighted, make_data):
    data = make_data(3, n_samples=60, n_labels=3, decimals=1, weighted=weighted)
    known = np.random.default_rng(0).random(data.Y.shape) < 0.8
    data = replace(data, Y=data.Y & known, known=known)
    mask = np.arange(60) % 3 > 0
    selected, copied = data.select(mask), data.take(mask)
    for name in ("Y", "scores", "weight", "known", "negative", "is_tunable"):
        assert_array_equal(getattr(selected, name), getattr(copied, name))
    for one, other in zip(selected.candidates, copied.candidates, strict=True):
        assert_array_equal(one.scores, other.scores)
        assert_allclose(one.counts.tp, other.counts.tp)
        assert_allclose(one.counts.fp, other.counts.fp)
    assert_allclose(selected.counts.positives, copied.counts.positives)
    assert_allclose(selected.counts.negatives, copied.counts.negatives)
