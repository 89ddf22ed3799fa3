"""Files of predictions: tables, JSON lines, and JSON for annotation tools."""

import contextlib
import csv
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO
from urllib.parse import quote

from skmlic._utils._cell_names import HEADER, SEPARATOR, escape_name
from skmlic.cli._outputs import to_json
from skmlic.cli._tasks import Tasks

# Writes a path, its labels, most probable first, and the probabilities of all labels; labels and
# probabilities are None if the image is unreadable.
Write = Callable[[str, list[str] | None, list[float] | None], object]


@contextlib.contextmanager
def open_writer(
    file: IO[str], form: str, label_names: list[str], tasks: Tasks, model: str
) -> Iterator[Write]:
    """Yield a function that writes the predictions of an image.

    Parameters
    ----------
    file : text file
        The file.
    form : {"csv", "tsv", "jsonl", "label-studio", "fiftyone"}
        The format.
    label_names : list of str
        The names of the labels.
    tasks : Tasks
        The tasks and tags of Label Studio.
    model : str
        The name of the model, which Label Studio shows.

    Yields
    ------
    write : callable
        Takes a path, the predicted labels and all probabilities.
    """
    if form == "jsonl":
        yield partial(_write_json, file, label_names)
    elif form == "label-studio":
        with _write_items(file, "[", "]") as write_item:
            yield partial(_write_tasks, write_item, tasks, label_names, model)
    elif form == "fiftyone":
        start = f'{{"classes": {to_json(label_names)}, "labels": {{'
        with _write_items(file, start, "}}") as write_item:
            yield partial(_write_classifications, write_item, label_names)
    else:
        table = csv.writer(file, delimiter="," if form == "csv" else "\t", lineterminator="\n")
        cells = {name: escape_name(name, SEPARATOR) for name in label_names}
        table.writerow([*HEADER, *cells.values()])
        yield partial(_write_row, table, cells)


def _write_json(file, label_names, path, labels, probabilities):
    by_label = probabilities and dict(zip(label_names, probabilities, strict=True))
    row = {"path": path, "labels": labels, "probabilities": by_label}
    file.write(to_json(row) + "\n")


def _write_row(table, cells, path, labels, probabilities):
    names = SEPARATOR.join(cells[label] for label in labels or ())
    table.writerow([escape_name(path), names, *(probabilities or [""] * len(cells))])


def _write_tasks(write_item, tasks, label_names, model, path, labels, probabilities):
    """Write the tasks of an image with a prediction, as https://labelstud.io/guide/predictions."""
    predictions = []
    if labels is not None:
        result = {"from_name": tasks.control, "to_name": tasks.image, "type": "choices"}
        result["value"] = {"choices": labels}
        chosen = set(labels)
        certain = [
            probability if name in chosen else 1 - probability
            for name, probability in zip(label_names, probabilities, strict=True)
        ]
        predictions.append(
            {
                "model_version": os.path.basename(model),
                "score": round(sum(certain) / len(certain), 6),
                "result": [result] if labels else [],
            }
        )
    place = quote(os.fsencode(path.replace(os.sep, "/")))
    local = {"data": {"image": f"/data/local-files/?d={place}"}}
    for task in tasks.by_path.get(path, [local]):
        write_item(to_json(task | {"predictions": predictions}))


def _write_classifications(write_item, label_names, path, labels, probabilities):
    """Write the labels of an image in the form of FiftyOneImageClassificationDataset."""
    if labels is None:
        entries = None
    else:
        positions = [label_names.index(label) for label in labels]
        entries = [{"label": p, "confidence": probabilities[p]} for p in positions]
    write_item(f"{to_json(os.path.abspath(path))}: {to_json(entries)}")


@contextlib.contextmanager
def _write_items(file, start, end):
    """Yield a function that writes an item of a JSON list or object."""
    separator = f"{start}\n"

    def write(text):
        nonlocal separator
        file.write(separator + text)
        separator = ",\n"

    yield write
    file.write((separator if separator != ",\n" else "\n") + f"{end}\n")
