"""Images to label next."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skmlic.active_learning import suggest_images


def make_problem(n_labels=3, n_annotated=40, n_samples=120, seed=0):
    rng = np.random.default_rng(seed)
    Y = rng.integers(0, 2, size=(n_samples, n_labels)).astype(float)
    Y[n_annotated:] = np.nan
    return Y, rng.random((n_samples, n_labels)), rng.normal(size=(n_samples, 16))


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_images_without_annotations_are_suggested_once(n_labels):
    Y, probabilities, features = make_problem(n_labels)
    samples = suggest_images(Y, probabilities, features, n_images=20)
    assert samples.dtype == np.int64
    assert len(set(samples.tolist())) == 20
    assert np.isnan(Y[samples]).all()
    everything = suggest_images(Y, probabilities, features, n_images=500)
    assert sorted(everything.tolist()) == list(range(40, 120))
    assert_array_equal(everything[:20], samples)


def test_uncertain_images_come_first():
    Y, probabilities, features = make_problem()
    probabilities[40:] = 0.01
    probabilities[70] = 0.5
    assert suggest_images(Y, probabilities, features, n_images=1).tolist() == [70]


def test_rare_labels_come_first():
    Y, probabilities, features = make_problem(n_labels=2)
    Y[:40] = 0
    Y[:30, 0], Y[:2, 1] = 1, 1
    probabilities[40:] = 0.01
    probabilities[50, 0] = probabilities[60, 1] = 0.5
    assert suggest_images(Y, probabilities, features, n_images=2).tolist() == [60, 50]


def test_only_missing_annotations_count():
    Y, probabilities, features = make_problem(n_labels=2)
    Y[:] = 1
    Y[5, 0] = Y[6, 0] = np.nan
    probabilities[5], probabilities[6] = [0.5, 0.0], [0.2, 0.5]
    assert suggest_images(Y, probabilities, features).tolist() == [5, 6]


@pytest.mark.parametrize("n_annotated", [0, 40])
def test_similar_images_are_not_suggested_together(n_annotated):
    Y, probabilities, features = make_problem(n_annotated=n_annotated)
    probabilities[:] = 0.05
    probabilities[50:60] = 0.5
    features[51:60] = features[50]
    probabilities[70] = 0.2
    assert suggest_images(Y, probabilities, features, n_images=2).tolist() == [50, 70]


def test_the_choice_given_annotated_images_is_that_of_a_gaussian_process():
    # With equal probabilities, the choice is by the ratio of variances alone.
    Y, _, features = make_problem(n_labels=1, n_annotated=10, n_samples=30)
    probabilities = np.full(Y.shape, 0.5)
    samples = suggest_images(Y, probabilities, features, n_images=6)

    X = np.sign(features) * np.sqrt(np.abs(features))
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    distances = ((Z[:, None] - Z) ** 2).sum(axis=2)
    # The lower of the two middle ones, as torch's median.
    median = np.quantile(distances[np.triu_indices(30, 1)], 0.5, method="lower")
    K = np.exp(-distances / median)

    def compute_variance(known):
        A = np.linalg.inv(K[np.ix_(known, known)] + 0.1 * np.eye(len(known)))
        return 1 + 0.1 - np.einsum("ij,jk,ik->i", K[:, known], A, K[:, known])

    first = compute_variance(list(range(10)))
    chosen = []
    for _ in range(6):
        ratio = compute_variance([*range(10), *chosen]) / first
        ratio[[*range(10), *chosen]] = -1
        chosen.append(int(ratio.argmax()))
    assert samples.tolist() == chosen


def test_many_images(monkeypatch):
    monkeypatch.setattr("skmlic.active_learning._N_ANNOTATED", 20)
    monkeypatch.setattr("skmlic.active_learning._N_CANDIDATES", 10)
    Y, probabilities, features = make_problem(n_labels=1)
    samples = suggest_images(Y, probabilities, features, n_images=2)
    assert set(samples) < set(40 + np.argsort(np.abs(probabilities[40:, 0] - 0.5))[:10])
    # More are kept if more are asked for.
    assert len(suggest_images(Y, probabilities, features, n_images=60)) == 60


def test_frames():
    Y, probabilities, features = make_problem()
    expected = suggest_images(Y, probabilities, features)
    frames = (
        pd.DataFrame(Y, columns=list("abc")),
        pd.DataFrame(probabilities, columns=list("abc")),
    )
    assert_array_equal(suggest_images(*frames, pd.DataFrame(features)), expected)


def test_errors():
    Y, probabilities, features = make_problem()
    with pytest.raises(ValueError, match="All images are annotated; expected Y with NaN"):
        suggest_images(np.nan_to_num(Y), probabilities, features)
    with pytest.raises(ValueError, match="'n_images' parameter of suggest_images must be an int"):
        suggest_images(Y, probabilities, features, n_images=0)
    with pytest.raises(ValueError, match="expected probabilities"):
        suggest_images(Y, probabilities + 1, features)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        suggest_images(Y, probabilities, features[1:])
