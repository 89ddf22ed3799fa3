"""Files that are complete or left unchanged."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replace_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Replace a file by the one that is written inside a ``with`` block, once it is complete.

    Parameters
    ----------
    path : str or path-like
        The file. Its directory must exist.

    Yields
    ------
    unfinished : Path
        A path in the same directory, where the block must write the new file. It becomes ``path``
        at the end of the block, and is deleted after an error.
    """
    path = Path(path)
    # File systems allow names of up to 255 bytes.
    unfinished = path.with_name(f".{path.name[:50]}.{uuid.uuid4().hex}.tmp")
    try:
        yield unfinished
        with open(unfinished, "rb+") as file:
            # Otherwise, a crash of the machine could leave an empty file under the final name.
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
