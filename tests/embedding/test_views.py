"""Several views of each training image."""

import pickle
import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn import config_context
from sklearn.base import clone
from torchvision.transforms import v2

import skmlic
from skmlic import ImageEmbedder, cache_info
from skmlic.augmentation import list_augmentations
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import ORIGINAL, RandomView, content_digest
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.images import Preprocessing
from skmlic.training._data import TrainingData
from skmlic.training._features import embed

X, Y = make_multilabel_shapes(24, n_labels=3, random_state=0)
JITTER = v2.ColorJitter(0.5, 0.5)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {"engine": "torch", "precision": "fp32", "max_epochs": 3, "random_state": 0}
        return make_classifier(**{"backbone": "tiny_cnn", **defaults, **parameters})

    return make_it


def with_views(make, n_views=3, augment="geometric", **parameters):
    return make(n_views=n_views, augment=augment, **parameters)


def darker(image):
    return image // 2


def jittered(image):
    return JITTER(image)


def look(view, image=X[0], size=(32, 32), digest=b"digest"):
    preprocessing = Preprocessing(size)
    return view.finish(view.decode(image, preprocessing), preprocessing, digest)


# One view


@pytest.mark.parametrize("augment", [*list_augmentations(), darker])
def test_random_view_is_the_augmentation_with_its_own_seed(augment):
    view = RandomView(augment, 1)
    pixels = look(view)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    torch.manual_seed(5)
    state = torch.get_rng_state()
    assert_array_equal(look(RandomView(augment, 1)), pixels)
    assert torch.equal(torch.get_rng_state(), state)
    assert look(view, size=(40, 48)).shape == (40, 48, 3)


@pytest.mark.parametrize("augment", ["geometric", jittered])
def test_views_differ_by_number_and_by_image(augment):
    looks = [look(RandomView(augment, number)) for number in range(1, 5)]
    looks += [look(RandomView(augment, 1), digest=b"other")]
    assert len({pixels.tobytes() for pixels in looks}) == 5


def test_keys_of_different_views_differ():
    def other(image):
        return image // 3

    views = [RandomView(augment, number) for augment in ("flip", "light") for number in (1, 2)]
    views += [RandomView(augment, 1) for augment in (darker, jittered, other)]
    views.append(ORIGINAL)
    assert len({view.key for view in views}) == len(views)
    assert RandomView(darker, 1).key == RandomView(darker, 1).key


def test_function_without_fingerprint_has_no_key(caplog):
    view = RandomView(undescribable(), 1)
    assert view.key is None
    assert "can't be described" in caplog.text


def undescribable():
    lock = threading.Lock()

    def augment(image):
        with lock:
            return image

    return augment


# Training


def test_head_is_trained_on_each_image_and_its_changes(make):
    clf = with_views(make).fit(X, Y)
    embedder = ImageEmbedder("tiny_cnn", engine="torch", precision="fp32").fit(X)
    changed = [embedder.transform_views(X, [RandomView("geometric", k)])[0] for k in (1, 2)]
    features = np.vstack([embedder.transform(X), *changed])
    assert not np.allclose(changed[0], changed[1])
    expected = make(backbone="precomputed").fit(features, np.tile(Y, (3, 1)))
    assert_array_equal(clf.predict_proba(X), expected.predict_proba(features[:24]))
    assert cache_info().backbone_passes == 72


def test_features_of_a_view_are_those_of_the_changed_image():
    embedder = ImageEmbedder("tiny_cnn", engine="torch", precision="fp32").fit(X)
    view = RandomView("geometric", 1)
    digests = [content_digest(image) for image in X]
    changed = [look(view, image, digest=d) for image, d in zip(X, digests, strict=True)]
    expected = embedder.transform(np.array(changed))
    assert_array_equal(embedder.transform_views(X, [view])[0], expected)


@pytest.mark.parametrize("augment", ["light", darker])
def test_each_view_is_computed_once(make, augment, tmp_path):
    with_views(make, augment=augment, memory=tmp_path).fit(X, Y)
    assert cache_info().backbone_passes == 72
    with_views(make, augment=augment, memory=tmp_path, random_state=1, max_epochs=1).fit(X[::-1], Y)
    assert cache_info().backbone_passes == 72
    with_views(make, 4, augment=augment, memory=tmp_path).fit(X, Y)
    assert cache_info().backbone_passes == 96


