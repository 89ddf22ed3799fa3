"""Opening of files that a user, a table or a folder names, if they are regular files.

Whatever opens such a file does it here. A named pipe would block until someone writes to it, and a
device such as ``/dev/zero`` has no end. Symbolic links are followed, since data sets are often
folders of links: what they lead to must be a regular file.
"""

import errno
import os
import stat
from typing import BinaryIO, TextIO

from skmlic._utils._config import get_config
from skmlic.exceptions import FileRefusedError

# If another process puts a pipe in the place of a file just before it is opened, O_NONBLOCK
# returns at once. Windows has other flags.
_FLAGS = sum(
    getattr(os, name, 0)
    for name in ("O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT")
)
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Growing files and some of /proc have more bytes than they state.
_MARGIN = 2**14


def read_regular_file(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    content : bytes

    Raises
    ------
    FileRefusedError
        If it is not a regular file, or has more bytes than ``max_file_bytes`` of
        :func:`skmlic.set_config`.
    OSError
        If there is no such file, or it can't be read.
    """
    descriptor = _open(path)
    try:
        size = os.fstat(descriptor).st_size
        _check_size(size, path)
        parts, n_bytes = [], 0
        while part := os.read(descriptor, max(size - n_bytes, 0) + _MARGIN):
            parts.append(part)
            n_bytes += len(part)
            _check_size(n_bytes, path)
    finally:
        os.close(descriptor)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def open_regular_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading bytes.

    It may have any size, as archives and weights do, of which only parts are read at a time.
    Parameters and errors are those of :func:`read_regular_file`.
    """
    # A number would be the descriptor of an open file, such as stdout, which would be closed.
    return open(os.fspath(path), "rb", opener=_open)


def open_regular_text(
    path: str | os.PathLike[str],
    encoding: str = "utf-8-sig",
    errors: str | None = None,
    newline: str | None = None,
) -> TextIO:
    """Open a file for reading text, with the other parameters of ``open``.

    ``path`` and errors are those of :func:`read_regular_file`: its size is limited, too, since a
    line may be as long as the file.
    """
    path = os.fspath(path)
    return open(path, encoding=encoding, errors=errors, newline=newline, opener=_open_limited)


def check_regular_file(path: str | os.PathLike[str]) -> os.stat_result:
    """Return the status of a file that a library will open by its path.

    Where a library takes open files, use the other functions: this file may be replaced after the
    check. Parameters and errors are those of :func:`open_regular_file`.
    """
    status = os.stat(os.fspath(path))
    _check_kind(status, path)
    return status


def _open(path, _=None):
    check_regular_file(path)  # Opening a device may change it.
    descriptor = os.open(path, _FLAGS)
    try:
        _check_kind(os.fstat(descriptor), path)
    except FileRefusedError:
        os.close(descriptor)
        raise
    return descriptor


def _open_limited(path, _):
    descriptor = _open(path)
    try:
        _check_size(os.fstat(descriptor).st_size, path)
    except FileRefusedError:
        os.close(descriptor)
        raise
    return descriptor


def _check_kind(status, path):
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise FileRefusedError(number, f"{kind}, not a regular file", os.fspath(path))


def _check_size(n_bytes, path):
    limit = get_config()["max_file_bytes"]
    if n_bytes > limit:
        reason = (
            f"larger than the limit of {limit:,} bytes: raise it, for example with "
            f"skmlic.set_config(max_file_bytes={n_bytes}), if you trust the file"
        )
        raise FileRefusedError(errno.EFBIG, reason, os.fspath(path))
