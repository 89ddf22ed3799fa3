"""Reader of a folder of images and a table of their labels."""

import os
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._cell_values import CellValues, normalize
from skmlic.datasets._data import LabelledImages, binarize, make_data
from skmlic.datasets._files import check_distinct, locate, without_links
from skmlic.datasets._label_spelling import drop_none_label
from skmlic.datasets._multi_hot import check_no_counts, name_positions, split_values
from skmlic.datasets._parameter_checks import check_folder, check_label_names, check_option
from skmlic.datasets._prediction_tables import (
    is_prediction_table,
    unescape_labels,
    unescape_table,
)
from skmlic.datasets._table_advice import advise_merging, advise_on_paths
from skmlic.datasets._table_columns import select_labels, split_columns
from skmlic.datasets._table_values import (
    check_no_lists,
    find_separator,
    holds_names,
    looks_listed,
    parse_values,
    split_names,
)
from skmlic.datasets._text_tables import read_table


def load_labelled_images(
    folder: FilePath,
    csv: FilePath | pd.DataFrame,
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    label_sep: str | None = None,
    label_names: Sequence[str] | None = None,
    na_values: object = None,
    negative: object = None,
    none_label: str | Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
    outside: Literal["missing", "allow"] = "missing",
) -> LabelledImages:
    r"""Load the paths of images in a folder and a table of their labels.

    The table has one row per image: its file name, followed either by one column per label with 1
    if the image has the label and 0 if it does not, or by one column with the names of all its
    labels, ``beach.jpg,sea;sunset``. Images are not opened. Images of the folder that the table
    does not name are left out.

    Parameters
    ----------
    folder : str or path-like
        The folder of the images. File names in the table are relative to it, and can name folders
        inside it (``"cats/1.jpg"``). Links in it are followed.

    csv : str, path-like or DataFrame
        The table: a UTF-8 file with a header line, or a frame with the same content, such as
        ``data.frame``. Columns in a file are separated by the comma, the semicolon, the tab or the
        vertical bar, whichever splits the first ten lines into the most columns, or by what a first
        line "sep=;" names. Labels can be written as 0 and 1, also "1.00", or false and true.

    path_column : str, default=None
        The column that holds the file names. None means the first. If there is no file of a name,
        these variants are tried: the extensions ``.jpg``, ``.jpeg``, ``.png``, ``.bmp``, ``.gif``,
        ``.tif``, ``.tiff``, ``.webp`` and the name's own, in lower and upper case; slashes instead
        of backslashes; and the encodings of accents on other systems.

    label_column : str, default=None
        The column that holds the names of labels; other columns are left out. An empty cell means
        no label. None means the only column besides the file names, unless one of its cells can be
        a value such as 0, 1 or "yes"; otherwise, every column is a label. Lists of values,
        "1,0,1" or [1, 0, 1], have a label for each position.

    label_sep : str, default=None
        The separator of the names in `label_column`. None means the one of ``|``, ``;`` and ``,``
        that occurs in it.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; other labels are left out. If `label_column` holds names, a
        label that never occurs has a column of 0, since test images may lack some labels of the
        training images. If it holds lists of values, these are the names of the positions. None
        means the columns of the table, the names that occur, sorted, or "0", "1", … for positions.

    na_values : str, number or list of these, default=None
        Cells of the columns of 0 and 1 that mean a missing label, for example ``""`` (an empty
        cell, or NaN in a frame), ``-1`` or ``["", "?"]``. They become NaN. With None, such cells
        raise an error.

    negative : str, number or list of these, default=None
        Cells of the columns of 0 and 1 that mean no besides 0, for example ``-1``.

    none_label : str or list of str, default=None
        The name in `label_column` that means that an image has no label, for example "No Finding".

    missing : {"raise", "drop"}, default="raise"
        Whether rows whose image is not in the folder raise an error, which lists them, or are left
        out.

    outside : {"missing", "allow"}, default="missing"
        Whether names that lead out of the folder count as missing, or are allowed: paths elsewhere,
        such as ``"../1.jpg"``, and URLs. Allow them only if you trust the names, since these files
        will be opened, on this machine or by a request to another one.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        paths : list of str of length n_samples
            The paths of the images, including `folder`, in the order of the table.
        Y : DataFrame of shape (n_samples, n_labels), dtype int64
            The labels, 0 or 1, with one named column per label and rows numbered from 0. If labels
            are missing, they are NaN and the dtype is float64.
        label_names : list of str of length n_labels
            The columns of `Y`.
        frame : DataFrame of shape (n_samples, 1 + n_labels)
            The column "path" (or "image_path", if a label is called "path"), then the labels.
        folder : str
            The parameter `folder`.
        missing : list of str
            The names of the images that were left out because their files are missing.

    Raises
    ------
    FileNotFoundError
        If the table does not exist, if an image is missing and `missing` is ``"raise"``, or if
        every image is missing.

    NotADirectoryError
        If `folder` is not a folder.

    ValueError
        If the table has no rows or no labels, if a label is neither 0 nor 1 nor missing, if lists
        of values differ in length, if none of `label_names` occurs, if the separator of names is
        ambiguous, if an image has several rows, or if it has `none_label` and other labels.

    Warns
    -----
    UserWarning
        If a name seems to mean that an image has no label, or if names differ in case or blanks
        only.

    See Also
    --------
    load_dataset : Recognize the format of the labels and call the reader for it.
    describe_dataset : Find problems with the images and labels.
    make_digit_scenes : Generate images to try things on.

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
    check_option("outside", outside, ["missing", "allow"])
    folder = check_folder(
        folder,
        advice="Pass the folder of the images first, then the table: "
        "load_labelled_images('images', 'labels.csv').",
    )
    values = CellValues.from_parameters(negative, na_values)
    table = read_table(csv, folder)
    is_escaped = is_prediction_table(table)
    if is_escaped:
        table = unescape_table(table, folder, outside)
    source = "the table" if isinstance(csv, pd.DataFrame) else f"the table {os.fspath(csv)!r}"
    names, labels = split_columns(table, path_column, label_column, source)
    advice = advise_on_paths(table, names.name, folder, csv)
    paths, lost = locate(names, folder, missing, outside, source=source, advice=advice)
    labels = labels.loc[paths.index]
    is_named = label_column is not None or label_sep is not None
    _check_separator(labels, label_sep)
    if label_names is not None:
        label_names = check_label_names(label_names)
    lists, are_names = _find_lists(labels, label_sep, values, label_names, is_named)
    if lists is None and (are_names or holds_names(labels, values)):
        check_no_lists(labels.iloc[:, 0], label_names)
        label_sep = find_separator(labels.iloc[:, 0], label_sep)
        _check_distinct(names, paths, labels, values, label_sep)
        _check_no_values(negative=negative, na_values=na_values)
        rows = split_names(labels.iloc[:, 0], label_sep)
        rows = unescape_labels(rows) if is_escaped else rows
        check_no_counts(rows, label_names, what=f"Column {labels.columns[0]!r}")
        rows = drop_none_label(rows, none_label, label_names)
        return make_data(
            paths, binarize(rows, label_names, rows.index), folder=folder, missing=lost
        )
    if none_label is not None:
        raise ValueError(
            f"none_label={none_label!r} is for names of labels, but these are values. Leave a "
            "column out by naming the others: label_names=['sea', 'trees']."
        )
    labels = select_labels(labels, label_names) if lists is None else lists
    _check_distinct(names, paths, labels, values, None)
    Y = parse_values(labels, names, values, are_listed=lists is not None)
    return make_data(paths, Y, folder=folder, missing=lost)


def _find_lists(labels, label_sep, values, label_names, is_named):
    """Return the lists of values in the only column as columns of text, or None without lists.

    The second result tells whether the column holds names.
    """
    column = labels.iloc[:, 0]
    if labels.shape[1] > 1 or not (is_named or looks_listed(column)):
        return None, is_named
    rows = split_values(column, label_sep, values)
    if rows is None:
        return None, is_named
    positions = name_positions(rows, label_names, values, what=f"Column {column.name!r}")
    if positions is None:
        return None, True
    if len(positions) == 1 and label_names is None:
        positions = [column.name]
    return pd.DataFrame(rows.tolist(), rows.index, positions, dtype=object), False


def _check_separator(labels, label_sep):
    """Raise an error if a separator is no text, or if there are several columns."""
    if label_sep is None:
        return
    if not isinstance(label_sep, str) or not label_sep:
        raise ValueError(f"label_sep={label_sep!r}, expected a text such as ';'.")
    if labels.shape[1] > 1:
        raise ValueError(
            f"label_sep={label_sep!r} is for one column of names, but the table has the columns "
            f"{join_first(map(repr, labels.columns))}. Pass the one that holds names: "
            f"label_column={labels.columns[-1]!r}."
        )


def _check_no_values(**parameters):
    """Raise an error if parameters for values are given for names."""
    for name, value in parameters.items():
        if value is not None:
            raise ValueError(
                f"{name}={value!r}: {name}= is for columns of 0 and 1, but these labels are names. "
                "For a name that means that an image has no label, pass none_label='NAME'."
            )


def _check_distinct(names, paths, labels, values, label_sep):
    """Raise an error if two rows name the same image."""
    places = without_links(paths)
    if len(set(places)) == len(places):
        return
    is_value = labels.map(normalize).isin(list(values.by_text))
    advice = advise_merging(names, labels, is_value, label_sep)
    check_distinct(names, paths, source="the table", advice=advice)
