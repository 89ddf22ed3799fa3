"""Reader of Create ML's JSON.

The format is described by Apple in "Creating a multi-label image classifier",
https://developer.apple.com/documentation/createmlcomponents/creating-a-multi-label-image-classifier.
"""

import re
from collections.abc import Sequence
from typing import Literal

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._label_studio_images import spell_image
from skmlic.datasets._formats._source import Source, read_json
from skmlic.datasets._parameter_checks import check_file, check_folder

# The names of fields, in lower case and without signs; tools write "imageURL" and "image_url".
_IMAGES = ("image", "imagefilename", "imageurl", "imagepath", "imagename", "filename")
_LABELS = ("annotations", "annotation", "labels")


def is_create_ml(source: Source) -> bool:
    """Return whether the labels are a list of objects with an image and its annotations."""
    first = source.first_object
    return _find(first, _IMAGES) is not None and _find(first, _LABELS) is not None


def load_create_ml(
    images: FilePath,
    labels: FilePath,
    *,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load the JSON of Create ML, which RectLabel and Roboflow write as well.

    The annotations of an image are names of labels, or objects of a detector with a label. Images
    are found by their path or URL, or by as much of it as the folder has.

    Parameters
    ----------
    images : str or path-like
        The folder of the images.

    labels : str or path-like
        The file.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means those that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images = check_folder(images, "images")
    file = check_file(labels, "labels", images, "file")
    names, found = [], []
    items = read_json(file)
    for number, item in enumerate(items if isinstance(items, list) else [items]):
        image, key = _find(item, _IMAGES), _find(item, _LABELS)
        if image is None or key is None or not isinstance(item[image], str):
            raise ValueError(
                f"Entry {number} of {file!r} is {item!r:.80}, expected an object such as "
                '{"image": "beach.jpg", "annotations": ["sea"]}.'
            )
        names.append(spell_image(item[image]))
        values = item[key] if isinstance(item[key], list) else [item[key]]
        found.append({_get_label(value, number, file) for value in values})
    return load_annotations(
        Annotations(names, found, source=f"{file!r}"), images, label_names, missing
    )


def _find(item, names):
    """Return the first field of an object that has one of the names, or None."""
    if not isinstance(item, dict):
        return None
    fields = {re.sub("[^a-z]", "", field.lower()): field for field in item}
    return next((fields[name] for name in names if name in fields), None)


def _get_label(value, number, file):
    label = value.get("label") if isinstance(value, dict) else value
    if not isinstance(label, str) or not label.strip():
        raise ValueError(
            f"Entry {number} of {file!r} has the annotation {value!r:.80}, expected the name of a "
            "label or an object with a 'label'."
        )
    return label
