"""Replacement of images by their features."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlic import ImageEmbedder, cache_info
from skmlic.training._data import TrainingData
from skmlic.training._features import embed


@pytest.fixture(scope="module")
def embedder(shapes):
    return ImageEmbedder("tiny_cnn", precision="fp32", engine="torch").fit(shapes[0])


def test_images_are_embedded_once(embedder, shapes):
    X, Y = shapes
    weight = np.arange(1, 31)
    data, validation = embed(
        embedder, TrainingData(list(X[:30]), Y[:30], weight), TrainingData(list(X[30:]), Y[30:])
    )
    assert cache_info().backbone_passes == 40
    expected = embedder.transform(X)
    assert_array_equal(data.X, expected[:30])
    assert_array_equal(validation.X, expected[30:])
    assert_array_equal(data.Y, Y[:30])
    assert_array_equal(validation.Y, Y[30:])
    assert_array_equal(data.sample_weight, weight)


def test_views_of_training_images_only(embedder, shapes):
    X, Y = shapes
    data, validation = embed(
        embedder,
        TrainingData(list(X[:30]), Y[:30]),
        TrainingData(list(X[30:]), Y[30:]),
        augment="flip",
        n_views=3,
    )
    assert len(data.X) == 90
    assert len(validation.X) == 10
    assert_array_equal(data.X[:30], embedder.transform(X[:30]))
    assert_array_equal(data.Y, np.concatenate([Y[:30]] * 3))


def test_no_validation(embedder, shapes):
    X, Y = shapes
    data, validation = embed(embedder, TrainingData(list(X), Y), None)
    assert validation is None
    assert len(data.X) == 40
