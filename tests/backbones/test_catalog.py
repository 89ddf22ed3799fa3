"""Tests of skmlic.backbones._catalog."""

import pytest
import timm
import torchvision

from skmlic import list_backbones
from skmlic.backbones import _catalog


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("mobileclip", "timm/fastvit_mci0", id="other-name"),
        pytest.param("*mobileclip*", "timm/fastvit_mci2", id="wildcards"),
        pytest.param("Mobile_CLIP", "timm/fastvit_mci0", id="spelling"),
        pytest.param("mobileclip2", "timm/fastvit_mci0.apple_mclip2_dfndr2b", id="tag"),
        pytest.param("siglip 2", "timm/vit_base_patch16_siglip_224.v2_webli", id="version"),
        pytest.param("perception encoder", "timm/vit_pe_core_base_patch16_224", id="two-words"),
        pytest.param("metaclip", "timm/vit_base_patch16_clip_224.metaclip_400m", id="metaclip"),
        pytest.param("a1_in1k", "timm/resnet18.a1_in1k", id="tags-if-no-name-matches"),
        pytest.param("dinov2", "timm/vit_small_patch14_dinov2", id="part-of-a-name"),
        pytest.param("DINO v2", "timm/vit_small_patch14_dinov2", id="blank"),
        pytest.param("ResNet-50d", "timm/resnet50d", id="hyphen"),
        pytest.param("convnext tiny hnf ", "timm/convnext_tiny_hnf", id="blank-at-the-end"),
    ],
)
def test_names_that_people_know(pattern, expected):
    names = list_backbones(pattern)
    assert expected in names
    assert len(set(names)) == len(names)
    assert all(timm.is_model(name.removeprefix("timm/").partition(".")[0]) for name in names)


@pytest.mark.parametrize("family", _catalog.KNOWN_NAMES)
def test_each_pattern_of_a_known_name_finds_networks(family):
    for pattern in _catalog.KNOWN_NAMES[family]:
        assert list(_catalog._match([pattern])), pattern


def test_only_pretrained_networks():
    names = list_backbones(pretrained=True)
    assert set(names) < set(list_backbones())
    assert {"efficientnet_lite0", "resnet18", "timm/resnet18"} <= set(names)
    assert "tiny_cnn" not in names
    assert "timm/fastvit_mci0" in list_backbones("mobileclip", pretrained=True)
    without = [name for name in list_backbones("timm/") if name not in names]
    assert without
    assert not any(timm.get_pretrained_cfg(name[5:]).has_weights for name in without)


def test_details():
    table = list_backbones("test_vit", details=True)
    assert list(table.columns) == ["pixels", "parameters", "weights", "license"]
    assert table.index.name == "backbone"
    row = table.loc["timm/test_vit"]
    expected = sum(parameter.numel() for parameter in timm.create_model("test_vit").parameters())
    assert tuple(row) == (160, expected, "timm, r160_in1k", "apache-2.0")


@pytest.mark.parametrize(
    ("name", "pixels", "parameters", "license_"),
    [
        ("tiny_cnn", 32, None, None),
        ("resnet18", 224, 11_689_512, None),
        ("efficientnet_lite0", 224, 4_652_008, "apache-2.0"),
        ("timm/vit_small_patch16_dinov3", 256, None, "dinov3-license"),
        ("timm/fastvit_mci0", 256, None, "apple-amlr"),
    ],
)
def test_facts_of_a_network(name, pixels, parameters, license_):
    facts = _catalog.describe_backbone(name)
    assert (facts.pixels, facts.license) == (pixels, license_)
    assert facts.parameters == parameters or (parameters is None and facts.parameters > 0)


def test_unknown_licenses_are_none():
    table = list_backbones("resnet18", details=True)
    assert table.loc["resnet18", "license"] is None
    assert table.loc["timm/resnet18", "license"] == "apache-2.0"
    assert table.loc["timm/seresnet18", "weights"] == "random"


@pytest.mark.parametrize("pattern", ["nothing like it", " "])
def test_no_network_matches(pattern):
    assert list_backbones(pattern) == []
    table = list_backbones(pattern, details=True)
    assert table.shape == (0, 4)


def test_parameters_of_torchvision_are_those_of_the_network():
    module = torchvision.models.get_model("squeezenet1_1", weights=None)
    expected = sum(parameter.numel() for parameter in module.parameters())
    assert _catalog.describe_backbone("squeezenet1_1").parameters == expected
