"""Tests of skmlic.backbones._tokens, and of the pooling of tokens."""

import numpy as np
import pytest
import timm
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from skmlic import ImageEmbedder
from skmlic.backbones import POOLINGS, load_backbone, load_network, make_backbone
from skmlic.backbones._tokens import find_layout, pool_tokens

SIZE = (64, 96)
# Number of prefix tokens, and whether the first is a class token.
LAYOUTS = {
    "test_vit": (1, True),
    "test_vit2": (1, False),
    "test_vit_relpos": (0, False),
    "vit_tiny_patch16_dinov3_qkvb": (5, True),
    "eva02_tiny_patch14_224": (1, True),
    "deit_tiny_distilled_patch16_224": (2, True),
    "vit_pe_core_tiny_patch16_384": (1, True),
}
NAMES = [
    pytest.param(name, marks=() if name.startswith("test") else pytest.mark.slow)
    for name in LAYOUTS
]


def load_timm(name):
    if not timm.is_model(name):
        pytest.skip(f"this timm has no {name}")
    return load_network(f"timm/{name}", None)


def load(backbone, pooling, size=SIZE):
    options = {"pooling": pooling, "image_size": size, "resize": "squash"}
    if isinstance(backbone, str):
        return make_backbone(load_timm(backbone), **options).extractor
    return load_backbone(backbone, "default", **options).extractor


def size_of(name):
    return (56, 84) if "patch14" in name else SIZE


@torch.inference_mode()
def run(extractor, size=SIZE):
    return extractor(noise(size))


def noise(size=SIZE):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8, generator=generator)


@torch.inference_mode()
def tokens_of(extractor, size=SIZE):
    return extractor.network.forward_features(extractor.normalise(noise(size)))


def test_poolings_of_tokens():
    tokens = torch.tensor([[[9.0, 8], [1, 2], [3, 6]]])
    expected = {
        "token": [9, 8],
        "avg": [2, 4],
        "max": [3, 6],
        "token+avg": [9, 8, 2, 4],
        "avgmax": [2, 4, 3, 6],
        "flatten": [1, 3, 2, 6],
    }
    for pooling, values in expected.items():
        assert pool_tokens(tokens, pooling, 1).tolist() == [values]
    assert pool_tokens(tokens, "token+avg", 2).tolist() == [[9, 8, 3, 6]]
    doubled = pool_tokens(tokens, "token+avg", 1, lambda part: 2 * part)
    assert doubled.tolist() == [[18, 16, 4, 8]]


