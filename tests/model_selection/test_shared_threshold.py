"""Exact search of one threshold for all labels, compared with trying all thresholds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlic.model_selection._shared_threshold import maximize_shared
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    SubsetAccuracy,
)

BY_LABEL = [
    FBeta(),
    FBeta(2.0),
    Jaccard(),
    BalancedAccuracy(),
    FBeta(average="micro"),
    FBeta(0.5, "micro"),
    Jaccard("micro"),
    LabelAccuracy(),
    ExpectedCost([[0, 1], [5, 0]]),
    ExpectedCost([[-3, 2], [1, -1]]),
]
BY_SAMPLE = [FBeta(average="samples"), FBeta(2.0, "samples"), Jaccard("samples"), SubsetAccuracy()]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("objective", [*BY_LABEL, *BY_SAMPLE], ids=repr)
def test_shared_equals_trying_all(objective, weighted, make_data, best_shared, value_of):
    for seed in range(10):
        data = make_data(seed, n_samples=30, weighted=weighted)
        found = value_of(data, objective, maximize_shared(data, objective))
        assert_allclose(found, best_shared(data, objective), atol=1e-12)


@pytest.mark.parametrize("decimals", [2, 9])
@pytest.mark.parametrize("objective", BY_LABEL, ids=repr)
def test_ranges_that_are_left_out_are_not_better(objective, decimals, make_data, value_of):
    data = make_data(0, n_samples=2000, n_labels=5, decimals=decimals)
    found = value_of(data, objective, maximize_shared(data, objective))
    for threshold in np.quantile(data.scores, np.linspace(0, 1, 300)):
        assert value_of(data, objective, threshold) <= found + 1e-12


def test_shared_threshold_is_the_midpoint_of_the_widest_gap():
    Y = np.array([[True, False], [False, True], [False, False], [False, False]])
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.3], [0.1, 0.2]])
    data = TuningData(Y, scores, is_probability=True)
    assert_allclose(maximize_shared(data, FBeta(average="micro")), 0.6)
    # If any prediction costs, the threshold is halfway between the largest score and 1.
    assert_allclose(maximize_shared(data, ExpectedCost([[0, 1], [0, 1]])), 0.95)
    # If predictions cost nothing, and their absence nothing either, the widest gap counts.
    assert_allclose(maximize_shared(data, ExpectedCost([[0, 0], [0, 0]])), 0.6)


def test_only_a_part_of_all_scores_is_sorted(make_data, monkeypatch):
    data = make_data(0, n_samples=2000, n_labels=5, decimals=9)
    _ = data.candidates
    sizes = []
    argsort = np.argsort
    monkeypatch.setattr(np, "argsort", lambda a, **kw: sizes.append(a.size) or argsort(a, **kw))
    maximize_shared(data, FBeta())
    assert sum(sizes) < 0.5 * data.scores.size
