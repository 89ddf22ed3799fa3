"""Reader of a folder of images and one list of images per label."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages, binarize, make_data
from skmlic.datasets._files import list_images, locate, read_lines, without_links
from skmlic.datasets._parameter_checks import check_folder, check_label_names, check_option
from skmlic.images import is_url

_NAME_AND_VALUE = r".*\S[\s,;]+(?:-?1|0)"


def load_label_lists(
    folder: FilePath,
    lists: FilePath,
    *,
    label_names: Sequence[str] | None = None,
    unlisted: Literal["drop", "negative"] = "drop",
    missing: Literal["raise", "drop"] = "raise",
    outside: Literal["missing", "allow"] = "missing",
) -> LabelledImages:
    r"""Load the paths of images in a folder and, for each label, a text file that lists its images.

    Images are not opened.

    Parameters
    ----------
    folder : str or path-like
        The folder of the images.

    lists : str or path-like
        The folder of the lists: UTF-8 files named after the labels, such as ``sea.txt``, with one
        image per line, by its file name with or without extension. An empty file is a label that no
        image has.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means all lists, sorted.

    unlisted : {"drop", "negative"}, default="drop"
        Whether images of the folder that are in no list are left out, or have a row of 0.

    missing : {"raise", "drop"}, default="raise"
        Whether names without an image raise an error, which lists them, or are left out.

    outside : {"missing", "allow"}, default="missing"
        Whether names that lead out of the folder count as missing, or are allowed, as for
        :func:`load_labelled_images`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, sorted, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If there are no lists, if an image is missing and `missing` is ``"raise"``, or if every
        image is missing.

    NotADirectoryError
        If `folder` or `lists` is not a folder.

    ValueError
        If no image is listed, or if one of `label_names` has no list.

    See Also
    --------
    load_dataset : Recognize the format of the labels and call the reader for it.
    load_voc : Read the lists of PASCAL VOC, which name all images and whether they have the label.

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
    check_option("outside", outside, ["missing", "allow"])
    check_option("unlisted", unlisted, ["drop", "negative"])
    folder = check_folder(folder)
    lists = check_folder(lists, "lists")
    labels, entries = _read_lists(lists)
    label_names = labels if label_names is None else check_label_names(label_names)
    absent = [name for name in label_names if name not in labels]
    if absent:
        raise ValueError(f"There is no list {absent[0] + '.txt'!r} in {lists!r}.")
    if entries.empty:
        raise ValueError(f"The lists in {lists!r} are empty, expected one name per line.")
    names = entries["name"].drop_duplicates()
    advice = _advise_on_values(names)
    paths, lost = locate(
        names, folder, missing, outside, source="the lists", unit="at", advice=advice
    )

    places = without_links(paths)
    place_of = dict(zip(names[paths.index], places, strict=True))
    tidy = [path if is_url(path) else os.path.normpath(path) for path in paths]
    path_of = dict(zip(places, tidy, strict=True))
    if unlisted == "negative":
        others = list(map(os.path.normpath, list_images(folder)))
        path_of = {**dict(zip(without_links(others), others, strict=True)), **path_of}
    label_sets: dict[str, set[str]] = {place: set() for place in path_of}
    for name, label in zip(entries["name"], entries["label"], strict=True):
        if name in place_of:
            label_sets[place_of[name]].add(label)
    places = sorted(path_of, key=path_of.__getitem__)
    Y = binarize([label_sets[place] for place in places], label_names, pd.RangeIndex(len(places)))
    return make_data([path_of[place] for place in places], Y, folder=folder, missing=lost)


def _advise_on_values(names):
    """Return how to read lists that have a value after each name, otherwise ""."""
    if not names.str.fullmatch(_NAME_AND_VALUE).all():
        return ""
    return (
        "If the number after each name tells whether the image has the label, read the lists as a "
        "table: load_labelled_images(folder, pandas.concat({file.stem: pandas.read_csv(file, "
        r"sep=r'[\s,;]+', header=None, index_col=0, engine='python')[1] for file in "
        "pathlib.Path(lists).glob('*.txt')}, axis=1).rename_axis('file').reset_index(), "
        "negative=-1, na_values='')."
    )


def _read_lists(lists):
    """Return the labels and a frame of the entries of their lists, with their places as index."""
    files = sorted(
        file
        for file in Path(lists).iterdir()
        if file.suffix.lower() == ".txt"
        and not file.name.startswith(".")
        and file.stem.lower() not in ("readme", "license")
    )
    if not files:
        raise FileNotFoundError(
            f"There is no list in {lists!r}, expected one file per label, such as 'sea.txt'."
        )
    rows = {
        f"line {number} of {file.name}": (name, file.stem)
        for file in files
        for number, line in enumerate(read_lines(file), start=1)
        if (name := line.rstrip(",; ").strip('"'))
    }
    entries = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "label"])
    return [file.stem for file in files], entries
