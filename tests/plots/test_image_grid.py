"""Images in a grid with text below them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.plots import (
    LabelActivationMapDisplay,
    LabelIssuesDisplay,
    PredictionGalleryDisplay,
)

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
RNG = np.random.RandomState(0)
SCORES = np.clip(0.3 + 0.4 * Y + RNG.normal(scale=0.3, size=Y.shape), 0.01, 0.99)
draw = PredictionGalleryDisplay.from_predictions


def read_texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_images_are_rotated_by_exif(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.new("RGB", (40, 20)).save(path, exif=exif)
    display = draw([path], [[1]], [[0.9]])
    left, right, bottom, top = display.ax_.images[0].get_extent()
    assert (bottom - top) == pytest.approx(2 * (right - left))


def test_all_kinds_of_images():
    draw([X[0], Image.fromarray(X[1][:, :, 0]), X[2][:, :, :1]], Y[:3], SCORES[:3])


def test_many_labels_leave_room():
    rng = np.random.RandomState(0)
    truth = rng.randint(2, size=(8, 80))
    names = [f"a label with the long name {j}" for j in range(79)] + ["$x_1$"]
    display = draw(X[:8], truth, rng.uniform(size=(8, 80)), label_names=names, max_lines=3)
    assert sum(text.endswith("more") for text in read_texts(display)) == 8
    display.figure_.draw_without_rendering()
    right = [text.get_window_extent().x1 for text in display.ax_.texts]
    assert max(right) <= display.figure_.bbox.x1


def test_words_do_not_overlap():
    display = draw(X, Y, SCORES, label_names=["disc", "square", "triangle"])
    display.figure_.set_dpi(80)
    display.figure_.draw_without_rendering()
    boxes = [text.get_window_extent() for text in display.ax_.texts if text.get_text()]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_axes_that_are_given():
    figure, ax = plt.subplots(figsize=(9, 6))
    display = draw(X, Y, SCORES, ax=ax, n_images=6, n_columns=6)
    assert display.ax_ is ax
    assert display.figure_ is figure
    figure.draw_without_rendering()
    assert ax.get_tightbbox().height <= figure.bbox.height


def test_images_have_the_names_of_their_files(tmp_path):
    names = ["sea.png", "a_long_name_of_a_folder_full_of_00041.png", "$x_1$ y.png"]
    paths = [tmp_path / name for name in names]
    for path, pixels in zip(paths, X, strict=False):
        Image.fromarray(pixels).save(path)
    Y_pred = 1 - Y[:3]
    labels = ["one\nname", "a label of so many letters that it has no room here at all", "$x_1$"]
    display = draw(paths, Y[:3], SCORES[:3], Y_pred, label_names=labels)
    texts = read_texts(display)
    for name in ("sea.png", "a_lon…of_00041.png", "$x_1$ y.png"):
        assert f"{name}  3 mistakes" in texts
    assert not any("[" in text or "\n" in text for text in texts)
    assert any(text.endswith("all") and "…" in text for text in texts)
    assert sum("$x_1$" in text for text in texts) == 4
    assert sorted(display.frame()["row"]) == [0, 1, 2]


@pytest.fixture(scope="module")
def clf():
    parameters = {"max_epochs": 1, "random_state": 0, "value_range": (0, 4095)}
    return TransferMultiLabelClassifier("tiny_cnn", **parameters).fit(X * np.uint16(16), Y)


@pytest.mark.parametrize(
    "draw_images",
    [
        pytest.param(LabelActivationMapDisplay.from_estimator, id="maps"),
        pytest.param(
            lambda clf, X: LabelIssuesDisplay.from_estimator(clf, X, Y, threshold=0), id="issues"
        ),
        pytest.param(
            lambda clf, X: PredictionGalleryDisplay.from_estimator(clf, X, Y), id="gallery"
        ),
    ],
)
def test_images_have_the_brightness_that_the_estimator_sees(clf, draw_images):
    pixels = draw_images(clf, X * np.uint16(16)).ax_.images[0].get_array()
    difference = np.abs(pixels - X.astype(float)).max(axis=(1, 2, 3))
    assert difference.min() <= 1
