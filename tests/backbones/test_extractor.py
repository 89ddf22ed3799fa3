"""Tests of skmlic.backbones._extractor."""

import copy
import functools

import pytest
import timm
import torch
import torchvision
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from skmlic.backbones import (
    FeatureExtractor,
    load_custom,
    load_network,
    make_backbone,
)

MAP_POOLINGS = ("avg", "max", "avgmax", "flatten", "stages")
CNN = ["mnasnet0_5", "mobilenet_v3_small", "regnet_y_400mf", "resnet18", "shufflenet_v2_x0_5"]
CNN += ["densenet121", "squeezenet1_1"]
SLOW_CNN = ["alexnet", "convnext_tiny", "efficientnet_b0", "googlenet", "inception_v3", "maxvit_t"]
SLOW_CNN += ["swin_t", "vgg11"]
TIMM_CNN = ["test_byobnet", "test_convnext", "test_efficientnet", "test_mambaout", "test_resnet"]
TIMM_CNN += ["tf_efficientnet_lite0", "resnet18"]
SLOW_TIMM_CNN = ["swin_tiny_patch4_window7_224", "legacy_xception"]
NEEDS_ITS_OWN_SIZE = ("inception_v3", "maxvit_t", "legacy_xception", "vit", "swin_tiny", "mixer")
NEEDS_ITS_OWN_SIZE += ("volo", "efficientformer")

# The last child, or grandchild, of each stage, without the network's last map.
STAGES = {
    "resnet18": ["layer1", "layer2", "layer3"],
    "regnet_y_400mf": [f"trunk_output.block{number}" for number in (1, 2, 3)],
    "small swin_t": ["features.1", "features.3", "features.5"],
    "mobilenet_v3_small": [f"features.{number}" for number in (1, 3, 6, 8, 11)],
    "shufflenet_v2_x0_5": ["maxpool", "stage2", "stage3", "stage4"],
    "timm/resnet18": ["layer1", "layer2", "layer3"],
    "timm/tf_efficientnet_lite0": [*(f"blocks.{number}" for number in (1, 2, 3, 4, 5, 6))],
    "timm/test_convnext": ["stages.0", "stages.1", "stages.2"],
}


def slow(names):
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@functools.cache
def network_of(name):
    if name == "small swin_t":
        with torch.random.fork_rng(devices=[]):
            swin = torchvision.models.SwinTransformer([4, 4], 16, [1] * 4, [1, 1, 2, 2], [4, 4])
        return load_custom(swin, "default")
    return load_network(name, None)


def size_of(name):
    own = any(part in name for part in NEEDS_ITS_OWN_SIZE)
    return network_of(name).preprocessing.size if own else (64, 64)


def load(backbone, pooling="avg", image_size=None):
    if isinstance(backbone, str):
        network, size = network_of(backbone), image_size or size_of(backbone)
    else:
        network, size = load_custom(backbone, "default"), image_size or (64, 64)
    return make_backbone(network, pooling=pooling, image_size=size, resize="squash").extractor


def noise(height, width, n=2):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, height, width, 3), dtype=torch.uint8, generator=generator)


def normalised(extractor, pixels):
    return (pixels.permute(0, 3, 1, 2).float() / 255 - extractor.mean) / extractor.std


@torch.inference_mode()
def run(extractor, pixels):
    features = extractor(pixels)
    assert features.shape == (len(pixels), extractor.n_features)
    return features


@torch.inference_mode()
def means_of(network, names, images):
    """Return the averages of named children's maps, found with hooks of the test's own."""
    network = copy.deepcopy(network)
    means = {}
    for name in names:
        network.get_submodule(name).register_forward_hook(
            lambda module, inputs, output, name=name: means.update({name: output})
        )
    network(images)
    maps = [means[name] for name in names]
    return torch.cat(
        [
            m.mean((1, 2)) if m.shape[1] == m.shape[2] != m.shape[3] else m.mean((2, 3))
            for m in maps
        ],
        dim=1,
    )


def assert_close(got, expected):
    assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


