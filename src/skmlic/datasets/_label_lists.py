"""A folder of pictures and one list of pictures a label."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from sklearn.utils import Bunch

from skmlic._typing import FilePath
from skmlic.datasets._data import binarize, make_data
from skmlic.datasets._files import check_folder, check_option, list_pictures, locate


def load_label_lists(
    folder: FilePath,
    lists: FilePath,
    *,
    label_names: Sequence[str] | None = None,
    unlisted: Literal["drop", "negative"] = "drop",
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    r"""Load the paths of a folder of pictures and one text file a label that lists its pictures.

    No picture is opened.

    Parameters
    ----------
    folder : str or path-like
        The folder of the pictures.

    lists : str or path-like
        The folder of the lists: UTF-8 files whose names are the labels, such as ``sea.txt``, with
        one picture a line, its file name with or without ending. An empty file is a label that no
        picture has.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None takes every list, sorted.

    unlisted : {"drop", "negative"}, default="drop"
        What to do with pictures of the folder that are in no list: leave them out, or give them a
        row of 0.

    missing : {"raise", "drop"}, default="raise"
        What to do about names without a picture: raise one error that lists them, or leave them
        out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, sorted, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as of :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If there are no lists, a picture is missing and `missing` is ``"raise"``, or every picture
        is missing.

    NotADirectoryError
        If `folder` or `lists` is no folder.

    ValueError
        If no picture is listed, or one of `label_names` has no list.

    See Also
    --------
    load_dataset : Recognise the form of labels and call the reader for it.
    load_voc : The lists of PASCAL VOC, which tell whether each picture has the label.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_label_lists
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["beach.png", "forest.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     _ = Path(folder, "sea.txt").write_text("beach\n")
    ...     _ = Path(folder, "trees.txt").write_text("beach\nforest\n")
    ...     data = load_label_lists(folder, folder)
    >>> data.Y
       sea  trees
    0    1      1
    1    0      1
    """
    check_option("missing", missing, ["raise", "drop"])
    check_option("unlisted", unlisted, ["drop", "negative"])
    folder = check_folder(folder)
    lists = check_folder(lists, "lists")
    labels, entries = _read_lists(lists)
    absent = set(label_names or ()) - set(labels)
    if absent:
        raise ValueError(f"There is no list {min(absent) + '.txt'!r} in {lists!r}.")
    if entries.empty:
        raise ValueError(f"The lists in {lists!r} are empty, expected one name a line.")
    names = entries["name"].drop_duplicates()
    paths, lost = locate(names, folder, missing, source="the lists", unit="at")

    path_of = dict(zip(names[paths.index], paths.map(os.path.normpath), strict=True))
    label_sets: dict[str, set[str]] = {path: set() for path in path_of.values()}
    if unlisted == "negative":
        for path in list_pictures(folder):
            label_sets.setdefault(os.path.normpath(path), set())
    for name, label in zip(entries["name"], entries["label"], strict=True):
        if name in path_of:
            label_sets[path_of[name]].add(label)
    paths = sorted(label_sets)
    Y = binarize(
        [label_sets[path] for path in paths],
        labels if label_names is None else label_names,
        pd.RangeIndex(len(paths)),
    )
    return make_data(paths, Y, folder=folder, missing=lost)


def _read_lists(lists):
    """Return the labels, and the entries of their lists: a frame whose index says where."""
    files = sorted(Path(lists).glob("[!.]*.txt"))
    if not files:
        raise FileNotFoundError(
            f"There is no list in {lists!r}, expected one file a label, such as 'sea.txt'."
        )
    rows = {
        f"line {number} of {file.name}": (name.strip(), file.stem)
        for file in files
        for number, name in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1)
        if name.strip()
    }
    entries = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "label"])
    return [file.stem for file in files], entries
