"""Readers: a folder of pictures and the table of their labels."""

import os
from csv import reader as split_lines
from itertools import islice
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skmlic._typing import FilePath

_SEPARATORS = (",", ";", "\t")
_EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_VALUES = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}
_N_LISTED = 10


def _first_ones(items):
    """Join the first items of a list, and say how many more there are."""
    listed = ", ".join(items[:_N_LISTED])
    n_more = len(items) - _N_LISTED
    return f"{listed} and {n_more} more" if n_more > 0 else listed


def _as_text(value):
    """Turn a cell of the table into text; an empty one into ''."""
    return "" if pd.isna(value) else str(value).strip()


def _check_folder(folder):
    """Return `folder` as a str, or say that there is none."""
    folder = os.fspath(folder)
    if not os.path.isdir(folder):
        what = "a file" if os.path.exists(folder) else "no such folder"
        raise NotADirectoryError(
            f"folder={folder!r} is {what} (seen from {os.getcwd()!r}). Pass the folder of the "
            f"pictures first, then the table: load_labelled_images('pictures', 'labels.csv')."
        )
    return folder


def _guess_separator(csv):
    """Take the separator that cuts each of the first lines into the most columns."""
    with open(csv, encoding="utf-8-sig", newline="") as lines:
        head = [line for line in islice(lines, 10) if line.strip()]

    def count_columns(sep):
        return min((len(row) for row in split_lines(head, delimiter=sep)), default=0)

    return max(_SEPARATORS, key=count_columns)


def _read_csv(csv, sep):
    """Read the file as text, cell by cell: '007' stays '007', and nothing becomes NaN."""
    rows = pd.read_csv(
        csv,
        sep=_guess_separator(csv) if sep is None else sep,
        header=None,
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
    )
    return rows.iloc[1:].set_axis(rows.iloc[0].map(_as_text), axis=1)


def _read_table(csv, sep, folder):
    """Return the table as a DataFrame of str, numbered from 0, whatever it came as."""
    if isinstance(csv, pd.DataFrame):
        table = csv.set_axis(csv.columns.map(str), axis=1)
    else:
        csv = os.fspath(csv)
        if not os.path.isfile(csv):
            inside = os.path.join(folder, csv)
            hint = f" Did you mean csv={inside!r}?" if os.path.isfile(inside) else ""
            raise FileNotFoundError(f"There is no table at csv={csv!r}.{hint}")
        try:
            table = _read_csv(csv, sep)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{csv!r} is not a UTF-8 text file. If it is a table in another encoding, read it "
                f"first: csv=pandas.read_csv({csv!r}, encoding='latin-1')."
            ) from error
    return table.apply(lambda column: column.map(_as_text)).reset_index(drop=True)


def _cut_columns(table, path_column):
    """Cut the table into the file names and the labels."""
    columns = list(table.columns)
    twice = table.columns[table.columns.duplicated()].unique()
    if len(twice):
        raise ValueError(
            f"These columns come more than once in the table: {_first_ones([*map(repr, twice)])}. "
            f"Each label needs one column with its own name, written in a header line."
        )
    if path_column is None:
        path_column = columns[0]
    if path_column not in columns:
        raise ValueError(
            f"path_column={path_column!r} is not in the table, which has the columns "
            f"{_first_ones([*map(repr, columns)])}."
        )
    if len(columns) < 2:
        raise ValueError(
            f"The table has the one column {path_column!r}, expected a column of file names and "
            f"one of 0 and 1 for each label. If the columns are separated by something else than "
            f"a comma, a semicolon or a tab, pass it: sep='|'."
        )
    if not len(table):
        raise ValueError("The table has a header and no rows, expected one row a picture.")
    return table[path_column], table.drop(columns=path_column)


def _find_image(folder, name):
    """Return the path of the picture called `name`, or None."""
    path = os.path.join(folder, name)
    endings = ("", *_EXTENSIONS, *(extension.upper() for extension in _EXTENSIONS))
    return next((path + ending for ending in endings if os.path.isfile(path + ending)), None)


