"""What frozen stages give, stored instead of computed in each epoch."""

import copy
import logging

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

import skmlic
from skmlic import TransferMultiLabelClassifier, model_stages
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.training._fine_tuned_module import PictureLoader, find_frozen
from skmlic.training._frozen_stages import store_maps

X, Y = make_multilabel_shapes(24, n_labels=3, random_state=0)
CPU = torch.device("cpu")


def make(**parameters):
    defaults = {
        "backbone": "tiny_cnn",
        "precision": "fp32",
        "engine": "torch",
        "freeze": "0",
        "max_epochs": 4,
        "unfreeze_after": 1,
        "batch_size": 8,
        "random_state": 0,
    }
    return TransferMultiLabelClassifier(**{**defaults, **parameters})


def store(backbone, freeze, precision="fp32", **options):
    options = {"pooling": "stages", "image_size": None, "resize": "squash", **options}
    weights = None if isinstance(backbone, str) else "default"
    loaded = load_backbone(backbone, weights, **options)
    loader = {"preprocessing": loaded.preprocessing, "n_threads": 1}
    extractor = copy.deepcopy(loaded.extractor)
    lists = [list(X[:5]), list(X[5:8])]
    rest, stored = store_maps(
        extractor, freeze, lists, loader=loader, batch_size=2, precision=precision, device=CPU
    )
    pixels = [
        torch.from_numpy(np.stack([loaded.preprocessing(image) for image in images]))
        for images in lists
    ]
    return extractor, rest, stored, pixels


@pytest.mark.parametrize("pooling", ["avg", "avgmax", "flatten", "stages"])
@pytest.mark.parametrize(
    ("backbone", "freeze"),
    [("tiny_cnn", "1"), ("resnet18", "layer3"), ("mobilenet_v3_small", 3), ("cnn3_bn", 1)],
)
def test_features_are_the_same(backbone, freeze, pooling):
    extractor, rest, stored, pixels = store(backbone, freeze, pooling=pooling, image_size=64)
    assert rest is not None
    for images, maps in zip(pixels, stored, strict=True):
        assert_allclose(rest.extract_from_maps(*maps), extractor(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stage", model_stages("resnet18", weights=None))
def test_after_every_stage(stage):
    extractor, rest, ((maps, pooled), _), (pixels, _) = store("resnet18", stage, image_size=64)
    assert_allclose(rest.extract_from_maps(maps, pooled), extractor(pixels), rtol=1e-4, atol=1e-5)


def test_the_rest_has_the_weights_of_the_whole():
    extractor, rest, _, _ = store("resnet18", "layer3", image_size=64)
    names = dict(rest.network.named_parameters())
    assert names
    assert all(name.startswith(("layer4.", "fc.")) for name in names)
    whole = dict(extractor.network.named_parameters())
    assert all(whole[name] is parameter for name, parameter in names.items())
    assert not isinstance(extractor.network.layer1, nn.Identity)


def test_half_precision_is_stored_as_it_is():
    _, rest, ((maps, pooled), _), _ = store("tiny_cnn", "1", precision="bf16")
    assert rest is not None
    assert (maps.dtype, pooled.dtype) == (torch.bfloat16, torch.float32)


@pytest.mark.parametrize("freeze", ["0", "1", 3])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_training_gives_the_same(freeze, early_stopping, monkeypatch):
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
)
def test_how_often_pictures_are_decoded(parameters, n_passes, monkeypatch):
    decode, decoded = PictureLoader._decode, []
    monkeypatch.setattr(
        PictureLoader, "_decode", lambda self, image: decoded.append(0) or decode(self, image)
    )
    make(**parameters).fit(X, Y)
    assert len(decoded) == n_passes * len(X)


def test_memory_is_bounded(caplog):
    with skmlic.config_context(feature_cache_bytes=1000), caplog.at_level(logging.INFO):
        _, rest, _, _ = store("tiny_cnn", "0")
    assert rest is None
    assert "they take" in caplog.text


class Skipping(nn.Module):
    """Does more than its parts do one after the other."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=4)
        self.block = nn.Conv2d(8, 8, 3, stride=2)
        self.last = nn.Conv2d(8, 8, 1)

    def forward(self, images):
        return self.last(self.block(self.stem(images).relu() + 1))


class Unpooling(Skipping):
    """Does what maps of another size can't go through."""

    def forward(self, images):
        return self.last(self.block(self.stem(images)[:, :, :-8, :-8]))


@pytest.mark.parametrize("network", [Skipping, Unpooling])
def test_what_can_not_be_cut_is_computed(network):
    _, rest, stored, _ = store(network(), "block", image_size=64)
    assert rest is None
    assert stored == []
    clf = make(backbone=network(), freeze="block", image_size=64).fit(X, Y)
    assert np.isfinite(clf.predict_proba(X)).all()


def test_nothing_frozen_nothing_stored():
    extractor, rest, stored, _ = store("tiny_cnn", False)
    assert (find_frozen(extractor, False), rest, stored) == ((), None, [])


def test_a_warm_start_goes_on_with_or_without_maps():
    first = make(max_epochs=3, warm_start=True, dropout=0.0).fit(X, Y)
    first.set_params(max_epochs=1).fit(X, Y)
    straight = make(max_epochs=4, dropout=0.0).fit(X, Y)
    assert_allclose(first.predict_proba(X), straight.predict_proba(X), rtol=1e-3)
    assert_allclose(first.history_["train_loss"], straight.history_["train_loss"], rtol=1e-4)
