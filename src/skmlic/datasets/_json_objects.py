"""JSON, and the objects in a file of JSON lines."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from skmlic.datasets._files import read_lines


class RepeatedFieldError(ValueError):
    """A field occurs twice in an object, so that one of its values would be lost."""


def parse_json(text: str, keep: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> Any:
    """Return the value of JSON.

    Parameters
    ----------
    text : str
        The JSON.
    keep : callable, default=None
        Returns the fields of an object that are kept, as soon as it has been read.

    Raises
    ------
    ValueError
        If it is not valid, if it is nested too deep, or if an object has a field twice.
    """

    def to_dict(pairs):
        fields = dict(pairs)
        if len(fields) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            name, _ = counts.most_common(1)[0]
            raise RepeatedFieldError(f"the field {name!r} twice, expected each field once")
        return fields if keep is None else keep(fields)

    try:
        return json.loads(text, object_pairs_hook=to_dict)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def read_json_lines(file: str) -> dict[int, dict[str, Any]]:
    """Return a dict of the objects by the numbers of their lines, counted from 1."""
    rows = {}
    for number, line in enumerate(read_lines(file), start=1):
        if not line:
            continue
        try:
            rows[number] = parse_json(line)
        except RepeatedFieldError as error:
            raise ValueError(f"Line {number} of {file!r} has {error}.") from error
        except ValueError as error:
            where = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            raise ValueError(
                f"Line {number} of {file!r} is not valid JSON ({getattr(error, 'msg', error)}"
                f"{where}): {line!r:.60}. Expected one object per line, such as "
                '{"file": "beach.jpg", "labels": ["sea"]}.'
            ) from error
        if not isinstance(rows[number], dict):
            raise ValueError(
                f"Line {number} of {file!r} is a {type(rows[number]).__name__}, expected an "
                'object such as {"file": "beach.jpg", "labels": ["sea"]}.'
            )
    if not rows:
        raise ValueError(f"{file!r} is empty, expected one JSON object per image.")
    return rows
