"""Pictures to be read, found one by one, and files that are whole or not there."""

import contextlib
import itertools
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from skmlic.cli._places import STDIO
from skmlic.datasets._files import EXTENSIONS

# So many entries of a folder are sorted at a time: as a rule all of them, and never a million.
_BLOCK = 10_000


def find_pictures(sources: Iterable[str]) -> Iterator[str]:
    """Return the paths of pictures one by one, without a list of all of them.

    Parameters
    ----------
    sources : iterable of str
        Pictures; folders, which are searched to the bottom; text files (``.txt``) with a path a
        line; ``"-"`` for such lines on stdin.

    Returns
    -------
    paths : iterator of str
        In the order of the sources; in a folder sorted, subfolders last, if there are not too many.
    """
    return itertools.chain.from_iterable(map(_find, sources))


def _find(source):
    if source == STDIO:
        yield from _read_lines(_keep_bytes(sys.stdin))
    elif os.path.isdir(source):
        yield from _walk(source)
    elif source.lower().endswith(".txt"):
        with open(source, encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield from _read_lines(lines)
    else:
        yield source


def _keep_bytes(stream: IO[str]) -> IO[str]:
    """Return a standard stream that passes on names of files that are no UTF-8."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="surrogateescape")
    return stream


def _read_lines(lines):
    yield from (line for line in map(str.strip, lines) if line)


def _walk(folder):
    folders = [folder]
    while folders:
        inside = []
        with os.scandir(folders.pop()) as entries:
            while block := list(itertools.islice(entries, _BLOCK)):
                for entry in sorted(block, key=lambda entry: entry.name):
                    if entry.name.startswith("."):
                        continue
                    # Links to folders may lead round in a circle.
                    if entry.is_dir(follow_symlinks=False):
                        inside.append(entry.path)
                    elif entry.name.lower().endswith(EXTENSIONS):
                        yield entry.path
        folders += reversed(inside)


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[IO[str]]:
    """Open a text file that is there in the end only if all of it was written.

    Parameters
    ----------
    path : str or None
        Where it will be. What is there stays until then. A device or pipe is written directly.
        None and "-" are stdout.

    Yields
    ------
    file : text file
        UTF-8; a temporary file beside it.
    """
    if path in (None, STDIO):
        yield _keep_bytes(sys.stdout)
        sys.stdout.flush()
        return
    place = Path(path)
    if place.exists() and not place.is_file():
        with _open(place) as file:
            yield file
        return
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with _open(part) as file:
            yield file
        os.replace(part, place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _open(path: Path) -> IO[str]:
    return open(path, "w", encoding="utf-8", errors="surrogateescape", newline="")


def write_json(path: str, content: object) -> None:
    """Write JSON to a file, or to stdout if its name is "-"."""
    with open_output(path) as file:
        json.dump(_without_nan(content), file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")


def _without_nan(value: object) -> object:
    """Return dicts, lists and numbers with None for NaN, as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _without_nan(of_key) for key, of_key in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value
