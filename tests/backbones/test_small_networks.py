"""Tests of skmlic.backbones._small_networks."""

import math
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.datasets import load_sample_image
from torch import nn

from skmlic import ImageEmbedder
from skmlic._utils._activations import ACTIVATIONS
from skmlic.backbones import SMALL_IMAGE_SIZES, FeatureExtractor, _small_networks

# For each network: convolutions, channels of the last map, number of halvings, parameters.
EXPECTED = {
    "cnn4": (4, 256, 4, 388_416),
    "cnn3_bn": (3, 128, 3, 93_472),
    "cnn5_bn_avg": (5, 256, 5, 979_232),
    "cnn_large": (5, 512, 5, 3_910_784),
}
NAMES = list(EXPECTED)


def function_of(name):
    return getattr(_small_networks, name)


def make(name, seed=0, **parameters):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return function_of(name)(**parameters)


def noise(height, width, n=2, channels=3):
    return torch.randn(n, channels, height, width, generator=torch.Generator().manual_seed(0))


def of_kind(network, kind):
    return [module for module in network.modules() if isinstance(module, kind)]


def test_names_and_sizes():
    assert {**dict.fromkeys(NAMES, 128), "tiny_cnn": 32} == SMALL_IMAGE_SIZES


@pytest.mark.parametrize("name", NAMES)
def test_names_of_weights_in_saved_files(name):
    state = make(name, in_channels=1).state_dict()
    stages = {key.split(".")[0] for key in state}
    assert stages == {f"stage{number}" for number in range(1, EXPECTED[name][0] + 1)}
    assert {"stage1.layers.0.weight"} <= state.keys()
    assert next(name for name, _ in make(name, in_channels=1).named_children()) == "grey"


