"""Paths of images, found one by one."""

import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from skmlic._utils._image_files import is_image_name
from skmlic.cli._outputs import keep_undecodable
from skmlic.cli._places import STDIO

# Number of entries of a folder that are sorted at a time: all of them in most folders, but not a
# million.
_BLOCK = 10_000
_N_NAMED = 3


@dataclass
class LeftOut:
    """Files in folders that were left out, since their names are not those of images.

    Parameters
    ----------
    n_hidden : int, default=0
        Number of hidden files and folders.
    n_others : int, default=0
        Number of other files.
    names : list of str, default=[]
        Paths of the first other files.
    """

    n_hidden: int = 0
    n_others: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        """Take note of a file that is not hidden."""
        self.n_others += 1
        if len(self.names) < _N_NAMED:
            self.names.append(path)

    def describe(self) -> str:
        """Return what was left out, or an empty text."""
        texts = []
        if self.n_others:
            more = f", and {self.n_others - len(self.names):,} more"
            texts.append(
                f"{self.n_others:,} files that are no images by their names: "
                f"{', '.join(self.names)}{more if self.n_others > len(self.names) else ''}"
            )
        if self.n_hidden:
            texts.append(f"{self.n_hidden:,} hidden files or folders")
        return f"left out {'; '.join(texts)}" if texts else ""


def find_images(sources: Iterable[str], left_out: LeftOut | None = None) -> Iterator[str]:
    """Return the paths of images one by one, without listing all of them first.

    Parameters
    ----------
    sources : iterable of str
        Images, folders that are searched with their subfolders, text files (``.txt``) with one path
        per line, and ``"-"`` for such lines on stdin.
    left_out : LeftOut, default=None
        Takes note of files in folders that are no images.

    Returns
    -------
    paths : iterator of str
        The paths in the order of the sources. Those of a folder are sorted, unless there are very
        many, and subfolders come after files.
    """
    left_out = left_out or LeftOut()
    return itertools.chain.from_iterable(_find(source, left_out) for source in sources)


def _find(source, left_out):
    if source == STDIO:
        yield from _read_lines(keep_undecodable(sys.stdin))
    elif os.path.isdir(source):
        yield from _walk(source, left_out)
    elif source.lower().endswith(".txt"):
        with open(source, encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield from _read_lines(lines)
    else:
        yield source


def _read_lines(lines):
    yield from (line for line in map(str.strip, lines) if line)


def _walk(folder, left_out):
    folders = [folder]
    while folders:
        subfolders = []
        for entry in _scan(folders.pop(), left_out):
            # Links to folders are not followed, since they may lead round in a circle.
            if entry.is_dir(follow_symlinks=False):
                subfolders.append(entry.path)
            elif is_image_name(entry.name):
                yield entry.path
            else:
                left_out.add(entry.path)
        folders += reversed(subfolders)


def _scan(folder, left_out):
    """Yield the entries of a folder that are not hidden, sorted block by block."""
    with os.scandir(folder) as entries:
        while block := list(itertools.islice(entries, _BLOCK)):
            visible = [entry for entry in block if not entry.name.startswith(".")]
            left_out.n_hidden += len(block) - len(visible)
            yield from sorted(visible, key=lambda entry: entry.name)
