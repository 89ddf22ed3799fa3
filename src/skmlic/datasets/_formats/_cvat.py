"""Reader of CVAT's XML, "CVAT for images 1.1".

The format is described at https://docs.cvat.ai/docs/other/xml_format.
"""

import os
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic._utils._warnings import warn_caller
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source
from skmlic.datasets._parameter_checks import check_file, check_folder
from skmlic.datasets._xml import parse_xml

_FILE = "annotations.xml"


def is_cvat(source: Source) -> bool:
    """Return whether the labels are CVAT's XML, or a folder of CVAT's that contains it."""
    if source.folder is not None:
        return (source.folder / _FILE).is_file()
    return source.ending == ".xml" and "<annotations" in source.head


def load_cvat(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load annotations that CVAT exported as "CVAT for images 1.1".

    An image has a label if it has a tag or a shape of that label. CVAT lists images that nobody has
    looked at like those without labels; if no image has any label, all are missing (NaN), with a
    warning.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the unpacked export.

    labels : str or path-like, default=None
        The file. None means annotations.xml in the folder.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all labels of the task, in its order.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images = check_folder(images, "images")
    file = check_file(labels or os.path.join(images, _FILE), "labels", images, "file")
    if labels is None and os.path.isdir(inside := os.path.join(images, "images")):
        images = inside
    root = parse_xml(file)
    if root.tag != "annotations":
        raise ValueError(
            f"{file!r} begins with <{root.tag}>, expected <annotations> of 'CVAT for images 1.1'. "
            "Annotations of PASCAL VOC are read from their folder: load_voc('VOC2007')."
        )
    items = root.findall("image")
    if root.find("track") is not None:
        raise ValueError(
            f"{file!r} has tracks of a video, expected images. Export it from CVAT as "
            "'CVAT for images 1.1'."
        )
    found = [{shape.get("label", "") for shape in item if shape.get("label")} for item in items]
    # Points of a skeleton are declared as labels with a parent, but are no labels of images.
    declared = [
        label.findtext("name", "").strip()
        for label in root.iterfind("meta//labels/label")
        if label.find("parent") is None
    ]
    undeclared = sorted(set().union(*found) - set(declared))
    known = list(dict.fromkeys([*declared, *undeclared])) or None
    names = [[f"{item.get('subset')}/{item.get('name')}", item.get("name", "")] for item in items]
    annotations = Annotations(names, found, known, f"{file!r}", "image")
    if items and known and not any(found):
        warn_caller(
            f"No image of {file!r} has a tag or a shape, so all labels are missing.",
        )
        annotations.labels = pd.DataFrame(np.nan, index=range(len(items)), columns=known)
    return load_annotations(annotations, images, label_names, missing)
