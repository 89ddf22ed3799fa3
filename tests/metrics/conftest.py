"""Fixtures of the tests of metrics."""

import numpy as np
import pytest


@pytest.fixture(params=[1, 2, 3, 20], ids="{}_labels".format)
def n_labels(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["unweighted", "weighted"])
def weighted(request):
    return request.param


@pytest.fixture(scope="session")
def make_problem():
    """A function that returns Y, scores with ties, predictions and weights."""

    def make(n_labels, weighted=True, n_samples=80, seed=0):
        rng = np.random.default_rng(seed)
        # Each label has positives and negatives.
        Y = (rng.random((n_samples, n_labels)) < np.linspace(0.5, 0.2, n_labels)).astype(int)
        scores = np.round((rng.random(Y.shape) + 0.6 * Y) / 1.6, 1)
        weight = rng.choice([0.0, 0.5, 1.0, 3.7], n_samples)
        return Y, scores, (scores >= 0.5).astype(int), weight if weighted else None

    return make


@pytest.fixture(scope="session")
def score_columns():
    """A function that returns the score of each column, as an array."""

    def score(function, Y, response, **options):
        return np.array([function(y, r, **options) for y, r in zip(Y.T, response.T, strict=True)])

    return score
