"""Reader of PASCAL VOC: images, annotations in XML, and lists of images."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from skmlic._utils._image_files import is_image_name
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages, make_data
from skmlic.datasets._files import locate, place_inside, read_lines
from skmlic.datasets._parameter_checks import (
    check_any_occurs,
    check_folder,
    check_label_names,
    check_option,
)
from skmlic.datasets._xml import parse_xml

DIFFICULT = {"positive": 1.0, "negative": 0.0, "missing": np.nan}


def load_voc(
    root: FilePath,
    *,
    split: str | None = "trainval",
    difficult: Literal["positive", "negative", "missing"] = "positive",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    r"""Load paths and labels of a data set in the format of PASCAL VOC.

    An image has a label if it has an object of that name. Labels are read from the lists
    ``ImageSets/Main/{label}_{split}.txt`` if they exist, and otherwise from the files
    ``Annotations/*.xml``, which annotation tools write. Images are not opened.

    Parameters
    ----------
    root : str or path-like
        The folder that contains ``JPEGImages``, for example ``"VOCdevkit/VOC2007"``, or a folder
        that contains a single such folder.

    split : str or None, default="trainval"
        The part of the data set: the images of ``ImageSets/Main/{split}.txt``. None means all
        images that have an annotation.

    difficult : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are marked as difficult: 1, 0 or NaN.
        Published results on VOC leave such entries out, which is ``"missing"``.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means all that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether rows whose image is missing raise an error, which lists them, or are left out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` (that of the
        images) and ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If there is no such split, if an annotation is missing, or if an image is missing and
        `missing` is ``"raise"``.

    NotADirectoryError
        If `root` is not a folder.

    ValueError
        If `root` does not have VOC's format or contains several data sets, or if a file cannot be
        interpreted.

    See Also
    --------
    fetch_voc2007, fetch_voc2012 : Download the data first.
    load_dataset : Recognize the format of the labels and call the reader for it.

    References
    ----------
    M. Everingham, L. Van Gool, C. K. I. Williams, J. Winn, A. Zisserman, "The PASCAL Visual Object
    Classes (VOC) Challenge", International Journal of Computer Vision 88, 2010.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_voc
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ["JPEGImages", "ImageSets/Main"]:
    ...         Path(root, name).mkdir(parents=True)
    ...     for name in ["000005", "000007"]:
    ...         Image.new("RGB", (8, 8)).save(Path(root, "JPEGImages", name + ".jpg"))
    ...     lists = {"val": "000005\n000007\n", "car_val": "000005 -1\n000007  1\n"}
    ...     for name, text in lists.items():
    ...         _ = Path(root, "ImageSets/Main", name + ".txt").write_text(text)
    ...     data = load_voc(root, split="val")
    >>> data.Y
       car
    0    0
    1    1
    """
    check_option("missing", missing, ["raise", "drop"])
    check_option("difficult", difficult, DIFFICULT)
    root = _find_set(root)
    ids = _list_ids(root, split)
    lists = _find_lists(root, split)
    values = _read_lists(lists, ids) if lists else _read_annotations(root, ids)
    if label_names is not None:
        label_names = check_label_names(label_names)
        check_any_occurs(label_names, values.columns)
        # Labels that do not occur in this split are negative.
        values = values.reindex(columns=label_names, fill_value=-1)
    if values.shape[1] == 0:
        raise ValueError(f"No image of {os.fspath(root)!r} has an object.")
    Y = to_labels(values, difficult)
    folder = os.path.join(root, "JPEGImages")
    paths, lost = locate(ids.set_axis(Y.index), folder, missing, source="the split")
    return make_data(paths, Y.loc[paths.index], folder=folder, missing=lost)


def find_sets(root: FilePath) -> list[Path]:
    """Return the folders of VOC's format: `root` itself, or those up to two levels below it."""
    root = Path(root)
    for pattern in ("JPEGImages", "*/JPEGImages", "*/*/JPEGImages"):
        found = sorted(path.parent for path in root.glob(pattern) if path.is_dir())
        if found:
            return found
    return []


def _find_set(root):
    root = check_folder(root, "root")
    found = find_sets(root)
    if not found:
        raise ValueError(
            f"root={root!r} has no folder JPEGImages, expected PASCAL VOC's format: JPEGImages, "
            "Annotations and ImageSets/Main."
        )
    if len(found) > 1:
        raise ValueError(
            f"root={root!r} contains several data sets: "
            f"{join_first(repr(str(path)) for path in found)}. Pass one of them."
        )
    return found[0]


def _list_ids(root, split):
    """Return the names of the images of a split as a Series."""
    if split is None:
        ids = [path.stem for path in sorted((root / "Annotations").glob("[!.]*.xml"))]
        if not ids:
            raise FileNotFoundError(f"There is no annotation {str(root / 'Annotations')!r}/*.xml.")
    else:
        file = root / "ImageSets" / "Main" / f"{split}.txt"
        if not file.is_file():
            others = sorted(
                path.stem for path in file.parent.glob("[!.]*.txt") if "_" not in path.stem
            )
            raise FileNotFoundError(
                f"There is no list of split={split!r} at {str(file)!r}. "
                + (f"There are {join_first(map(repr, others))}. " if others else "")
                + "Pass split=None for all images that have an annotation."
            )
        ids = [_strip_extension(line) for line in read_lines(file) if line]
        if not ids:
            raise ValueError(f"The list {str(file)!r} is empty.")
    ids = pd.Series(ids, dtype=object)
    if ids.duplicated().any():
        raise ValueError(f"{ids[ids.duplicated()].iloc[0]!r} occurs twice in split={split!r}.")
    return ids


def _strip_extension(name):
    """Return the name of an image without extension, which some tools write in lists."""
    return os.path.splitext(name)[0] if is_image_name(name) else name


def _find_lists(root, split):
    """Return a dict of the lists of a split by their labels."""
    ending = f"_{split}.txt"
    files = [] if split is None else sorted((root / "ImageSets" / "Main").glob("[!.]*" + ending))
    return {file.name.removesuffix(ending): file for file in files}


def _read_lists(lists, ids):
    """Return VOC's values, 1, 0 (difficult) or -1, from one list per label."""
    columns = {}
    for label, file in lists.items():
        values = {}
        for number, line in enumerate(read_lines(file), start=1):
            if not line:
                continue
            name, *value = line.rsplit(maxsplit=1)
            if value not in (["1"], ["0"], ["-1"]):
                raise ValueError(
                    f"Line {number} of {str(file)!r} is {line!r}, expected an image, then 1, 0 or "
                    "-1."
                )
            values[_strip_extension(name)] = int(value[0])
        columns[label] = ids.map(values)
        if columns[label].isna().any():
            lacking = ids[columns[label].isna()]
            raise ValueError(
                f"{str(file)!r} lacks {len(lacking)} of the {len(ids)} images of the "
                f"split: {join_first(map(repr, lacking))}."
            )
    return pd.DataFrame(columns).astype(int)


def _read_annotations(root, ids):
    """Return VOC's values from the objects in the annotation of each image."""
    folder = root / "Annotations"
    files = []
    for name in ids:
        place = place_inside(f"{name}.xml", str(folder))
        if place is None or not os.path.isfile(place):
            raise FileNotFoundError(f"There is no annotation of image {name!r} in {str(folder)!r}.")
        files.append(Path(place))
    return read_objects(files)


def read_objects(files: Sequence[Path]) -> pd.DataFrame:
    """Return VOC's values, 1, 0 (difficult) or -1, of the labels in annotations of images."""
    rows: list[dict[str, int]] = []
    for file in files:
        row: dict[str, int] = {}
        for thing in parse_xml(file).iter("object"):
            label = (thing.findtext("name") or "").strip()
            if not label:
                raise ValueError(f"An object of {str(file)!r} has no name.")
            is_difficult = (thing.findtext("difficult") or "0").strip() == "1"
            row[label] = max(row.get(label, 0), int(not is_difficult))
        rows.append(row)
    labels = sorted(set().union(*rows))
    values = [[row.get(label, -1) for label in labels] for row in rows]
    return pd.DataFrame(values, columns=labels, dtype=int)


def to_labels(values: pd.DataFrame, difficult: str) -> pd.DataFrame:
    """Return 0, 1 and NaN for VOC's values 1, 0 (difficult) and -1, which are indices here."""
    meanings = np.array([DIFFICULT[difficult], 1, 0])
    return pd.DataFrame(meanings[values.to_numpy()], index=values.index, columns=values.columns)