# Comparison with the networks themselves


@pytest.mark.parametrize("name", [*CNN, *slow(SLOW_CNN)])
def test_average_is_what_a_network_of_torchvision_gives_its_classifier(name):
    extractor, pixels = load(name), noise(*size_of(name))
    features = run(extractor, pixels)
    with torch.inference_mode():
        own = extractor.network(normalised(extractor, pixels))
    # VGG and SqueezeNet have classifiers of the whole map.
    assert_close(features, own.reshape(*features.shape, -1).mean(-1))
    assert features.std() > 0


@pytest.mark.parametrize("name", [*TIMM_CNN, *slow(SLOW_TIMM_CNN)])
def test_average_is_what_a_network_of_timm_gives_its_classifier(name):
    name = f"timm/{name}"
    extractor, pixels = load(name), noise(*size_of(name))
    features = run(extractor, pixels)
    network = extractor.network
    with torch.inference_mode():
        output = network.forward_features(normalised(extractor, pixels))
        channels_last = output.shape[-1] == network.num_features
        own = output.mean((1, 2) if channels_last else (2, 3))
    assert_close(features, own)
    assert features.shape == (2, network.num_features)


@pytest.mark.parametrize("name", ["resnet18", "tf_efficientnet_lite0", "test_efficientnet"])
def test_average_is_the_penultimate_layer_of_a_cnn_of_timm(name):
    extractor, pixels = load(f"timm/{name}"), noise(*size_of(f"timm/{name}"))
    with torch.inference_mode():
        own = extractor.network(normalised(extractor, pixels))  # its classifier is taken off
    assert_close(run(extractor, pixels), own)


# Poolings


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["tiny_cnn", "resnet18", "small swin_t", "timm/test_convnext", "timm/test_vit"]
)
def test_poolings_agree_with_each_other(name):
    pixels = noise(*size_of(name))
    features = {pooling: run(load(name, pooling), pixels) for pooling in MAP_POOLINGS}
    average, maximum = features["avg"], features["max"]
    maps = features["flatten"].reshape(*average.shape, -1)
    assert_close(average, maps.mean(-1))
    assert_close(maximum, maps.amax(-1))
    assert_close(features["avgmax"], torch.cat([average, maximum], dim=1))
    if name != "timm/test_vit":
        assert_close(features["stages"][:, -average.shape[1] :], average)
    assert features["stages"].shape[1] > average.shape[1]
    assert not torch.allclose(average, maximum)


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_stages_are_the_averages_of_the_stages_and_of_the_last_map(name):
    extractor, pixels = load(name, "stages"), noise(*size_of(name))
    features = run(extractor, pixels)
    average = run(load(name), pixels)
    expected = [average]
    if STAGES[name]:
        images = normalised(extractor, pixels)
        expected.insert(0, means_of(extractor.network, STAGES[name], images))
    assert_close(features, torch.cat(expected, dim=1))


@pytest.mark.parametrize("name", ["timm/volo_d1_224", "timm/efficientformer_l1"])
@pytest.mark.slow
def test_a_transformer_with_maps_before_its_tokens_has_stages(name):
    extractor, pixels = load(name, "stages"), noise(224, 224)
    features, own = run(extractor, pixels), run(load(name, "native"), pixels)
    assert features.shape[1] > own.shape[1]
    assert_close(features[:, -own.shape[1] :], own)


# Sizes


@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5", "timm/resnet18"])
def test_images_as_small_as_one_pixel_of_the_last_map(name):
    pixels = noise(32, 32)
    features = run(load(name, "avg", (32, 32)), pixels)
    assert features.shape[1] == run(load(name), noise(64, 64)).shape[1]
    assert_array_equal(run(load(name, "flatten", (32, 32)), pixels), features)
    stages = run(load(name, "stages", (32, 32)), pixels)
    assert_close(stages[:, -features.shape[1] :], features)


