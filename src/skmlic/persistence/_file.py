"""Files of tensors and a JSON document, in the safetensors format with a checksum."""

import hashlib
import json
import math
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from skmlic._utils._atomic_file import replace_atomically
from skmlic._utils._regular_file import open_regular_file
from skmlic.exceptions import ModelFileError

FORMAT = 2
# Every format has these two names, by which files of later formats are told from damaged ones.
_DOCUMENT = "skmlic"
_CHECKSUM = "sha256"
# Lists and tensors take 40 times the bytes of the text that describes them, and seconds.
_LARGEST_HEADER = 2**23


def write_model_file(path, document, tensors):
    """Write a file completely, or leave an existing one unchanged.

    Parameters
    ----------
    path : str or Path
        The file; its directory must exist.
    document : dict
        Values that JSON can express, except NaN.
    tensors : dict of str to tensor
        Tensors on any device, none of them named "sha256".

    Raises
    ------
    OSError
        If the directory does not exist, or the file can't be written.
    ValueError
        If the document and the names of tensors take more than 8 MiB.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{path} is a folder; expected the name of a file, such as {path / 'model.skmlic'}."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} to write {path.name} to.")
    text = json.dumps({"format": FORMAT, **document}, allow_nan=False, separators=(",", ":"))
    # safetensors requires contiguous tensors that do not share memory.
    tensors = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    digest = _compute_checksum(text, tensors)
    tensors[_CHECKSUM] = torch.tensor(list(digest), dtype=torch.uint8)
    # safetensors' own `save_file` creates files that only their owner can read. The metadata have
    # one entry only, because safetensors orders several at random.
    content = save(tensors, metadata={_DOCUMENT: text})
    if _read_length(content) > _LARGEST_HEADER:
        raise ValueError(
            f"A model file can't hold {_read_length(content):,} bytes of names and texts; expected "
            f"at most {_LARGEST_HEADER:,}. joblib.dump saves the estimator, in a file that runs "
            "code when it is loaded."
        )
    with replace_atomically(path) as unfinished:
        unfinished.write_bytes(content)


def read_model_file(path):
    """Return the content of a file after verifying its checksum.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    document : dict
        The document as it was written, and its "format".
    tensors : dict of str to tensor
        The tensors on the CPU. They may be views of the file, so they must be copied to be kept.

    Raises
    ------
    OSError
        If the file does not exist or cannot be read.
    ModelFileError
        If it is not a model file, is damaged, or is of a later format.
    """
    with open_regular_file(path) as file:
        start = file.read(9)
        n_bytes = file.seek(0, 2)
    if not start:
        raise ModelFileError(f"{path} is empty; expected a file that save_model wrote.")
    if start[8:] == b"{" and _read_length(start) > _LARGEST_HEADER:
        raise _damaged(
            path, f"it states a header of {_read_length(start):,} bytes, not {_LARGEST_HEADER:,}"
        )
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_DOCUMENT)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        if start[8:] == b"{":
            raise _damaged(path, f"it is truncated or its header is wrong ({error})") from error
        raise ModelFileError(
            f"{path} is not a model file; expected a file that save_model wrote. If it is a pickle "
            "of your own, joblib.load or pickle.load reads it; a pickle from others can run any "
            "code."
        ) from error
    checksum = tensors.pop(_CHECKSUM, None)
    if text is None or checksum is None:
        raise ModelFileError(
            f"{path} holds tensors but no model; expected a file that save_model wrote. To use the "
            "weights of a network, pass the file to the estimator: weights=path."
        )
    found = checksum.numpy().tobytes() if checksum.dtype == torch.uint8 else None
    if found != _compute_checksum(text, tensors):
        raise _damaged(path, "its checksum is wrong")
    # An empty tensor may have any length, for which its readers would allocate memory.
    for name, tensor in tensors.items():
        if math.prod(length or 1 for length in tensor.shape) > n_bytes:
            raise _damaged(path, f"{name} has the shape {tuple(tensor.shape)}")
    document = _parse(path, text)
    if document["format"] > FORMAT:
        raise ModelFileError(
            f"{path} is of format {document['format']}, but this version of skmlic reads formats "
            f"up to {FORMAT}. Install a later version: pip install -U skmlic."
        )
    return document, tensors


def digest_tensors(tensors):
    """Return the SHA-256 digest of tensors by name, independent of their order."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.digest()


def _compute_checksum(text, tensors):
    return hashlib.sha256(text.encode() + digest_tensors(tensors)).digest()


def _read_length(content):
    """Return the number of bytes of a header, as the first bytes of a file state it."""
    return int.from_bytes(content[:8], "little")


def _parse(path, text):
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} does not hold valid JSON ({error}).") from error
    if not isinstance(document, dict) or type(document.get("format")) is not int:
        raise ModelFileError(
            f"{path} does not name its format; expected a file that save_model wrote."
        )
    return document


def _refuse(constant):
    raise ValueError(f"{constant} is not valid JSON")


def _damaged(path, reason):
    return ModelFileError(
        f"{path} is damaged: {reason}. Copy it from its source again, or save the model again."
    )
