"""Reader of a folder of images per label."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from skmlic._utils._labels import find_labels
from skmlic._utils._regular_file import open_regular_file
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import list_images
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source, find_split, has_images, list_folders
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._parameter_checks import check_folder, check_label_names

# Names of folders that are hardly labels.
_OTHER = re.compile(
    r"(images?|imgs?|masks?|labels?|annotations?|part|shard|batch|chunk)[-_ ]?\d*", re.IGNORECASE
)

# Files of labels; the names of the folders that contain them are hardly labels.
_TABLES = ("metadata.jsonl", "metadata.csv", "metadata.parquet", "_classes.csv", "annotations.xml")


def is_class_folders(source: Source) -> bool:
    """Return whether a folder has at least two folders of images, named after labels."""
    return source.folder is not None and any(
        not any(_OTHER.fullmatch(path.name) for path in list_folders(part))
        for part in find_parts(source.folder, _has_classes).values()
    )


def has_only_folders(folder: Path) -> bool:
    """Return whether a folder has folders of images, and no image besides them."""
    return not has_images(folder) and bool(_list_classes(folder))


def load_class_folders(
    images: FilePath,
    *,
    split: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load images from one folder per label, ``sea/beach.jpg`` and ``trees/beach.jpg``.

    Files with the same content are one image, which has the labels of all its folders. An image
    does not have the labels of other folders. All files are read, in order to compare them.

    Parameters
    ----------
    images : str or path-like
        The folder of these folders, or of train, valid and test with such folders.

    split : str, default=None
        The split to load, if there are any. None means all of them, concatenated.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all folders, sorted.

    missing : {"raise", "drop"}, default="raise"
        Accepted as by all readers; no image can be missing.
    """
    root = check_folder(images, "images")
    parts = find_parts(Path(root), _has_classes)
    if not parts and has_only_folders(Path(root)):
        parts = {"": Path(root)}
    parts = choose_parts(parts, split, root)
    if label_names is not None:
        label_names = check_label_names(label_names)
        find_labels(label_names, sorted(set().union(*map(_list_classes, parts))), "label_names")

    def read(part, names):
        return _read_part(part, names, missing)

    return concatenate(read, parts, label_names, root)


def _read_part(folder, label_names, missing):
    known = _list_classes(folder)
    found = defaultdict(set)
    names = {}
    paths = [Path(path) for name in known for path in list_images(str(folder / name))]
    for path, content in _identify(paths):
        relative = path.relative_to(folder)
        names.setdefault(content, relative.as_posix())
        found[content].add(relative.parts[0])
    if label_names is not None:
        known += [name for name in label_names if name not in known]
    annotations = Annotations(
        list(names.values()), [found[content] for content in names], known, f"{str(folder)!r}"
    )
    return load_annotations(annotations, str(folder), label_names, missing)


def _identify(paths):
    """Yield each path with a key that is the same for files of the same content."""
    by_size = defaultdict(list)
    for path in paths:
        by_size[path.stat().st_size].append(path)
    for path in paths:
        if len(by_size[path.stat().st_size]) == 1:
            yield path, path
            continue
        with open_regular_file(path) as file:
            yield path, hashlib.file_digest(file, "sha256").digest()


def _has_classes(folder):
    if has_images(folder):
        return False
    names = _list_classes(folder)
    n_splits = sum(find_split(name) is not None for name in names)
    return len(names) > 1 and n_splits < 2 and not any(map(_has_table, list_folders(folder)))


def _list_classes(folder):
    """Return the names of the folders that contain images, sorted."""
    return [path.name for path in list_folders(folder) if any(list_images(str(path)))]


def _has_table(folder):
    return any((folder / name).is_file() for name in _TABLES)
