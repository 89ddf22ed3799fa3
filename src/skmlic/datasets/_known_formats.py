"""The formats of labels, in the order in which they are tried."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from skmlic._utils._image_files import is_image_name
from skmlic.datasets._coco import load_coco
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._celeba import is_celeba, load_celeba
from skmlic.datasets._formats._chest_xray14 import is_chest_xray14, load_chest_xray14
from skmlic.datasets._formats._class_folders import is_class_folders, load_class_folders
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
from skmlic.datasets._tables import load_labelled_images
from skmlic.datasets._voc import find_sets, load_voc

# The reader of tables says how to read those that are no text.
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet", ".gz")


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
    read: Callable[..., LabelledImages]


def _is_table(source):
    return hasattr(source.labels, "columns") or source.ending in _TABLES


def maps_images(source: Source) -> bool:
    """Return whether a JSON file is an object whose fields are the names of images."""
    first = re.match(r'\{\s*"([^"]+)"\s*:', source.head) if source.ending == ".json" else None
    return first is not None and is_image_name(os.path.basename(first[1]))


def _is_json_lines(source):
    if maps_images(source):
        return False
    if source.ending != ".json":
        return source.ending in (".jsonl", ".ndjson")
    try:
        first = json.loads(source.head.partition("\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and not ({"annotations", "categories"} & set(first))


def _is_coco(source):
    if source.ending == ".json":
        return not source.head.startswith("[") and not maps_images(source)
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
