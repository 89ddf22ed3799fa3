"""Paths of images, found one by one."""

import itertools
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from skmlic._utils._image_files import is_image_name
from skmlic._utils._regular_file import open_regular_text
from skmlic.cli._outputs import keep_undecodable
from skmlic.cli._places import STDIO
from skmlic.images import is_url

# Number of entries of a folder that are sorted at a time: all of them in most folders, but not a
# million.
_BLOCK = 10_000
_N_NAMED = 3
_OPEN_FILE = re.compile(r"/dev/(stdin|fd/\d+)|/proc/self/fd/\d+")


@dataclass
class Names:
    """The number of some files, and the first of their paths."""

    n: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        """Count a file."""
        self.n += 1
        if self.n <= _N_NAMED:
            self.first.append(path)

    def __str__(self) -> str:
        n_more = self.n - len(self.first)
        return ", ".join(self.first) + (f" and {n_more:,} more" if n_more else "")


@dataclass
class LeftOut:
    """Entries of folders that were left out.

    Parameters
    ----------
    others : Names
        Files whose names do not have the extension of an image, and links to folders.
    hidden : Names
        Hidden files and folders.
    """

    others: Names = field(default_factory=Names)
    hidden: Names = field(default_factory=Names)

    def describe(self) -> str:
        """Return a sentence without period, or an empty text if nothing was left out."""
        kinds = {"of other types": self.others, "hidden": self.hidden}
        texts = [f"{names.n:,} {kind} ({names})" for kind, names in kinds.items() if names.n]
        return f"Left out in the folders: {', '.join(texts)}" if texts else ""


def find_images(sources: Iterable[str], left_out: LeftOut | None = None) -> Iterator[str]:
    """Return the paths of images one by one, without listing all of them first.

    Parameters
    ----------
    sources : iterable of str
        Images or their URLs, folders that are searched with their subfolders, text files
        (``.txt``) with one path per line, and ``"-"`` or a pipe that the shell has opened,
        ``<(find images)``, for such lines.
    left_out : LeftOut, default=None
        Takes note of what is left out in folders.

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
    elif source.lower().endswith(".txt") and not is_url(source):
        with open_regular_text(source, errors="surrogateescape") as lines:
            yield from _read_lines(lines)
    elif _is_open_pipe(source):
        with open(source, encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield from _read_lines(lines)
    else:
        yield source


def _is_open_pipe(source):
    """Tell whether a path is a pipe that the shell has opened, as for ``<(find images)``."""
    return _OPEN_FILE.fullmatch(source) is not None and stat.S_ISFIFO(os.stat(source).st_mode)


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
                left_out.others.add(entry.path)
        folders += reversed(subfolders)


def _scan(folder, left_out):
    """Yield the entries of a folder that are not hidden, sorted block by block."""
    with os.scandir(folder) as entries:
        while block := list(itertools.islice(entries, _BLOCK)):
            for entry in sorted(block, key=lambda entry: entry.name):
                if entry.name.startswith("."):
                    left_out.hidden.add(entry.path)
                else:
                    yield entry
