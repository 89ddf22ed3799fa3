"""A folder of pictures and one list of pictures a label."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import binarize, check_label_names, make_data
from skmlic.datasets._files import (
    check_folder,
    check_option,
    list_pictures,
    locate,
    read_lines,
    without_links,
)


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
    label_names = labels if label_names is None else check_label_names(label_names)
    absent = [name for name in label_names if name not in labels]
    if absent:
        raise ValueError(f"There is no list {absent[0] + '.txt'!r} in {lists!r}.")
    if entries.empty:
        raise ValueError(f"The lists in {lists!r} are empty, expected one name a line.")
    names = entries["name"].drop_duplicates()
    paths, lost = locate(names, folder, missing, source="the lists", unit="at")

    places = without_links(paths)
    place_of = dict(zip(names[paths.index], places, strict=True))
    path_of = dict(zip(places, map(os.path.normpath, paths), strict=True))
    if unlisted == "negative":
        others = list(map(os.path.normpath, list_pictures(folder)))
        path_of = {**dict(zip(without_links(others), others, strict=True)), **path_of}
    label_sets: dict[str, set[str]] = {place: set() for place in path_of}
    for name, label in zip(entries["name"], entries["label"], strict=True):
        if name in place_of:
            label_sets[place_of[name]].add(label)
    places = sorted(path_of, key=path_of.__getitem__)
    Y = binarize([label_sets[place] for place in places], label_names, pd.RangeIndex(len(places)))
    return make_data([path_of[place] for place in places], Y, folder=folder, missing=lost)


def _read_lists(lists):
    """Return the labels, and the entries of their lists: a frame whose index says where."""
    files = sorted(
        file
        for file in Path(lists).iterdir()
        if file.suffix.lower() == ".txt" and not file.name.startswith(".")
    )
    if not files:
        raise FileNotFoundError(
            f"There is no list in {lists!r}, expected one file a label, such as 'sea.txt'."
        )
    rows = {
        f"line {number} of {file.name}": (name, file.stem)
        for file in files
        for number, name in enumerate(read_lines(file), start=1)
        if name
    }
    entries = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "label"])
    return [file.stem for file in files], entries
