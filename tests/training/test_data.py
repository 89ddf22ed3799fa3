"""The data that a net is trained on."""

import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skmlic.training._data import TrainingData
from skmlic.training._image_loader import ImageDataset
from skmlic.training._tensor_data import TensorDataset

FEATURES = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.array([[1, 0], [0, np.nan], [1, 1], [0, 0]], dtype=np.float32)
WEIGHT = np.array([1.0, 2.0, 3.0, 2.0])
IMAGES = [f"{number}.jpg" for number in range(4)]
CPU = torch.device("cpu")


def test_take_some_samples():
    rows = np.array([2, 0])
    taken = TrainingData(FEATURES, Y, WEIGHT).take(rows)
    assert_array_equal(taken.X, FEATURES[rows])
    assert_array_equal(taken.Y, Y[rows])
    assert taken.sample_weight.tolist() == [3, 1]
    images = TrainingData(IMAGES, Y).take(rows)
    assert images.X == ["2.jpg", "0.jpg"]
    assert images.sample_weight is None


def test_repeat_puts_views_after_each_other():
    views = [FEATURES, FEATURES + 100, FEATURES + 200]
    repeated = TrainingData(IMAGES, Y, WEIGHT).repeat(views)
    assert repeated.is_features
    assert_array_equal(repeated.X, np.concatenate(views))
    assert_array_equal(repeated.Y, np.concatenate([Y, Y, Y]))
    assert_array_equal(repeated.sample_weight, np.concatenate([WEIGHT] * 3))
    assert TrainingData(IMAGES, Y).repeat([FEATURES]).sample_weight is None


def test_data_on_a_device():
    dataset = TrainingData(FEATURES, Y).to(CPU)
    assert isinstance(dataset, TensorDataset)
    features, target = dataset[np.array([1, 3])]
    assert_array_equal(features, FEATURES[[1, 3]])
    assert_array_equal(target, Y[[1, 3]])
    images = TrainingData(IMAGES, Y).to(CPU)
    assert isinstance(images, ImageDataset)
    assert images[1][0] == "1.jpg"
    maps = torch.zeros(4, 2, 5), torch.zeros(4, 2)
    assert isinstance(TrainingData(maps, Y).to(CPU), TensorDataset)


def test_weights_on_a_device_have_a_mean_of_1():
    _, (target, weight) = TrainingData(FEATURES, Y, WEIGHT).to(CPU)[np.arange(4)]
    assert_array_equal(target, Y)
    assert_allclose(weight, WEIGHT / 2)
