"""Paths of images, found one by one."""

import itertools
import os
import sys
from collections.abc import Iterable, Iterator

from skmlic.cli._outputs import keep_undecodable
from skmlic.cli._places import STDIO
from skmlic.datasets import IMAGE_EXTENSIONS

# Number of entries of a folder that are sorted at a time: all of them in most folders, but not a
# million.
_BLOCK = 10_000


def find_images(sources: Iterable[str]) -> Iterator[str]:
    """Return the paths of images one by one, without listing all of them first.

    Parameters
    ----------
    sources : iterable of str
        Images, folders that are searched with their subfolders, text files (``.txt``) with one path
        per line, and ``"-"`` for such lines on stdin.

    Returns
    -------
    paths : iterator of str
        The paths in the order of the sources. Those of a folder are sorted, unless there are very
        many, and subfolders come after files.
    """
    return itertools.chain.from_iterable(map(_find, sources))


def _find(source):
    if source == STDIO:
        yield from _read_lines(keep_undecodable(sys.stdin))
    elif os.path.isdir(source):
        yield from _walk(source)
    elif source.lower().endswith(".txt"):
        with open(source, encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield from _read_lines(lines)
    else:
        yield source


def _read_lines(lines):
    yield from (line for line in map(str.strip, lines) if line)


def _walk(folder):
    folders = [folder]
    while folders:
        subfolders = []
        for entry in _scan(folders.pop()):
            # Links to folders are not followed, since they may lead round in a circle.
            if entry.is_dir(follow_symlinks=False):
                subfolders.append(entry.path)
            elif entry.name.lower().endswith(IMAGE_EXTENSIONS):
                yield entry.path
        folders += reversed(subfolders)


def _scan(folder):
    """Yield the entries of a folder that are not hidden, sorted block by block."""
    with os.scandir(folder) as entries:
        while block := list(itertools.islice(entries, _BLOCK)):
            visible = (entry for entry in block if not entry.name.startswith("."))
            yield from sorted(visible, key=lambda entry: entry.name)
