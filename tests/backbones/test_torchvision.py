"""Tests of skmlic.backbones._torchvision."""

import http.client
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from torch import nn

from skmlic.backbones import (
    _torchvision,
    load_backbone,
    load_network,
)
from skmlic.exceptions import WeightsNotFoundError
from skmlic.images import Preprocessing

CHINA = load_sample_image("china.jpg")
TORCHVISION = torchvision.models.list_models(module=torchvision.models)


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


def assert_same(tensor, expected):
    assert_array_equal(tensor.detach(), expected.detach())


def save(state, path):
    if path.suffix == ".safetensors":
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    return path


@pytest.mark.parametrize("name", TORCHVISION)
def test_preprocessing_belongs_to_the_weights(name, monkeypatch):
    monkeypatch.setattr(_torchvision, "_fetch", lambda *_: nn.Sequential(nn.Identity()))
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    network = load_network(name, "default")
    assert network.weights_name.endswith(("IMAGENET1K_V1", "IMAGENET1K_V2", "E2E_V1", "LINEAR_V1"))
    preprocessing = network.preprocessing
    assert preprocessing.size == tuple(transforms.crop_size) * 2
    assert preprocessing.interpolation == transforms.interpolation.value
    assert_allclose(preprocessing.mean, transforms.mean)
    assert_allclose(preprocessing.std, transforms.std)
    assert preprocessing.size[0] / preprocessing.crop_pct == transforms.resize_size[0]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "inception_v3", "regnet_y_128gf"])
def test_preprocessed_images_equal_those_of_torchvision(name):
    entry = torchvision.models.get_model_weights(name).DEFAULT
    preprocessing = _torchvision._preprocessing(entry)
    own = entry.transforms()(Image.fromarray(CHINA)).permute(1, 2, 0).numpy()
    cropped = Preprocessing(**{**vars(preprocessing), "resize": "crop"})(CHINA)
    got = (cropped / 255 - preprocessing.mean) / preprocessing.std
    assert np.abs(got - own).mean() < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last", "n_features"),
    [
        ("squeezenet1_1", "classifier.1", 512),
        ("mobilenet_v3_small", "classifier.3", 1024),
        ("alexnet", "classifier.6", 4096),
        ("resnet18", "fc", 512),
    ],
)
def test_native_features_need_all_but_the_last_layer(name, last, n_features, tmp_path):
    state = torchvision.models.get_model(name, weights=None).state_dict()
    body = {key: value for key, value in state.items() if not key.startswith(f"{last}.")}
    path = save(body, tmp_path / "body.pth")
    backbone = load(name, path, pooling="native", image_size=64)
    assert backbone.extractor.n_features == n_features
    for key, tensor in backbone.extractor.network.state_dict().items():
        assert_same(tensor, body[key])
    if last != "fc" and name != "squeezenet1_1":
        features = {key: value for key, value in body.items() if key.startswith("features")}
        path = save(features, tmp_path / "features.pth")
        with pytest.raises(ValueError, match="missing classifier"):
            load(name, path, pooling="native", image_size=64)
        assert load(name, path, image_size=64).extractor.n_features > 0


@pytest.mark.slow
def test_names_in_old_files(tmp_path):
    names = {
        "features.denseblock1.denselayer12.norm.1.running_mean": (
            "features.denseblock1.denselayer12.norm1.running_mean"
        ),
        "encoder.layers.encoder_layer_0.mlp.linear_1.weight": (
            "encoder.layers.encoder_layer_0.mlp.0.weight"
        ),
        "encoder.layers.encoder_layer_0.mlp.linear_2.bias": (
            "encoder.layers.encoder_layer_0.mlp.3.bias"
        ),
        "features.denseblock1.denselayer1.conv2.weight": (
            "features.denseblock1.denselayer1.conv2.weight"
        ),
        "features.0.1.weight": "features.0.1.weight",
    }
    assert list(_torchvision._rename(dict.fromkeys(names), None)) == list(names.values())
    whole = torchvision.models.densenet121(weights=None)
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): tensor
        for key, tensor in whole.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    backbone = load("densenet121", save(old, tmp_path / "w.pth"), image_size=64)
    assert_same(backbone.extractor.network.features.conv0.weight, whole.features.conv0.weight)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_of_a_network_that_needs_their_version(tmp_path, suffix):
    whole = torchvision.models.mnasnet0_5(weights=None)
    path = save(whole.state_dict(), tmp_path / f"w{suffix}")
    backbone = load("mnasnet0_5", path, image_size=64)
    assert_same(backbone.extractor.network.layers[0].weight, whole.layers[0].weight)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
@pytest.mark.slow
def test_auxiliary_classifiers_are_optional(tmp_path, name):
    whole = torchvision.models.get_model(name, weights=None, init_weights=False)
    full = whole.state_dict()
    bare = {k: v for k, v in full.items() if not k.lower().startswith("aux")}
    assert len(bare) < len(full)
    found = [
        load(name, save(state, tmp_path / f"{len(state)}.pth"), image_size=96)
        for state in (full, bare)
    ]
    assert found[0].fingerprint == found[1].fingerprint
    assert found[0].extractor.network.transform_input


@pytest.fixture
def _no_internet(monkeypatch):
    def fail(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)


def assert_two_ways_on(message):
    assert "weights='path/to/that/file' (.pth or .safetensors)" in message
    assert "backbone='efficientnet_lite0'" in message


@pytest.mark.slow
@pytest.mark.usefixtures("_no_internet")
@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v3_small"])
def test_without_internet(name, torch_home, state):
    file = Path(torchvision.models.get_model_weights(name).DEFAULT.url).name
    place = torch_home / "hub" / "checkpoints" / file
    with pytest.raises(WeightsNotFoundError, match="no network") as caught:
        load(name)
    message = str(caught.value)
    assert f"Fetch {file} on another machine and put it at {place}" in message
    assert_two_ways_on(message)
    # A file at that place is found.
    whole = torchvision.models.get_model(name, weights=None).state_dict()
    save(whole, place)
    first = next(iter(whole))
    found = load(name, image_size=64)
    assert_same(found.extractor.network.state_dict()[first], whole[first])
    assert load(name, place, image_size=64).fingerprint == found.fingerprint


@pytest.mark.parametrize(
    "error", [URLError("x"), TimeoutError("x"), http.client.IncompleteRead(b"")]
)
def test_every_failed_download(error, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(WeightsNotFoundError, match=r"resnet18-f37072fd\.pth") as caught:
        load("resnet18")
    assert_two_ways_on(str(caught.value))


def test_damaged_download(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError('invalid hash value (expected "f37072fd", got "0")')

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(WeightsNotFoundError, match=r"are damaged .*invalid hash") as caught:
        load("resnet18")
    assert_two_ways_on(str(caught.value))


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_damaged_file_in_the_cache(torch_home, content):
    place = torch_home / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(WeightsNotFoundError, match="damaged") as caught:
        load("resnet18")
    assert f"Delete {place}" in str(caught.value)
