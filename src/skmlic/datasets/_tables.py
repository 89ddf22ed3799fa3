"""A folder of pictures and the table of their labels."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._labels import find_labels
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import binarize, check_label_names, make_data
from skmlic.datasets._files import (
    check_distinct,
    check_folder,
    check_option,
    first_ones,
    locate,
)
from skmlic.datasets._text_tables import as_text, read_table

_LABEL_SEPARATORS = ("|", ";", ",")
_VALUES = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}
_YES_OR_NO = {"yes", "no", "y", "n", "t", "f"}
_LIKE_VALUES = {*_VALUES, *_YES_OR_NO, "x", "?"}


def _cut_columns(table, path_column, label_column):
    """Cut the table into the file names and the labels."""
    columns = list(table.columns)
    if "" in columns:
        raise ValueError(
            f"Column {columns.index('')} of the table, counted from 0, has no name. If it is the "
            "index of a frame, write the table without it: frame.to_csv('labels.csv', index=False)."
        )
    twice = table.columns[table.columns.duplicated()].unique()
    if len(twice):
        raise ValueError(
            f"These columns come more than once in the table: {first_ones(map(repr, twice))}. "
            f"Each label needs one column with its own name, written in a header line."
        )
    if path_column is None:
        path_column = next((name for name in columns if name != label_column), columns[0])
    for parameter, column in [("path_column", path_column), ("label_column", label_column)]:
        if column is not None and column not in columns:
            raise ValueError(
                f"{parameter}={column!r} is not in the table, which has the columns "
                f"{first_ones(map(repr, columns))}."
            )
    if path_column == label_column:
        raise ValueError(f"path_column and label_column are both {path_column!r}.")
    if len(columns) < 2:
        raise ValueError(
            f"The table has the one column {path_column!r}, expected a column of file names and "
            f"one of 0 and 1 for each label. If the columns are separated by something else than "
            f"a comma, a semicolon or a tab, pass it: sep='|'."
        )
    if not len(table):
        raise ValueError("The table has a header and no rows, expected one row a picture.")
    labels = table.drop(columns=path_column) if label_column is None else table[[label_column]]
    return table[path_column], labels


def _spellings(unknown):
    """Return the texts, in lower case, of the cells that mean unknown."""
    if unknown is None:
        return frozenset()
    values = [unknown] if pd.api.types.is_scalar(unknown) else list(unknown)
    texts = set()
    for value in values:
        texts.add(as_text(value).lower())
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            texts.add(str(float(value)))
    wrong = texts & _VALUES.keys()
    if wrong:
        raise ValueError(f"unknown={unknown!r} has {min(wrong)!r}, which is a label's value.")
    return frozenset(texts)


def _holds_names(labels, unknown):
    """Tell whether there is one column of labels, and no cell that might be a value instead."""
    if labels.shape[1] != 1:
        return False
    cells = labels.iloc[:, 0].str.lower()
    cells = cells[(cells != "") & ~cells.isin(unknown)]
    may_be_values = cells.isin(_LIKE_VALUES) | pd.to_numeric(cells, errors="coerce").notna()
    return len(cells) > 0 and not may_be_values.any()


def _find_label_separator(cells, label_sep):
    """Return what separates the names in the cells of a column."""
    if label_sep is not None:
        if not isinstance(label_sep, str) or not label_sep:
            raise ValueError(f"label_sep={label_sep!r}, expected a text such as ';'.")
        return label_sep
    found = [sep for sep in _LABEL_SEPARATORS if cells.str.contains(sep, regex=False).any()]
    if len(found) > 1:
        raise ValueError(
            f"The labels of column {cells.name!r} may be separated by any of "
            f"{', '.join(map(repr, found))}. Pass the right one, for example label_sep="
            f"{found[0]!r}."
        )
    spaced = cells[cells.str.contains(r"\s")]
    if not found and len(spaced):
        raise ValueError(
            f"Column {cells.name!r} has spaces, for example in {spaced.iloc[0]!r}. Pass "
            "label_sep=' ' if they separate labels, label_sep=';' if they belong to a label's name."
        )
    return found[0] if found else _LABEL_SEPARATORS[0]


def _select(labels, label_names):
    """Return the columns of these names; all of them for None."""
    if label_names is None:
        return labels
    columns = labels.columns.tolist()
    return labels.iloc[:, find_labels(check_label_names(label_names), columns, "label_names")]


def _split_names(cells, label_sep):
    """Cut each cell into names of labels; an empty one has none."""
    bracketed = cells[cells.str.match(r"[\[{(].*[\])}]$")]
    if len(bracketed):
        raise ValueError(
            f"Column {cells.name!r} has {bracketed.iloc[0]!r}, a list as Python writes it; "
            "expected names with something between them, such as 'sea;sunset'. Write the column "
            "with ';'.join(names)."
        )
    return [list(filter(None, map(str.strip, cell.split(label_sep)))) for cell in cells]


def _parse_labels(labels, names, unknown):
    """Turn the text of the label columns into 0 and 1, and NaN where it is unknown."""
    texts = labels.apply(lambda column: column.str.lower())
    Y = texts.apply(lambda column: column.map(_VALUES))
    bad = np.argwhere((Y.isna() & ~texts.isin(unknown)).to_numpy())
    if len(bad):
        row, column = labels.index[bad[0, 0]], labels.columns[bad[0, 1]]
        value = labels.at[row, column]
        if value in ("", "-1", "-1.0", "?", "nan"):
            advice = f"If it means that nobody looked, pass unknown={value!r}; if"
        else:
            advice = "Write 1 for yes and 0 for no. " if value.lower() in _YES_OR_NO else ""
            advice += f"If {column!r} holds the names of labels, pass label_column={column!r}; if"
        raise ValueError(
            f"Row {row} ({names[row]!r}), column {column!r} of the table has the value "
            f"{value!r}, expected 0 or 1 ({len(bad)} such values in all; the row "
            f"below the header is row 0). {advice} it holds the file names, "
            f"path_column={column!r}; if it is no label, name those that are: "
            "label_names=['sea', 'trees']."
        )
    return Y


def load_labelled_images(
    folder: FilePath,
    csv: FilePath | pd.DataFrame,
    *,
    sep: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    label_sep: str | None = None,
    label_names: Sequence[str] | None = None,
    unknown: object = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    r"""Load the paths of a folder of pictures and the table of their labels.

    The table has one row a picture: its file name, then either one column a label with 1 where the
    picture has the label and 0 where it has not, or one column of all its labels' names,
    ``beach.jpg,sea;sunset``. No picture is opened. Pictures of the folder that the table does not
    name are left out.

    Parameters
    ----------
    folder : str or path-like
        The folder of the pictures. File names in the table are relative to it and may name
        folders inside it (``"cats/1.jpg"``).

    csv : str, path-like or DataFrame
        The table: a UTF-8 file with a header line, or a frame that holds the same, such as
        ``data.frame``. Labels may be written 0 and 1, 0.0 and 1.0, or false and true.

    sep : str, default=None
        What separates the columns in the file. None takes the comma, the semicolon or the tab,
        whichever cuts the first ten lines into the most columns.

    path_column : str, default=None
        The column that holds the file names. None takes the first. A name that is no file is tried
        again with the endings ``.jpg``, ``.jpeg``, ``.png``, ``.bmp``, ``.gif``, ``.tif``,
        ``.tiff`` and ``.webp``, and its own, in lower and upper case, with slashes in place of
        backslashes, and with the accents of other systems.

    label_column : str, default=None
        The column that holds the names of labels; others are left out. An empty cell has no label.
        None takes the only column besides the file names, if no cell of it might be a value, such
        as 0, 1 or "yes"; otherwise every column is a label.

    label_sep : str, default=None
        What separates the names in `label_column`. None takes the one of ``|``, ``;`` and ``,``
        that occurs in it.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. Where `label_column` holds names, a label
        that never occurs has a column of 0: test pictures may lack some labels of training. None
        takes the columns of the table, or the names that occur, sorted.

    unknown : str, number or list of these, default=None
        Cells of the columns of 0 and 1 that mean that nobody looked, for example ``""`` (an empty
        cell, or NaN in a frame), ``-1`` or ``["", "?"]``. They become NaN. None: such cells raise
        an error.

    missing : {"raise", "drop"}, default="raise"
        What to do about rows whose picture is not in the folder: raise one error that lists them,
        or leave them out.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        paths : list of str of length n_samples
            The paths of the pictures, `folder` included, in the order of the table.
        Y : DataFrame of shape (n_samples, n_labels), dtype int64
            The labels, 0 or 1, one named column each, rows numbered from 0. Of dtype float64 if
            some are unknown, which is NaN.
        label_names : list of str of length n_labels
            The columns of `Y`.
        frame : DataFrame of shape (n_samples, 1 + n_labels)
            The column "path" (or "image_path", where a label is called "path"), then the labels.
        folder : str
            As given.
        missing : list of str
            The names of the rows that were left out.

    Raises
    ------
    FileNotFoundError
        If the table does not exist, a picture is missing and `missing` is ``"raise"``, or every
        picture is missing.

    NotADirectoryError
        If `folder` is no folder.

    ValueError
        If the table has no row or no label, a label is neither 0 nor 1 nor unknown, there is
        none of `label_names`, it is open what separates names, or a picture has several rows.

    See Also
    --------
    load_dataset : Recognise the form of labels and call the reader for it.
    describe_dataset : Look over what was read.
    make_digit_scenes : Generate pictures to try things on when there are none at hand.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_labelled_images
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["beach.png", "forest.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     table = Path(folder, "labels.csv")
    ...     _ = table.write_text("file,sea,trees\nbeach.png,1,0\nforest.png,0,1\n")
    ...     data = load_labelled_images(folder, table)
    >>> [Path(path).name for path in data.paths]
    ['beach.png', 'forest.png']
    >>> data.Y
       sea  trees
    0    1      0
    1    0      1
    >>> data.label_names
    ['sea', 'trees']
    """
    check_option("missing", missing, ["raise", "drop"])
    folder = check_folder(
        folder,
        advice="Pass the folder of the pictures first, then the table: "
        "load_labelled_images('pictures', 'labels.csv').",
    )
    unknown = _spellings(unknown)
    table = read_table(csv, sep, folder)
    names, labels = _cut_columns(table, path_column, label_column)
    advice = f"If the file names are not in the column {names.name!r}, pass path_column='NAME'."
    paths, lost = locate(names, folder, missing, source="the table", advice=advice)
    labels = labels.loc[paths.index]
    are_names = label_column is not None or label_sep is not None or _holds_names(labels, unknown)
    if are_names:
        if unknown:
            raise ValueError("unknown= is for columns of 0 and 1; these labels are names.")
        if labels.shape[1] > 1:
            raise ValueError(
                f"label_sep={label_sep!r} is for one column of names, and the table has "
                f"{first_ones(map(repr, labels.columns))}. Pass the one that holds them: "
                f"label_column={labels.columns[-1]!r}."
            )
        label_sep = _find_label_separator(labels.iloc[:, 0], label_sep)
        merge = f"[{labels.columns[0]!r}].agg({label_sep!r}.join), label_sep={label_sep!r}"
    else:
        merge = ".max()"
    check_distinct(
        names,
        paths,
        source="the table",
        advice="To give each picture every label that one of its rows has, pass "
        f"csv=table.groupby({names.name!r}, as_index=False){merge}, where table is the DataFrame "
        "you read.",
    )
    if are_names:
        Y = binarize(_split_names(labels.iloc[:, 0], label_sep), label_names, labels.index)
    else:
        Y = _parse_labels(_select(labels, label_names), names, unknown)
    return make_data(paths, Y, folder=folder, missing=lost)
