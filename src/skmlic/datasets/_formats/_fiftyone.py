"""Reader of FiftyOne's image classification datasets.

The format, `FiftyOneImageClassificationDataset`, is described at
https://docs.voxel51.com/user_guide/export_datasets.html.
"""

import json
import os
import re
from collections.abc import Sequence
from typing import Literal

from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic._utils._warnings import warn_caller
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._label_studio_images import spell_image
from skmlic.datasets._formats._source import Source, read_json
from skmlic.datasets._parameter_checks import check_file, check_folder

_FILE = "labels.json"


def is_fiftyone(source: Source) -> bool:
    """Return whether the labels are FiftyOne's JSON, or a folder that contains it."""
    if source.folder is not None:
        file = source.folder / _FILE
        return (source.folder / "data").is_dir() and is_fiftyone(Source(source.folder, file))
    if source.ending != ".json":
        return False
    try:
        first = json.loads(source.head.partition("\n")[0])
    except ValueError:
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
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    """Load a FiftyOneImageClassificationDataset with one label or several per image.

    Images whose labels are ``null`` are unlabelled and are left out with a warning.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the folder that contains labels.json and data/. Images are
        found by their path, or by as much of it as the folder has.

    labels : str or path-like, default=None
        The file. None means labels.json in the folder.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all classes in the order of the file.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images = check_folder(images, "images")
    file = check_file(labels or os.path.join(images, _FILE), "labels", images, "file")
    if labels is None:
        images = os.path.join(images, "data")
    content = read_json(file)
    if not isinstance(content, dict) or not isinstance(content.get("labels"), dict):
        raise ValueError(
            f"{file!r} does not have FiftyOne's format, expected "
            '{"classes": ["sea"], "labels": {"beach": [0]}}.'
        )
    classes = content.get("classes")
    labelled = {name: value for name, value in content["labels"].items() if value is not None}
    n_left_out = len(content["labels"]) - len(labelled)
    if n_left_out:
        warn_caller(
            f"{n_left_out} of {len(content['labels'])} images have no labels (null) and are left "
            "out.",
        )
    found = [_list_labels(name, value, classes) for name, value in labelled.items()]
    annotations = Annotations(
        list(map(spell_image, labelled)), found, classes, f"{file!r}", "image"
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
