"""Archives of images, which are unpacked once."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from sklearn.datasets import get_data_home

from skmlic._utils._regular_file import check_regular_file
from skmlic._utils._typing import FilePath
from skmlic.datasets._unpack import unpack

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_NOTICE = re.compile(r"(readme|license|licence)\b.*", re.IGNORECASE)


def is_archive(images: object) -> bool:
    """Return whether images are an archive, shards such as "shard-{000..009}.tar", or several."""
    if isinstance(images, (str, os.PathLike)):
        return os.fspath(images).lower().endswith(ENDINGS) and not os.path.isdir(images)
    return (
        isinstance(images, (list, tuple))
        and len(images) > 0
        and all(isinstance(one, (str, os.PathLike)) and is_archive(one) for one in images)
    )


def unpack_archives(images: FilePath | Sequence[FilePath]) -> str:
    """Unpack archives, unless they have been unpacked before, and return the folder.

    Parameters
    ----------
    images : str, path-like or sequence of these
        Archives: zip files or tar files, which may be compressed.

    Returns
    -------
    folder : str
        A folder in scikit-learn's data folder, which may be deleted at any time. It is named after
        the archives, their sizes and their times, so that changed archives are unpacked again. If
        an archive contains nothing but a folder, besides a README, it is that folder.
    """
    named = [images] if isinstance(images, (str, os.PathLike)) else list(images)
    files = [Path(file) for pattern in named for file in _expand(os.fspath(pattern))]
    for file in files:
        if not file.exists():
            raise FileNotFoundError(f"There is no archive {str(file)!r}.")
        check_regular_file(file)
    states = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    digest = hashlib.sha256(repr(states).encode()).hexdigest()[:16]
    root = Path(get_data_home(), "skmlic", "unpacked", digest)
    for number, file in enumerate(files):
        place = root / f"{number:04d}" if len(files) > 1 else root / "0000"
        if not place.is_dir():
            root.mkdir(parents=True, exist_ok=True)
            unpack(file, place)
    return str(root if len(files) > 1 else _enter(root / "0000"))


def _expand(pattern):
    """Return the names of a range of shards, "shard-{000..009}.tar"."""
    found = _RANGE.search(pattern)
    if found is None:
        return [pattern]
    first, last = found.groups()
    numbers = range(int(first), int(last) + 1)
    return [
        name
        for number in numbers
        for name in _expand(_RANGE.sub(f"{number:0{len(first)}d}", pattern, count=1))
    ]


def _enter(folder):
    """Return the folder inside a folder that contains nothing else."""
    while True:
        inside = [
            path
            for path in folder.iterdir()
            if not path.name.startswith((".", "__")) and not _NOTICE.fullmatch(path.name)
        ]
        if len(inside) != 1 or not inside[0].is_dir():
            return folder
        folder = inside[0]
