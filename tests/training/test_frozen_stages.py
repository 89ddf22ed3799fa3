"""Stored outputs of frozen stages."""

import copy
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

import skmlic
from skmlic import model_stages
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.training._data import TrainingData
from skmlic.training._fine_tuned_module import find_frozen
from skmlic.training._frozen_stages import replace_images
from skmlic.training._image_loader import ImageLoader

X, Y = make_multilabel_shapes(24, n_labels=3, random_state=0)
CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def make(make_trainable):
    def make_it(**parameters):
        defaults = {"freeze": "0", "max_epochs": 4, "unfreeze_after": 1, "batch_size": 8}
        return make_trainable(**{**defaults, **parameters})

    return make_it


def store(backbone, freeze, precision="fp32", **options):
    options = {"pooling": "stages", "image_size": None, "resize": "squash", **options}
    weights = None if isinstance(backbone, str) else "default"
    loaded = load_backbone(backbone, weights, **options)
    loader = {"preprocessing": loaded.preprocessing, "n_threads": 1}
    extractor = copy.deepcopy(loaded.extractor)
    lists = [list(X[:5]), list(X[5:8])]
    plan = SimpleNamespace(freeze=freeze, precision=precision, part_size=2)
    sets = tuple(TrainingData(images, np.zeros((len(images), 1))) for images in lists)
    rest, sets, is_stored = replace_images(extractor, sets, loader, plan, CPU)
    stored = [data.X for data in sets] if is_stored else None
    assert is_stored or rest is extractor
    pixels = [
        torch.from_numpy(np.stack([loaded.preprocessing(image) for image in images]))
        for images in lists
    ]
    return extractor, rest, stored, pixels


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "freeze", "pooling"),
    [
        ("tiny_cnn", "1", "avg"),
        ("tiny_cnn", "1", "avgmax"),
        ("tiny_cnn", "1", "flatten"),
        ("tiny_cnn", "1", "stages"),
        ("resnet18", "layer3", "stages"),
        ("mobilenet_v3_small", 3, "stages"),
        ("cnn3_bn", 1, "avg"),
    ],
)
def test_rest_gives_the_features_of_the_whole(backbone, freeze, pooling):
    extractor, rest, stored, pixels = store(backbone, freeze, pooling=pooling, image_size=32)
    for images, maps in zip(pixels, stored, strict=True):
        assert_allclose(rest.extract_from_maps(*maps), extractor(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stage", model_stages("resnet18", weights=None))
def test_after_every_stage(stage):
    extractor, rest, ((maps, pooled), _), (pixels, _) = store("resnet18", stage, image_size=32)
    assert_allclose(rest.extract_from_maps(maps, pooled), extractor(pixels), rtol=1e-4, atol=1e-5)


def test_the_rest_has_the_weights_of_the_whole():
    extractor, rest, _, _ = store("resnet18", "layer3", image_size=32)
    names = dict(rest.network.named_parameters())
    assert names
    assert all(name.startswith(("layer4.", "fc.")) for name in names)
    whole = dict(extractor.network.named_parameters())
    assert all(whole[name] is parameter for name, parameter in names.items())
    assert not isinstance(extractor.network.layer1, nn.Identity)


def test_maps_are_stored_in_half_precision():
    _, _, ((maps, pooled), _), _ = store("tiny_cnn", "1", precision="bf16")
    assert (maps.dtype, pooled.dtype) == (torch.bfloat16, torch.float32)


@pytest.mark.parametrize(
    ("freeze", "early_stopping"), [("0", False), ("1", True), (3, False), (3, True)]
)
def test_training_gives_the_same(make, freeze, early_stopping, monkeypatch):
    parameters = {"freeze": freeze, "early_stopping": early_stopping, "scoring": "map"}
    stored = make(**parameters).fit(X, Y)
    monkeypatch.setattr("skmlic.training._frozen_stages._fits", lambda given, n_images: False)
    computed = make(**parameters).fit(X, Y)
    columns = ["train_loss", *(["valid_loss"] if early_stopping else [])]
    assert_allclose(stored.history_[columns], computed.history_[columns], rtol=1e-4)
    assert_allclose(stored.predict_proba(X), computed.predict_proba(X), rtol=1e-3)


@pytest.mark.parametrize(
    ("parameters", "n_passes"),
    [
        ({}, 1),
        ({"augment": "flip"}, 3),
        ({"erasing": 0.5}, 3),
        ({"mix": "mixup"}, 3),
        ({"freeze": False}, 3),
        ({"max_epochs": 2}, 1),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else f"{value} passes",
)
def test_number_of_passes_that_decode_images(make, parameters, n_passes, monkeypatch):
    decode, decoded = ImageLoader._decode, []
    monkeypatch.setattr(
        ImageLoader, "_decode", lambda self, image: decoded.append(0) or decode(self, image)
    )
    make(**parameters).fit(X, Y)
    assert len(decoded) == n_passes * len(X)


def test_memory_is_bounded(caplog):
    with skmlic.config_context(feature_cache_bytes=1000), caplog.at_level(logging.INFO):
        _, _, stored, _ = store("tiny_cnn", "0")
    assert stored is None
    assert "they take" in caplog.text


class Skipping(nn.Module):
    """Computes more than its parts do one after the other."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=4)
        self.block = nn.Conv2d(8, 8, 3, stride=2)
        self.last = nn.Conv2d(8, 8, 1)

    def forward(self, images):
        return self.last(self.block(self.stem(images).relu() + 1))


class Unpooling(Skipping):
    """Crops maps, so that the rest fails on those of another size."""

    def forward(self, images):
        return self.last(self.block(self.stem(images)[:, :, :-8, :-8]))


@pytest.mark.parametrize("network", [Skipping, Unpooling])
def test_network_that_cannot_be_cut_is_computed_in_each_epoch(make, network):
    _, _, stored, _ = store(network(), "block", image_size=64)
    assert stored is None
    clf = make(backbone=network(), freeze="block", image_size=64).fit(X, Y)
    assert np.isfinite(clf.predict_proba(X)).all()


def test_nothing_is_stored_if_nothing_is_frozen():
    extractor, _, stored, _ = store("tiny_cnn", False)
    assert (find_frozen(extractor, False), stored) == ((), None)


def test_warm_start_with_or_without_stored_maps(make):
    first = make(max_epochs=3, warm_start=True, dropout=0.0).fit(X, Y)
    first.set_params(max_epochs=1).fit(X, Y)
    straight = make(max_epochs=4, dropout=0.0).fit(X, Y)
    assert_allclose(first.predict_proba(X), straight.predict_proba(X), rtol=1e-3)
    assert_allclose(first.history_["train_loss"], straight.history_["train_loss"], rtol=1e-4)
