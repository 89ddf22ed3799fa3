"""Files that commands write, which are complete or not there."""

import contextlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from skmlic._utils._atomic_file import replace_atomically
from skmlic._utils._text import printable
from skmlic.cli._places import STDIO


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[IO[str]]:
    """Open a text file that replaces an existing one only when it is complete.

    Parameters
    ----------
    path : str or None
        Path of the file. ``None`` and "-" are stdout. A device or pipe is written directly.

    Yields
    ------
    file : text file
        A file in UTF-8: a temporary file in the same folder, which is deleted after an error.
    """
    if path in (None, STDIO):
        yield keep_undecodable(sys.stdout)
        sys.stdout.flush()
        return
    place = Path(path)
    if place.exists() and not place.is_file():
        with _open(place) as file:
            yield file
        return
    with replace_atomically(place) as unfinished, _open(unfinished) as file:
        yield file


def keep_undecodable(stream: IO[str]) -> IO[str]:
    """Return a standard stream that keeps names of files that are not valid UTF-8."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="surrogateescape")
    return stream


def write_json(path: str, content: object) -> None:
    """Write JSON to a file, or to stdout if its name is "-"."""
    with open_output(path) as file:
        file.write(to_json(_without_nan(content), indent=2, allow_nan=False) + "\n")


def to_json(value: object, **options: Any) -> str:
    """Return JSON, also of names with characters that a terminal obeys, which are escaped.

    Parameters
    ----------
    value : object
        What ``json.dumps`` accepts.
    **options : dict
        Its parameters.
    """
    text = json.dumps(value, ensure_ascii=False, **options)
    return text if text == printable(text, keep="\n") else json.dumps(value, **options)


def _open(path: Path) -> IO[str]:
    return open(path, "w", encoding="utf-8", errors="surrogateescape", newline="")


def _without_nan(value: object) -> object:
    """Return dicts, lists and numbers with None for NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {str(key): _without_nan(of_key) for key, of_key in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value
