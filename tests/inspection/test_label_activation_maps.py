"""Label activation maps by any method."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from torch import nn

from skmlic import TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError
from skmlic.inspection import label_activation_maps
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)


def make(backbone="tiny_cnn", **parameters):
    defaults = {"max_epochs": 3, "random_state": 0, "engine": "torch", "precision": "fp32"}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


class Squaring(nn.Sequential):
    """A network whose output is not the average of a map."""

    def __init__(self):
        layers = [nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.Conv2d(6, 8, 3, stride=2)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images):
        return super().forward(images).square()


class Flat(nn.Module):
    """A network without maps."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(3, 4)

    def forward(self, images):
        return self.project(images[:, :, ::8, ::8].mean(dim=(2, 3)))


def test_one_label_or_all():
    clf = make().fit(X, pd.DataFrame(Y, columns=["disc", "square", "triangle"]))
    for method in ("cam", "gradcam", "occlusion"):
        every = label_activation_maps(clf, X[:2], method=method)
        some = label_activation_maps(clf, X[:2], ["triangle", 0], method=method)
        assert_allclose(some, every[:, [2, 0]], atol=1e-6)
    with pytest.raises(ValueError, match="labels names the label 'squre'"):
        label_activation_maps(clf, X[:2], ["squre"])


@pytest.mark.parametrize(
    ("parameters", "methods"),
    [
        ({}, ("cam", "gradcam", "occlusion")),
        ({"activation": "tanh"}, ("gradcam", "occlusion")),
        ({"activation": "tanh", "hidden_layer_sizes": ()}, ("cam", "gradcam", "occlusion")),
        ({"head": "kernel", "max_epochs": 20}, ("cam", "gradcam", "occlusion")),
        ({"head": "kernel", "max_epochs": 20, "pooling": "max"}, ("gradcam", "occlusion")),
        ({"pooling": "max"}, ("gradcam", "occlusion")),
        ({"pooling": "avgmax"}, ("gradcam", "occlusion")),
        ({"backbone": Squaring(), "pooling": "avg"}, ("occlusion", "gradcam")),
        ({"backbone": Flat(), "pooling": "avg"}, ("occlusion",)),
    ],
    ids=[
        "default",
        "tanh",
        "linear",
        "kernel",
        "kernel_max",
        "max",
        "avgmax",
        "squared",
        "without_maps",
    ],
)
def test_methods_that_are_possible(parameters, methods):
    clf = make(**{"image_size": 32, **parameters}).fit(X, Y)
    automatic = label_activation_maps(clf, X[:2])
    assert_array_equal(automatic, label_activation_maps(clf, X[:2], method=methods[0]))
    for method in ("cam", "gradcam", "occlusion"):
        if method in methods:
            maps = label_activation_maps(clf, X[:2], method=method)
            assert np.isfinite(maps).all()
            assert method != "gradcam" or maps.min() >= 0
        else:
            with pytest.raises(ValueError, match=f"method='{method}': .* expected method='"):
                label_activation_maps(clf, X[:2], method=method)


def find_shape(image, color):
    """Return where an image has the color of a shape."""
    order = np.argsort(image.astype(int), axis=2)
    strongest = image.max(axis=2).astype(int) - np.sort(image, axis=2)[:, :, 1] > 60
    return (order[:, :, 2] == color) & strongest


@pytest.fixture(scope="module", params=["net", "kernel"])
def trained(request):
    """Return images, labels and a classifier that recognizes the shapes."""
    X, Y = make_multilabel_shapes(300, n_labels=3, image_size=64, random_state=0)
    parameters = {"hidden_layer_sizes": (), "max_epochs": 40}
    if request.param == "kernel":
        parameters = {"head": "kernel", "max_epochs": 20}
    return X, Y, make("tiny_cnn", image_size=64, **parameters).fit(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cam", "gradcam", "occlusion"])
def test_maps_point_at_the_shape(trained, method):
    X, Y, clf = trained
    # Discs are red, squares green and triangles blue. Several shapes are in each of these images.
    rows = np.flatnonzero(Y.sum(axis=1) >= 2)[:20]
    maps = label_activation_maps(clf, X[rows], method=method)
    hits, fractions = [], []
    for image_maps, row in zip(maps, rows, strict=True):
        for label in np.flatnonzero(Y[row]):
            shape = find_shape(X[row], label)
            y, x = np.divmod(image_maps[label].argmax(), image_maps.shape[2])
            cells = 64 // image_maps.shape[1]
            cell = shape[y * cells : (y + 1) * cells, x * cells : (x + 1) * cells]
            hits.append(cell.any())
            fractions.append(shape.mean())
    assert np.mean(hits) > 3 * np.mean(fractions)
    assert np.mean(hits) > 0.6


@pytest.mark.slow
def test_a_classifier_inside_other_estimators():
    clf = make()
    plain = label_activation_maps(clf.fit(X, Y), X[:2])
    search = GridSearchCV(make(), {"dropout": [0.5]}, scoring="average_precision", cv=2)
    for estimator in (
        FrozenEstimator(clf),
        TunedThresholdMultiLabelClassifierCV(make(), cv=2).fit(X, Y),
        CalibratedMultiLabelClassifierCV(make(), cv=2).fit(X, Y),
        search.fit(X, Y),
    ):
        assert_allclose(label_activation_maps(estimator, X[:2]), plain, atol=1e-5)


def test_errors_say_what_to_type():
    clf = make().fit(X, Y)
    with pytest.raises(ValueError, match="method='lime': expected one of"):
        label_activation_maps(clf, X, method="lime")
    with pytest.raises(ValueError, match="patch_size=0: expected a fraction"):
        label_activation_maps(clf, X, patch_size=0)
    with pytest.raises(ImageReadError, match="missing"):
        label_activation_maps(clf, [X[0], "missing.png"])
    with pytest.raises(ImageReadError, match="missing"):
        label_activation_maps(clf, [X[0], "missing.png"], method="occlusion")
    features = np.random.RandomState(0).normal(size=(40, 4))
    precomputed = TransferMultiLabelClassifier("precomputed", max_epochs=1).fit(features, Y)
    with pytest.raises(ValueError, match="a feature matrix; expected images"):
        label_activation_maps(precomputed, features)
