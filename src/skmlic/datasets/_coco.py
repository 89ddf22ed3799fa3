"""Reader of COCO: images, and their objects in JSON."""

import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic._utils._warnings import warn_caller
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._label_studio_images import spell_images
from skmlic.datasets._formats._source import expect_format, read_json
from skmlic.datasets._parameter_checks import check_file, check_folder, check_option

_CROWD = {"positive": 1.0, "negative": 0.0, "missing": np.nan}
_EXAMPLE = (
    "an object with the lists 'images' (each with 'file_name'), 'categories' and 'annotations', "
    "such as instances_val2017.json"
)
_KEPT = {"images", "file_name", "annotations", "image_id", "category_id", "iscrowd"}
_KEPT |= {"categories", "id", "name", "supercategory", "coco_url", "neg_category_ids"}


def load_coco(
    images: FilePath,
    annotations: FilePath | Sequence[FilePath],
    *,
    crowd: Literal["positive", "negative", "missing"] = "positive",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load paths and labels of a data set in the format of COCO.

    An image has a label if it has an annotation of that category, with or without a box. Images
    without annotations have rows of 0; in a file without any annotation, all labels are missing
    (NaN), with a warning. In files of LVIS, labels are missing that were not checked in an image,
    which are those in neither its annotations nor its ``neg_category_ids``. Images are not opened.

    Parameters
    ----------
    images : str or path-like
        The folder of the images. Names are relative to it; images that are not there are found by
        as much of their path or URL as the folder has, as for Label Studio's exports.

    annotations : str, path-like or sequence of these
        The file, such as ``"instances_val2017.json"``, or several files with the same categories,
        whose images are concatenated.

    crowd : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are crowds (``iscrowd``): 1, 0 or NaN.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means all categories in the order of
        the file, including those that no image has, but not the one of Roboflow's exports that is
        called as the project.

    missing : {"raise", "drop"}, default="raise"
        Whether rows whose image is not in the folder raise an error, which lists them, or are left
        out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If a file does not exist, if an image is missing and `missing` is ``"raise"``, or if every
        image is missing.

    NotADirectoryError
        If `images` is not a folder.

    ValueError
        If a file does not have COCO's format, if files have different categories, or if an image
        occurs twice.

    See Also
    --------
    fetch_coco : Download the data first.
    load_dataset : Recognize the format of the labels and call the reader for it.

    Notes
    -----
    Outlines and boxes are discarded while a file is read, so that the largest one, of 450 MB, takes
    much less memory than its content.

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
        advice="Pass the folder of the images first, then the file: "
        "load_coco('val2017', 'instances_val2017.json').",
    )
    is_one = not pd.api.types.is_list_like(annotations)
    files: list[Any] = [annotations] if is_one else list(annotations)  # type: ignore[arg-type]
    if not files:
        raise ValueError("annotations is empty, expected one or several files.")
    files = [check_file(file, "annotations", images, "file") for file in files]
    parts = []
    for file in files:
        with expect_format(file, "COCO", _EXAMPLE):
            parts.append(_read_file(file, crowd))
    names = pd.concat([names for names, _ in parts], ignore_index=True)
    labels = pd.concat(_align_labels(files, parts), ignore_index=True)
    # Some tools write paths of their own server.
    found = Annotations(spell_images(names, images), labels, source="the annotations", unit="image")
    return load_annotations(found, images, label_names, missing)


def _read_file(file, crowd):
    """Return the file names of the images as a Series, and their labels as a frame."""
    content = read_json(file, keep=_keep)
    categories, names, objects = _parse(file, content)
    categories = _drop_project(categories, content["categories"], objects)
    rows = names.index.get_indexer(objects["image"])
    columns = categories.index.get_indexer(objects["category"])
    if (rows < 0).any() or (columns < 0).any():
        wrong = objects[(rows < 0) | (columns < 0)].iloc[0]
        raise ValueError(
            f"{file!r} has an annotation of image_id {wrong['image']} and category_id "
            f"{wrong['category']}, one of which is not in the file."
        )
    values = _make_negatives(content["images"], categories)
    if objects.empty:
        warn_caller(
            f"{file!r} has no annotations, so all labels are missing. CVAT's COCO export leaves "
            "out tags; export 'CVAT for images 1.1' and read its annotations.xml.",
        )
        values[:] = np.nan
    is_crowd = objects["iscrowd"].to_numpy() == 1
    # A single object takes precedence over crowds.
    values[rows[is_crowd], columns[is_crowd]] = _CROWD[crowd]
    values[rows[~is_crowd], columns[~is_crowd]] = 1
    return names.reset_index(drop=True), pd.DataFrame(values, columns=categories.tolist())


def _make_negatives(images, categories):
    """Return values of 0, or NaN where LVIS does not say that an image lacks a category."""
    values = np.zeros((len(images), len(categories)))
    for row, image in enumerate(images):
        if "neg_category_ids" in image:
            values[row] = np.nan
            values[row, categories.index.get_indexer(image["neg_category_ids"])] = 0
    return values


def _drop_project(categories, content, objects):
    """Return the categories without the one that Roboflow adds, with the name of the project."""
    parents = {item.get("supercategory") for item in content}
    tops = {item["id"] for item in content if item.get("supercategory") == "none"}
    is_project = categories.isin(parents) & categories.index.isin(tops - {*objects["category"]})
    return categories[~is_project]


def _keep(item):
    """Return only the fields of an object that are needed, as soon as it has been read."""
    return {key: value for key, value in item.items() if key in _KEPT}


def _parse(file, content):
    """Return categories and file names by their ids as Series, and objects as a frame."""
    categories = pd.Series({item["id"]: str(item["name"]) for item in content["categories"]})
    names = pd.Series({image["id"]: _get_name(image) for image in content["images"]})
    objects = pd.DataFrame(
        [
            (a["image_id"], a["category_id"], a.get("iscrowd", 0))
            for a in content.get("annotations", [])
        ],
        columns=["image", "category", "iscrowd"],
    )
    if names.empty or categories.empty:
        raise ValueError(f"{file!r} has no {'images' if names.empty else 'categories'}.")
    expected = len(content["categories"]), len(content["images"])
    if categories.duplicated().any() or (len(categories), len(names)) != expected:
        raise ValueError(
            f"{file!r} has the name or id of a category, or the id of an image, twice; expected "
            "each once."
        )
    return categories, names, objects


def _get_name(image):
    """Return the name of an image; LVIS has URLs only."""
    has_url_only = "coco_url" in image and "file_name" not in image
    return os.fspath(image["coco_url" if has_url_only else "file_name"])


def _align_labels(files, parts):
    """Return the labels of each file in the order of the first, or raise if they differ."""
    labels = parts[0][1].columns
    for file, (_, Y) in zip(files, parts, strict=True):
        if set(Y.columns) != set(labels):
            differing = sorted(set(labels) ^ set(Y.columns))
            raise ValueError(
                f"{file!r} has other categories than {files[0]!r}; only one of them has "
                f"{join_first(map(repr, differing))}."
            )
    return [Y[labels] for _, Y in parts]
