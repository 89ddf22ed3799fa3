"""Reader of a folder of images and a file of JSON lines."""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._cell_values import CellValues
from skmlic.datasets._data import LabelledImages, binarize, make_data
from skmlic.datasets._files import check_distinct, locate
from skmlic.datasets._json_objects import read_json_lines
from skmlic.datasets._json_values import read_values, spell
from skmlic.datasets._label_spelling import drop_none_label
from skmlic.datasets._multi_hot import check_no_counts, name_positions
from skmlic.datasets._parameter_checks import (
    check_column,
    check_file,
    check_folder,
    check_label_names,
    check_option,
)

_PATH_FIELDS = ("path", "file", "image", "filename", "file_name", "image_path")


def load_json_lines(
    folder: FilePath,
    file: FilePath,
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    label_names: Sequence[str] | None = None,
    negative: object = None,
    none_label: str | Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
    outside: Literal["missing", "allow"] = "missing",
) -> LabelledImages:
    r"""Load the paths of images in a folder and a file with one JSON object per image.

    A line names the image and its labels, in one of three ways, which is the same on all lines::

        {"file": "beach.jpg", "labels": ["sea", "sunset"]}
        {"file": "beach.jpg", "labels": {"sea": 1, "sunset": true, "trees": 0}}
        {"file": "beach.jpg", "sea": 1, "sunset": 1, "trees": null}

    ``null`` means a missing label, and becomes NaN. A list of values, ``[1, 0, 1]``, has a label
    for each position. Images are not opened.

    Parameters
    ----------
    folder : str or path-like
        The folder of the images; names are relative to it.

    file : str or path-like
        The UTF-8 file. Empty lines are ignored.

    path_column : str, default=None
        The field of the file name. None means "path", "file", "image", "filename", "file_name" or
        "image_path", whichever the first line has.

    label_column : str, default=None
        The field of the labels. None means "labels", if the first line has it; otherwise every
        field besides the file name is a label.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. If lines list names, a label that never
        occurs has a column of 0. If lines list values, these are the names of the positions. None
        means the names in the lists, sorted, the fields in the order of the first line, or "0",
        "1", … for positions.

    negative : str, number or list of these, default=None
        Values that mean no besides 0 and false, for example ``-1``.

    none_label : str or list of str, default=None
        The name that means that an image has no label, for example "No Finding".

    missing : {"raise", "drop"}, default="raise"
        Whether lines without an image raise an error, which lists them, or are left out.

    outside : {"missing", "allow"}, default="missing"
        Whether names that lead out of the folder count as missing, or are allowed, as for
        :func:`load_labelled_images`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If the file does not exist, if an image is missing and `missing` is ``"raise"``, or if
        every image is missing.

    NotADirectoryError
        If `folder` is not a folder.

    ValueError
        If a line cannot be interpreted, in which case the error names its number, if lists of
        values differ in length, or if an image has several lines, or `none_label` and other labels.

    Warns
    -----
    UserWarning
        If a name seems to mean that an image has no label, or if names differ in case or blanks
        only.

    See Also
    --------
    load_dataset : Recognize the format of the labels and call the reader for it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_json_lines
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["beach.png", "forest.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     file = Path(folder, "labels.jsonl")
    ...     _ = file.write_text(
    ...         '{"file": "beach.png", "labels": ["sea", "trees"]}\n'
    ...         '{"file": "forest.png", "labels": ["trees"]}\n'
    ...     )
    ...     data = load_json_lines(folder, file)
    >>> data.Y
       sea  trees
    0    1      1
    1    0      1
    """
    folder = check_folder(folder)
    return load_objects(
        folder,
        read_json_lines(check_file(file, "file", folder, "file")),
        path_column=path_column,
        label_column=label_column,
        label_names=label_names,
        negative=negative,
        none_label=none_label,
        missing=missing,
        outside=outside,
    )


