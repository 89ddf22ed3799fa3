"""Reader of a folder of images and a table of their labels."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import binarize, make_data
from skmlic.datasets._files import check_distinct, locate
from skmlic.datasets._parameter_checks import check_folder, check_option
from skmlic.datasets._table_columns import select_labels, split_columns
from skmlic.datasets._table_values import (
    find_separator,
    holds_names,
    parse_values,
    spell_na_values,
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
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    r"""Load the paths of images in a folder and a table of their labels.

    The table has one row per image: its file name, followed either by one column per label with 1
    if the image has the label and 0 if it does not, or by one column with the names of all its
    labels, ``beach.jpg,sea;sunset``. Images are not opened. Images of the folder that the table
    does not name are left out.

    Parameters
    ----------
    folder : str or path-like
        The folder of the images. File names in the table are relative to it, and can name folders
        inside it (``"cats/1.jpg"``).

    csv : str, path-like or DataFrame
        The table: a UTF-8 file with a header line, or a frame with the same content, such as
        ``data.frame``. Columns in a file are separated by the comma, the semicolon, the tab or the
        vertical bar, whichever splits the first ten lines into the most columns. Labels
        can be written as 0 and 1, 0.0 and 1.0, or false and true.

    path_column : str, default=None
        The column that holds the file names. None means the first. If there is no file of a name,
        these variants are tried: the extensions ``.jpg``, ``.jpeg``, ``.png``, ``.bmp``, ``.gif``,
        ``.tif``, ``.tiff``, ``.webp`` and the name's own, in lower and upper case; slashes instead
        of backslashes; and the encodings of accents on other systems.

    label_column : str, default=None
        The column that holds the names of labels; other columns are left out. An empty cell means
        no label. None means the only column besides the file names, unless one of its cells can be
        a value such as 0, 1 or "yes"; otherwise, every column is a label.

    label_sep : str, default=None
        The separator of the names in `label_column`. None means the one of ``|``, ``;`` and ``,``
        that occurs in it.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; other labels are left out. If `label_column` holds names, a
        label that never occurs has a column of 0, since test images may lack some labels of the
        training images. None means the columns of the table, or the names that occur, sorted.

    na_values : str, number or list of these, default=None
        Cells of the columns of 0 and 1 that mean a missing label, for example ``""`` (an empty
        cell, or NaN in a frame), ``-1`` or ``["", "?"]``. They become NaN. With None, such cells
        raise an error.

    missing : {"raise", "drop"}, default="raise"
        Whether rows whose image is not in the folder raise an error, which lists them, or are left
        out.

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
        If the table has no rows or no labels, if a label is neither 0 nor 1 nor missing, if none of
        `label_names` occurs, if the separator of names is ambiguous, or if an image has several
        rows.

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
    folder = check_folder(
        folder,
        advice="Pass the folder of the images first, then the table: "
        "load_labelled_images('images', 'labels.csv').",
    )
    na_values = spell_na_values(na_values)
    names, labels = split_columns(read_table(csv, folder), path_column, label_column)
    advice = f"If the file names are not in the column {names.name!r}, pass path_column='NAME'."
    paths, lost = locate(names, folder, missing, source="the table", advice=advice)
    labels = labels.loc[paths.index]
    are_names = label_column is not None or label_sep is not None or holds_names(labels, na_values)
    if are_names:
        _check_names(labels, label_sep, na_values)
        label_sep = find_separator(labels.iloc[:, 0], label_sep)
        merge = f"[{labels.columns[0]!r}].agg({label_sep!r}.join), label_sep={label_sep!r}"
    else:
        merge = ".max()"
    check_distinct(
        names,
        paths,
        source="the table",
        advice="To give each image all labels of its rows, pass "
        f"csv=table.groupby({names.name!r}, as_index=False){merge}, where table is the DataFrame "
        "you read.",
    )
    if are_names:
        Y = binarize(split_names(labels.iloc[:, 0], label_sep), label_names, labels.index)
    else:
        Y = parse_values(select_labels(labels, label_names), names, na_values)
    return make_data(paths, Y, folder=folder, missing=lost)


def _check_names(labels, label_sep, na_values):
    """Raise an error if parameters do not fit a column of label names."""
    if na_values:
        raise ValueError("na_values= is for columns of 0 and 1, but these labels are names.")
    if labels.shape[1] > 1:
        raise ValueError(
            f"label_sep={label_sep!r} is for one column of names, but the table has the columns "
            f"{join_first(map(repr, labels.columns))}. Pass the one that holds names: "
            f"label_column={labels.columns[-1]!r}."
        )
