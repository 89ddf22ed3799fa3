"""Files of torch.save, which are checked before they are read."""

import pickletools
import zipfile
from typing import Any, BinaryIO

import torch

# The functions that torch.save's files call with arguments; none of them copies one.
_REBUILDERS = {
    "torch device",
    "torch._utils _rebuild_parameter",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_tensor_v3",
}
# Files of torch before 1.6 are a magic number, a version, settings, the object and names of
# storages, followed by the storages.
_N_OLD_PICKLES = 5
_MARK, _NO_ARGUMENTS, _REPEATED = "mark", "no arguments", "repeated"


def load_torch_file(file: BinaryIO, n_bytes: int, device: str = "cpu") -> Any:
    """Return what torch.save wrote to a file, without running code from it.

    torch.load with ``weights_only=True`` calls no functions but its own. With these, a small file
    can still fill the memory, so that such files are refused: archives whose entries are larger
    than the file, and pickles that copy an object again and again.

    Parameters
    ----------
    file : file object
        Open for reading bytes, at the beginning of what torch.save wrote.
    n_bytes : int
        Number of bytes of the file.
    device : str, default="cpu"
        The device of the tensors.

    Returns
    -------
    content : object

    Raises
    ------
    Exception
        An exception of any type, if torch.save did not write the file.
    """
    start = file.tell()
    is_archive = file.read(4) == b"PK\3\4"
    file.seek(start)
    if is_archive:
        _check_archive(file, n_bytes)
    else:
        for _ in range(_N_OLD_PICKLES):
            _check_pickle(file)
    file.seek(start)
    return torch.load(file, map_location=device, weights_only=True)


def _check_archive(file, n_bytes):
    file.seek(-22, 2)
    # Readers would look for the directory in different places if a comment followed it.
    if not file.read().startswith(b"PK\5\6"):
        raise ValueError("the archive is truncated")
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > n_bytes:
            raise ValueError("the archive's entries are larger than the file")
        for entry in archive.infolist():
            if entry.filename.lower().endswith("data.pkl"):
                with archive.open(entry) as content:
                    _check_pickle(content)


def _check_pickle(file):
    """Raise an error if a pickle would copy objects, which takes a few bytes each time.

    The stack of the unpickler is followed, with the names of functions and the objects that were
    there before.
    """
    stack, memo = [], {}
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if "PUT" in name:
            memo[argument] = stack[-1]
            continue
        before = opcode.stack_before
        if pickletools.markobject in before:
            while stack.pop() != _MARK:
                pass
            before = before[: before.index(pickletools.markobject)]
        operands = [stack.pop() for _ in before][::-1]
        if name == "REDUCE":
            function, arguments = operands
            if arguments != _NO_ARGUMENTS and function not in _REBUILDERS:
                raise ValueError(f"it calls {function} with arguments")
        elif (name == "BUILD" and operands[1] == _REPEATED) or name == "NEWOBJ":
            raise ValueError("it copies an object")
        stack += [_describe(name, argument, operands, memo) for _ in opcode.stack_after]


def _describe(name, argument, operands, memo):
    """Return the name of a function, or what else is to be known of a value on the stack."""
    if name == "GLOBAL":
        return argument
    if name in ("APPEND", "APPENDS", "SETITEM", "SETITEMS", "BUILD"):
        return operands[0]
    if "GET" in name:
        known = memo[argument]
        return _REPEATED if known is None else known
    return {"MARK": _MARK, "EMPTY_TUPLE": _NO_ARGUMENTS}.get(name)
