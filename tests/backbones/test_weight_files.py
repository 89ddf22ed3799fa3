"""Tests of skmlic.backbones._weight_files."""

import os
import pickle

import pytest
import timm
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import save_file
from torch import nn

from skmlic.backbones import (
    load_backbone,
)
from skmlic.backbones._weight_files import load_weights
from skmlic.exceptions import WeightsNotFoundError


def load(backbone, weights="default", **options):
    options = {"pooling": "avg", "image_size": None, "resize": "squash", **options}
    return load_backbone(backbone, weights, **options)


def assert_same(tensor, expected):
    assert_array_equal(tensor.detach(), expected.detach())


def save(state, path):
    if path.suffix == ".safetensors":
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "wrapper"),
    [(".safetensors", None), (".pt", None), (".pth", "state_dict"), (".pth", "model")],
)
def test_weights_from_a_file(tmp_path, state, suffix, wrapper):
    path = save({wrapper: state, "epoch": 3} if wrapper else state, tmp_path / f"w{suffix}")
    for weights in (path, str(path)):
        backbone = load("resnet18", weights, image_size=64)
        assert backbone.weights_name == f"w{suffix}"
        assert_same(backbone.extractor.network.conv1.weight, state["conv1.weight"])
        assert_same(backbone.extractor.network.bn1.running_var, state["bn1.running_var"])


@pytest.mark.slow
def test_a_classifier_of_another_number_of_classes_fits(tmp_path, state):
    expected = load("resnet18", save(state, tmp_path / "a.pth"), image_size=64)
    state["fc.weight"], state["fc.bias"] = torch.zeros(7, 512), torch.zeros(7)
    other = load("resnet18", save(state, tmp_path / "b.pth"), image_size=64)
    del state["fc.weight"], state["fc.bias"]
    none = load("resnet18", save(state, tmp_path / "c.pth"), image_size=64)
    assert other.fingerprint == none.fingerprint == expected.fingerprint
    timm_state = timm.create_model("test_resnet", num_classes=7).state_dict()
    load("timm/test_resnet", save(timm_state, tmp_path / "d.pth"))


@pytest.mark.slow
def test_counters_of_batches_may_be_missing(tmp_path, state):
    state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    load("resnet18", save(state, tmp_path / "w.pth"), image_size=64)


@pytest.mark.slow
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
        "Use the backbone that these weights belong to",
    ):
        assert caught.match(message)


@pytest.mark.slow
def test_weights_of_another_network(tmp_path, state):
    path = save(state, tmp_path / "w.pth")
    for name in ("tiny_cnn", "mobilenet_v3_small", "timm/test_vit", "efficientnet_lite0"):
        with pytest.raises(ValueError, match=f"does not fit backbone '{name}'.*\n.*missing"):
            load(name, path)


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["torch", "pickle", "inside"])
@pytest.mark.parametrize("name", ["w.pth", "w.bin", "w.safetensors"])
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
    ids=["list", "number", "key", "tensor"],
)
def test_files_without_a_dict_of_tensors(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"expected a dict of tensors: save model.state_dict"):
        load("resnet18", tmp_path / "w.pth")


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_damaged_files(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}' can't be read as a dict of tensors"):
        load("resnet18", tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["resnet18", "tiny_cnn", nn.Conv2d(3, 4, 3)], ids=str)
def test_missing_files(tmp_path, backbone):
    with pytest.raises(WeightsNotFoundError, match=r"there is no such file. Use a .pth or"):
        load(backbone, tmp_path / "none.pth")


def test_weights_of_a_parallel_training(tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    wrapped = {f"module.{name}": tensor + 1 for name, tensor in network.state_dict().items()}
    torch.save({"state_dict": wrapped, "epoch": 3}, tmp_path / "checkpoint.pth")
    load_weights(network, tmp_path / "checkpoint.pth", "mine")
    assert torch.equal(network[0].bias, wrapped["module.0.bias"])


def make_directory(path):
    path.mkdir()
    return "a directory"


def make_pipe(path):
    os.mkfifo(path)
    return "a named pipe"


def make_link_to_device(path):
    path.symlink_to(os.devnull)
    return "a device"


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("make", [make_directory, make_pipe, make_link_to_device])
def test_files_that_are_not_regular(tmp_path, make, suffix):
    path = tmp_path / f"w{suffix}"
    kind = make(path)
    with pytest.raises(WeightsNotFoundError, match=rf"{kind}, not a regular file. Use a .pth or"):
        load_weights(nn.Linear(2, 2), path, "mine")


def _set(name, change):
    def make():
        state = nn.Conv2d(3, 4, 3).state_dict()
        return {**state, name: change(state[name])}

    return make


UNUSABLE = {
    "complex": (_set("weight", torch.Tensor.cfloat), "weight is of torch.complex64, expected"),
    "integers": (_set("weight", torch.Tensor.long), "weight is of torch.int64, expected"),
    "NaN": (_set("bias", lambda bias: bias * torch.nan), "bias has NaN"),
    "small floats": (
        _set("bias", lambda bias: torch.full_like(bias, torch.nan).to(torch.float8_e5m2)),
        "bias has NaN",
    ),
    "sparse": (_set("weight", lambda weight: weight[:, 0, 0].to_sparse()), "calls torch"),
    "quantized": (
        _set("weight", lambda w: torch.quantize_per_tensor(w, 1.0, 0, torch.qint8)),
        "calls torch._utils _rebuild_qtensor",
    ),
    "view": (
        _set("weight", lambda weight: torch.zeros(1).expand(10**6, 10**6)),
        "weight is not a plain tensor",
    ),
    "meta": (_set("weight", lambda weight: weight.to("meta")), "calls torch._utils _rebuild_meta"),
}


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
@pytest.mark.filterwarnings("ignore:.*quantization:DeprecationWarning")
@pytest.mark.parametrize("kind", UNUSABLE)
def test_tensors_that_are_not_plain_numbers(tmp_path, kind):
    make, message = UNUSABLE[kind]
    torch.save(make(), tmp_path / "w.pth")
    with pytest.raises(ValueError, match=message):
        load_weights(nn.Conv2d(3, 4, 3), tmp_path / "w.pth", "mine")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions(tmp_path, dtype, suffix):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    state = {name: tensor.to(dtype) for name, tensor in network.state_dict().items()}
    load_weights(network, save(state, tmp_path / f"w{suffix}"), "mine")
    assert torch.equal(network[0].weight, state["0.weight"].float())
