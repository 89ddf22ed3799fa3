"""The gallery of predictions."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.plots import PredictionGalleryDisplay

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
RNG = np.random.RandomState(0)
SCORES = np.clip(0.3 + 0.4 * Y + RNG.normal(scale=0.3, size=Y.shape), 0.01, 0.99)
draw = PredictionGalleryDisplay.from_predictions


def read_texts(display):
    return [text.get_text() for text in display.ax_.texts]


def fit(**parameters):
    return TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0, **parameters)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_the_loss_is_the_log_loss_of_the_image(n_labels):
    display = draw(X, Y[:, :n_labels], SCORES[:, :n_labels])
    expected = [
        log_loss(y, np.column_stack([1 - p, p]), labels=[0, 1])
        for y, p in zip(Y[:, :n_labels], SCORES[:, :n_labels], strict=True)
    ]
    assert_allclose(display.losses, expected)
    assert_allclose(display.losses[display.rows], np.sort(expected)[::-1])
    best = draw(X, Y[:, :n_labels], SCORES[:, :n_labels], order="best")
    assert_allclose(best.frame()["loss"], np.sort(expected))


def test_logits_and_probabilities_have_the_same_losses():
    logits = np.log(SCORES / (1 - SCORES))
    of_logits = draw(X, Y, logits, response_method="decision_function")
    of_probabilities = draw(X, Y, SCORES)
    assert_allclose(of_logits.losses, of_probabilities.losses)
    assert_array_equal(of_logits.Y_pred, of_probabilities.Y_pred)


def test_the_table_has_the_outcome_of_each_label():
    truth = pd.DataFrame({"sea": [1, 1, 0, np.nan], "sunset": [0, 1, 1, 1]})
    predicted = [[1, 1], [1, 0], [0, 1], [1, 1]]
    frame = draw(X[:4], truth, np.full((4, 2), 0.5), predicted).frame().set_index("row")
    assert frame.loc[0, ["found", "false"]].tolist() == [("sea",), ("sunset",)]
    assert frame.loc[1, ["found", "missed"]].tolist() == [("sea",), ("sunset",)]
    assert frame.loc[2, ["found", "false", "missed"]].tolist() == [("sunset",), (), ()]
    # A label with a missing annotation is neither right nor wrong.
    assert frame.loc[3, ["found", "unannotated"]].tolist() == [("sunset",), ("sea",)]
    assert frame["n_mistakes"].sort_index().tolist() == [1, 1, 0, 0]


def test_missing_annotations_are_ignored():
    truth = Y.astype(float)
    truth[:, 1] = np.nan
    display = draw(X, truth, SCORES)
    assert_allclose(display.losses, draw(X, Y[:, [0, 2]], SCORES[:, [0, 2]]).losses)
    truth[5] = np.nan
    display = draw(X, truth, SCORES)
    assert display.rows[-1] == 5
    assert draw(X, truth, SCORES, order="best").rows[-1] == 5


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("missed", (Y == 1) & (SCORES < 0.5)),
        ("false positive", (Y == 0) & (SCORES >= 0.5)),
        ("found", (Y == 1) & (SCORES >= 0.5)),
        (None, (Y == 1) != (SCORES >= 0.5)),
    ],
)
def test_images_by_the_outcome_of_a_label(kind, expected):
    truth = pd.DataFrame(Y, columns=["disc", "square", "triangle"])
    display = draw(X, truth, SCORES, label="square", kind=kind)
    assert set(display.rows) == set(np.flatnonzero(expected[:, 1]))
    off = np.abs(Y - SCORES)[display.rows, 1]
    assert_array_equal(off, np.sort(off)[::-1])
    signs = {"missed": "−", "false positive": "+", "found": "✓"}
    if kind:
        words = [text for text in read_texts(display) if text.endswith("square")]
        assert words == [f"{signs[kind]} square"] * min(len(display.rows), 12)
        any_label = draw(X, truth, SCORES, kind=kind)
        assert set(any_label.rows) == set(np.flatnonzero(expected.any(axis=1)))


def test_random_order_is_that_of_the_seed():
    orders = [draw(X, Y, SCORES, order="random", random_state=seed).rows for seed in (0, 0, 1)]
    assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])
    assert_array_equal(np.sort(orders[2]), np.arange(40))


def test_pages_are_all_images():
    shown = []
    for page in (1, 2, 3):
        display = draw(X, Y, SCORES, page=page, n_images=15)
        assert len(display.ax_.images) == (15, 15, 10)[page - 1]
        shown += [int(t.split("]")[0][1:]) for t in read_texts(display) if t.startswith("[")]
    assert_array_equal(shown, display.rows)
    with pytest.raises(ValueError, match="40 such images, on 3 pages of 15"):
        draw(X, Y, SCORES, page=4, n_images=15)


def test_only_images_that_are_shown_are_decoded(tmp_path):
    paths = []
    for k in range(4):
        paths.append(str(tmp_path / f"{k}.png"))
        Image.fromarray(X[k]).save(paths[k])
    display = draw(paths, Y[:4], np.where(Y[:4] == 1, 0.9, 0.1) - 0.01 * np.arange(4)[:, None])
    for path in paths:
        (tmp_path / path).unlink()
    display.plot(n_images=2)
    assert read_texts(display).count("can't be read") == 2
    assert display.frame()["source"].tolist() == [paths[row] for row in display.rows]


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


def test_no_mistake_is_no_error():
    display = draw(X, Y, np.where(Y == 1, 0.9, 0.1), label=0)
    assert len(display.frame()) == 0
    assert "0: worst mistakes (none)" in read_texts(display)


def test_wrong_parameters():
    with pytest.raises(ValueError, match="order='worse'"):
        draw(X, Y, SCORES, order="worse")
    with pytest.raises(ValueError, match="label names the label 'squre'"):
        draw(X, pd.DataFrame(Y, columns=["disc", "square", "ring"]), SCORES, label="squre")
    with pytest.raises(ValueError, match="n_columns=0: expected at least 1"):
        draw(X, Y, SCORES, n_columns=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        draw(X[:3], Y, SCORES)
    with pytest.raises(ValueError, match="a matrix of features; expected pictures"):
        PredictionGalleryDisplay.from_estimator(fit(), np.zeros((40, 5)), Y)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_predictions_are_those_of_predict(n_labels):
    target = pd.DataFrame(Y[:, :n_labels], columns=list("abc")[:n_labels])
    clf = fit().fit(X, target)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=2)
    fixed = FixedThresholdMultiLabelClassifier(
        clf, threshold=0.2, response_method="decision_function"
    )
    for estimator in (clf, tuned.fit(X, target), fixed.fit(X, target)):
        display = PredictionGalleryDisplay.from_estimator(estimator, X, target)
        assert_array_equal(display.Y_pred, estimator.predict(X))
        assert display.label_names == list(target.columns)
        if estimator is not fixed:
            assert_allclose(display.Y_score, estimator.predict_proba(X))
        named = PredictionGalleryDisplay.from_estimator(estimator, X, target.to_numpy())
        assert named.label_names == list(target.columns)


def test_one_target_of_two_values():
    y = np.where(Y[:, 0], "disc", "background")
    clf = fit().fit(X, y)
    tree = make_pipeline(ImageEmbedder("tiny_cnn"), DecisionTreeClassifier(max_depth=2))
    for estimator in (clf, tree.fit(X, y)):
        display = PredictionGalleryDisplay.from_estimator(estimator, X, y)
        assert display.label_names == ["disc"]
        assert_array_equal(display.Y_pred[:, 0], estimator.predict(X) == "disc")
        assert_array_equal(display.Y_true[:, 0], Y[:, 0])
    matrix = draw(X, Y[:, 0], SCORES[:, 0], SCORES[:, 0] >= 0.5)
    assert_array_equal(matrix.losses, draw(X, Y[:, :1], SCORES[:, :1]).losses)


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