def test_views_without_key_are_not_stored(make):
    clf = with_views(make, augment=undescribable())
    clf.fit(X, Y)
    passes = cache_info().backbone_passes
    clf.fit(X, Y)
    assert cache_info().backbone_passes == passes + 48


def test_weights_and_missing_labels_go_with_the_views(make):
    weight = np.r_[np.zeros(4), np.full(10, 2.0), np.ones(10)]
    partial = np.where(np.arange(72).reshape(24, 3) % 7 == 0, np.nan, Y)
    clf = with_views(make).fit(X, partial, sample_weight=weight)
    same = with_views(make).fit(X[4:], partial[4:], sample_weight=weight[4:])
    assert_array_equal(clf.predict_proba(X), same.predict_proba(X))
    embedder = ImageEmbedder("tiny_cnn", engine="torch").fit(X)
    features = embedder.transform(X)
    more, _ = embed(embedder, TrainingData(list(X), Y, weight), None, "flip", 3)
    assert more.X.shape == (72, features.shape[1])
    assert_array_equal(more.Y, np.vstack([Y] * 3))
    assert_array_equal(more.sample_weight, np.hstack([weight] * 3))


@pytest.mark.slow
def test_views_in_several_parts_and_before_fine_tuning(make):
    clf = with_views(make, image_size=[32, 40]).fit(X, Y)
    assert cache_info().backbone_passes == 144
    assert clf.predict_proba(X).shape == (24, 3)
    tuned = with_views(make, freeze=False, unfreeze_after=2).fit(X, Y)
    assert tuned.n_iter_ == 3


def test_each_phase_samples_its_own_rows(make):
    clf = with_views(make, sampler="balanced", freeze=False, unfreeze_after=1, max_epochs=2).fit(
        X, Y
    )
    sizes = clf.batch_history_.groupby("epoch")["train_batch_size"].sum()
    assert sizes.tolist() == [72, 24]


@pytest.mark.slow
def test_seeds_clone_and_pickle(make):
    clf = with_views(make, augment=jittered).fit(X, Y)
    expected = clf.predict_proba(X)
    skmlic.clear_cache()
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X), expected)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), expected)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    with_views(make, memory=False).fit(X, Y)
    assert torch.equal(torch.get_rng_state(), state)


def test_frames_as_output_elsewhere(make):
    with config_context(transform_output="pandas"):
        assert with_views(make).fit(X, Y).predict_proba(X).shape == (24, 3)


def test_one_dimensional_y(make):
    clf = with_views(make).fit(X, Y[:, 0])
    assert clf.predict_proba(X).shape == (24, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"augment": "flip"}, "has no effect with a frozen backbone and one view per image"),
        ({"n_views": 2}, "n_views=2 needs to know .* augment='light'"),
        ({"n_views": 0, "augment": "flip"}, "n_views"),
        ({"n_views": 2, "augment": "flop"}, "augment='flop'.*flip"),
        (
            {"backbone": "precomputed", "n_views": 2, "augment": "flip"},
            "there are no images to change",
        ),
    ],
)
def test_errors(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(np.ones((24, 3)) if "backbone" in parameters else X, Y)
    assert cache_info().backbone_passes == 0


def test_failing_function_is_no_unreadable_image(make):
    def failing(image):
        raise RuntimeError("from within")

    with pytest.raises(RuntimeError, match="from within"):
        with_views(make, augment=failing).fit(X, Y)


# Prediction


def test_unreadable_images_are_reported_once(make, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    clf = with_views(make, on_error="nan").fit(paths, Y)
    expected = clf.predict_proba(paths)
    paths[3].write_bytes(b"no image")
    with pytest.warns(ImageReadWarning, match="1 image can't be read") as told:
        probability = clf.predict_proba(paths)
    assert len(told) == 1
    assert np.isnan(probability[3]).all()
    rest = np.arange(24) != 3
    assert_allclose(probability[rest], expected[rest], rtol=1e-5)
    with pytest.raises(ImageReadError) as caught:
        clf.fit(paths, Y)
    assert caught.value.indices == [3]
