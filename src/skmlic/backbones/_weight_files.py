"""Files of weights, which are read without running code from them."""

import importlib
from pathlib import Path

import torch

from skmlic.exceptions import WeightsNotFoundError

# Ends the errors of weights that can't be downloaded.
OTHER_WEIGHTS = (
    "Or use weights='path/to/that/file' (.pth or .safetensors), or the weights that come with the "
    "installation: backbone='efficientnet_lite0'."
)


def load_weights(module, path, name, *, rename=None, head=()):
    """Load a file of weights into a network, without running code from it.

    All names and shapes must match, except for those of the classifier.

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
        If there is no such file.
    ValueError
        If the file does not hold tensors by name, or they do not fit.
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
    # Updating the module's own state dict keeps its metadata: some networks need the versions of
    # their layers, which a file does not hold.
    expected.update(state)
    module.load_state_dict(expected)


def _read_state(path):
    if not path.is_file():
        raise WeightsNotFoundError(
            f"weights={str(path)!r}: there is no such file. Use a .pth or .safetensors file, or "
            "weights='default'."
        )
    try:
        if path.suffix == ".safetensors":
            state = importlib.import_module("safetensors.torch").load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # A damaged file makes the unpicklers raise errors of any kind.
        raise ValueError(
            f"weights={str(path)!r} can't be read as a dict of tensors "
            f"({type(error).__name__}). Only tensors are read, no pickled objects: save "
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
    if state and all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    return state


def _first(lines, n_shown=4):
    return [*lines[:n_shown], "…"] if len(lines) > n_shown else lines
