"""The columns of a table: file names and labels."""

import pandas as pd

from skmlic._utils._labels import find_labels
from skmlic._utils._text import join_first
from skmlic.datasets._parameter_checks import check_column, check_label_names


def split_columns(
    table: pd.DataFrame, path_column: str | None, label_column: str | None, source: str
) -> tuple[pd.Series, pd.DataFrame]:
    """Split a table into the file names and the labels.

    Parameters
    ----------
    table : DataFrame of str
        The table.
    path_column : str or None
        The column of the file names; None means the first that is not ``label_column``.
    label_column : str or None
        The only column of labels; None means all other columns.
    source : str
        The words for the table in error messages.

    Returns
    -------
    names : Series of str
        The file names.
    labels : DataFrame of str
        The columns of the labels.
    """
    columns = list(table.columns)
    check_column("path_column", path_column)
    check_column("label_column", label_column)
    check_columns(columns, source)
    if path_column is None:
        path_column = next((name for name in columns if name != label_column), columns[0])
    for parameter, column in [("path_column", path_column), ("label_column", label_column)]:
        if column is not None and column not in columns:
            raise ValueError(
                f"{parameter}={column!r} is not in {source}, which has the columns "
                f"{join_first(map(repr, columns))}."
            )
    if path_column == label_column:
        raise ValueError(f"path_column and label_column are both {path_column!r}.")
    if len(columns) < 2:
        raise ValueError(
            f"There is one column {path_column!r} in {source}, expected a column of file names and "
            "a column of 0 and 1 for each label. If the separator of the columns is not a comma, a "
            "semicolon, a tab or a vertical bar, read the table first: "
            "csv=pandas.read_csv(path, dtype=str, sep=' ')."
        )
    if not len(table):
        raise ValueError(f"There are no rows in {source}, expected one per image.")
    labels = table.drop(columns=path_column) if label_column is None else table[[label_column]]
    return table[path_column], labels


def select_labels(labels, label_names):
    """Return the columns with the given names; all of them if ``label_names`` is None."""
    if label_names is None:
        return labels
    columns = labels.columns.tolist()
    return labels.iloc[:, find_labels(check_label_names(label_names), columns, "label_names")]


def check_columns(columns: list[str], source: str = "the table") -> None:
    """Raise an error unless the columns of a table have distinct names."""
    if not columns:
        raise ValueError(f"There are no columns in {source}, expected file names and labels.")
    if "" in columns:
        raise ValueError(
            f"Column {columns.index('')} of {source}, counted from 0, has no name. Give it one in "
            "the header; or, if it is the index of a frame, write the table without it: "
            "frame.to_csv('labels.csv', index=False)."
        )
    index = pd.Index(columns)
    repeated = index[index.duplicated()].unique()
    if len(repeated):
        raise ValueError(
            f"These columns occur more than once in {source}: {join_first(map(repr, repeated))}. "
            "Each label needs one column with its own name in the header."
        )