@pytest.mark.parametrize("name", ["tiny_cnn", "small swin_t", "timm/test_mambaout"])
@pytest.mark.parametrize("size", [(64, 128), (128, 64), (64, 96), (160, 32)])
def test_images_that_are_not_square(name, size):
    pixels = noise(*size)
    maps = run(load(name, "flatten", size), pixels)
    features = run(load(name, "avg", size), pixels)
    assert features.shape[1] == run(load(name), noise(*size_of(name))).shape[1]
    assert_close(features, maps.reshape(*features.shape, -1).mean(-1))
    stages = run(load(name, "stages", size), pixels)
    assert_close(stages[:, -features.shape[1] :], features)


def test_maps_with_channels_last_that_are_not_square():
    class ChannelsLast(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers

        def forward(self, images):
            return self.layers(images).permute(0, 2, 3, 1)

    layers = nn.Sequential(nn.Conv2d(3, 20, 3, stride=4, padding=1), nn.ReLU())
    for size in ((64, 128), (96, 32), (32, 32)):
        pixels = noise(*size)
        for pooling in ("avg", "max", "flatten"):
            assert_close(
                run(load(ChannelsLast(layers), pooling, size), pixels),
                run(load(layers, pooling, size), pixels),
            )


def test_pixels_are_scaled_and_normalised():
    identity = FeatureExtractor(
        nn.Identity(), size=(4, 6), mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0), pooling="flatten"
    )
    pixels = noise(4, 6)
    scaled = pixels.numpy().transpose(0, 3, 1, 2) / 255
    expected = (scaled - [[[[0.5]], [[0.25]], [[0]]]]) / [[[[0.5]], [[0.25]], [[2]]]]
    assert_allclose(run(identity, pixels), expected.reshape(2, -1), rtol=1e-5, atol=1e-6)


# Networks of the user's own


class Layers(nn.Module):
    """Three maps of an image, and a head that combines them."""

    def __init__(self, head):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.second = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6))
        self.third = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.head = head

    def forward(self, images):
        first = self.first(images)
        second = self.second(first)
        return self.head([first, second, self.third(second)])


@pytest.fixture
def pixels():
    return noise(32, 32)


def averages(pixels, numbers):
    """Return the averages of those of the three maps of Layers, concatenated."""
    network = Layers(lambda maps: torch.cat([maps[n].mean((2, 3)) for n in numbers], 1)).eval()
    return run(load(network, image_size=(32, 32)), pixels)


@pytest.mark.parametrize(
    "head",
    [
        lambda maps: maps[-1],
        lambda maps: maps,
        tuple,
        lambda maps: {"first": maps[0], "last": maps[-1]},
        lambda maps: [{"maps": maps}],
        lambda maps: maps[-1].permute(0, 2, 3, 1),
        lambda maps: maps[-1].mean((2, 3)),
        lambda maps: maps[-1].mean((2, 3), keepdim=True),
        lambda maps: {"features": maps[-1].mean((2, 3))},
        nn.Sequential(nn.Identity()),
    ],
)
def test_accepted_outputs_of_modules(head, pixels):
    network = Layers(head)
    assert_close(run(load(network, "avg", (32, 32)), pixels), averages(pixels, [2]))
    # The average of the last map is included once, even if the module averages it.
    assert_close(run(load(network, "stages", (32, 32)), pixels), averages(pixels, [0, 1, 2]))


@pytest.mark.parametrize("head", [lambda maps: maps, lambda maps: {"only": maps[-1]}])
def test_the_last_of_several_maps_is_pooled(head, pixels):
    for pooling in MAP_POOLINGS:
        assert_array_equal(
            run(load(Layers(head), pooling, (32, 32)), pixels),
            run(load(Layers(lambda maps: maps[-1]), pooling, (32, 32)), pixels),
        )


def test_tokens_are_averaged(pixels):
    network = Layers(lambda maps: maps[-1].flatten(2).transpose(1, 2))
    assert_close(run(load(network, "avg", (32, 32)), pixels), averages(pixels, [2]))


