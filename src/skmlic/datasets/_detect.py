"""Recognition of the format of labels."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._names import did_you_mean
from skmlic._utils._typing import FilePath
from skmlic.datasets._coco import load_coco
from skmlic.datasets._formats._archives import is_archive, unpack_archives
from skmlic.datasets._formats._celeba import is_celeba, load_celeba
from skmlic.datasets._formats._chest_xray14 import is_chest_xray14, load_chest_xray14
from skmlic.datasets._formats._class_folders import (
    has_only_folders,
    is_class_folders,
    load_class_folders,
)
from skmlic.datasets._formats._create_ml import is_create_ml, load_create_ml
from skmlic.datasets._formats._cvat import is_cvat, load_cvat
from skmlic.datasets._formats._fiftyone import is_fiftyone, load_fiftyone
from skmlic.datasets._formats._image_folder import is_image_folder, load_image_folder
from skmlic.datasets._formats._label_studio import is_label_studio, load_label_studio
from skmlic.datasets._formats._long_tables import is_long_table, load_long_table
from skmlic.datasets._formats._nus_wide import is_nus_wide, load_nus_wide
from skmlic.datasets._formats._roboflow import is_roboflow, load_roboflow
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._voc_files import is_voc_files, load_voc_files
from skmlic.datasets._formats._webdataset import is_webdataset, load_webdataset
from skmlic.datasets._formats._yolo import is_yolo, load_yolo
from skmlic.datasets._json_lines import load_json_lines
from skmlic.datasets._label_lists import load_label_lists
from skmlic.datasets._parameter_checks import suggest_path
from skmlic.datasets._tables import load_labelled_images
from skmlic.datasets._voc import find_sets, load_voc

_SKETCHES = """\
Expected one of
  images='images', labels='labels.csv'      a table, also .tsv, .txt or a DataFrame
  images='images', labels='labels.jsonl'    one JSON object per line
  images='images', labels='instances.json'  COCO's annotations, or a list of such files
  images='images', labels='lists'           a folder with one list of images per label, sea.txt
  images='images', labels='project.json'    an export of Label Studio, FiftyOne or Create ML
  images='images', labels='annotations.xml' an export of CVAT
  images='dataset'                          without labels: PASCAL VOC (VOCdevkit/VOC2007), YOLO,
                                            Roboflow, Hugging Face, or a folder per label
  images='dataset.zip'                      one of these in a zip or tar file"""


@dataclass(frozen=True)
class Format:
    """A format of labels.

    Parameters
    ----------
    name : str
        The name, for ``format=``.
    recognize : callable
        Takes a :class:`Source` and returns whether it has the format.
    read : callable
        The reader, which takes the images and, unless they contain them, the labels.
    """

    name: str
    recognize: Callable[[Source], bool]
    read: Callable[..., Bunch]


def _is_table(source):
    return hasattr(source.labels, "columns") or source.ending in (".csv", ".tsv", ".txt")


def _is_json_lines(source):
    if source.ending != ".json":
        return source.ending in (".jsonl", ".ndjson")
    try:
        first = json.loads(source.head.partition("\n")[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "annotations" not in first


def _is_coco(source):
    if source.ending == ".json":
        return not source.head.startswith("[")
    return isinstance(source.labels, (list, tuple))


def _is_label_lists(source):
    return source.label_folder is not None


def _is_voc(source):
    return source.folder is not None and bool(find_sets(source.folder))


# The first that is recognized is used, so that a special format precedes a general one.
FORMATS = (
    Format("label_studio", is_label_studio, load_label_studio),
    Format("create_ml", is_create_ml, load_create_ml),
    Format("fiftyone", is_fiftyone, load_fiftyone),
    Format("cvat", is_cvat, load_cvat),
    Format("chest_xray14", is_chest_xray14, load_chest_xray14),
    Format("celeba", is_celeba, load_celeba),
    Format("long", is_long_table, load_long_table),
    Format("voc", _is_voc, load_voc),
    Format("voc_files", is_voc_files, load_voc_files),
    Format("roboflow", is_roboflow, load_roboflow),
    Format("image_folder", is_image_folder, load_image_folder),
    Format("yolo", is_yolo, load_yolo),
    Format("webdataset", is_webdataset, load_webdataset),
    Format("nus_wide", is_nus_wide, load_nus_wide),
    Format("class_folders", is_class_folders, load_class_folders),
    Format("table", _is_table, load_labelled_images),
    Format("json_lines", _is_json_lines, load_json_lines),
    Format("coco", _is_coco, load_coco),
    Format("label_lists", _is_label_lists, load_label_lists),
)


def load_dataset(
    images: FilePath | Sequence[FilePath],
    labels: FilePath | pd.DataFrame | Sequence[FilePath] | None = None,
    *,
    format: str | None = None,
    **options: Any,
) -> Bunch:
    r"""Load images and labels in any format that can be read.

    The format is recognized by the names and the content of the files. The guide has a table of
    them with their sources and parameters (:ref:`formats`).

    Parameters
    ----------
    images : str, path-like or list of these
        The folder of the images, or of a data set that contains its labels; or a zip or tar file
        of one, or several shards (``"shard-{000..009}.tar"``, or a list), which are unpacked once
        to the folder of :func:`sklearn.datasets.get_data_home`.

    labels : str, path-like, DataFrame or list of str, default=None
        The path of the labels, or a table as a frame. Several files must be COCO's. None means that
        `images` contains them.

    format : str, default=None
        The name of the format, such as "table", "coco", "label_studio", "yolo" or "class_folders".
        None means that it is recognized. "long" is a table with one row per image and label, and a
        value of 0 or 1; ``long=True`` means the same.

    **options : dict
        Parameters of the reader. All readers have ``missing="drop"``, which leaves out labels whose
        image is not in the folder, and ``label_names``, the labels of `Y` in order (``load_voc``,
        ``load_labelled_images`` and the others describe them).

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If `labels` does not exist, or if images are missing.

    ValueError
        If the format is not recognized; the message lists all formats.

    TypeError
        If the reader has no such parameter.

    See Also
    --------
    describe_dataset : Find problems with the images and labels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_dataset
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["beach.png", "forest.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     table = Path(folder, "labels.csv")
    ...     _ = table.write_text("file,labels\nbeach.png,sea;trees\nforest.png,trees\n")
    ...     data = load_dataset(folder, table)
    >>> data.Y
       sea  trees
    0    1      1
    1    0      1
    """
    if options.pop("long", False):
        if format not in (None, "long"):
            raise ValueError(f"long=True is the format 'long', but format={format!r}.")
        format = "long"
    if is_archive(images):
        images = unpack_archives(images)
    if not isinstance(images, (str, os.PathLike)):
        raise TypeError(
            f"images is a {type(images).__name__}, expected a folder, or zip and tar files."
        )
    read = find_reader(labels, images, format)
    return read(images, **options) if labels is None else read(images, labels, **options)


def find_reader(
    labels: FilePath | pd.DataFrame | Sequence[FilePath] | None,
    images: FilePath,
    format: str | None = None,
) -> Callable[..., Bunch]:
    """Return the reader for labels.

    Parameters
    ----------
    labels : str, path-like, DataFrame, list of str or None
        As in :func:`load_dataset`.
    images : str or path-like
        As in :func:`load_dataset`.
    format : str, default=None
        As in :func:`load_dataset`.

    Returns
    -------
    reader : callable
        A function that takes ``images`` and ``labels``, or ``images`` only if ``labels`` is None.
    """
    if format is not None:
        return _find_format(format).read
    source = Source(images, labels)
    _check_exists(source)
    for known in FORMATS:
        if known.recognize(source):
            return known.read
    if labels is None:
        what = "a folder" if os.path.isdir(images) else "a file, or does not exist"
        raise ValueError(
            f"images={os.fspath(images)!r} is {what} without labels in a known format. {_SKETCHES}"
            + (
                "\nIf the names of its folders are labels, pass format='class_folders'."
                if os.path.isdir(images) and has_only_folders(Path(images))
                else ""
            )
        )
    if is_archive(labels):
        raise ValueError(
            f"labels={labels!r} is an archive, expected the file of the labels. Unpack "
            "it and pass that file; or, if it contains the images as well, pass it as images: "
            f"load_dataset({labels!r})."
        )
    name = os.fspath(source.file or "")
    if source.head.startswith("["):
        raise ValueError(
            f"labels={name!r} is a JSON list, expected COCO's object or one object per line. For a "
            "list of objects, one per image, write pandas.read_json('labels.json')"
            ".to_json('labels.jsonl', orient='records', lines=True)."
        )
    raise ValueError(f"labels={name!r} has no known format. {_SKETCHES}")


def _find_format(name):
    by_name = {known.name: known for known in FORMATS}
    if name not in by_name:
        raise ValueError(
            f"format={name!r} is not known; the formats are {', '.join(map(repr, by_name))}."
            f"{did_you_mean(name, by_name)}"
        )
    return by_name[name]


def _check_exists(source):
    """Raise an error if the labels do not exist, or have to be passed as images."""
    labels, images = source.labels, source.images
    if not isinstance(labels, (str, os.PathLike)):
        return
    if os.path.isdir(labels):
        if find_sets(labels):
            raise ValueError(
                f"labels={os.fspath(labels)!r} has PASCAL VOC's format; pass it as images, without "
                "labels."
            )
        return
    if not os.path.isfile(labels):
        hint = suggest_path(labels, "labels", images)
        raise FileNotFoundError(f"There is no file labels={os.fspath(labels)!r}.{hint}")
