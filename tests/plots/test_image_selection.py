"""Selection of the images that a gallery shows, and their order."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss

from skmlic.datasets import make_multilabel_shapes
from skmlic.plots import PredictionGalleryDisplay

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
RNG = np.random.RandomState(0)
SCORES = np.clip(0.3 + 0.4 * Y + RNG.normal(scale=0.3, size=Y.shape), 0.01, 0.99)
draw = PredictionGalleryDisplay.from_predictions


def read_texts(display):
    return [text.get_text() for text in display.ax_.texts]


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
