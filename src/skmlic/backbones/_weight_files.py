"""Files of weights, which are read without running code from them."""

import importlib
from pathlib import Path

import torch

from skmlic._utils._regular_file import check_regular_file, open_regular_file
from skmlic._utils._torch_files import load_torch_file
from skmlic.exceptions import WeightsNotFoundError

# Ends the errors of weights that can't be downloaded.
OTHER_WEIGHTS = (
    "Or use weights='path/to/that/file' (.pth or .safetensors), or the weights that come with the "
    "installation: backbone='efficientnet_lite0'."
)


def load_weights(module, path, name, *, rename=None, head=()):
    """Load a file of weights into a network, without running code from it.

    All names and shapes must match, except for those of the classifier. Floating-point numbers may
    have another precision than the network's.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    path : str or Path
        A ``.pth`` or ``.safetensors`` file of tensors by name. They may also be nested below
        "state_dict" or "model", as in checkpoints of a training, and their names may begin with
        "module.".
    name : str
        The backbone's name, for messages.
    rename : callable, default=None
        Called with the tensors by name and the module; returns them by the module's names.
    head : tuple of str
        Names of the classifier's modules.

    Raises
    ------
    WeightsNotFoundError
        If there is no such file, or it is not a regular one.
    ValueError
        If the file does not hold tensors by name, if they do not fit, or if one of them is NaN.
    """
    state = _read_state(Path(path))
    if rename is not None:
        state = rename(state, module)
    prefixes = tuple(f"{part}." for part in head)
    state = {key: value for key, value in state.items() if not key.startswith(prefixes)}
    expected = module.state_dict()
    body = {key: value for key, value in expected.items() if not key.startswith(prefixes)}
    optional = {key for key in body if key.endswith("num_batches_tracked")}
    missing = [f"missing {key}" for key in body if key not in state and key not in optional]
    unexpected = [f"unexpected {key}" for key in state if key not in body]
    misshapen = [
        f"{key} has shape {tuple(state[key].shape)}, expected {tuple(body[key].shape)}"
        for key in body
        if key in state and state[key].shape != body[key].shape
    ]
    problems = missing, unexpected, misshapen
    if any(problems):
        shown = "\n  ".join(line for lines in problems for line in _first(lines))
        raise ValueError(
            f"{path} does not fit backbone {name!r}: of the network's {len(body)} entries "
            f"{len(missing)} are missing and {len(misshapen)} have another shape, and "
            f"{len(unexpected)} in the file are unknown to it.\n  {shown}\nUse the backbone that "
            "these weights belong to."
        )
    wrong = [
        f"{key} is of {state[key].dtype}, expected {body[key].dtype}"
        for key in body
        if key in state and key not in optional and not _is_same_kind(state[key], body[key])
    ]
    wrong += [f"{key} has NaN" for key in body if key in state and _has_nan(state[key])]
    if wrong:
        shown = "\n  ".join(_first(wrong))
        raise ValueError(
            f"{path} has no weights that backbone {name!r} can compute with:\n  {shown}\nUse the "
            "weights as they were trained, in floating-point numbers."
        )
    # Updating the module's own state dict keeps its metadata: some networks need the versions of
    # their layers, which a file does not hold.
    expected.update(state)
    module.load_state_dict(expected)


def _read_state(path):
    try:
        n_bytes = check_regular_file(path).st_size
    except OSError as error:
        is_missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise WeightsNotFoundError(
            f"weights={str(path)!r}: {'there is no such file' if is_missing else error.strerror}. "
            "Use a .pth or .safetensors file, or weights='default'."
        ) from error
    try:
        if path.suffix == ".safetensors":
            state = importlib.import_module("safetensors.torch").load_file(path)
        else:
            with open_regular_file(path) as file:
                state = load_torch_file(file, n_bytes)
    except Exception as error:  # A damaged file makes the unpicklers raise errors of any kind.
        # The advice of torch's own errors is to run the file's code.
        reason = f": {error}" if isinstance(error, ValueError) else ""
        raise ValueError(
            f"weights={str(path)!r} can't be read as a dict of tensors "
            f"({type(error).__name__}{reason}). Only tensors are read, no pickled objects: save "
            "model.state_dict()."
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()
    ):
        raise ValueError(
            f"weights={str(path)!r} holds {type(state).__name__}; expected a dict of tensors: "
            "save model.state_dict()."
        )
    for key, tensor in state.items():
        # A view can repeat a number without end, and others have no numbers in the file.
        if (
            tensor.layout != torch.strided
            or tensor.device.type != "cpu"
            or tensor.is_quantized
            or tensor.nbytes > n_bytes
        ):
            raise ValueError(
                f"weights={str(path)!r}: {key} is not a plain tensor, with all of its numbers in "
                "the file; save {name: tensor.clone() for name, tensor in "
                "model.state_dict().items()}."
            )
    if state and all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    return state


def _is_same_kind(tensor, expected):
    """Return whether two tensors have the same type of numbers, or both floating-point numbers."""
    both_float = tensor.is_floating_point() and expected.is_floating_point()
    return both_float or tensor.dtype == expected.dtype


def _has_nan(tensor):
    # torch looks for NaN in the usual types only.
    return tensor.is_floating_point() and bool(tensor.float().isnan().any())


def _first(lines, n_shown=4):
    return [*lines[:n_shown], "…"] if len(lines) > n_shown else lines