@pytest.mark.slow
def test_children_without_their_classifier(pixels):
    own = torchvision.models.resnet18(weights=None)
    headless = nn.Sequential(*list(own.children())[:-1])
    for pooling in ("avg", "stages"):
        assert_close(
            run(load(headless, pooling, (64, 64)), noise(64, 64)),
            run(load(own, pooling, (64, 64)), noise(64, 64)),
        )
    flat = nn.Sequential(*headless, nn.Flatten())
    assert_close(
        run(load(flat, "stages", (64, 64)), noise(64, 64)),
        run(load(own, "stages", (64, 64)), noise(64, 64)),
    )


def test_features_of_timm_by_stage(pixels):
    maps = timm.create_model("test_resnet", features_only=True)
    extractor = load(maps, "stages", (64, 64))
    with torch.inference_mode():
        expected = [m.mean((2, 3)) for m in maps.eval()(normalised(extractor, noise(64, 64)))]
    assert_close(run(extractor, noise(64, 64))[:, -expected[-1].shape[1] :], expected[-1])


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (lambda maps: 1.0, "returns float"),
        (lambda maps: None, "returns NoneType"),
        (lambda maps: maps[0].sum(), r"returns Tensor of shape \(\)"),
        (lambda maps: maps[0][None], r"returns Tensor of shape \(1, 1, 4, 8, 8\)"),
        (lambda maps: [], "returns list"),
    ],
)
def test_invalid_outputs_of_modules(head, message):
    with pytest.raises(ValueError, match=f"{message}; expected a map of shape .*or features"):
        load(Layers(head), "avg", (32, 32))


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (
            nn.Conv2d(3, 4, 50),
            r"'Conv2d' can't take images of 32 x 32 pixels .*Use image_size=64, or its",
        ),
        pytest.param(
            "timm/cait_xxs24_224",
            "cait_xxs24_224' can't take .* leave image_size=None",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_image_size_that_the_network_can_not_take(backbone, message):
    with pytest.raises(ValueError, match=message):
        load(backbone, "avg", (32, 32))


# Frozen networks, and the user's module


@pytest.mark.parametrize("name", ["tiny_cnn", "resnet18", "timm/test_efficientnet"])
def test_frozen_means_batch_norm_and_dropout_too(name):
    extractor = load(name, "stages")
    pixels = noise(*size_of(name))
    before = copy.deepcopy(extractor.state_dict())
    assert extractor.train() is extractor
    assert not any(module.training for module in extractor.modules())
    first = extractor(pixels)
    assert_array_equal(extractor.train(True)(pixels), first)
    assert not first.requires_grad
    assert not any(parameter.requires_grad for parameter in extractor.parameters())
    for key, tensor in extractor.state_dict().items():
        assert_array_equal(tensor, before[key])


def hooks(network):
    return [hook for module in network.modules() for hook in module._forward_hooks.values()]


def test_hooks_are_removed(pixels):
    extractor = load("resnet18", "stages", (32, 32))
    run(extractor, pixels)
    assert hooks(extractor) == []
    with pytest.raises(RuntimeError, match="channels"):
        extractor.run_network(
            torch.zeros(1, 5, 32, 32), extractor.stages, lambda name, output: None
        )
    assert hooks(extractor) == []


def make_torchvision():
    return torchvision.models.resnet18(weights=None)


def make_timm():
    return timm.create_model("test_resnet")


def make_own():
    return Layers(nn.Sequential(nn.Identity()))


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_torchvision, make_timm, make_own])
@pytest.mark.parametrize("given_as", ["module", "function"])
def test_the_users_module_is_not_modified(make, given_as):
    network = make().train()
    before = copy.deepcopy(network.state_dict())
    text = str(network)
    extractor = load(network if given_as == "module" else lambda: network, "stages", (64, 64))
    features = run(extractor, noise(64, 64))
    assert str(network) == text
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert hooks(network) == []
    for key, tensor in network.state_dict().items():
        assert_array_equal(tensor, before[key])
    # Later changes of the user's module do not reach the features.
    for parameter in network.parameters():
        parameter.data.zero_()
    assert_array_equal(run(extractor, noise(64, 64)), features)