@pytest.mark.slow
@pytest.mark.parametrize("in_channels", [1, 3])
@pytest.mark.parametrize("size", [(32, 32), (128, 128), (33, 47), (160, 96)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_shapes(name, size, in_channels):
    _, channels, halvings, _ = EXPECTED[name]
    network = make(name, in_channels=in_channels).eval()
    with torch.inference_mode():
        maps = network(noise(*size))
    assert maps.shape == (2, channels, size[0] >> halvings, size[1] >> halvings)
    assert maps.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_layers(name):
    network = make(name)
    n_convolutions, _, halvings, n_parameters = EXPECTED[name]
    assert len(of_kind(network, nn.Conv2d)) == n_convolutions
    assert len(of_kind(network, nn.BatchNorm2d)) == (n_convolutions if "bn" in name else 0)
    pool = nn.AvgPool2d if name.endswith("avg") else nn.MaxPool2d
    assert len(of_kind(network, pool)) == halvings
    with_dropout = [
        stage for stage, child in network.named_children() if of_kind(child, nn.Dropout)
    ]
    expected = ["stage1", "stage3", "stage5"] if name == "cnn5_bn_avg" else []
    assert with_dropout == expected
    assert sum(parameter.numel() for parameter in network.parameters()) == n_parameters


def test_cnn_large_has_about_21_million_parameters_with_a_dense_layer():
    network = make("cnn_large")
    with torch.inference_mode():
        n_entries = network(noise(128, 128, n=1)).numel()
    dense = nn.Linear(n_entries, 2048)
    total = sum(p.numel() for module in (network, dense) for p in module.parameters())
    assert total == 20_690_048
    assert total == pytest.approx(21e6, rel=0.02)


@pytest.mark.parametrize("initialization", ["torch", "he"])
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_determines_the_weights(name, initialization):
    first, second, other = (make(name, seed, initialization=initialization) for seed in (3, 3, 4))
    for key, tensor in first.state_dict().items():
        assert_array_equal(tensor, second.state_dict()[key])
    weights = [network.stage2.layers[0].weight for network in (first, other)]
    assert not torch.equal(*weights)


@pytest.mark.parametrize("name", NAMES)
def test_initialization(name):
    expected = {"torch": lambda fan_in: 1 / (3 * fan_in), "he": lambda fan_in: 2 / fan_in}
    for initialization, variance in expected.items():
        for convolution in of_kind(make(name, initialization=initialization), nn.Conv2d)[1:]:
            fan_in = math.prod(convolution.weight.shape[1:])
            assert convolution.weight.var().item() == pytest.approx(variance(fan_in), rel=0.05)
            if initialization == "he" and convolution.bias is not None:
                assert not convolution.bias.any()


def test_he_keeps_the_size_of_the_signal():
    with torch.inference_mode():
        images = noise(64, 64)
        scale = {
            name: make("cnn_large", initialization=name)(images).std().item()
            for name in ("torch", "he")
        }
    assert scale["he"] > 0.3
    assert scale["torch"] < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_gradient_flows(name):
    network = make(name, initialization="he").train()
    network(noise(32, 32, n=4)).square().mean().backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.isfinite().all(), key
        assert parameter.grad.any(), key


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_learns(name):
    rng = np.random.RandomState(0)
    images = torch.from_numpy(rng.normal(size=(32, 3, 32, 32)).astype(np.float32))
    target = torch.arange(32) % 2
    images[target == 1, :, :, :16] += 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(function_of(name)(), nn.Flatten(), nn.LazyLinear(1))
        model(images)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        losses = []
        for _ in range(10):
            loss = nn.functional.binary_cross_entropy_with_logits(
                model(images).ravel(), target.float()
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["avg", "max", "avgmax", "flatten", "stages"])
@pytest.mark.parametrize("in_channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_in_a_feature_extractor(name, in_channels, pooling):
    extractor = FeatureExtractor(
        make(name, in_channels=in_channels),
        size=(64, 96),
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        pooling=pooling,
    )
    pixels = torch.from_numpy(np.random.RandomState(0).randint(0, 256, (2, 64, 96, 3), np.uint8))
    with torch.inference_mode():
        features = extractor(pixels)
    assert features.shape == (2, extractor.n_features)
    assert features.isfinite().all()
    if pooling == "stages":
        widths = [convolution.out_channels for convolution in of_kind(extractor, nn.Conv2d)]
        # The sides of the first stage's map are half of the image's, above the limit.
        assert extractor.n_features == sum(widths[1:])


@pytest.mark.slow
@pytest.mark.parametrize("size", [32, 128])
@pytest.mark.parametrize("name", NAMES)
def test_in_an_embedder(name, size):
    embedder = ImageEmbedder(
        function_of(name), pooling="avg", image_size=size, engine="torch", precision="fp32"
    )
    assert embedder.fit_transform([load_sample_image("china.jpg")]).shape == (1, EXPECTED[name][1])


def test_grayscale_images():
    pixels = load_sample_image("flower.jpg")[:64, :64]
    rgb = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255
    to_grayscale = _small_networks.Grayscale()
    expected = np.asarray(Image.fromarray(pixels).convert("L")) / 255
    assert_allclose(to_grayscale(rgb)[0, 0], expected, atol=1 / 255)
    network = make("cnn4", in_channels=1)
    assert "luma" not in "".join(network.state_dict())
    with torch.inference_mode():
        once = network(to_grayscale(rgb))
        assert_array_equal(network(rgb), once)
    assert once.shape == (1, 256, 4, 4)
    assert of_kind(network, nn.Conv2d)[0].in_channels == 1


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_activations(activation):
    network = make("cnn3_bn", activation=activation)
    assert len(of_kind(network, ACTIVATIONS[activation])) == 3


@pytest.mark.parametrize("name", NAMES)
def test_it_pickles(name):
    network = make(name, in_channels=1).eval()
    with torch.inference_mode():
        assert_array_equal(
            pickle.loads(pickle.dumps(network))(noise(32, 32)), network(noise(32, 32))
        )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"in_channels": 4}, "in_channels=4: expected 3 for RGB or 1 for grayscale"),
        ({"activation": "sine"}, "activation='sine': expected one of 'relu', 'tanh'"),
        ({"initialization": "xavier"}, "initialization='xavier': expected one of 'torch', 'he'"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_invalid_parameters(name, parameters, message):
    with pytest.raises(ValueError, match=message):
        function_of(name)(**parameters)
