"""Reader of FiftyOne's image classification datasets.

The format, `FiftyOneImageClassificationDataset`, is described at
https://docs.voxel51.com/user_guide/export_datasets.html.
"""

import json
import os
import re
from collections.abc import Sequence
from typing import Literal

from skmlic._utils._typing import FilePath
from skmlic._utils._warnings import warn_caller
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._label_studio_images import spell_image
from skmlic.datasets._formats._source import Source, expect_format, read_json
from skmlic.datasets._parameter_checks import check_file, check_folder, check_option

_FILE = "labels.json"
_EXAMPLE = '{"classes": ["sea"], "labels": {"beach": [0]}}'


def is_fiftyone(source: Source) -> bool:
    """Return whether the labels are FiftyOne's JSON, or a folder that contains it."""
    if source.folder is not None:
        file = source.folder / _FILE
        return (source.folder / "data").is_dir() and is_fiftyone(Source(source.folder, file))
    if source.ending != ".json":
        return False
    try:
        first = json.loads(source.head.partition("\n")[0])
    except (ValueError, RecursionError):
        # It is longer than the head, or spread over several lines.
        return re.match(r'\{\s*"(classes|labels)"\s*:\s*[\[{n]', source.head) is not None
    return (
        isinstance(first, dict)
        and ("classes" in first or set(first) == {"labels"})
        and isinstance(first.get("labels"), dict)
    )


def load_fiftyone(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    unlabelled: Literal["drop", "negative"] = "drop",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load a FiftyOneImageClassificationDataset with one label or several per image.

    FiftyOne writes ``null`` as the labels of an image that is unlabelled, and of one whose list of
    labels is empty.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the folder that contains labels.json and data/. Images are
        found by their path, or by as much of it as the folder has.

    labels : str or path-like, default=None
        The file. None means labels.json in the folder.

    unlabelled : {"drop", "negative"}, default="drop"
        Whether images with ``null`` are left out, with a warning, or have a row of 0.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all classes in the order of the file.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    check_option("unlabelled", unlabelled, ["drop", "negative"])
    images = check_folder(images, "images")
    file = check_file(labels or os.path.join(images, _FILE), "labels", images, "file")
    if labels is None:
        images = os.path.join(images, "data")
    content = read_json(file)
    if not isinstance(content, dict) or not isinstance(content.get("labels"), dict):
        raise ValueError(f"{file!r} does not have FiftyOne's format, expected {_EXAMPLE}.")
    classes = content.get("classes")
    labels_of = content["labels"]
    n_null = sum(value is None for value in labels_of.values())
    if unlabelled == "negative":
        labels_of = {name: [] if value is None else value for name, value in labels_of.items()}
    elif n_null:
        warn_caller(
            f"{n_null} of {len(labels_of)} images have no labels (null) and are left out. If they "
            "were looked at and have none, pass unlabelled='negative'."
        )
        labels_of = {name: value for name, value in labels_of.items() if value is not None}
    with expect_format(file, "FiftyOne", _EXAMPLE):
        found = [_list_labels(name, value, classes) for name, value in labels_of.items()]
    annotations = Annotations(
        list(map(spell_image, labels_of)), found, classes, f"{file!r}", "image"
    )
    return load_annotations(annotations, images, label_names, missing)


def _list_labels(name, value, classes):
    """Return the names of labels, which are names or positions, with or without a confidence."""
    values = value if isinstance(value, list) else [value]
    values = [one.get("label") if isinstance(one, dict) else one for one in values]
    found = set()
    for one in values:
        if isinstance(one, int) and classes is not None:
            if not 0 <= one < len(classes):
                raise ValueError(
                    f"Image {name!r} has the class {one}, but there are {len(classes)} classes."
                )
            one = classes[one]
        if not isinstance(one, (str, int)) or isinstance(one, bool):
            raise ValueError(f"Image {name!r} has the label {one!r}, expected a class or its name.")
        if classes is not None and one not in classes:
            raise ValueError(f"Image {name!r} has the label {one!r}, which is not in 'classes'.")
        found.add(str(one))
    return found
