"""The objects in a file of JSON lines."""

import json
from typing import Any

from skmlic.datasets._files import read_lines


class _RepeatedField(Exception):
    """A field occurs twice in an object."""


def _to_dict(pairs):
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedField(next(name for name in names if names.count(name) > 1))
    return fields


def read_json_lines(file: str) -> dict[int, dict[str, Any]]:
    """Return a dict of the objects by the numbers of their lines, counted from 1."""
    rows = {}
    for number, line in enumerate(read_lines(file), start=1):
        if not line:
            continue
        try:
            rows[number] = json.loads(line, object_pairs_hook=_to_dict)
        except _RepeatedField as error:
            raise ValueError(
                f"Line {number} of {file!r} has the field {error.args[0]!r} twice, expected each "
                "field once."
            ) from error
        except json.JSONDecodeError as error:
            raise ValueError(
                f"Line {number} of {file!r} is not valid JSON ({error.msg}, column {error.colno}): "
                f"{line!r:.60}. Expected one object per line, such as "
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
