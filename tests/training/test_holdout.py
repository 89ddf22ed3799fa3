"""The samples that a training is validated on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic.training._data import TrainingData
from skmlic.training._holdout import drop_weightless, hold_out

rng = np.random.default_rng(0)
X = np.arange(200, dtype=np.float32)[:, np.newaxis]
Y = (rng.random((200, 4)) < [0.5, 0.2, 0.1, 0.05]).astype(np.float32)
Y[:10, 3] = 1
WEIGHT = rng.uniform(0.5, 2, 200)


def test_held_out_samples_are_stratified_by_label():
    training, validation = hold_out(TrainingData(X, Y, WEIGHT), 0.1, seed=0)
    assert len(validation.Y) == 20
    assert_allclose(validation.Y.sum(axis=0), Y.sum(axis=0) / 10, atol=1)
    rows, others = (part.X.ravel().astype(int) for part in (training, validation))
    assert sorted([*rows, *others]) == list(range(200))


def test_samples_keep_their_order_targets_and_weights():
    training, validation = hold_out(TrainingData(X, Y, WEIGHT), 0.25, seed=0)
    rows, others = (part.X.ravel().astype(int) for part in (training, validation))
    assert (np.diff(rows) > 0).all()
    assert (np.diff(others) > 0).all()
    assert_array_equal(training.Y, Y[rows])
    assert_array_equal(training.sample_weight, WEIGHT[rows])
    assert_array_equal(validation.Y, Y[others])
    assert validation.sample_weight is None


def test_a_seed_determines_the_samples():
    def find(seed):
        return hold_out(TrainingData([f"{i}.jpg" for i in range(200)], Y), 0.1, seed)[1].X

    assert find(0) == find(0) != find(1)


def test_missing_labels_do_not_disturb():
    partial = np.where(rng.random(Y.shape) < 0.4, np.nan, Y)
    _, validation = hold_out(TrainingData(X, partial), 0.1, seed=0)
    known = np.nansum(validation.Y, axis=0)
    assert_allclose(known, np.nansum(partial, axis=0) / 10, atol=1.5)


def test_too_few_samples():
    with pytest.raises(ValueError, match=r"validation_fraction=0\.999 of 20 samples can't be held"):
        hold_out(TrainingData(X[:20], Y[:20]), 0.999, seed=0)


def test_samples_of_weight_0_are_left_out():
    weight = np.where(np.arange(200) % 4 == 0, 0.0, WEIGHT)
    used = drop_weightless(TrainingData(X, Y, weight))
    assert_array_equal(used.X, X[weight > 0])
    assert_array_equal(used.Y, Y[weight > 0])
    assert_array_equal(used.sample_weight, weight[weight > 0])
    data = TrainingData(X, Y)
    assert drop_weightless(data) is data
    with pytest.raises(ValueError, match="sample_weight is 0 for all samples"):
        drop_weightless(TrainingData(X, Y, np.zeros(200)))
