"""The cells of a table: values 0 and 1, or names of labels."""

import numpy as np
import pandas as pd

from skmlic.datasets._text_tables import as_text

_SEPARATORS = ("|", ";", ",")
_VALUES = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}
_YES_OR_NO = {"yes", "no", "y", "n", "t", "f"}
_LIKE_VALUES = {*_VALUES, *_YES_OR_NO, "x", "?"}


def spell_na_values(na_values):
    """Return the texts, in lower case, of the cells that mean a missing label.

    Parameters
    ----------
    na_values : str, number, list of these or None
        The parameter of :func:`skmlic.datasets.load_labelled_images`.
    """
    if na_values is None:
        return frozenset()
    values = [na_values] if pd.api.types.is_scalar(na_values) else list(na_values)
    texts = set()
    for value in values:
        texts.add(as_text(value).lower())
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            texts.add(str(float(value)))
    wrong = texts & _VALUES.keys()
    if wrong:
        raise ValueError(
            f"na_values={na_values!r} has {min(wrong)!r}, which is the value of a label."
        )
    return frozenset(texts)


def parse_values(labels, file_names, na_values):
    """Convert columns of text to 0 and 1, and NaN for missing labels.

    Parameters
    ----------
    labels : DataFrame of str
        The cells.
    file_names : Series of str
        The file names of the rows, for error messages.
    na_values : set of str
        The cells, in lower case, that mean a missing label.
    """
    texts = labels.apply(lambda column: column.str.lower())
    Y = texts.apply(lambda column: column.map(_VALUES))
    bad = np.argwhere((Y.isna() & ~texts.isin(na_values)).to_numpy())
    if len(bad):
        row, column = labels.index[bad[0, 0]], labels.columns[bad[0, 1]]
        value = labels.at[row, column]
        if value in ("", "-1", "-1.0", "?", "nan"):
            advice = f"If it means that the label is missing, pass na_values={value!r}; if"
        else:
            advice = "Write 1 for yes and 0 for no. " if value.lower() in _YES_OR_NO else ""
            advice += f"If {column!r} holds the names of labels, pass label_column={column!r}; if"
        raise ValueError(
            f"Row {row} ({file_names[row]!r}), column {column!r} of the table has the value "
            f"{value!r}, expected 0 or 1 ({len(bad)} such values in total; the row below the "
            f"header is row 0). {advice} it holds the file names, pass path_column={column!r}; if "
            "it is not a label, name those that are: label_names=['sea', 'trees']."
        )
    return Y


def holds_names(labels, na_values):
    """Return whether there is a single column, all of whose cells can only be names of labels.

    Parameters
    ----------
    labels : DataFrame of str
        The cells.
    na_values : set of str
        The cells, in lower case, that mean a missing label.
    """
    if labels.shape[1] != 1:
        return False
    cells = labels.iloc[:, 0].str.lower()
    cells = cells[(cells != "") & ~cells.isin(na_values)]
    may_be_values = cells.isin(_LIKE_VALUES) | pd.to_numeric(cells, errors="coerce").notna()
    return len(cells) > 0 and not may_be_values.any()


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
        if not isinstance(label_sep, str) or not label_sep:
            raise ValueError(f"label_sep={label_sep!r}, expected a text such as ';'.")
        return label_sep
    found = [sep for sep in _SEPARATORS if cells.str.contains(sep, regex=False).any()]
    if len(found) > 1:
        raise ValueError(
            f"The labels of column {cells.name!r} can be separated by any of "
            f"{', '.join(map(repr, found))}. Pass the right one, for example label_sep="
            f"{found[0]!r}."
        )
    spaced = cells[cells.str.contains(r"\s")]
    if not found and len(spaced):
        raise ValueError(
            f"Column {cells.name!r} has spaces, for example in {spaced.iloc[0]!r}. Pass "
            "label_sep=' ' if they separate labels, label_sep=';' if they belong to a label's name."
        )
    return found[0] if found else _SEPARATORS[0]


def split_names(cells, label_sep):
    """Split each cell into a list of label names; an empty cell has none."""
    bracketed = cells[cells.str.match(r"[\[{(].*[\])}]$")]
    if len(bracketed):
        raise ValueError(
            f"Column {cells.name!r} has {bracketed.iloc[0]!r}, a list in Python's notation; "
            "expected names with a separator, such as 'sea;sunset'. Write the column with "
            "';'.join(names)."
        )
    return [list(filter(None, map(str.strip, cell.split(label_sep)))) for cell in cells]
