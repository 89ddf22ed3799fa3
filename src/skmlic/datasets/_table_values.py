"""The cells of a table: values 0 and 1, or names of labels."""

import re

import numpy as np
import pandas as pd

from skmlic.datasets._cell_values import normalize
from skmlic.datasets._table_advice import advise_on_value

_SEPARATORS = ("|", ";", ",")
_LIKE_VALUES = {"0", "1", "-1", "true", "false", "yes", "no", "y", "n", "t", "f", "x", "?"}
_BRACKETED = r"[\[{(].*[\])}]$"


def parse_values(labels, file_names, values, *, are_listed=False):
    """Convert columns of text to 0 and 1, and NaN for missing labels.

    Parameters
    ----------
    labels : DataFrame of str
        The cells.
    file_names : Series of str
        The file names of the rows, for error messages.
    values : CellValues
        What stands for 0, 1 and missing labels.
    are_listed : bool, default=False
        Whether the cells come from lists in a single column.
    """
    known = values.by_text
    # A table has many cells, but few different ones.
    codes, cells = pd.factorize(labels.to_numpy(dtype=object).ravel())
    texts = [normalize(cell) for cell in cells]
    is_right = np.array([text in known for text in texts])[codes].reshape(labels.shape)
    if not is_right.all():
        raise ValueError(_describe_wrong(labels, file_names, is_right, are_listed))
    numbers = np.array([known[text] for text in texts], dtype=float)
    return pd.DataFrame(numbers[codes].reshape(labels.shape), labels.index, labels.columns)


def _describe_wrong(labels, file_names, is_right, are_listed):
    """Return what is wrong about cells that are no values, and what to pass instead."""
    texts = labels.map(normalize)
    is_right = pd.DataFrame(is_right, labels.index, labels.columns)
    row, column = (~is_right).stack().idxmax()
    kind, source = ("position", "list") if are_listed else ("column", "table")
    return (
        f"Row {row} ({file_names[row]!r}), {kind} {column!r} of the {source} has the value "
        f"{labels.at[row, column]!r}, expected 0 or 1 ({(~is_right).to_numpy().sum()} such values "
        "in total; the row below the header is row 0). "
        + advise_on_value(labels, texts, is_right, row, column, are_listed=are_listed)
    )


def holds_names(labels, values):
    """Return whether there is a single column, all of whose cells can only be names of labels.

    Parameters
    ----------
    labels : DataFrame of str
        The cells.
    values : CellValues
        What stands for 0, 1 and missing labels.
    """
    if labels.shape[1] != 1:
        return False
    cells = labels.iloc[:, 0].map(normalize)
    cells = cells[(cells != "") & ~cells.isin(list(values.by_text))]
    may_be_values = cells.isin(_LIKE_VALUES) | pd.to_numeric(cells, errors="coerce").notna()
    given = labels.iloc[:, 0].map(normalize)
    return len(cells) > 0 and len(cells) == (given != "").sum() and not may_be_values.any()


def find_separator(cells, label_sep):
    """Return the separator of the names in the cells of a column.

    Parameters
    ----------
    cells : Series of str
        The column.
    label_sep : str or None
        The separator; None means that it is guessed.
    """
    if label_sep is not None:
        return label_sep
    found = [sep for sep in _SEPARATORS if cells.str.contains(sep, regex=False).any()]
    if len(found) > 1:
        raise ValueError(
            f"The labels of column {cells.name!r} can be separated by any of "
            f"{', '.join(map(repr, found))}. Pass the right one: "
            f"{' or '.join(f'label_sep={sep!r}' for sep in found)}."
        )
    spaced = cells[cells.str.contains(r"\s")]
    if not found and len(spaced):
        raise ValueError(
            f"Column {cells.name!r} has spaces, for example in {spaced.iloc[0]!r}. Pass "
            "label_sep=' ' if they separate labels, label_sep=';' if they belong to a label's name."
        )
    return found[0] if found else _SEPARATORS[0]


def check_no_lists(cells, label_names):
    """Raise an error if cells are lists in Python's notation, or strings of digits 0 and 1."""
    name = cells.name
    bracketed = cells[cells.str.match(_BRACKETED)]
    if len(bracketed):
        is_quoted = bracketed.str.contains("['\"]").any()
        split = (
            f"table[{name!r}].str.findall('[\"\\'](.+?)[\"\\']').map(';'.join)"
            if is_quoted
            else f"table[{name!r}].str.strip('[](){{}}').str.replace(r'[,\\s]+', ';', regex=True)"
        )
        raise ValueError(
            f"Column {name!r} has {bracketed.iloc[0]!r}, a list in Python's notation; expected "
            "names with a separator, such as 'sea;sunset'. Pass csv=table.assign(**{"
            f"{name!r}: {split}}}), label_column={name!r}, label_sep=';', where table is the "
            "DataFrame that you read."
        )
    filled = cells[cells != ""]
    digits = filled.str.fullmatch("[01]{2,}").all() and filled.map(len).nunique() == 1
    if len(filled) and digits and label_names is None:
        names = sorted(filled.unique())
        raise ValueError(
            f"Column {name!r} has {filled.iloc[0]!r}: digits, one for each label, or a name. Pass "
            f"csv=table.assign(**{{{name!r}: table[{name!r}].map(';'.join)}}), where table is the "
            "DataFrame that you read with dtype=str, if each digit is the value of a label; pass "
            f"label_column={name!r}, label_names={names} if it is the name of one."
        )


def split_names(cells, label_sep):
    """Split each cell into a list of label names; an empty cell has none."""
    return cells.map(
        lambda cell: [name for part in cell.split(label_sep) if (name := part.strip())]
    )


def looks_listed(cells):
    """Return whether a cell has several parts or brackets."""
    return bool(cells.map(lambda cell: re.search(r"[^\s\[(][\s,;|]+\S", cell)).any())
