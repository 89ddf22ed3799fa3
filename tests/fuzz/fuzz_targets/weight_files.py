"""Weight files of backbones, and checkpoints of a training."""

import io

import torch
from fuzz_targets.harness import make_folder, written
from safetensors.torch import save

from skmlic.backbones._weight_files import load_weights
from skmlic.training._checkpoint import Checkpoint

MAX_LENGTH = 8192
_ENDINGS = (".pth", ".safetensors", ".checkpoint")


def seeds():
    """Return files, with the number of their kind before them."""
    state = torch.nn.Linear(2, 1).state_dict()
    files = [_save(state), save(state), _save({"module": state, "history": "[]"})]
    return [
        *(bytes([number]) + file for number, file in enumerate(files)),
        b"\0" + _save({"state_dict": {f"module.{name}": one for name, one in state.items()}}),
        b"\0" + _save(state, _use_new_zipfile_serialization=False),
    ]


def run(data):
    """Load a file; the first byte chooses its kind."""
    if not data:
        return
    ending = _ENDINGS[data[0] % len(_ENDINGS)]
    path = make_folder() / f"weights{ending}"
    with written({path: data[1:]}):
        if ending == ".checkpoint":
            Checkpoint(path)._read("cpu")
        else:
            load_weights(torch.nn.Linear(2, 1), path, "fuzzed")


def _save(state, **options):
    stream = io.BytesIO()
    torch.save(state, stream, **options)
    return stream.getvalue()
