"""Several views of each picture, in training and in prediction."""

import pickle
import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy.special import expit, logit
from sklearn import config_context
from sklearn.base import clone
from torchvision.transforms import v2

import skmlic
from skmlic import ImageEmbedder, TransferMultiLabelClassifier, cache_info
from skmlic.augmentation import list_augmentations
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding._feature_store import content_digest
from skmlic.embedding._views import AS_IT_IS, RandomView, add_training_views, list_prediction_views
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.images import Preprocessing
from skmlic.training._net_factory import TrainingData

X, Y = make_multilabel_shapes(24, n_labels=3, random_state=0)
MIRRORED = np.ascontiguousarray(X[:, :, ::-1])
JITTER = v2.ColorJitter(0.5, 0.5)


def make(**parameters):
    defaults = {"engine": "torch", "precision": "fp32", "max_epochs": 3, "random_state": 0}
    return TransferMultiLabelClassifier(**{"backbone": "tiny_cnn", **defaults, **parameters})


def with_views(n_views=3, augment="geometric", **parameters):
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
def test_a_random_view_is_the_augmentation_with_a_seed_of_its_own(augment):
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
def test_views_differ_by_number_and_by_picture(augment):
    looks = [look(RandomView(augment, number)) for number in range(1, 5)]
    looks += [look(RandomView(augment, 1), digest=b"other")]
    assert len({pixels.tobytes() for pixels in looks}) == 5


def test_keys_tell_views_apart():
    def other(image):
        return image // 3

    views = [RandomView(augment, number) for augment in ("flip", "light") for number in (1, 2)]
    views += [RandomView(augment, 1) for augment in (darker, jittered, other)]
    views += list_prediction_views("flip")
    assert len({view.key for view in views}) == len(views)
    assert RandomView(darker, 1).key == RandomView(darker, 1).key
    assert list_prediction_views(None) == [AS_IT_IS]


def test_a_function_that_can_not_be_described_has_no_key(caplog):
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


def test_a_head_sees_each_picture_and_its_changes():
    clf = with_views().fit(X, Y)
    embedder = ImageEmbedder("tiny_cnn", engine="torch", precision="fp32").fit(X)
    changed = [embedder._transform_views(X, [RandomView("geometric", k)])[0] for k in (1, 2)]
    features = np.vstack([embedder.transform(X), *changed])
    assert not np.allclose(changed[0], changed[1])
    expected = make(backbone="precomputed").fit(features, np.tile(Y, (3, 1)))
    assert_array_equal(clf.predict_proba(X), expected.predict_proba(features[:24]))
    assert cache_info().backbone_passes == 72


def test_features_of_a_view_are_those_of_the_changed_picture():
    embedder = ImageEmbedder("tiny_cnn", engine="torch", precision="fp32").fit(X)
    view = RandomView("geometric", 1)
    digests = [content_digest(image) for image in X]
    changed = [look(view, image, digest=d) for image, d in zip(X, digests, strict=True)]
    expected = embedder.transform(np.array(changed))
    assert_array_equal(embedder._transform_views(X, [view])[0], expected)


@pytest.mark.parametrize("augment", ["light", darker])
def test_each_view_is_computed_once(augment, tmp_path):
    with_views(augment=augment, memory=tmp_path).fit(X, Y)
    assert cache_info().backbone_passes == 72
    with_views(augment=augment, memory=tmp_path, random_state=1, max_epochs=1).fit(X[::-1], Y)
    assert cache_info().backbone_passes == 72
    with_views(4, augment=augment, memory=tmp_path).fit(X, Y)
    assert cache_info().backbone_passes == 96


def test_views_that_can_not_be_told_from_others_are_not_stored():
    clf = with_views(augment=undescribable())
    clf.fit(X, Y)
    passes = cache_info().backbone_passes
    clf.fit(X, Y)
    assert cache_info().backbone_passes == passes + 48


def test_weights_and_missing_labels_go_with_the_views():
    weight = np.r_[np.zeros(4), np.full(10, 2.0), np.ones(10)]
    partial = np.where(np.arange(72).reshape(24, 3) % 7 == 0, np.nan, Y)
    clf = with_views().fit(X, partial, sample_weight=weight)
    same = with_views().fit(X[4:], partial[4:], sample_weight=weight[4:])
    assert_array_equal(clf.predict_proba(X), same.predict_proba(X))
    embedder = ImageEmbedder("tiny_cnn", engine="torch").fit(X)
    features = embedder.transform(X)
    more = add_training_views(embedder, X, "flip", 3, TrainingData(features, Y, weight))
    assert more.X.shape == (72, features.shape[1])
    assert_array_equal(more.Y, np.vstack([Y] * 3))
    assert_array_equal(more.sample_weight, np.hstack([weight] * 3))


