"""The device, the engine and the arithmetic that a network runs with."""

import importlib
import importlib.util

import torch

from skmlic._utils._compat import cpu_computes_in_bf16

ENGINES = ("auto", "torch", "openvino")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
_AUTOCAST_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def resolve_device(device: str | torch.device) -> torch.device:
    """Return the torch device that ``device`` names; "auto" is CUDA if it is available."""
    if isinstance(device, str) and device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    expected = f"device={device!r}: expected 'auto', 'cpu', 'cuda' or 'cuda:N'."
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(expected) from error
    if resolved.type == "cpu":
        return torch.device("cpu")
    if resolved.type != "cuda":
        raise ValueError(expected)
    if not torch.cuda.is_available():
        raise ValueError(f"device={device!r}: torch sees no CUDA device. Use device='auto'.")
    index = torch.cuda.current_device() if resolved.index is None else resolved.index
    if index >= torch.cuda.device_count():
        raise ValueError(f"device={device!r}: torch sees {torch.cuda.device_count()} CUDA devices.")
    return torch.device("cuda", index)


def resolve_engine(engine, device):
    """Return "torch" or "openvino"; "auto" is OpenVINO on a CPU if it is installed."""
    installed = importlib.util.find_spec("openvino") is not None
    if engine == "auto":
        return "openvino" if installed and device.type == "cpu" else "torch"
    if engine == "openvino":
        if not installed:
            raise ImportError("engine='openvino' needs OpenVINO: pip install 'skmlic[fast]'")
        if device.type != "cpu":
            raise ValueError(
                f"engine='openvino' runs on a CPU only, not on device={str(device)!r}."
            )
    return engine


def find_engine_version(engine):
    """Return the version of an engine's library, or None if it can't be imported."""
    try:
        return importlib.import_module(engine).__version__
    except (ImportError, OSError):
        return None


def resolve_precision(precision, device):
    """Return "fp32", "bf16" or "fp16"; "auto" is bf16 if the processor computes in it."""
    if precision == "fp16" and device.type == "cpu":
        raise ValueError(
            "precision='fp16' needs a CUDA device; on a CPU use 'auto', 'bf16', 'fp32'."
        )
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    return "bf16" if cpu_computes_in_bf16() else "fp32"


def resolve_setup(device, engine, precision):
    """Return the device, the engine and the precision that an embedder's parameters name."""
    device = resolve_device(device)
    return device, resolve_engine(engine, device), resolve_precision(precision, device)


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which torch computes at a precision on a device.

    Parameters
    ----------
    device : torch.device
        Where the network is.
    precision : {"fp32", "bf16", "fp16"}
        With "fp32" the context changes nothing.
    """
    dtype = _AUTOCAST_DTYPES.get(precision)
    return torch.autocast(device.type, dtype=dtype, enabled=dtype is not None)