def _check_missing(names, paths, folder, missing):
    """Raise for the pictures that were not found, if there are any and it matters."""
    lost = names[paths.isna()]
    if not len(lost) or (missing == "drop" and len(lost) < len(names)):
        return
    listed = _first_ones([f"{name!r} (row {row})" for row, name in lost.items()])
    raise FileNotFoundError(
        f"{len(lost)} of the {len(names)} pictures of the table are not in {folder!r}: {listed}. "
        + (
            f"If the file names are not in the column {names.name!r}, pass path_column='NAME'."
            if len(lost) == len(names)
            else "Pass missing='drop' to go on without them."
        )
    )


def _check_distinct(names, paths):
    """Raise when two rows mean the same picture."""
    again = names[paths.map(os.path.normpath).duplicated(keep=False)]
    if len(again):
        listed = _first_ones([f"{name!r} (row {row})" for row, name in again.items()])
        raise ValueError(
            f"{len(again)} rows of the table share their picture with another row: {listed}. "
            f"Expected one row a picture. To give each picture every label that one of its rows "
            f"has, pass csv=table.groupby({names.name!r}, as_index=False).max(), where table is "
            f"the DataFrame you read."
        )


def _parse_labels(labels, names):
    """Turn the text of the label columns into 0 and 1."""
    Y = labels.apply(lambda column: column.str.lower().map(_VALUES))
    bad = np.argwhere(Y.isna().to_numpy())
    if len(bad):
        row, column = labels.index[bad[0, 0]], labels.columns[bad[0, 1]]
        raise ValueError(
            f"Row {row} ({names[row]!r}), column {column!r} of the table has the value "
            f"{labels.at[row, column]!r}, expected 0 or 1 ({len(bad)} such values in all; the row "
            f"below the header is row 0). If {column!r} holds the file names, pass "
            f"path_column={column!r}; if it is no label, pass the table without it: "
            f"csv=pandas.read_csv('labels.csv').drop(columns={column!r})."
        )
    return Y.astype(np.int64).reset_index(drop=True).rename_axis(columns=None)


def load_labelled_images(
    folder: FilePath,
    csv: FilePath | pd.DataFrame,
    *,
    sep: str | None = None,
    path_column: str | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    r"""Load the paths of a folder of pictures and the table of their labels.

    The table has one row a picture: its file name, then one column a label with 1 where the
    picture has the label and 0 where it has not. No picture is opened. Pictures of the folder that
    the table does not name are left out.

    Parameters
    ----------
    folder : str or path-like
        The folder of the pictures. File names in the table are relative to it and may name
        folders inside it (``"cats/1.jpg"``).

    csv : str, path-like or DataFrame
        The table: a UTF-8 file with a header line, or a frame that holds the same. Labels may be
        written 0 and 1, 0.0 and 1.0, or false and true.

    sep : str, default=None
        What separates the columns in the file. None takes the comma, the semicolon or the tab,
        whichever cuts the header line into the most columns.

    path_column : str, default=None
        The column that holds the file names. None takes the first. A name that is no file is tried
        again with the endings ``.jpg``, ``.jpeg``, ``.png``, ``.bmp``, ``.gif``, ``.tif``,
        ``.tiff`` and ``.webp``, in lower and upper case.

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
            The labels, 0 or 1, one named column each, rows numbered from 0.
        label_names : list of str of length n_labels
            The columns of `Y`.

    Raises
    ------
    FileNotFoundError
        If the table does not exist, a picture is missing and `missing` is ``"raise"``, or every
        picture is missing.

    NotADirectoryError
        If `folder` is no folder.

    ValueError
        If the table has no row or no label, a label is neither 0 nor 1, or a picture has several
        rows.

    See Also
    --------
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
    if missing not in ("raise", "drop"):
        raise ValueError(f"missing={missing!r}, expected 'raise' or 'drop'.")
    folder = _check_folder(folder)
    names, labels = _cut_columns(_read_table(csv, sep, folder), path_column)
    paths = names.map(lambda name: _find_image(folder, name))
    _check_missing(names, paths, folder, missing)
    paths = paths.dropna()
    _check_distinct(names[paths.index], paths)
    Y = _parse_labels(labels.loc[paths.index], names)
    return Bunch(paths=paths.tolist(), Y=Y, label_names=Y.columns.tolist())
