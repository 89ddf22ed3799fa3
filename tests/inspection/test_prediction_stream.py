"""Predictions of streams of images."""

import itertools
import weakref

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline

import skmlic
from skmlic import ImageEmbedder, predict_stream
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.embedding import content_digest
from skmlic.exceptions import ImageReadError
from skmlic.images import _digest
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)


def assert_is_same(model, X, n_blocks=3):
    """Assert that a stream gives the predictions of the model, in order."""
    blocks = list(predict_stream(model, iter(X), block_size=-(-len(X) // n_blocks)))
    assert len(blocks) == n_blocks
    assert all(block.problems == [] for block in blocks)
    found = np.concatenate([block.probabilities for block in blocks])
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-6)
    labels = np.concatenate([block.labels for block in blocks])
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, model.predict(X))


@pytest.mark.parametrize("kind", ["frozen_classifier", "fine_tuned_classifier"])
def test_classifiers(kind, request):
    model, X, _ = request.getfixturevalue(kind)
    assert_is_same(model, X)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: TunedThresholdMultiLabelClassifierCV(clf, cv=2, strategy="top_k", k=1),
        lambda clf: FixedThresholdMultiLabelClassifier(
            clf, threshold=[-0.5, 0, 0.5], response_method="decision_function"
        ),
    ],
    ids=["top k", "logits"],
)
def test_thresholds(wrap, make_classifier, shapes):
    model = wrap(make_classifier("tiny_cnn", image_size=[24, 32], random_state=0)).fit(*shapes)
    assert_is_same(model, shapes[0])


def test_other_estimators(shapes):
    X, Y = shapes
    forest = MultiOutputClassifier(LogisticRegression())
    pipeline = make_pipeline(ImageEmbedder("tiny_cnn", precision="fp32"), forest)
    tuned = TunedThresholdMultiLabelClassifierCV(pipeline, cv=2).fit(X, Y)
    assert_is_same(tuned, X)
    assert_is_same(DummyMultiLabelClassifier().fit(X, Y), X)


def test_one_dimensional_y(make_classifier, shapes):
    X, Y = shapes
    y = np.array(["no", "yes"])[Y[:, 0]]
    model = make_classifier("tiny_cnn", precision="fp32", random_state=0).fit(X, y)
    (block,) = predict_stream(model, X, block_size=100)
    np.testing.assert_allclose(block.probabilities, model.predict_proba(X)[:, 1:], atol=1e-6)
    np.testing.assert_array_equal(block.labels[:, 0], model.predict(X) == "yes")


def test_images_are_taken_when_needed_and_not_kept(frozen_classifier):
    model, X, _ = frozen_classifier
    n_taken, n_alive, largest = 0, 0, 0

    def forget():
        nonlocal n_alive
        n_alive -= 1

    def images():
        nonlocal n_taken, n_alive, largest
        for number in itertools.count():
            image = Image.fromarray(np.roll(X[number % len(X)], number, axis=0))
            weakref.finalize(image, forget)
            n_taken += 1
            n_alive += 1
            largest = max(largest, n_alive)
            yield image
            del image

    stream = predict_stream(model, images(), block_size=8)
    assert n_taken == 0
    for number in range(1, 9):
        block = next(stream)
        assert n_taken == 8 * number
        assert len(block.images) == 8
        del block
    # The generator of this test holds the image that it yielded last.
    assert largest <= 8 + 1


def test_features_and_digests_are_not_kept(frozen_classifier, tmp_path, monkeypatch):
    # Digests of files are not remembered as long as the files are new.
    monkeypatch.setattr(_digest, "_RECENT_NS", -(2**60))
    model, X, _ = frozen_classifier
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for image, path in zip(X, paths, strict=False):
        Image.fromarray(image).save(path)
    model.predict(X[-3:])
    before = skmlic.cache_info()
    blocks = list(predict_stream(model, paths, block_size=4))
    after = skmlic.cache_info()
    assert after.bytes == before.bytes
    assert after.backbone_passes - before.backbone_passes == len(paths)
    assert not content_digest._files
    assert [block.images for block in blocks] == [paths[:4], paths[4:]]
    assert model.memory is None
    assert model.on_error == "raise"


def test_features_are_stored_where_the_classifier_says(make_classifier, shapes, tmp_path):
    X, Y = shapes
    clf = make_classifier("tiny_cnn", memory=str(tmp_path), random_state=0).fit(X, Y)
    n_passes = skmlic.cache_info().backbone_passes
    list(predict_stream(clf, X))
    assert skmlic.cache_info().backbone_passes == n_passes


@pytest.fixture(params=["classifier", "pipeline"])
def reading_model(request, frozen_classifier):
    """Return a model that reads images: a classifier, or another estimator with an embedder."""
    model, X, Y = frozen_classifier
    if request.param == "classifier":
        return model
    head = MultiOutputClassifier(LogisticRegression())
    return TunedThresholdMultiLabelClassifierCV(
        make_pipeline(ImageEmbedder("tiny_cnn", precision="fp32"), head), cv=2
    ).fit(X, Y)


def test_unreadable_images_are_reported(reading_model, frozen_classifier):
    X = frozen_classifier.X
    images = [*X[:3], b"nothing", X[3], "missing.png", *X[4:6], b""]
    first, second = predict_stream(reading_model, iter(images), block_size=5, on_error="nan")
    assert first.problems == [(3, "7 bytes", "not in a format that Pillow reads")]
    assert [problem[:2] for problem in second.problems] == [(5, "missing.png"), (8, "0 bytes")]
    assert [np.isnan(block.probabilities).all(axis=1).tolist() for block in (first, second)] == [
        [False, False, False, True, False],
        [True, False, False, True],
    ]
    assert not first.labels[3].any()
    readable = [0, 1, 2, 4]
    np.testing.assert_allclose(
        first.probabilities[readable], reading_model.predict_proba(X[:4]), atol=1e-6
    )
    np.testing.assert_array_equal(first.labels[readable], reading_model.predict(X[:4]))


def test_a_block_of_unreadable_images(frozen_classifier):
    (block,) = predict_stream(frozen_classifier.classifier, [b"", b"0"], on_error="nan")
    assert len(block.problems) == 2
    assert np.isnan(block.probabilities).all()


def test_unreadable_images_are_an_error_after_the_blocks_before(reading_model, frozen_classifier):
    stream = predict_stream(reading_model, [*frozen_classifier.X[:3], b""], block_size=2)
    assert len(next(stream).images) == 2
    with pytest.raises(ImageReadError, match=r"X\[3\] 0 bytes: empty") as caught:
        next(stream)
    assert caught.value.indices == [3]


@pytest.mark.parametrize(
    ("options", "match"),
    [({"block_size": 0}, "block_size=0: expected"), ({"on_error": "skip"}, "expected 'raise' or")],
)
def test_wrong_options_are_told_at_once(options, match, frozen_classifier):
    with pytest.raises(ValueError, match=match):
        predict_stream(frozen_classifier.classifier, [], **options)


def test_models_of_features_are_refused(make_classifier):
    X = np.random.RandomState(0).normal(size=(20, 4))
    model = make_classifier(random_state=0).fit(X, (X[:, :2] > 0).astype(int))
    with pytest.raises(ValueError, match="expected one that takes images"):
        predict_stream(model, X)


def test_an_empty_stream(frozen_classifier):
    assert list(predict_stream(frozen_classifier.classifier, [])) == []
