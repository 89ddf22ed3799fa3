"""The rows of Label Studio's JSON-MIN and CSV."""

import json
from typing import Any

from skmlic._utils._text import join_first
from skmlic.datasets._formats._label_studio_images import find_image_field

# The columns of JSON-MIN and CSV that are neither data of the task nor results.
_META = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
_META |= {"was_cancelled", "ground_truth", "cancelled_annotations", "total_annotations"}


def read_rows(rows: list[dict[str, Any]], control: str | None) -> list[tuple[str, list[set[str]]]]:
    """Return pairs of the URL of an image and the sets of labels in each annotation.

    Parameters
    ----------
    rows : list of dict
        The rows, one per annotation.
    control : str or None
        The column of the labels.
    """
    if not rows:
        return []
    image = find_image_field({key: value for key, value in rows[0].items() if key not in _META})
    fields = dict.fromkeys(key for row in rows for key in row if key not in (_META | {image}))
    if control is None:
        if len(fields) > 1:
            # The data of a task comes before its results.
            likely = min(reversed(fields), key=lambda key: _rank([row.get(key) for row in rows]))
            raise ValueError(
                f"The export has several columns, {join_first(map(repr, fields))}. Pass the one "
                f"with the labels, such as control={likely!r}."
            )
        control = next(iter(fields), None)
    if control not in fields:
        raise ValueError(
            f"The export has no column {control!r} of labels, but {join_first(map(repr, rows[0]))}."
        )
    votes: dict[str, list[set[str]]] = {}
    for row in rows:
        if str(row.get("was_cancelled", "")).lower() != "true":
            if not isinstance(row[image], str):
                raise TypeError(f"{image!r} is {row[image]!r:.80}, expected a URL")
            votes.setdefault(row[image], []).append(_split_cell(row.get(control)))
    return list(votes.items())


def _rank(values):
    """Return a key that is smaller for a column that rather holds labels."""
    parsed = [_parse_cell(value) for value in values]
    has_choices = any(isinstance(value, dict) and "choices" in value for value in parsed)
    has_lists = any(isinstance(value, list) for value in parsed)
    # Choices are repeated, unlike descriptions.
    return not has_choices, not has_lists, len(set(map(str, values)))


def _parse_cell(value):
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _split_cell(value):
    """Return the labels of a cell: one choice as text, several as {"choices": [...]}."""
    return set(_list_labels(_parse_cell(value)))


def _list_labels(value):
    """Yield the labels of a choice, choices, a region or a taxonomy, or of a list of these."""
    if isinstance(value, list):
        for item in value:
            yield from _list_labels(item)
    elif isinstance(value, dict):
        for key, names in value.items():
            if key == "taxonomy":
                yield from map("/".join, names)
            elif key == "choices" or key.endswith("labels"):
                yield from map(str, names)
    elif value not in (None, ""):
        yield str(value)
