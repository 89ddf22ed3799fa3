"""Tests of skmlic.backbones._timm."""

import importlib
from pathlib import Path

import pytest
import timm
import torch

from skmlic.backbones import (
    _timm,
    load_backbone,
)
from skmlic.exceptions import WeightsNotFoundError


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["resnet18", "test_vit", "tf_efficientnet_lite0", "legacy_xception", "volo_d4_448"]
)
def test_preprocessing_belongs_to_the_weights(name, monkeypatch):
    config = timm.get_pretrained_cfg(name)
    with torch.device("meta"):
        module = timm.create_model(name)
    preprocessing = _timm.timm_preprocessing(module)
    assert preprocessing.size == config.input_size[1:]
    assert preprocessing.interpolation == config.interpolation
    assert preprocessing.mean == tuple(config.mean)
    assert preprocessing.std == tuple(config.std)
    assert preprocessing.crop_pct == min(1, config.crop_pct)


def assert_two_ways_on(message):
    assert "weights='path/to/that/file' (.pth or .safetensors)" in message
    assert "backbone='efficientnet_lite0'" in message


@pytest.mark.parametrize("name", ["timm/resnet18", "timm/resnet18.tv_in1k", "timm/gcvit_tiny"])
def test_without_internet(name, monkeypatch):
    def fail(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(timm, "create_model", fail)
    with pytest.raises(WeightsNotFoundError, match="OSError: no network") as caught:
        load(name)
    message = str(caught.value)
    config = timm.get_pretrained_cfg(name.removeprefix("timm/"))
    assert (config.hf_hub_id or config.url) in message
    assert ("model.safetensors" if config.hf_hub_id else Path(config.url).name) in message
    assert_two_ways_on(message)


def test_downloads_are_not_retried_at_once(monkeypatch):
    tries = []

    def fail(*_, **__):
        tries.append(1)
        raise OSError("no network")

    monkeypatch.setattr(timm, "create_model", fail)
    for _ in range(3):
        with pytest.raises(WeightsNotFoundError, match="OSError: no network"):
            load("timm/resnet18")
    assert len(tries) == 1
    monkeypatch.setattr(_timm, "_SECONDS_UNREACHABLE", 0)
    with pytest.raises(WeightsNotFoundError):
        load("timm/resnet18")
    assert len(tries) == 2


def test_a_network_without_weights():
    pretrained = {name.partition(".")[0] for name in timm.list_pretrained()}
    name = next(f"timm/{name}" for name in timm.list_models() if name not in pretrained)
    with pytest.raises(WeightsNotFoundError, match=f"no pretrained weights for '{name}'.*None"):
        load(name)


# Repositories of the Hugging Face Hub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache of the Hub, without internet, that holds a network as timm writes it."""
    module = timm.create_model("test_vit", num_classes=5)
    revision = "0" * 40
    folder = tmp_path / "models--org--net"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(revision)
    timm.models.save_for_hf(module, folder / "snapshots" / revision, safe_serialization=True)
    constants = importlib.import_module("huggingface_hub").constants
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(_timm, "_unreachable", {})
    return module


@pytest.mark.parametrize("prefix", ["hf_hub", "hf-hub"])
def test_a_repository_of_the_hub(hub, prefix):
    name = f"{prefix}:org/net"
    backbone = load(name, pooling="native")
    assert (backbone.name, backbone.weights_name) == (name, name)
    pixels = torch.zeros(1, 160, 160, 3, dtype=torch.uint8)
    hub.reset_classifier(0)
    with torch.inference_mode():
        expected = hub.eval()(backbone.extractor.normalise(pixels))
        assert torch.equal(backbone.extractor(pixels), expected)


def test_random_weights_and_files_for_a_repository(hub, tmp_path):
    assert load("hf_hub:org/net", None).weights_name == "random"
    torch.save(hub.state_dict(), tmp_path / "own.pth")
    assert load("hf_hub:org/net", tmp_path / "own.pth").weights_name == "own.pth"


def test_a_repository_without_internet(hub):
    with pytest.raises(WeightsNotFoundError) as caught:
        load("hf_hub:org/other")
    message = str(caught.value)
    assert "'hf_hub:org/other' can't be fetched from 'https://huggingface.co/org/other'" in message
    assert "config.json" in message
    assert _timm._find_cache(True) in message
    assert "weights='path/to/model.safetensors'" in message
    assert "backbone='efficientnet_lite0'" in message


@pytest.mark.parametrize("name", ["hf_hub:resnet18", "hf_hub:", "hf_hub:a/b/c", "hf-hub:a /b"])
def test_a_name_that_is_no_repository(name):
    with pytest.raises(ValueError, match="expected 'hf_hub:ORGANIZATION/NAME', such as"):
        load(name)
