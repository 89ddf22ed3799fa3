"""Rates of label errors, estimated from scores."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

from skmlic.label_issues._histogram import Histogram
from skmlic.label_issues._noise_model import NoiseModel


def simulate(false_rate, missing_rate, n_samples=20_000):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(n_samples, 2))
    truth = rng.random(scores.shape) < expit(6 * scores - [0, 5])
    wrong = rng.random(scores.shape) < np.where(truth, missing_rate, false_rate)
    return scores, truth, truth ^ wrong


def fit(scores, present):
    known = np.ones(scores.shape, dtype=bool)
    return NoiseModel.fit(Histogram.from_scores(scores, present, known))


@pytest.mark.parametrize(("false_rate", "missing_rate"), [(0.0, 0.2), (0.01, 0.1), (0.1, 0.02)])
def test_rates_and_calibration_are_found(false_rate, missing_rate):
    scores, _, given = simulate(false_rate, missing_rate)
    model = fit(scores, given)
    assert_allclose(model.false_rate, false_rate, atol=0.01)
    assert_allclose(model.missing_rate, missing_rate, atol=0.02)
    assert_allclose(model.slope, 6, rtol=0.1)
    assert_allclose(model.intercept, [0, -5], atol=0.4)


def test_similar_rates_are_taken_for_equal():
    scores, _, given = simulate(0.05, 0.05)
    model = fit(scores, given)
    assert model.false_rate == model.missing_rate
    assert_allclose(model.false_rate, 0.05, atol=0.01)


def test_error_probabilities_are_calibrated():
    scores, truth, given = simulate(0.01, 0.1)
    probability = fit(scores, given).find_errors(scores, given)
    wrong = truth != given
    for low, high in ((0.1, 0.3), (0.3, 0.7), (0.7, 1)):
        chosen = (probability > low) & (probability <= high)
        assert_allclose(wrong[chosen].mean(), probability[chosen].mean(), atol=0.06)


@pytest.mark.slow
def test_inverted_scores_say_nothing():
    scores, _, given = simulate(0.02, 0.02)
    model = fit(-scores, given)
    assert_allclose(model.slope, 0)
    assert np.isfinite(model.intercept).all()
