"""Model files whose checksum is right, and damaged ones."""

import copy
import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from fuzz_targets.harness import make_folder, mutate_json, written

from skmlic import TransferMultiLabelClassifier, load_model, save_model
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.exceptions import ModelFileError
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
from skmlic.persistence._file import read_model_file, write_model_file

MAX_LENGTH = 1 << 17
_CORRUPT = (float("nan"), -1.0, 1e30)


def seeds():
    """Return model files of small estimators."""
    X = np.random.RandomState(0).normal(size=(30, 4))
    Y = (X[:, :2] > 0).astype(int)
    head = TransferMultiLabelClassifier("precomputed", max_epochs=1, hidden_layer_sizes=(3,))
    kernel = TransferMultiLabelClassifier("precomputed", head="kernel")
    estimators = [
        head,
        TunedThresholdMultiLabelClassifierCV(kernel, cv=2),
        CalibratedMultiLabelClassifierCV(kernel, method="isotonic", cv=2),
        DummyMultiLabelClassifier(),
    ]
    return [_to_bytes(estimator.fit(X, Y)) for estimator in estimators]


def run(data):
    """Load a model file."""
    path = make_folder() / "model.skmlic"
    with written({path: data}):
        try:
            load_model(path)
        except (ImportError, ModelFileError):
            return


def mutate(data, max_size, seed):
    """Change the document or a tensor and correct the checksum, or change any bytes."""
    import atheris

    path = make_folder() / "mutated.skmlic"
    try:
        with written({path: data}):
            document, tensors = copy.deepcopy(read_model_file(path))
    except ModelFileError:
        return atheris.Mutate(data, max_size)
    rng = random.Random(seed)
    if seed % 8 == 0:
        return atheris.Mutate(data, max_size)
    if seed % 8 == 1 and tensors:
        name = rng.choice(sorted(tensors))
        tensors[name] = _change_tensor(tensors[name], rng)
    else:
        document = mutate_json(document, seed)
    try:
        write_model_file(path, document, tensors)
    except (TypeError, ValueError):
        return data
    with path.open("rb") as file:
        return file.read()[:max_size]


def _change_tensor(tensor, rng):
    match rng.randrange(4):
        case 0:
            return tensor[..., :-1] if tensor.ndim else tensor[None]
        case 1:
            return tensor.to(rng.choice([torch.float64, torch.int64, torch.bool, torch.float16]))
        case 2:
            return tensor[None]
    return torch.full_like(tensor.double(), rng.choice(_CORRUPT)).to(tensor.dtype)


def _to_bytes(estimator):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skmlic"
        save_model(estimator, path)
        return path.read_bytes()
