"""Tests of skmlic.backbones._custom."""

import pytest
import timm
import torch
import torchvision
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from torch import nn

from skmlic.backbones import (
    load_backbone,
)

CHINA = load_sample_image("china.jpg")


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


def assert_same(tensor, expected):
    assert_array_equal(tensor.detach(), expected.detach())


def features_of(backbone, image=CHINA):
    with torch.inference_mode():
        pixels = torch.from_numpy(backbone.preprocessing(image).copy())
        return backbone.extractor(pixels[None])[0]


def save(state, path):
    if path.suffix == ".safetensors":
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    return path


class Normalised(nn.Module):
    def forward(self, images):
        return images.flatten(2).mean(2)


def make_normalised():
    return Normalised()


@pytest.mark.parametrize(
    "given",
    [Normalised(), Normalised, make_normalised, lambda: Normalised()],
    ids=["module", "class", "function", "lambda"],
)
def test_modules_and_functions(given):
    backbone = load(given)
    assert backbone.name == "Normalised"
    assert backbone.weights_name == "the network's own"
    assert backbone.preprocessing.size == (224, 224)
    expected = (backbone.preprocessing(CHINA).mean((0, 1)) / 255 - (0.485, 0.456, 0.406)) / (
        0.229,
        0.224,
        0.225,
    )
    assert_allclose(features_of(backbone), expected, rtol=1e-3)


def test_a_network_of_torchvision_loses_its_classifier():
    network = torchvision.models.mobilenet_v3_small(weights=None, num_classes=7)
    assert load(network, image_size=64).extractor.n_features == 576


@pytest.mark.slow
def test_a_network_of_timm_brings_its_preprocessing():
    network = timm.create_model("tf_efficientnet_lite0", num_classes=7)
    backbone = load(network)
    assert backbone.preprocessing.mean == (0.5, 0.5, 0.5)
    assert backbone.extractor.n_features == 1280
    maps = timm.create_model("tf_efficientnet_lite0", features_only=True)
    assert load(maps).preprocessing.mean == (0.5, 0.5, 0.5)


def test_a_torchvision_network_for_another_task_keeps_its_head():
    network = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=5
    )
    assert load(network, image_size=64).extractor.n_features == 5


@pytest.mark.parametrize(
    ("backbone", "weights", "error", "message"),
    [
        (
            3,
            "default",
            TypeError,
            "backbone is int; expected a name, a torch.nn.Module, a function",
        ),
        (lambda: 3, "default", TypeError, "returned int; expected a torch.nn.Module"),
        (nn.Conv2d(3, 4, 3), None, ValueError, "weights=None stands for random weights"),
        (nn.Conv2d(5, 4, 3), "default", ValueError, "expected input.* to have 5 channels"),
    ],
)
def test_invalid_backbones(backbone, weights, error, message):
    with pytest.raises(error, match=message):
        load(backbone, weights)


def test_weights_for_a_module(tmp_path):
    module, other = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    path = save(other.state_dict(), tmp_path / "w.pth")
    backbone = load(module, path)
    assert_same(backbone.extractor.network.weight, other.weight)
    assert not torch.equal(module.weight, other.weight)
    assert backbone.weights_name == "w.pth"
    with pytest.raises(ValueError, match="does not fit backbone 'Conv2d'"):
        load(nn.Conv2d(3, 5, 3), path)
