import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlic.objectives import (
    ExpectedCost,
    FBeta,
    Jaccard,
    Objective,
    PrecisionAtRecall,
    RecallAtPrecision,
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FBeta(0), "beta=0: expected a number above 0"),
        (lambda: FBeta(np.inf), "beta=inf: expected"),
        (lambda: FBeta("2"), "beta='2': expected"),
        (lambda: FBeta(average="weighted"), "average='weighted': expected one of .*'samples'"),
        (lambda: Jaccard("none"), "average='none': expected one of"),
        (lambda: RecallAtPrecision(None), "precision=None: expected"),
        (lambda: RecallAtPrecision(0), "precision=0: expected a number above 0, at most 1"),
        (lambda: PrecisionAtRecall(1.1), "recall=1.1: expected a number above 0, at most 1"),
        (lambda: ExpectedCost([0, 1]), r"cost has shape \(2,\); expected \(2, 2\) or"),
        (lambda: ExpectedCost([[0, np.inf], [1, 0]]), "cost is .*; expected finite numbers"),
    ],
    ids=range(10),
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_objective_needs_parts():
    with pytest.raises(TypeError, match="abstract"):
        Objective()


def test_cost_per_label():
    costs = [[[0, 1], [5, 0]], [[0, 2], [1, 0]]]
    objective = ExpectedCost(costs)
    assert objective.n_costs == 2
    assert objective.for_label(1) == ExpectedCost(costs[1])
    truth, predicted = np.array([[1, 0], [1, 0]]), np.array([[0, 1], [1, 1]])
    value = objective.evaluate(truth == 1, predicted == 1)
    assert_allclose(value, -(5 + 2 + 2) / 4)


def test_only_constrained_objectives_have_a_margin():
    assert RecallAtPrecision(0.9).is_constrained
    assert not FBeta().is_constrained
