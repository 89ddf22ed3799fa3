"""PASCAL VOC: pictures, annotations as XML, and lists of pictures."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import check_label_names, make_data
from skmlic.datasets._files import check_folder, check_option, first_ones, locate, read_lines

DIFFICULT = {"positive": 1.0, "negative": 0.0, "unknown": np.nan}


def load_voc(
    root: FilePath,
    *,
    split: str | None = "trainval",
    difficult: Literal["positive", "negative", "unknown"] = "positive",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    r"""Load paths and labels of a data set in the form of PASCAL VOC.

    A picture has a label if it has an object of that name. This is read from the lists
    ``ImageSets/Main/{label}_{split}.txt`` where there are such, and otherwise from
    ``Annotations/*.xml``, as programs for annotating write them. No picture is opened.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``JPEGImages``, for example ``"VOCdevkit/VOC2007"``, or one that holds
        a single such folder.

    split : str or None, default="trainval"
        Which pictures: those of ``ImageSets/Main/{split}.txt``. None takes every picture that has
        an annotation.

    difficult : {"positive", "negative", "unknown"}, default="positive"
        What a label is whose only objects in a picture are marked as difficult: 1, 0 or NaN. The
        objects are there. The figures published for VOC leave such entries out, which is
        ``"unknown"``.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None takes all that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        What to do about rows whose picture is not there: raise one error that lists them, or leave
        them out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` (that of the
        pictures) and ``missing``, as of :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If there is no such split, no such annotation, or a picture is missing and `missing` is
        ``"raise"``.

    NotADirectoryError
        If `root` is no folder.

    ValueError
        If `root` does not have VOC's form or holds several sets, or a file can't be understood.

    See Also
    --------
    fetch_voc2007, fetch_voc2012 : Download the data first.
    load_dataset : Recognise the form of labels and call the reader for it.

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
    Y = _from_lists(lists, ids) if lists else _from_annotations(root, ids)
    if label_names is not None:
        label_names = check_label_names(label_names)
        if not set(label_names) & set(Y.columns):
            raise ValueError(
                f"None of label_names={label_names} occurs; the labels are "
                f"{first_ones(map(repr, Y.columns))}."
            )
        Y = Y.reindex(columns=label_names, fill_value=-1)
    if Y.shape[1] == 0:
        raise ValueError(f"No picture of {os.fspath(root)!r} has an object.")
    # VOC's values 0, 1 and -1 are places in this array.
    meanings = np.array([DIFFICULT[difficult], 1, 0])
    Y = pd.DataFrame(meanings[Y.to_numpy()], index=Y.index, columns=Y.columns)
    folder = os.path.join(root, "JPEGImages")
    names = ids.set_axis(Y.index)
    paths, lost = locate(names, folder, missing, source="the split")
    return make_data(paths, Y.loc[paths.index], folder=folder, missing=lost)


def find_sets(root: FilePath) -> list[Path]:
    """Return the folders of VOC's form: `root`, or those up to two levels below."""
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
            f"root={root!r} has no folder JPEGImages, expected PASCAL VOC's form: JPEGImages, "
            "Annotations and ImageSets/Main."
        )
    if len(found) > 1:
        raise ValueError(
            f"root={root!r} holds several sets: {first_ones(repr(str(path)) for path in found)}. "
            "Pass one of them."
        )
    return found[0]


def _list_ids(root, split):
    """Return the pictures' names as a Series."""
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
                + (f"There are {first_ones(map(repr, others))}. " if others else "")
                + "Pass split=None for every picture that has an annotation."
            )
        ids = list(filter(None, read_lines(file)))
        if not ids:
            raise ValueError(f"The list {str(file)!r} is empty.")
    ids = pd.Series(ids, dtype=object)
    if ids.duplicated().any():
        raise ValueError(f"{ids[ids.duplicated()].iloc[0]!r} comes twice in split={split!r}.")
    return ids


def _find_lists(root, split):
    """Return the list of each label in this split."""
    ending = f"_{split}.txt"
    files = [] if split is None else sorted((root / "ImageSets" / "Main").glob("[!.]*" + ending))
    return {file.name.removesuffix(ending): file for file in files}


def _from_lists(lists, ids):
    """Return VOC's values, 1, 0 (difficult) or -1, from one list a label."""
    columns = {}
    for label, file in lists.items():
        values = {}
        for number, line in enumerate(read_lines(file), start=1):
            if not line:
                continue
            name, *value = line.rsplit(maxsplit=1)
            if value not in (["1"], ["0"], ["-1"]):
                raise ValueError(
                    f"Line {number} of {str(file)!r} is {line!r}, expected a picture, then 1, 0 or "
                    "-1."
                )
            values[name] = int(value[0])
        columns[label] = ids.map(values)
        if columns[label].isna().any():
            lacking = ids[columns[label].isna()]
            raise ValueError(
                f"{str(file)!r} does not have {len(lacking)} of the {len(ids)} pictures of the "
                f"split: {first_ones(map(repr, lacking))}."
            )
    return pd.DataFrame(columns).astype(int)


def _from_annotations(root, ids):
    """Return VOC's values from the objects of each picture's annotation."""
    rows = []
    for name in ids:
        file = root / "Annotations" / f"{name}.xml"
        if not file.is_file():
            raise FileNotFoundError(f"There is no annotation of picture {name!r} at {str(file)!r}.")
        row = {}
        for thing in _parse(file).iter("object"):
            label = (thing.findtext("name") or "").strip()
            if not label:
                raise ValueError(f"An object of {str(file)!r} has no name.")
            is_difficult = (thing.findtext("difficult") or "0").strip() == "1"
            row[label] = max(row.get(label, 0), int(not is_difficult))
        rows.append(row)
    labels = sorted(set().union(*rows))
    values = [[row.get(label, -1) for label in labels] for row in rows]
    return pd.DataFrame(values, columns=labels, dtype=int)


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Refuse the part of a file in which entities, small ones that expand to GBs, are declared."""

    def doctype(self, name, pubid, system):
        raise ValueError("it has a DOCTYPE, which VOC's annotations don't")


def _parse(file):
    try:
        return ElementTree.parse(file, ElementTree.XMLParser(target=_WithoutDoctype()))
    except (ElementTree.ParseError, ValueError) as error:
        raise ValueError(f"The annotation {str(file)!r} can't be read: {error}.") from error
