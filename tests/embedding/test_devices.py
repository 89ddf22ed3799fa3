"""Tests of skmlic.embedding._devices."""

import pytest
import torch

from skmlic import ImageEmbedder
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import _devices, autocast, resolve_device

X, _ = make_multilabel_shapes(12, random_state=0)
CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)


def test_auto_engine_is_recorded(monkeypatch):
    pytest.importorskip("openvino")
    assert ImageEmbedder("tiny_cnn", device="cpu").fit(X).engine_ == "openvino"
    monkeypatch.setattr(_devices.importlib.util, "find_spec", lambda name: None)
    assert ImageEmbedder("tiny_cnn").fit(X).engine_ == "torch"
    with pytest.raises(ImportError, match=r"skmlic\[fast\]"):
        ImageEmbedder("tiny_cnn", engine="openvino", device="cpu").fit(X)


def test_cuda_without_cuda():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(ValueError, match="device='auto'"):
        ImageEmbedder("tiny_cnn", device="cuda").fit(X)


def test_devices():
    assert resolve_device("cpu") == resolve_device(torch.device("cpu", 0)) == CPU
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("device", ["toaster", "meta", 3.5])
def test_invalid_devices(device):
    with pytest.raises(ValueError, match=rf"device={device!r}: expected 'auto', 'cpu'"):
        resolve_device(device)


def test_engines():
    assert _devices.resolve_engine("auto", CUDA) == "torch"
    assert _devices.resolve_engine("torch", CPU) == "torch"
    pytest.importorskip("openvino")
    with pytest.raises(ValueError, match="engine='openvino' runs on a CPU only"):
        _devices.resolve_engine("openvino", CUDA)


@pytest.mark.parametrize("computes_in_bf16", [True, False])
def test_precisions(monkeypatch, computes_in_bf16):
    monkeypatch.setattr(_devices, "cpu_computes_in_bf16", lambda: computes_in_bf16)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: computes_in_bf16)
    assert _devices.resolve_precision("auto", CPU) == ("bf16" if computes_in_bf16 else "fp32")
    assert _devices.resolve_precision("auto", CUDA) == ("bf16" if computes_in_bf16 else "fp16")
    assert _devices.resolve_precision("fp32", CUDA) == "fp32"
    with pytest.raises(ValueError, match="precision='fp16' needs a CUDA device"):
        _devices.resolve_precision("fp16", CPU)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_autocast(precision):
    layer, images = torch.nn.Linear(2, 2), torch.ones(1, 2)
    with autocast(CPU, precision):
        assert layer(images).dtype == {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    assert layer(images).dtype == torch.float32
