"""Gallery of images with their true and predicted labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
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


@pytest.mark.slow
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
    with pytest.raises(ValueError, match="a matrix of features; expected images"):
        PredictionGalleryDisplay.from_estimator(fit(), np.zeros((40, 5)), Y)


@pytest.fixture(scope="module", params=[1, 2, 3])
def fitted(request):
    """Return Y and fitted classifiers: plain, with tuned and with fixed thresholds."""
    target = pd.DataFrame(Y[:, : request.param], columns=list("abc")[: request.param])
    clf = fit().fit(X, target)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=2)
    fixed = FixedThresholdMultiLabelClassifier(
        clf, threshold=0.2, response_method="decision_function"
    )
    return target, [clf, tuned.fit(X, target), fixed.fit(X, target)]


@pytest.mark.slow
def test_predictions_are_those_of_predict(fitted):
    target, estimators = fitted
    for estimator in estimators:
        display = PredictionGalleryDisplay.from_estimator(estimator, X, target, n_images=1)
        assert_array_equal(display.Y_pred, estimator.predict(X))
        assert display.label_names == list(target.columns)
        if not isinstance(estimator, FixedThresholdMultiLabelClassifier):
            assert_allclose(display.Y_score, estimator.predict_proba(X))
        named = PredictionGalleryDisplay.from_estimator(estimator, X, target.to_numpy(), n_images=1)
        assert named.label_names == list(target.columns)


@pytest.mark.slow
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