def test_views_in_several_parts_and_before_fine_tuning():
    clf = with_views(image_size=[32, 40], mirror=True).fit(X, Y)
    assert cache_info().backbone_passes == 144
    assert clf.predict_proba(X).shape == (24, 3)
    tuned = with_views(freeze=False, unfreeze_after=2).fit(X, Y)
    assert tuned.n_iter_ == 3


def test_each_phase_draws_from_its_own_rows():
    clf = with_views(sampler="balanced", freeze=False, unfreeze_after=1, max_epochs=2).fit(X, Y)
    sizes = clf.batch_history_.groupby("epoch")["train_batch_size"].sum()
    assert sizes.tolist() == [72, 24]


def test_seeds_clone_and_pickle():
    clf = with_views(augment=jittered).fit(X, Y)
    expected = clf.predict_proba(X)
    skmlic.clear_cache()
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X), expected)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), expected)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    with_views(memory=False).fit(X, Y)
    assert torch.equal(torch.get_rng_state(), state)


def test_frames_as_output_elsewhere():
    with config_context(transform_output="pandas"):
        assert with_views(tta="flip").fit(X, Y).predict_proba(X).shape == (24, 3)


def test_one_dimensional_y():
    clf = with_views(tta="flip").fit(X, Y[:, 0])
    assert clf.predict_proba(X).shape == (24, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"augment": "flip"}, "with a frozen backbone needs n_views > 1, for example n_views=4"),
        ({"n_views": 2}, "n_views=2 needs to know .* augment='light'"),
        ({"n_views": 0, "augment": "flip"}, "n_views"),
        ({"n_views": 2, "augment": "flop"}, "augment='flop'.*flip"),
        ({"tta": "flop"}, "tta='flop': expected None or 'flip'"),
        ({"backbone": "precomputed", "tta": "flip"}, "no pictures to look at"),
        ({"backbone": "precomputed", "n_views": 2, "augment": "flip"}, "no pictures to look at"),
    ],
)
def test_errors(parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(np.ones((24, 3)) if "backbone" in parameters else X, Y)
    assert cache_info().backbone_passes == 0


def test_a_function_that_fails_is_no_bad_picture():
    def failing(image):
        raise RuntimeError("from within")

    with pytest.raises(RuntimeError, match="from within"):
        with_views(augment=failing).fit(X, Y)


# Prediction


@pytest.mark.parametrize("parameters", [{}, {"freeze": False, "unfreeze_after": 2}])
def test_flip_averages_the_logits_of_picture_and_mirror_image(parameters):
    clf = make(tta="flip", **parameters).fit(X, Y)
    plain = clone(clf).set_params(tta=None).fit(X, Y)
    expected = (plain.decision_function(X) + plain.decision_function(MIRRORED)) / 2
    assert_allclose(clf.decision_function(X), expected, rtol=1e-5, atol=1e-5)
    assert_allclose(clf.predict_proba(X), expit(expected), rtol=1e-5)
    assert_array_equal(clf.predict(X), expected >= 0)
    assert_allclose(logit(clf.predict_proba(X)), clf.decision_function(X), rtol=1e-3, atol=1e-4)
    assert_allclose(clf.predict_proba(MIRRORED), clf.predict_proba(X), rtol=1e-4)
    assert_array_equal(clf.set_params(tta=None).predict_proba(X), plain.predict_proba(X))


def test_views_of_prediction_are_stored():
    clf = make(tta="flip").fit(X, Y)
    assert cache_info().backbone_passes == 24
    first = clf.predict_proba(X)
    assert cache_info().backbone_passes == 48
    assert_array_equal(clf.predict_proba(X), first)
    assert cache_info().backbone_passes == 48


def test_a_wrong_tta_set_after_fit():
    clf = make().fit(X, Y).set_params(tta="spin")
    with pytest.raises(ValueError, match="tta='spin': expected None or 'flip'"):
        clf.predict(X)


def test_bad_pictures_are_told_once(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    clf = with_views(tta="flip", on_error="nan").fit(paths, Y)
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
