from functools import partial

import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic import metrics
from skmlic.metrics import expected_calibration_error


@pytest.mark.parametrize("name", ["log_loss", "brier_score_loss"])
def test_losses_as_scikit_learn(name, n_labels, weighted, make_problem, score_columns):
    Y, scores, _, weight = make_problem(n_labels, weighted)
    assert {0.0, 1.0} <= set(scores.ravel()), "probabilities of 0 and 1 are part of the test"
    expected = score_columns(getattr(sklearn.metrics, name), Y, scores, sample_weight=weight)
    loss = partial(getattr(metrics, name), sample_weight=weight)
    assert_allclose(loss(Y, scores, average=None), expected)
    assert_allclose(loss(Y, scores), expected.mean())


@pytest.mark.parametrize("n_bins", [1, 7, 15])
def test_calibration_error_as_the_naive_loop(n_labels, weighted, n_bins, make_problem):
    Y, _, _, weight = make_problem(n_labels, weighted)
    proba = np.random.default_rng(1).random(Y.shape)
    proba[0], proba[1] = 0, 1  # The last bin is closed.
    w = np.ones(len(Y)) if weight is None else weight
    expected = np.zeros(n_labels)
    for j in range(n_labels):
        for b in range(n_bins):
            low, high = b / n_bins, (b + 1) / n_bins
            p = proba[:, j]
            inside = (p >= low) & ((p < high) | ((b == n_bins - 1) & (p == 1)))
            if w[inside].sum():
                gap = np.average(Y[inside, j] - p[inside], weights=w[inside])
                expected[j] += w[inside].sum() / w.sum() * abs(gap)
    error = partial(expected_calibration_error, n_bins=n_bins, sample_weight=weight)
    assert_allclose(error(Y, proba, average=None), expected, atol=1e-12)
    assert_allclose(error(Y, proba), expected.mean(), atol=1e-12)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:torch.searchsorted")
def test_calibration_error_as_torchmetrics(make_problem):
    pytest.importorskip("torchmetrics")
    import torch
    from torchmetrics.functional.classification import binary_calibration_error

    Y, scores, _, _ = make_problem(3)
    target, preds = torch.as_tensor(Y), torch.as_tensor(scores)
    expected = [
        binary_calibration_error(preds[:, j], target[:, j], n_bins=8, norm="l1") for j in range(3)
    ]
    error = expected_calibration_error(Y, scores, average=None, n_bins=8)
    assert_allclose(error, expected, rtol=1e-5)


@pytest.mark.parametrize("n_bins", [0, 2.5, "auto"])
def test_wrong_bins(n_bins):
    with pytest.raises(ValueError, match=r"n_bins=.*expected a whole"):
        expected_calibration_error([[1]], [[0.5]], n_bins=n_bins)
