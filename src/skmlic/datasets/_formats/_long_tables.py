"""Reader of long tables, with one row per image and label, as those of Open Images.

The columns ImageID, Source, LabelName and Confidence are described at
https://storage.googleapis.com/openimages/web/download_v7.html: 1 and 0 are labels that were
verified to be present and absent, and labels without a row were not verified. LabelName is an id
such as /m/0jbk, whose name is in a file of class descriptions: LabelName and DisplayName.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import read_lines
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source, read_cells
from skmlic.datasets._parameter_checks import (
    check_column,
    check_file,
    check_folder,
    check_label_names,
    check_option,
)
from skmlic.datasets._table_columns import check_columns

_OPEN_IMAGES = ("ImageID", "LabelName", "Confidence")


def is_long_table(source: Source) -> bool:
    """Return whether the labels are the image-level labels of Open Images."""
    return set(_OPEN_IMAGES) <= set(source.columns) and "XMin" not in source.columns


def load_long_table(
    images: FilePath,
    labels: FilePath | pd.DataFrame,
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    value_column: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
    outside: Literal["missing", "allow"] = "missing",
) -> LabelledImages:
    """Load a table with one row per image and label, and a value of 0 or 1.

    Labels of an image without a row are missing (NaN), and so are those with a row of 0 and a row
    of 1. The ids of Open Images become names if class-descriptions.csv,
    oidv7-class-descriptions.csv or a similar file is in the folder of the table or the one above.

    Parameters
    ----------
    images : str or path-like
        The folder of the images.

    labels : str, path-like or DataFrame
        The table.

    path_column, label_column, value_column : str, default=None
        The columns of the file name, the label, and its value. None means those of Open Images
        (ImageID, LabelName and Confidence), or else the first others of the table, in this order.

    label_names : sequence of str, default=None
        The labels of `Y`, in order: names, or ids, which are kept then. None means those that
        occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.

    outside : {"missing", "allow"}, default="missing"
        Whether names that lead out of the folder count as missing, or are allowed, as for
        ``load_labelled_images``.
    """
    check_option("outside", outside, ["missing", "allow"])
    images = check_folder(images, "images")
    if not isinstance(labels, pd.DataFrame):
        labels = check_file(labels, "labels", images, "table")
    for name, column in [
        ("path_column", path_column),
        ("label_column", label_column),
        ("value_column", value_column),
    ]:
        check_column(name, column)
    if label_names is not None:
        label_names = check_label_names(label_names)
    table = read_cells(labels)
    image, label, value = _choose_columns(table, [path_column, label_column, value_column])
    table = table.assign(**{value: _parse(table, image, value)})
    pairs = table.groupby([image, label], sort=False)[value].agg(["min", "max"])
    pairs = pairs["min"].where(pairs["min"] == pairs["max"], np.nan).unstack(label)
    if label == _OPEN_IMAGES[1] and not set(label_names or [""]) <= set(pairs.columns):
        pairs = pairs.set_axis(_describe(pairs.columns, labels), axis=1)
    pairs = pairs.loc[table[image].unique(), sorted(pairs.columns)]
    annotations = Annotations(pairs.index.tolist(), pairs, source="the table", unit="image")
    return load_annotations(annotations, images, label_names, missing, outside)


def _describe(ids, labels):
    """Return the names of labels; those that several labels have are followed by the id."""
    names = {} if isinstance(labels, pd.DataFrame) else _read_descriptions(Path(labels).parent)
    names = {label: names.get(label, label) for label in ids}
    counts = Counter(names.values())
    return [name if counts[name] == 1 else f"{name} ({label})" for label, name in names.items()]


def _read_descriptions(folder):
    """Return the names of Open Images' labels by their ids; empty if there is no file of them."""
    for place in (folder, folder.parent, folder.parent / "metadata"):
        files = [*sorted(place.glob("*class-descriptions*.csv")), place / "classes.csv"]
        names = {}
        for file in filter(Path.is_file, files):
            rows = csv.reader(read_lines(file))
            names |= {row[0]: row[1] for row in rows if len(row) > 1 and row[0].startswith("/")}
        if names:
            return names
    return {}


def _choose_columns(table, given):
    columns = table.columns.tolist()
    check_columns(columns)
    if len(columns) < 3:
        raise ValueError(
            f"The table has the columns {join_first(map(repr, columns))}, expected three: the file "
            "name, the label, and 0 or 1. If all labels that an image has are listed, and it has "
            f"no others, pass labels=table.groupby({columns[0]!r}, as_index=False)"
            f"[{columns[-1]!r}].agg(';'.join) without long=True, where table is the DataFrame you "
            "read."
        )
    if set(_OPEN_IMAGES) <= set(columns):
        chosen = [name or default for name, default in zip(given, _OPEN_IMAGES, strict=True)]
    else:
        others = (name for name in columns if name not in given)
        chosen = [name or next(others) for name in given]
    for name in chosen:
        if name not in columns:
            raise ValueError(
                f"The table has no column {name!r}, but {join_first(map(repr, columns))}."
            )
    if len(set(chosen)) < 3:
        raise ValueError(
            f"The columns of the file name, the label and its value are {chosen}, expected three "
            "different ones."
        )
    return chosen


def _parse(table, image, value):
    cells = table[value].str.lower().replace({"false": "0", "true": "1"})
    numbers = pd.to_numeric(cells, errors="coerce")
    bad = ~numbers.isin([0, 1])
    if bad.any():
        row = bad.idxmax()
        source = " Labels that a machine generated have fractions; keep those that were verified: "
        source += "labels=table[table['Confidence'].isin(['0', '1'])]."
        words = {"-1": "0", "yes": "1", "no": "0", "y": "1", "n": "0"}
        known = {cell: words[cell] for cell in cells[bad].unique() if cell in words}
        other = (
            f" Pass labels=table.assign(**{{{value!r}: table[{value!r}].astype(str).str.lower()"
            f".replace({known})}}), where table is the DataFrame that you read."
            if known
            else f" If {value!r} is not the value, pass value_column='NAME'."
        )
        raise ValueError(
            f"Row {row} ({table.at[row, image]!r}) of the table has the value "
            f"{table.at[row, value]!r} of {value!r}, expected 0 or 1 ({bad.sum()} such values)."
            + (source if value == "Confidence" else other)
        )
    return numbers
