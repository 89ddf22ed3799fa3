"""Tests of skmlic.backbones._registry."""

import collections
import copy

import numpy as np
import pytest
import timm
import torch
import torchvision
from numpy.testing import assert_array_equal
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor

from skmlic import ImageEmbedder, list_backbones
from skmlic.backbones import (
    _registry,
    load_backbone,
)
from skmlic.images import Preprocessing

CHINA = load_sample_image("china.jpg")
TORCHVISION = torchvision.models.list_models(module=torchvision.models)


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


def save(state, path):
    if path.suffix == ".safetensors":
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    return path


def test_names_are_listed():
    names = list_backbones()
    assert names[0] == "efficientnet_lite0"
    assert len(set(names)) == len(names)
    assert {"tiny_cnn", *TORCHVISION, "timm/resnet18"} <= set(names)
    assert all(timm.is_model(name.removeprefix("timm/")) for name in names if "timm/" in name)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("resnet?8", ["resnet18"]),
        ("RESNET?8", ["resnet18"]),
        ("shufflenet_v2_x1_", ["shufflenet_v2_x1_0", "shufflenet_v2_x1_5"]),
        ("efficientnet_lite[12]", ["efficientnet_lite1", "efficientnet_lite2"]),
        ("no such network", []),
    ],
)
def test_patterns_of_names(pattern, expected):
    assert list_backbones(pattern) == expected
    assert set(expected) <= set(list_backbones())


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("resnet5", "'resnet50'"),
        ("ResNet-18", "'resnet18'"),
        ("efficientnet_lite", "'efficientnet_lite0'"),
        ("timm/efficientnet_lite00", "'efficientnet_lite0'"),
        ("timm/resnet18.a1_in1", "'timm/resnet18.a1_in1k'"),
        ("timm/resnet18.nonsense", "'timm/resnet18'|'resnet18'"),
        ("vit_tiny_patch16_224", "'timm/vit_tiny_patch16_224'"),
        ("TinyCNN", "'tiny_cnn'"),
    ],
)
@pytest.mark.parametrize("weights", ["default", None])
def test_error_of_an_unknown_name_suggests_similar_ones(name, nearest, weights):
    with pytest.raises(ValueError, match=f"Unknown backbone '{name}'.*The nearest are .*{nearest}"):
        load(name, weights)


def test_error_of_a_name_without_similar_ones():
    with pytest.raises(ValueError, match=r"Unknown backbone '\?\?\?'\. skmlic.list_backbones"):
        load("???")


def test_a_tag_names_a_set_of_weights():
    assert load("timm/resnet18.a1_in1k", None).name == "timm/resnet18.a1_in1k"


def test_networks_by_name_are_shared():
    assert load("tiny_cnn", None) is load("tiny_cnn", None)
    assert load("tiny_cnn", None) is not load("tiny_cnn", None, image_size=64)


def test_image_size_and_resize_replace_those_of_the_weights():
    for image_size, expected in ((40, (40, 40)), ((40, 50), (40, 50))):
        backbone = load_backbone(
            "tiny_cnn", None, pooling="avg", image_size=image_size, resize="crop"
        )
        assert backbone.preprocessing == Preprocessing(expected, "crop", "bilinear")
    assert load("tiny_cnn", image_size=np.int64(40)) is load("tiny_cnn", image_size=40)
    assert load("tiny_cnn").preprocessing.size == (32, 32)


@pytest.mark.parametrize(
    "image_size", [0, (40,), (40, 40, 3), (40, -1), (40.0, 40), ("a", "b"), [40]]
)
def test_invalid_image_size(image_size):
    with pytest.raises(
        ValueError, match=r"image_size=.*: expected None, a number of pixels up to 10000, or"
    ):
        load("tiny_cnn", image_size=image_size)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_features"),
    [
        ("mobilenet_v3_small", 576),
        ("mnasnet0_5", 1280),
        ("shufflenet_v2_x0_5", 1024),
        ("resnet18", 512),
        ("timm/test_resnet", 96),
        ("timm/test_vit", 64),
        ("timm/test_efficientnet", 256),
    ],
)
def test_networks_by_name_embed_images(name, n_features):
    embedder = ImageEmbedder(
        name, weights=None, pooling="avg", image_size=160 if "test" in name else 64, engine="torch"
    )
    features = embedder.fit_transform([CHINA, CHINA[::-1]])
    assert features.shape == (2, n_features)
    assert np.isfinite(features).all()
    assert embedder.weights_name_ == "random"


def test_random_weights_are_reproducible_and_keep_the_random_state():
    before = torch.get_rng_state()
    first = load("mobilenet_v3_small", None).fingerprint
    _registry._loaded.clear()
    assert load("mobilenet_v3_small", None).fingerprint == first
    assert (
        load(lambda: nn.Conv2d(3, 4, 3)).fingerprint == load(lambda: nn.Conv2d(3, 4, 3)).fingerprint
    )
    assert_array_equal(torch.get_rng_state(), before)


def test_fingerprint_covers_all_that_features_depend_on():
    module = nn.Conv2d(3, 4, 3)
    changed = nn.Conv2d(3, 4, 3)
    loaded = [
        load("tiny_cnn", None),
        load("tiny_cnn", None, pooling="max"),
        load("tiny_cnn", None, image_size=40),
        load_backbone("tiny_cnn", None, pooling="avg", image_size=None, resize="crop"),
        load(module),
        load(changed),
    ]
    assert len({backbone.fingerprint for backbone in loaded}) == len(loaded)
    assert load(module).fingerprint == load(lambda: module).fingerprint


@pytest.mark.slow
def test_clones_of_a_graph_of_torchvision_have_an_equal_fingerprint():
    graph = create_feature_extractor(torchvision.models.resnet18(weights=None), ["layer2"])
    assert load(graph, image_size=64).extractor.n_features == 128
    first = load(graph, image_size=64).fingerprint
    assert load(copy.deepcopy(graph), image_size=64).fingerprint == first
    other = create_feature_extractor(torchvision.models.resnet18(weights=None), ["layer1"])
    assert load(other, image_size=64).fingerprint != first


@pytest.mark.slow
def test_a_file_that_changes_is_read_again(tmp_path, state):
    path = save(state, tmp_path / "w.pth")
    first = load("resnet18", path, image_size=64).fingerprint
    assert load("resnet18", path, image_size=64).fingerprint == first
    state["layer4.1.bn2.bias"][0] += 1
    save(state, path)
    assert load("resnet18", path, image_size=64).fingerprint != first


def test_nothing_is_downloaded_before_fit(monkeypatch):
    calls = collections.Counter()
    monkeypatch.setattr(_registry, "load_backbone", lambda *_, **__: calls.update(["load"]))
    ImageEmbedder("resnet18").get_params()
    assert not calls
