"""Data sets that are divided into folders such as train, valid and test."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from skmlic.datasets._data import LabelledImages, NoLabelError, make_data
from skmlic.datasets._formats._source import SPLITS, find_split, list_folders


def find_parts(root: Path, has_labels: Callable[[Path], bool]) -> dict[str, Path]:
    """Return the folders of a data set by the names of their splits; "" is the folder itself.

    They may be in a folder called data, or in one that has no other folder beside it.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    has_labels : callable
        Returns whether a folder is a part.
    """
    if has_labels(root):
        return {"": root}
    folders = list_folders(root)
    parts = {path: find_split(path.name) for path in folders}
    parts = {path: split for path, split in parts.items() if split and has_labels(path)}
    inner = folders if len(folders) == 1 else [path for path in folders if path.name == "data"]
    if not parts and inner:
        return find_parts(inner[0], has_labels)
    order = list(SPLITS)
    return {path.name: path for path in sorted(parts, key=lambda path: order.index(parts[path]))}


def choose_parts(parts: dict[str, Path], split: str | None, root: str) -> list[Path]:
    """Return the folders of one split, by its own name or a synonym, or all if it is None."""
    if not parts:
        names = ", ".join(name for names in SPLITS.values() for name in names)
        raise ValueError(f"Neither {root!r} nor a folder in it called {names} has this format.")
    if split is None:
        return list(parts.values())
    if split in parts:
        return [parts[split]]
    same = [
        path for name, path in parts.items() if find_split(name) == (find_split(split) or split)
    ]
    if not same:
        names = [name for name in parts if name]
        raise ValueError(
            f"There is no split={split!r} in {root!r}; "
            + (f"there are {', '.join(map(repr, names))}." if names else "it has no splits.")
        )
    return same


def concatenate(
    read: Callable[[Path, Sequence[str] | None], LabelledImages],
    parts: Iterable[Path],
    label_names: Sequence[str] | None,
    folder: str,
) -> LabelledImages:
    """Return the data of several parts as one data set.

    Parameters
    ----------
    read : callable
        Takes a part and the names of the labels, and returns its data.
    parts : iterable of Path
        The parts.
    label_names : sequence of str or None
        The labels. If they are None and the parts have different labels, each part is read again
        with those of all parts.
    folder : str
        The folder of the data set.
    """
    parts = list(parts)
    data, unlabelled = [], None
    for part in parts:
        try:
            data.append(read(part, label_names))
        except NoLabelError as error:
            unlabelled = error
    if unlabelled and not data:
        raise unlabelled
    if unlabelled or len({tuple(one.label_names) for one in data}) > 1:
        union = sorted({name for one in data for name in one.label_names})
        data = [read(part, union) for part in parts]
    return make_data(
        [path for one in data for path in one.paths],
        pd.concat([one.Y for one in data], ignore_index=True),
        folder=folder,
        missing=[name for one in data for name in one.missing],
    )