def load_objects(
    folder: str,
    rows: dict[int, dict[str, Any]],
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    label_names: Sequence[str] | None = None,
    negative: object = None,
    none_label: str | Sequence[str] | None = None,
    missing: str = "raise",
    outside: str = "missing",
) -> LabelledImages:
    """Return the result of :func:`load_json_lines` for objects by the numbers of their lines."""
    check_option("missing", missing, ["raise", "drop"])
    check_option("outside", outside, ["missing", "allow"])
    check_column("path_column", path_column)
    check_column("label_column", label_column)
    if label_names is not None:
        label_names = check_label_names(label_names)
    first_line, first = next(iter(rows.items()))
    if path_column is None:
        path_column = next((name for name in _PATH_FIELDS if name in first), None)
        if path_column is None:
            raise ValueError(
                f"Line {first_line} has the fields {join_first(map(repr, first))}; none of them is "
                f"{', '.join(map(repr, _PATH_FIELDS))}. Pass path_column='NAME'."
            )
    if label_column is None and "labels" in first:
        label_column = "labels"
    names = pd.Series(
        {n: _get_text(row, path_column, n) for n, row in rows.items()},
        name=path_column,
        dtype=object,
    )
    paths, lost = locate(names, folder, missing, outside, source="the file", unit="line")
    advice = _advise_merging(path_column, label_column)
    check_distinct(names, paths, source="the file", unit="line", advice=advice)

    values = CellValues.from_parameters(negative)
    kept = {n: rows[n] for n in paths.index}
    lists = _find_lists(kept, label_column, label_names, values)
    if lists is not None:
        Y = read_values(lists, None, values, path_column)
        return make_data(paths, Y, folder=folder, missing=lost)
    labels = {n: _get_labels(row, path_column, label_column, n) for n, row in kept.items()}
    if all(isinstance(entry, list) for entry in labels.values()):
        names = pd.Series(labels)
        check_no_counts(names, label_names, what=f"The field {label_column!r}", unit="line")
        names = drop_none_label(names, none_label, label_names, unit="line")
        Y = binarize(names, label_names, paths.index)
    else:
        Y = read_values(labels, label_names, values, path_column)
    return make_data(paths, Y, folder=folder, missing=lost)


def _get_text(row, field, number):
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(
            f"Line {number} has {field!r}: {value!r}, expected the file name of an image."
            if field in row
            else f"Line {number} has no field {field!r}; it has {join_first(map(repr, row))}."
        )
    return str(value)


def _get_labels(row, path_column, label_column, number):
    """Return the labels of a row as a list of names or a dict of values."""
    if label_column is None:
        return {name: value for name, value in row.items() if name != path_column}
    labels = row.get(label_column)
    if isinstance(labels, list) and all(map(_is_name, labels)):
        return [str(name) for name in labels]
    if isinstance(labels, dict):
        return labels
    if label_column not in row:
        raise ValueError(
            f"Line {number} has no field {label_column!r}; it has {join_first(map(repr, row))}. "
            "Write an empty list [] if the image has no label."
        )
    advice = "Leave out entries without a name; an empty list [] has no label."
    if isinstance(labels, list) and any(isinstance(entry, dict) for entry in labels):
        advice = "Write the names of the labels in place of the objects."
    elif isinstance(labels, (str, int)):
        advice = (
            "Write a list for each image; or read the lines as a table: load_labelled_images("
            "folder, pandas.read_json(file, lines=True, dtype=False), "
            f"path_column={path_column!r}, label_column={label_column!r})."
        )
    elif labels is None:
        advice = "Write [] if the image has no label; leave out the line if it is unlabelled."
    raise ValueError(
        f"Line {number} has {label_column!r}: {labels!r:.60}, expected a list of names "
        f'["sea", "trees"], a list of values [1, 0] or an object {{"sea": 1, "trees": 0}}. {advice}'
    )


def _advise_merging(path_column, label_column):
    if label_column is None:
        return ""
    return (
        "If their labels are lists, give each image all of them: pandas.read_json(file, "
        f"lines=True, dtype=False).groupby({path_column!r}, as_index=False)[{label_column!r}].sum()"
        ".to_json('merged.jsonl', orient='records', lines=True)."
    )


def _find_lists(rows, label_column, label_names, values):
    """Return dicts of the values of lists by the names of their positions; None if not all are."""
    lists = {n: row.get(label_column) for n, row in rows.items()} if label_column else {}
    if not lists or not all(isinstance(entry, list) for entry in lists.values()):
        return None
    texts = pd.Series({n: list(map(spell, entry)) for n, entry in lists.items()}, dtype=object)
    what = f"The field {label_column!r}"
    names = name_positions(texts, label_names, values, what=what, unit="line")
    if names is None:
        return None
    return {n: dict(zip(names, entry, strict=True)) for n, entry in lists.items()}


def _is_name(value):
    return value.strip() != "" if isinstance(value, str) else type(value) is int
