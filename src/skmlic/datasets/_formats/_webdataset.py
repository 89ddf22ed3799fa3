"""Reader of samples of WebDataset: images, each with a file of labels of the same name.

Files whose names are equal up to the first dot are one sample, as described at
https://github.com/webdataset/webdataset; shards are tar archives of them.
"""

import os
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, Literal

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import list_images, read_lines
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source, read_json
from skmlic.datasets._parameter_checks import check_folder

_FIELDS = ("labels", "label", "classes", "cls")
_ADVICE = (
    "They seem to be values, expected the names or numbers of the labels that an image has. Write "
    'values with names: {"labels": {"sea": 1, "trees": 0}}.'
)


def is_webdataset(source: Source) -> bool:
    """Return whether one of the first images of a folder has a file of labels of its name."""
    if source.folder is None:
        return False
    first = islice(list_images(str(source.folder)), 100)
    file = next(filter(None, map(_find_labels, first)), None)
    if file is None:
        return False
    if file.endswith(".cls"):
        return True
    try:
        content = read_json(file)
    except ValueError:
        return False
    return isinstance(content, dict) and any(field in content for field in _FIELDS)


def load_webdataset(
    images: FilePath,
    *,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load samples of WebDataset from a folder, such as an unpacked shard.

    The labels of ``beach.jpg`` are in ``beach.json``, in its field "labels" or "label": a list of
    names or numbers, or an object with values of 0, 1 and ``null`` (missing). Otherwise, they are
    in ``beach.cls``: numbers separated by spaces or commas, or names separated by commas.

    Parameters
    ----------
    images : str or path-like
        The folder.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means those that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether images without a file of labels raise an error or are left out.
    """
    folder = check_folder(images, "images")
    found, lost = {}, []
    for path in list_images(folder):
        name = os.path.relpath(path, folder)
        file = _find_labels(path)
        if file is None:
            lost.append(name)
        else:
            found[name] = _read_labels(file)
    if lost and missing == "raise":
        raise FileNotFoundError(
            f"{len(lost)} images of {folder!r} have no .json or .cls, for example {lost[0]!r}. "
            "Pass missing='drop' to leave them out."
        )
    labels: Any = list(found.values())
    if any(isinstance(entry, dict) for entry in labels):
        labels = _to_frame(found)
    elif labels and all(entry == {"0", "1"} for entry in labels):
        raise ValueError(f"All samples of {folder!r} have the labels 0 and 1. {_ADVICE}")
    annotations = Annotations(list(found), labels, source=f"{folder!r}", unit="sample")
    data = load_annotations(annotations, folder, label_names, missing)
    data.missing += lost
    return data


def _find_labels(path):
    """Return the file of labels of an image, or None."""
    folder, name = os.path.split(path)
    start = os.path.join(folder, name.partition(".")[0])
    return next((start + end for end in (".json", ".cls") if os.path.isfile(start + end)), None)


def _read_labels(file):
    """Return a set of names, or a dict of values."""
    if file.endswith(".cls"):
        return _split("\n".join(read_lines(file)).strip(), file)
    content = read_json(file)
    field = next((name for name in _FIELDS if isinstance(content, dict) and name in content), None)
    labels = content.get(field) if field else None
    if isinstance(labels, dict):
        return labels
    if isinstance(labels, (str, int)) and not isinstance(labels, bool):
        labels = [labels]
    if not isinstance(labels, list):
        raise ValueError(
            f"{file!r} has no labels, expected an object such as "
            '{"labels": ["sea", "trees"]} or {"labels": {"sea": 1, "trees": 0}}.'
        )
    if len(labels) > len(set(map(str, labels))) and set(labels) <= {0, 1}:
        raise ValueError(f"{file!r} has the labels {labels!r:.60}. {_ADVICE}")
    return {str(label) for label in labels}


def _split(text, file):
    """Return the set of numbers or names in a text."""
    if re.fullmatch(r"[\d\s,;]*", text):
        return set(re.findall(r"\d+", text))
    names = [name.strip() for name in re.split(r"[,;\n]", text)]
    if len(names) == 1 and " " in names[0]:
        raise ValueError(
            f"{file!r} has {text!r:.60}, one name or several. Write a comma after each name, or "
            'write .json: {"labels": ["sea", "trees"]}.'
        )
    return set(filter(None, names))


def _to_frame(found):
    """Return columns of 0, 1 and NaN from dicts of values, which have the same labels."""
    columns = list(next(entry for entry in found.values() if isinstance(entry, dict)))
    for name, entry in found.items():
        if not isinstance(entry, dict) or set(entry) != set(columns):
            raise ValueError(
                f"The labels of {name!r} are {entry!r:.60}, unlike those of the other samples, "
                f"which are values of {columns}."
            )
        wrong = [value for value in entry.values() if value is not None and value not in (0, 1)]
        if wrong:
            raise ValueError(
                f"The labels of {name!r} have the value {wrong[0]!r}, expected 0, 1 or null."
            )
    return pd.DataFrame(list(found.values()), columns=columns).astype(float)
