"""The values of labels in JSON lines."""

import numpy as np
import pandas as pd

from skmlic.datasets._cell_values import normalize
from skmlic.datasets._parameter_checks import check_label_names


def spell(value):
    """Return the text of a value; that of null and NaN is empty."""
    return "" if value is None or value != value else str(value)


def read_values(labels, label_names, values, path_column):
    """Return Y from the values of lines, which must all have the same labels.

    Parameters
    ----------
    labels : dict of int to dict or list
        The values of each line by the names of their labels. A list is an error.
    label_names : sequence of str or None
        The labels; None means those of the first line.
    values : CellValues
        What stands for 0 and 1. ``null`` and an empty text are missing labels.
    path_column : str
        The field of the file names, for error messages.

    Returns
    -------
    Y : DataFrame of shape (n_lines, n_labels), dtype float64
        0, 1, and NaN for missing labels.
    """
    first = next((n for n, entry in labels.items() if isinstance(entry, dict)))
    columns = list(labels[first]) if label_names is None else check_label_names(label_names)
    if not columns:
        raise ValueError(f"Line {first} has no label, expected at least one.")
    known = {**values.by_text, "": np.nan}
    for number, entry in labels.items():
        if isinstance(entry, list):
            raise ValueError(
                f"Line {number} has a list of labels, and line {first} an object. Write lists of "
                "names in place of the objects, or objects in place of the lists."
            )
        absent = [name for name in columns if name not in entry]
        strange = [name for name in entry if name not in columns] if label_names is None else []
        if absent or strange:
            raise ValueError(
                f"Line {number} has "
                + (f"no {absent[0]!r}" if absent else f"{strange[0]!r} as well")
                + f", unlike line {first}. Write every label on every line: 1, 0, or null if "
                "it is missing; or write lists of the labels that an image has."
            )
        for name in columns:
            if normalize(spell(entry[name])) not in known:
                raise ValueError(
                    f"Line {number} has {name!r}: {entry[name]!r:.60}, expected 0, 1 or null. "
                    f"{_advise_on_value(labels, number, name, known, path_column)}"
                )
    found = {
        n: [known[normalize(spell(entry[name]))] for name in columns] for n, entry in labels.items()
    }
    return pd.DataFrame.from_dict(found, orient="index", columns=columns).astype(float)


def _advise_on_value(labels, number, name, known, path_column):
    value = labels[number][name]
    if isinstance(value, (list, dict)):
        return f"If {name!r} holds the labels, pass label_column={name!r}."
    text = normalize(spell(value))
    if text == "-1":
        return "If -1 means no, pass negative=-1; if the label is missing, write null."
    if text in ("", "?", "nan"):
        return f"If the label is missing, write null; if it means no, pass negative={value!r}."
    if _is_number(text):
        return "Decide which numbers mean yes, and write 1 in place of them, and 0 for no."
    if text in ("yes", "no", "y", "n"):
        return "Write 1 for yes and 0 for no."
    fields = labels[number]
    right = [field for field in fields if normalize(spell(fields[field])) in known]
    if right:
        return f"If {name!r} is not a label, name those that are: label_names={right}."
    if any(isinstance(other, (list, dict)) for other in fields.values()):
        holder = next(field for field in fields if isinstance(fields[field], (list, dict)))
        return f"If {holder!r} holds the labels, pass label_column={holder!r}."
    return (
        f"If {name!r} holds the names of labels, read the lines as a table: load_labelled_images("
        f"folder, pandas.read_json(file, lines=True, dtype=False), path_column={path_column!r}, "
        f"label_column={name!r})."
    )


def _is_number(text):
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False
