"""Tests of skmlic.backbones._timm."""

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
