"""Recognition of the format of labels."""

import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skmlic._utils._names import did_you_mean
from skmlic._utils._regular_file import check_regular_file
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._archives import is_archive, unpack_archives
from skmlic.datasets._formats._class_folders import (
    has_only_folders,
)
from skmlic.datasets._formats._source import Source
from skmlic.datasets._known_formats import FORMATS, maps_images
from skmlic.datasets._labels_inside import find_inside
from skmlic.datasets._parameter_checks import check_label_names, check_option, suggest_path
from skmlic.datasets._voc import find_sets

_SKETCHES = """\
Expected one of
  images='images', labels='labels.csv'      a table, also .tsv, .txt or a DataFrame
  images='images', labels='labels.jsonl'    one JSON object per line
  images='images', labels='instances.json'  COCO's annotations, or a list of such files
  images='images', labels='lists'           a folder with one list of images per label, sea.txt
  images='images', labels='project.json'    an export of Label Studio, FiftyOne or Create ML
  images='images', labels='annotations.xml' an export of CVAT
  images='images', labels='annotations'     a folder of PASCAL VOC's XML, or of YOLO's text files
  images='dataset'                          without labels: PASCAL VOC (VOCdevkit/VOC2007), YOLO,
                                            Roboflow, Hugging Face, a folder per label, or a table
                                            or another of these files beside the images
  images='dataset.zip'                      one of these in a zip or tar file"""


def load_dataset(
    images: FilePath | Sequence[FilePath],
    labels: FilePath | pd.DataFrame | Sequence[FilePath] | None = None,
    *,
    format: str | None = None,
    **options: Any,
) -> LabelledImages:
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
        `images` contains them, in a format that tells where, or as the only table or file of
        annotations.

    format : str, default=None
        The name of the format, such as "table", "coco", "label_studio", "yolo" or "class_folders".
        None means that it is recognized. "long" is a table with one row per image and label, and a
        value of 0 or 1; ``long=True`` means the same.

    **options : dict
        Parameters of the reader. All readers have ``missing="drop"``, which leaves out labels whose
        image is not in the folder, and ``label_names``, the labels of `Y` in order (``load_voc``,
        ``load_labelled_images`` and the others describe them). Those of tables and lists have
        ``outside="allow"``, which allows names that lead out of the folder.

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
    is_long = options.pop("long", False)
    check_option("long", is_long, [False, True])
    if is_long:
        if format not in (None, "long"):
            raise ValueError(f"long=True is the format 'long', but format={format!r}.")
        format = "long"
    read, arguments = choose_reader(images, labels, format)
    known = list_options(read)
    for name in options:
        if name not in known:
            raise TypeError(
                f"{read.__name__}, the reader of these labels, has no parameter {name!r}."
                f"{did_you_mean(name, known)} Its parameters are {', '.join(known)}."
            )
    if options.get("label_names") is not None:
        options["label_names"] = check_label_names(options["label_names"])
    try:
        return read(*arguments, **options)
    except ValueError as error:
        if "csv=" in str(error):
            error.add_note("The parameter csv of load_labelled_images is labels of load_dataset.")
        raise


def list_options(read: Callable[..., LabelledImages]) -> list[str]:
    """Return the names of the keyword-only parameters of a reader."""
    parameters = inspect.signature(read).parameters.values()
    return [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]


def choose_reader(
    images: FilePath | Sequence[FilePath],
    labels: FilePath | pd.DataFrame | Sequence[FilePath] | None = None,
    format: str | None = None,
) -> tuple[Callable[..., LabelledImages], list[Any]]:
    """Return the reader of a data set, and what to call it with.

    Parameters
    ----------
    images, labels, format : object
        As in :func:`load_dataset`.

    Returns
    -------
    read : callable
        The reader.
    arguments : list
        Its positional arguments: the folder of the images and, unless it contains them, the labels.
    """
    if is_archive(images):
        images = unpack_archives(images)
    if not isinstance(images, (str, os.PathLike)):
        raise TypeError(
            f"images is a {type(images).__name__}, expected a folder, or zip and tar files."
        )
    source = Source(images, labels)
    if format is None:
        _check_exists(source)
        known = next((known for known in FORMATS if known.recognize(source)), None)
    else:
        known = _find_format(format)
    if labels is None and os.path.isdir(images):
        inside = None if format == "class_folders" else find_inside(Path(images), known)
        if inside is not None:
            return choose_reader(*inside, format)
    if known is None:
        raise ValueError(_describe_unknown(source))
    return known.read, [images] if labels is None else [images, labels]


def _describe_unknown(source):
    """Return why labels have no known format, and what to do."""
    images, labels = source.images, source.labels
    if labels is None:
        is_folder = os.path.isdir(images)
        what = "a folder" if is_folder else "a file, or does not exist"
        hint = (
            "\nIf the names of its folders are labels, pass format='class_folders'."
            if is_folder and has_only_folders(Path(images))
            else ""
        )
        return f"images={os.fspath(images)!r} is {what} without labels in a known format. " + (
            f"{_SKETCHES}{hint}"
        )
    if is_archive(labels):
        return (
            f"labels={labels!r} is an archive, expected the file of the labels. Unpack "
            "it and pass that file; or, if it contains the images as well, pass it as images: "
            f"load_dataset({labels!r})."
        )
    name = os.fspath(source.file or "")
    content = f"json.loads(pathlib.Path({name!r}).read_bytes())"
    if source.head.startswith("["):
        return (
            f"labels={name!r} is a JSON list, expected COCO's object or one object per line. For a "
            "list of objects, one per image, write pathlib.Path('labels.jsonl').write_text("
            f"'\\n'.join(map(json.dumps, {content}))), and pass labels='labels.jsonl'."
        )
    if maps_images(source):
        return (
            f"labels={name!r} has a field per image, expected an object per image. Write "
            "pathlib.Path('labels.jsonl').write_text('\\n'.join(json.dumps({'file': name, "
            f"'labels': labels}}) for name, labels in {content}.items())), and pass "
            "labels='labels.jsonl'."
        )
    return f"labels={name!r} has no known format. {_SKETCHES}"


def _find_format(name):
    by_name = {known.name: known for known in FORMATS}
    if not isinstance(name, str):
        raise TypeError(f"format={name!r}, expected the name of a format, or None.")
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
    if os.path.exists(labels):
        check_regular_file(labels)
    else:
        hint = suggest_path(labels, "labels", images)
        raise FileNotFoundError(f"There is no file labels={os.fspath(labels)!r}.{hint}")
