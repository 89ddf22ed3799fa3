"""One file of tensors and a JSON document, from which no code is run."""

import hashlib
import json
import os
import uuid
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from skmlic.exceptions import ModelFileError

FORMAT = 1
# These two are for good: by them, later formats are told from damaged files.
_DOCUMENT = "skmlic"
_CHECKSUM = "sha256"


def write_model_file(path, document, tensors):
    """Write a file in one piece: it is complete, or what was there stays.

    Parameters
    ----------
    path : str or Path
        The file; its folder must exist.
    document : dict
        What JSON can express, NaN excluded.
    tensors : dict of str to tensor
        On any device. None may be called "sha256".
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{path} is a folder; expected the name of a file, such as {path / 'model.skmlic'}."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} to write {path.name} to.")
    text = json.dumps({"format": FORMAT, **document}, allow_nan=False, separators=(",", ":"))
    # Safetensors takes tensors in one piece that share nothing.
    tensors = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    digest = _compute_checksum(text, tensors)
    tensors[_CHECKSUM] = torch.tensor(list(digest), dtype=torch.uint8)
    unfinished = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.tmp")
    try:
        # safetensors' own `save_file` makes files that nobody else may read.
        with open(unfinished, "xb") as file:
            # One entry only, since the order of several is random.
            file.write(save(tensors, metadata={_DOCUMENT: text}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_model_file(path):
    """Return what a file holds, once its checksum has been found right.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    document : dict
        As written, and "format".
    tensors : dict of str to tensor
        On the CPU. They may be views of the file: copy what is kept.

    Raises
    ------
    OSError
        If there is no such file, or it may not be read.
    ModelFileError
        If it is no model file, is damaged, or is of a later format.
    """
    with open(path, "rb") as file:
        start = file.read(9)
    if not start:
        raise ModelFileError(f"{path} is empty; expected a file that save_model wrote.")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_DOCUMENT)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        if start[8:] == b"{":
            raise _damaged(path, f"it is cut off or its header is wrong ({error})") from error
        raise ModelFileError(
            f"{path} is no model file; expected one that save_model wrote. If it is a pickle of "
            "yours, joblib.load or pickle.load reads it: a pickle from others may run any code."
        ) from error
    checksum = tensors.pop(_CHECKSUM, None)
    if text is None or checksum is None:
        raise ModelFileError(
            f"{path} holds tensors and no model; expected a file that save_model wrote. A file of "
            "a network's weights goes where the estimator is made: weights=path."
        )
    if bytes(checksum.flatten().to(torch.uint8).tolist()) != _compute_checksum(text, tensors):
        raise _damaged(path, "its checksum is wrong")
    document = _parse(path, text)
    if document["format"] > FORMAT:
        raise ModelFileError(
            f"{path} is of format {document['format']}, and this version of skmlic reads formats "
            f"up to {FORMAT}. Install a later one: pip install -U skmlic."
        )
    return document, tensors


def digest_tensors(tensors):
    """Return the SHA-256 digest of tensors by name, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.digest()


def _compute_checksum(text, tensors):
    return hashlib.sha256(text.encode() + digest_tensors(tensors)).digest()


def _parse(path, text):
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} holds no JSON of save_model's ({error}).") from error
    if not isinstance(document, dict) or type(document.get("format")) is not int:
        raise ModelFileError(f"{path} does not tell its format; expected a file of save_model's.")
    return document


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def _damaged(path, reason):
    return ModelFileError(
        f"{path} is damaged: {reason}. Copy it anew from where it came from, or save the model "
        "again."
    )
