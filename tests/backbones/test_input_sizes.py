"""Tests of skmlic.backbones._input_sizes."""

import re

import numpy as np
import pytest
import timm
import torch
from numpy.testing import assert_array_equal

from skmlic import ImageEmbedder, TransferMultiLabelClassifier, load_model, save_model
from skmlic.backbones import load_backbone, load_network, make_backbone, resize_network
from skmlic.datasets import make_multilabel_shapes


def load(name, size, pooling="native"):
    options = {"pooling": pooling, "image_size": size, "resize": "squash"}
    if isinstance(name, str):
        if name.startswith("timm/") and not timm.is_model(name.removeprefix("timm/")):
            pytest.skip(f"this timm has no {name.removeprefix('timm/')}")
        return make_backbone(load_network(name, None, pooling), **options)
    return load_backbone(name, "default", **options)


def noise(*size):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8, generator=generator)


@torch.inference_mode()
def run(backbone, size):
    return backbone.extractor(noise(*size))


SIZES = [
    pytest.param("test_vit", (96, 96), id="smaller"),
    pytest.param("test_vit", (192, 192), id="larger"),
    pytest.param("test_vit", (96, 128), id="not-square"),
    pytest.param("test_vit_relpos", (96, 128), id="relative-positions"),
    pytest.param("test_vit3", (64, 96), id="attention-pool"),
    pytest.param("vit_tiny_patch16_dinov3_qkvb", (64, 96), id="rotary-positions"),
]


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_features_are_those_of_a_network_that_timm_built_for_the_size(name, size):
    backbone = load(f"timm/{name}", size)
    own = timm.create_model(name, num_classes=0, img_size=size).eval()
    own.load_state_dict(backbone.extractor.network.state_dict())
    # torch 2.6 computes attention otherwise if weights require gradients.
    own.requires_grad_(False)
    with torch.inference_mode():
        expected = own(backbone.extractor.normalise(noise(*size)))
    assert_array_equal(run(backbone, size), expected)
    assert backbone.preprocessing.size == size


@pytest.mark.parametrize("name", ["vit_small_patch14_dinov2", "vit_base_patch16_siglip_224"])
@pytest.mark.slow
def test_position_embeddings_are_resampled_as_in_weights_that_timm_loads(name):
    size = (112, 112)
    original = timm.create_model(name, num_classes=0).eval()
    resized = timm.create_model(name, num_classes=0, img_size=size).eval()
    state = timm.models.vision_transformer.checkpoint_filter_fn(original.state_dict(), resized)
    resized.load_state_dict(state)
    resized.requires_grad_(False)
    backbone = load(original, size)
    with torch.inference_mode():
        expected = resized(backbone.extractor.normalise(noise(*size)))
    assert_array_equal(run(backbone, size), expected)


@pytest.mark.slow
def test_a_transformer_of_torchvision_takes_squares():
    network = load_network("vit_b_16", None)
    before = network.module.encoder.pos_embedding.detach().clone()
    assert run(load("vit_b_16", (64, 64)), (64, 64)).shape == (2, 768)
    resized = resize_network(network, (64, 64)).module
    assert_array_equal(network.module.encoder.pos_embedding.detach(), before)
    # The class token has no place.
    assert_array_equal(resized.encoder.pos_embedding[:, :1].detach(), before[:, :1])
    with pytest.raises(ValueError, match=r"not square.*Use image_size=64 or image_size=96\."):
        load("vit_b_16", (96, 64))


@pytest.mark.parametrize(
    ("name", "size", "advice"),
    [
        pytest.param("test_vit", 100, ("96", "112"), id="between"),
        pytest.param("test_vit", (96, 100), ("96", "(96, 112)"), id="one-side"),
        pytest.param("test_vit", 10, ("16", "32"), id="smaller-than-a-patch"),
        pytest.param("vit_tiny_patch16_dinov3_qkvb", 100, ("96", "112"), id="dynamic"),
        pytest.param(
            "naflexvit_base_patch16_gap",
            100,
            ("96", "112"),
            id="naflex",
            marks=pytest.mark.slow,
        ),
        pytest.param("vit_tiny_r_s16_p8_224", 100, ("96", "128"), id="hybrid"),
    ],
)
def test_other_sizes_are_refused_with_the_two_nearest(name, size, advice):
    size = size if isinstance(size, tuple) else (size, size)
    found = [f"image_size={text}" for text in advice]
    with pytest.raises(ValueError, match=re.escape(f"Use {' or '.join(found)}.")):
        load(f"timm/{name}", size)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("timm/test_vit", 100),
        ("timm/vit_small_patch14_dinov2", 100),
        ("inception_v3", 40),
        ("timm/csatv2", 100),
    ],
)
def test_the_advice_works(name, size):
    with pytest.raises(ValueError, match="Use image_size=") as caught:
        load(name, (size, size))
    for side in re.findall(r"image_size=(\d+)", str(caught.value)):
        assert run(load(name, (int(side),) * 2), (int(side),) * 2).isfinite().all()


def test_the_users_module_keeps_its_size():
    module = timm.create_model("test_vit")
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert run(load(module, (64, 96)), (64, 96)).shape == (2, 64)
    assert module.patch_embed.img_size == (160, 160)
    for name, tensor in module.state_dict().items():
        assert_array_equal(tensor, before[name])


def test_a_list_of_sizes():
    images = list(np.random.RandomState(0).randint(0, 256, (2, 64, 64, 3), dtype=np.uint8))
    options = {"weights": None, "engine": "torch", "precision": "fp32", "memory": False}
    sizes = [64, (64, 96)]
    both = ImageEmbedder("timm/test_vit", image_size=sizes, **options).fit_transform(images)
    parts = [
        ImageEmbedder("timm/test_vit", image_size=size, **options).fit_transform(images)
        for size in sizes
    ]
    assert_array_equal(both, np.hstack(parts))
    with pytest.raises(ValueError, match="Use image_size=96 or image_size=112"):
        ImageEmbedder("timm/test_vit", image_size=[64, 100], **options).fit(images)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("timm/test_vit", {}, id="frozen"),
        pytest.param("timm/test_vit", {"freeze": False, "head": "net"}, id="fine-tuned"),
        pytest.param("timm/test_vit", {"freeze": "blocks.3", "head": "net"}, id="from-a-block"),
        pytest.param("timm/test_vit", {"pooling": "token+avg"}, id="token+avg"),
        pytest.param("mobilenet_v3_small", {"pooling": "native"}, id="native"),
    ],
)
def test_a_model_file_keeps_size_and_pooling(name, options, tmp_path):
    X, Y = make_multilabel_shapes(16, n_labels=2, random_state=0)
    own = {"weights": None, "image_size": 48, "max_epochs": 1, "engine": "torch"}
    clf = TransferMultiLabelClassifier(name, random_state=0, **own, **options).fit(X, Y)
    save_model(clf, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
