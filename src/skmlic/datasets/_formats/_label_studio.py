"""Reader of exports of Label Studio: JSON, JSON-MIN and CSV.

The formats are described at https://labelstud.io/guide/task_format and
https://labelstud.io/guide/export, and predictions at https://labelstud.io/guide/predictions.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic._utils._warnings import warn_caller
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import locate
from skmlic.datasets._formats._annotations import (
    Annotations,
    find_spellings,
    load_annotations,
    to_values,
)
from skmlic.datasets._formats._label_studio_images import find_image_field, spell_images
from skmlic.datasets._formats._label_studio_rows import read_rows
from skmlic.datasets._formats._source import Source, expect_format, read_cells, read_json
from skmlic.datasets._parameter_checks import (
    check_file,
    check_folder,
    check_label_names,
    check_option,
)

_ANNOTATIONS = ("annotations", "completions")
_EXAMPLE = 'a list such as [{"data": {"image": "/data/upload/1/beach.jpg"}}]'
_ADVICE = (
    "If it was uploaded several times, delete all tasks but one in Label Studio, or replace their "
    "URLs in the file by that of one of them, so that they count as annotations of one image."
)


def is_label_studio(source: Source) -> bool:
    """Return whether the labels are an export of Label Studio."""
    first = source.first_object
    if "data" in first and any(key in first for key in (*_ANNOTATIONS, "predictions")):
        return True
    return {"annotation_id", "annotator"} <= {*first, *source.columns}


def load_label_studio(
    images: FilePath,
    labels: FilePath | pd.DataFrame,
    *,
    control: str | None = None,
    results: Literal["annotations", "predictions"] = "annotations",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load an export of Label Studio: JSON, JSON-MIN or CSV.

    Images without an annotation are left out with a warning, as are annotations that were skipped.
    If an image has several annotations, in one task or in several with the same URL, labels on
    which they disagree are missing (NaN), unless one of them is the ground truth. An image whose
    annotation has no results has no label.

    Parameters
    ----------
    images : str or path-like
        The folder of the images. Uploads ("/data/upload/1/8a7b6c5d-beach.jpg") are found by their
        name with or without the prefix, and files of local storage ("/data/local-files/?d=…") and
        other URLs by as much of their path as the folder has. The original file of an upload is
        found, too, although Label Studio replaces blanks and leaves out signs.

    labels : str, path-like or DataFrame
        The export.

    control : str, default=None
        The name of the control tag whose results are labels, such as "choice". None means all tags
        of choices, or if there is none, all tags that label regions.

    results : {"annotations", "predictions"}, default="annotations"
        Whether the annotations are read, or the predictions in a JSON file.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means those that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    check_option("results", results, ["annotations", "predictions"])
    images = check_folder(images, "images")
    if not isinstance(labels, pd.DataFrame):
        labels = check_file(labels, "labels", images, "file")
    with expect_format(labels, "Label Studio", _EXAMPLE):
        tasks = _read_tasks(labels, control, results)
    unlabelled = [task for task, votes in tasks if not votes]
    tasks = [(task, votes) for task, votes in tasks if votes]
    if not tasks:
        other = "predictions" if results == "annotations" else "annotations"
        raise ValueError(
            f"No task of the export has {results}."
            + (f" To read its {other}, pass results={other!r}." if _has(labels, other) else "")
        )
    if unlabelled:
        warn_caller(
            f"{len(unlabelled)} of {len(unlabelled) + len(tasks)} images have no {results} and are "
            "left out.",
        )
    if label_names is not None:
        label_names = check_label_names(label_names)
    values = to_values([votes for _, votes in tasks], label_names)
    names = spell_images([url for url, _ in tasks], images)
    found = Annotations(names, values, source="the export", unit="image", advice=_ADVICE)
    return load_annotations(found, images, label_names, missing)


def read_tasks(file: FilePath) -> list[dict[str, Any]]:
    """Return the tasks of a JSON export, or of tasks for import."""
    tasks = read_json(file)
    if not isinstance(tasks, list) or not all(
        isinstance(task, dict) and isinstance(task.get("data"), dict) for task in tasks
    ):
        raise ValueError(
            f"{file!r} does not have the format of Label Studio's tasks, expected {_EXAMPLE}."
        )
    return tasks


def find_task_images(file: FilePath, folder: FilePath) -> list[tuple[str, dict[str, Any]]]:
    """Return pairs of the path of the image in a folder and the task, for all tasks in a file."""
    folder = check_folder(folder)
    tasks = read_tasks(file)
    with expect_format(file, "Label Studio", _EXAMPLE):
        urls = [task["data"][find_image_field(task["data"])] for task in tasks]
    names = find_spellings(spell_images(urls, folder), folder)
    paths, _ = locate(names, folder, "raise", source="the tasks", unit="task")
    return list(zip(paths, tasks, strict=True))


def _has(labels, results):
    """Return whether a file has annotations or predictions that can be read."""
    try:
        return any(votes for _, votes in _read_tasks(labels, None, results))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _read_tasks(labels, control, results):
    """Return pairs of the URL of an image and the sets of labels in each annotation."""
    if not isinstance(labels, pd.DataFrame) and labels.lower().endswith(".json"):
        rows = read_json(labels)
        if rows and "data" in rows[0]:
            return _read_json(read_tasks(labels), control, results)
    else:
        rows = read_cells(labels).to_dict("records")
    if results == "predictions":
        raise ValueError("Only the JSON export of Label Studio has predictions.")
    return read_rows(rows, control)


def _read_json(tasks, control, results):
    keys = _ANNOTATIONS if results == "annotations" else ("predictions",)
    by_image = defaultdict(list)
    for task in tasks:
        given = next((task[key] for key in keys if task.get(key)), [])
        # Some exports have only the numbers of predictions.
        given = [one for one in given if isinstance(one, dict) and not one.get("was_cancelled")]
        url = task["data"][find_image_field(task["data"])]
        by_image[url].extend(given)
    found = []
    for url, given in by_image.items():
        truth = [one for one in given if one.get("ground_truth")]
        found.append((url, [one.get("result") or [] for one in truth or given]))
    used = _choose_controls([item for _, given in found for one in given for item in one], control)
    return [
        (url, [{label for item in one for label in _list_labels(item, used)} for one in given])
        for url, given in found
    ]


def _choose_controls(items, control):
    """Return the names of the control tags whose results are labels."""
    types = {item["from_name"]: item["type"] for item in items if _has_labels(item)}
    if control is not None:
        if items and control not in types:
            there = join_first(map(repr, sorted(types))) or "no results with labels"
            raise ValueError(f"No result is of control={control!r}; there are {there}.")
        return {control}
    used = {name for name, kind in types.items() if kind in ("choices", "taxonomy")} or set(types)
    by_label = {}
    for item in items:
        for label in _list_labels(item, used):
            other = by_label.setdefault(label, item["from_name"])
            if other != item["from_name"]:
                raise ValueError(
                    f"The label {label!r} occurs in the results of {other!r} and "
                    f"{item['from_name']!r}. Read one of them: control={other!r}."
                )
    return used


def _has_labels(item):
    kind = item.get("type", "")
    return isinstance((item.get("value") or {}).get(kind), list) and (
        kind in ("choices", "taxonomy") or kind.endswith("labels")
    )


def _list_labels(item, used):
    """Return the names of the labels in a result; those of a taxonomy are joined by slashes."""
    if not _has_labels(item) or item["from_name"] not in used:
        return []
    labels = item["value"][item["type"]]
    return ["/".join(label) if isinstance(label, list) else str(label) for label in labels]
