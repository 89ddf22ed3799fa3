"""Images with label activation maps drawn over them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.inspection import label_activation_maps
from skmlic.plots import LabelActivationMapDisplay

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)


def make(backbone="tiny_cnn", **parameters):
    defaults = {"max_epochs": 3, "random_state": 0, "engine": "torch", "precision": "fp32"}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


@pytest.fixture(scope="module")
def clf():
    return make().fit(X, pd.DataFrame(Y, columns=["disc", "square", "$x_1$"]))


@pytest.mark.slow
def test_display(clf):
    display = LabelActivationMapDisplay.from_estimator(clf, X[:3], n_labels=2)
    scores = clf.predict_proba(X[:3])
    assert_array_equal(display.places, np.argsort(-scores, axis=1)[:, :2])
    every = label_activation_maps(clf, X[:3])
    assert_allclose(display.maps[1, 0], every[1, display.places[1, 0]], atol=1e-6)
    assert len(display.ax_.images) == 9
    frame = display.frame()
    assert frame["row"].tolist() == [0, 0, 1, 1, 2, 2]
    assert_allclose(frame["score"][:2], np.sort(scores[0])[::-1][:2])
    named = LabelActivationMapDisplay.from_estimator(clf, X[:3], ["$x_1$"], method="occlusion")
    assert named.frame()["label"].tolist() == ["$x_1$"] * 3
    figure, ax = plt.subplots()
    assert named.plot(ax=ax).figure_ is figure
    figure.draw_without_rendering()
    with pytest.raises(ValueError, match="n_labels=0: expected at least 1"):
        LabelActivationMapDisplay.from_estimator(clf, X[:3], n_labels=0)


def test_label_names():
    # These names are numbers, but not the indices of the labels.
    clf = make().fit(X, pd.DataFrame(Y, columns=[2, 0, 1]))
    names = ["disc", "square", "cross"]
    draw = LabelActivationMapDisplay.from_estimator
    display = draw(clf, X[:2], ["cross", "disc"], label_names=np.array(names))
    assert display.frame()["label"].tolist() == ["cross", "disc"] * 2
    assert_allclose(display.maps, label_activation_maps(clf, X[:2])[:, [2, 0]], atol=1e-6)
    assert_allclose(display.maps, draw(clf, X[:2], [1, 2]).maps)
    with pytest.raises(ValueError, match="label_names has 2 names; the estimator has 3 labels"):
        draw(clf, X[:2], label_names=names[:2])


def test_images_and_maps_are_rotated_by_exif(clf, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = str(tmp_path / "turned.png")
    Image.fromarray(np.rot90(X[0]).copy()).save(path, exif=exif)
    assert_allclose(
        label_activation_maps(clf, [path]), label_activation_maps(clf, X[:1]), atol=1e-4
    )