@pytest.mark.parametrize("name", NAMES)
def test_prefix_tokens_are_left_out_of_averages(name):
    n_prefix, has_class_token = LAYOUTS[name]
    size = size_of(name)
    extractor = load(name, "avg", size)
    layout = find_layout(extractor.network, "forward_features")
    assert (layout.n_prefix, layout.has_class_token) == (n_prefix, has_class_token)
    tokens = tokens_of(extractor, size)
    patch = 14 if "patch14" in name else 16
    assert tokens.shape[1] == n_prefix + size[0] * size[1] // patch**2
    norm = getattr(extractor.network, "fc_norm", nn.Identity())
    patches = norm(tokens[:, n_prefix:].mean(dim=1)).detach()
    assert_allclose(run(extractor, size), patches, rtol=1e-4, atol=1e-5)
    if has_class_token:
        expected = torch.cat([norm(tokens[:, 0]).detach(), patches], dim=1)
        both = run(load(name, "token+avg", size), size)
        assert_allclose(both, expected, rtol=1e-4, atol=1e-5)
        assert_array_equal(run(load(name, "token", size), size), both[:, : both.shape[1] // 2])


@pytest.mark.parametrize("name", NAMES)
def test_native_features_are_those_of_timm(name):
    size = size_of(name)
    extractor = load(name, "native", size)
    own = timm.create_model(name, num_classes=0, img_size=size).eval()
    own.load_state_dict(extractor.network.state_dict())
    with torch.inference_mode():
        expected = own(extractor.normalise(noise(size)))
    assert_array_equal(run(extractor, size), expected)


@pytest.mark.parametrize("name", NAMES)
def test_stages_are_the_normalised_tokens_of_the_last_blocks(name):
    size = size_of(name)
    n_prefix, _ = LAYOUTS[name]
    extractor = load(name, "stages", size)
    network = extractor.network
    n_blocks = len(network.blocks)
    assert extractor.stages == tuple(f"blocks.{n}" for n in range(n_blocks - 4, n_blocks - 1))
    assert extractor.block_widths == (network.num_features,) * 4
    with torch.inference_mode():
        blocks = network.forward_intermediates(
            extractor.normalise(noise(size)),
            indices=4,
            norm=True,
            output_fmt="NLC",
            intermediates_only=True,
            return_prefix_tokens=n_prefix > 0,
        )
    takes_token = network.global_pool == "token" or "dinov3" in name
    norm = getattr(network, "fc_norm", nn.Identity())
    expected = []
    for block in blocks:
        patches, prefix = block if isinstance(block, tuple) else (block, None)
        expected.append(norm(prefix[:, 0] if takes_token else patches.mean(dim=1)).detach())
    features = run(extractor, size)
    widths = 3 * network.num_features
    assert_allclose(features[:, :widths], torch.cat(expected[:3], dim=1), rtol=1e-4, atol=1e-5)
    last = "token" if "dinov3" in name else "native"
    assert_allclose(features[:, widths:], run(load(name, last, size), size), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_the_class_token_is_the_default_of_dinov3():
    stages = run(load("vit_tiny_patch16_dinov3_qkvb", "stages"))
    token = run(load("vit_tiny_patch16_dinov3_qkvb", "token"))
    native = run(load("vit_tiny_patch16_dinov3_qkvb", "native"))
    assert_array_equal(stages[:, -token.shape[1] :], token)
    assert not torch.allclose(native, token)


class Tokens(nn.Module):
    """A network that returns tokens: one of the class, then those of patches."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.patches = nn.Conv2d(3, 4, 16, stride=16)

    def forward(self, images):
        patches = self.patches(images).flatten(2).transpose(1, 2)
        return torch.cat([torch.full_like(patches[:, :1], 9), patches], dim=1)


def test_tokens_of_an_own_module_are_all_averaged_with_a_warning():
    with pytest.warns(UserWarning, match="Tokens returns tokens .*num_prefix_tokens"):
        averaged = run(load(Tokens(), "avg"))
    with torch.inference_mode():
        tokens = Tokens()(load_images())
    assert_allclose(averaged, tokens.mean(dim=1), rtol=1e-5)
    with pytest.raises(
        ValueError, match=r"pooling='token': Tokens does not .*num_prefix_tokens = 1"
    ):
        load(Tokens(), "token")


def load_images():
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    return (noise().permute(0, 3, 1, 2) / 255 - mean) / std


def test_an_own_module_tells_its_prefix_tokens():
    module = Tokens()
    module.num_prefix_tokens = 1
    with torch.inference_mode():
        tokens = module(load_images())
    assert_allclose(run(load(module, "avg")), tokens[:, 1:].mean(dim=1), rtol=1e-5)
    assert_array_equal(run(load(module, "token")), np.full((2, 4), 9))
    module.num_prefix_tokens = 0
    assert_allclose(run(load(module, "avg")), tokens.mean(dim=1), rtol=1e-5)
    with pytest.raises(ValueError, match=r"Tokens has no class token\. Use pooling='avg'"):
        load(module, "token")


@pytest.mark.parametrize(
    ("name", "pooling", "message"),
    [
        ("test_vit_relpos", "token", r"has no class token\. Use pooling='avg'"),
        ("test_resnet", "token+avg", r"has no class token\. Use pooling='avg'"),
        ("crossvit_tiny_240", "avg", r"returns 2 sets of tokens\. Use pooling='native'"),
        ("pit_ti_224", "max", r"class tokens only, .*\. Use pooling='native'"),
    ],
)
def test_poolings_that_a_network_can_not_take(name, pooling, message):
    network = load_timm(name)
    options = {"image_size": None, "resize": "squash"}
    with pytest.raises(ValueError, match=f"pooling='{pooling.replace('+', '.')}'.*{message}"):
        make_backbone(network, pooling=pooling, **options)
    advised = message.rpartition("'")[0].rpartition("'")[2]
    assert make_backbone(network, pooling=advised, **options).extractor.n_features > 0


@pytest.mark.slow
def test_pooling_and_size_are_part_of_the_keys_of_stored_features():
    def key(pooling, size):
        options = {"pooling": pooling, "image_size": size, "resize": "squash"}
        return load_backbone("timm/test_vit", None, **options).fingerprint

    keys = {key(pooling, 64) for pooling in POOLINGS}
    assert len(keys) == len(POOLINGS)
    assert len({key("token", size) for size in (None, 64, 96, (64, 96), (96, 64))}) == 5


@pytest.mark.slow
@pytest.mark.parametrize("pooling", POOLINGS)
def test_engines_agree(pooling):
    pytest.importorskip("openvino")
    images = list(np.random.RandomState(0).randint(0, 256, (3, 64, 64, 3), dtype=np.uint8))
    options = {"weights": None, "pooling": pooling, "image_size": 64, "precision": "fp32"}
    options["memory"] = False
    torch_, openvino = (
        ImageEmbedder("timm/test_vit", engine=engine, **options).fit_transform(images)
        for engine in ("torch", "openvino")
    )
    assert_allclose(openvino, torch_, rtol=1e-3, atol=1e-3)
