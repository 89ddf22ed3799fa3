"""COCO: pictures, and their objects in JSON."""

import json
import os
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import check_label_names, make_data
from skmlic.datasets._files import (
    check_distinct,
    check_file,
    check_folder,
    check_option,
    first_ones,
    locate,
)

_CROWD = {"positive": 1.0, "negative": 0.0, "unknown": np.nan}
_KEPT = {"images", "file_name", "annotations", "image_id", "category_id", "iscrowd"}
_KEPT |= {"categories", "id", "name"}


def load_coco(
    images: FilePath,
    annotations: FilePath | Sequence[FilePath],
    *,
    crowd: Literal["positive", "negative", "unknown"] = "positive",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    """Load paths and labels of a data set in the form of COCO.

    A picture has a label if it has an object of that category. Pictures without any object have
    rows of 0. No picture is opened.

    Parameters
    ----------
    images : str or path-like
        The folder of the pictures.

    annotations : str, path-like or sequence of these
        The file, such as ``"instances_val2017.json"``, or several with the same categories, whose
        pictures follow each other.

    crowd : {"positive", "negative", "unknown"}, default="positive"
        What a label is whose only objects in a picture are crowds (``iscrowd``): 1, 0 or NaN.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None takes the file's categories in its
        order, with those that no picture has.

    missing : {"raise", "drop"}, default="raise"
        What to do about rows whose picture is not in the folder: raise one error that lists them,
        or leave them out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as of :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If a file does not exist, a picture is missing and `missing` is ``"raise"``, or every
        picture is missing.

    NotADirectoryError
        If `images` is no folder.

    ValueError
        If a file does not have COCO's form, files have different categories, or a picture comes
        twice.

    See Also
    --------
    fetch_coco : Download the data first.
    load_dataset : Recognise the form of labels and call the reader for it.

    Notes
    -----
    Outlines and boxes are thrown away while the file is read: the 450 MB of the largest take
    much less memory than all they hold.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_coco
    >>> content = {
    ...     "images": [{"id": 7, "file_name": "a.png"}, {"id": 9, "file_name": "b.png"}],
    ...     "categories": [{"id": 3, "name": "zebra"}, {"id": 1, "name": "cat"}],
    ...     "annotations": [{"id": 1, "image_id": 9, "category_id": 3, "iscrowd": 0}],
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["a.png", "b.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     _ = Path(folder, "instances.json").write_text(json.dumps(content))
    ...     data = load_coco(folder, Path(folder, "instances.json"))
    >>> data.Y
       zebra  cat
    0      0    0
    1      1    0
    """
    check_option("missing", missing, ["raise", "drop"])
    check_option("crowd", crowd, _CROWD)
    images = check_folder(
        images,
        "images",
        advice="Pass the folder of the pictures first, then the file: "
        "load_coco('val2017', 'instances_val2017.json').",
    )
    files = [annotations] if isinstance(annotations, (str, os.PathLike)) else list(annotations)
    if not files:
        raise ValueError("annotations is empty, expected a file or several.")
    files = [check_file(file, "annotations", images, "file") for file in files]
    parts = [_read_file(file, crowd) for file in files]
    names = pd.concat([names for names, _ in parts], ignore_index=True)
    Y = pd.concat(_with_same_labels(files, parts), ignore_index=True)
    if label_names is not None:
        label_names = check_label_names(label_names)
        strange = [name for name in label_names if name not in Y.columns]
        if strange:
            raise ValueError(
                f"label_names has {strange[0]!r}, which is no category; there are "
                f"{first_ones(map(repr, Y.columns))}."
            )
        Y = Y[label_names]
    paths, lost = locate(names, images, missing, source="the annotations")
    check_distinct(names, paths, source="the annotations")
    return make_data(paths, Y.loc[paths.index], folder=images, missing=lost)


def _keep(item):
    """Drop all but the few fields that matter, as soon as an object has been read."""
    return {key: value for key, value in item.items() if key in _KEPT}


def _read_file(file, crowd):
    """Return the file names of the pictures and their labels."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            content = json.load(stream, object_hook=_keep)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file!r} is no JSON: {error}.") from error
    try:
        categories = pd.Series({item["id"]: str(item["name"]) for item in content["categories"]})
        names = pd.Series({item["id"]: os.fspath(item["file_name"]) for item in content["images"]})
        objects = pd.DataFrame(
            [
                (a["image_id"], a["category_id"], a.get("iscrowd", 0))
                for a in content["annotations"]
            ],
            columns=["image", "category", "iscrowd"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{file!r} does not have COCO's form ({type(error).__name__}: {error}), expected an "
            "object with the lists 'images', 'categories' and 'annotations', such as "
            "instances_val2017.json."
        ) from error
    if names.empty or categories.empty:
        raise ValueError(f"{file!r} has no {'images' if names.empty else 'categories'}.")
    expected = len(content["categories"]), len(content["images"])
    if categories.duplicated().any() or (len(categories), len(names)) != expected:
        raise ValueError(
            f"{file!r} has a category's name or id, or a picture's id, twice; expected each once."
        )
    rows = names.index.get_indexer(objects["image"])
    columns = categories.index.get_indexer(objects["category"])
    if (rows < 0).any() or (columns < 0).any():
        wrong = objects[(rows < 0) | (columns < 0)].iloc[0]
        raise ValueError(
            f"{file!r} has an annotation of image_id {wrong['image']} and category_id "
            f"{wrong['category']}, of which one is not in the file."
        )
    values = np.zeros((len(names), len(categories)))
    is_crowd = objects["iscrowd"].to_numpy() == 1
    # A single object overrides what crowds say.
    values[rows[is_crowd], columns[is_crowd]] = _CROWD[crowd]
    values[rows[~is_crowd], columns[~is_crowd]] = 1
    return names.reset_index(drop=True), pd.DataFrame(values, columns=categories.tolist())


def _with_same_labels(files, parts):
    """Return the labels of each file, or say which has other categories than the first."""
    labels = parts[0][1].columns
    for file, (_, Y) in zip(files, parts, strict=True):
        if set(Y.columns) != set(labels):
            strange = sorted(set(labels) ^ set(Y.columns))
            raise ValueError(
                f"{file!r} has other categories than {files[0]!r}; only one of them has "
                f"{first_ones(map(repr, strange))}."
            )
    return [Y[labels] for _, Y in parts]
