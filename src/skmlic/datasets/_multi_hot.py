"""Lists with a value for each label, in place of lists of names."""

import re
from collections.abc import Sequence

import pandas as pd

from skmlic.datasets._cell_values import CellValues
from skmlic.datasets._parameter_checks import check_label_names

_BRACKETS = re.compile(r"^[\[(]\s*|\s*[\])]$")
_SEPARATOR = r"\s*[,;|]\s*|\s+"


def split_values(cells: pd.Series, label_sep: str | None, values: CellValues) -> pd.Series | None:
    """Return the lists of values in the cells of a column, or None if some are no values.

    Parameters
    ----------
    cells : Series of str
        Cells such as "1,0,1" or "[1 0 1]".
    label_sep : str or None
        The separator; None means any.
    values : CellValues
        What stands for a value.
    """
    separator = _SEPARATOR if label_sep is None else re.escape(label_sep)
    bare = cells.map(lambda cell: _BRACKETS.sub("", cell).rstrip(",;| "))
    rows = bare.map(lambda cell: [part.strip() for part in re.split(separator, cell)])
    rows = rows.map(lambda row: [] if row == [""] else row)
    if not values.are_values(rows):
        return None
    if label_sep is None and set(bare) <= {"1,0", "0,0"} and (bare == cells).all():
        raise ValueError(
            f"Column {cells.name!r} has {bare.iloc[0]!r}, a list of two values or a number with a "
            "decimal comma. Pass label_sep=',' if it is a list; if it is a number, pass "
            f"csv=table.assign(**{{{cells.name!r}: table[{cells.name!r}].str[0]}}), where table is "
            "the DataFrame that you read."
        )
    return rows


def name_positions(
    rows: pd.Series,
    label_names: Sequence[str] | None,
    values: CellValues,
    *,
    what: str,
    unit: str = "row",
) -> list[str] | None:
    """Return the labels of the positions of lists of values, or None if the lists have names.

    Parameters
    ----------
    rows : Series of list of str
        The entries of the lists, as text.
    label_names : sequence of str or None
        The labels.
    values : CellValues
        What stands for a value.
    what : str
        The lists, as the subject of a sentence in error messages.
    unit : str, default="row"
        The word for what the index of `rows` counts.
    """
    if not values.are_values(rows):
        return None
    texts = {text for row in rows for text in row}
    names = None if label_names is None else check_label_names(label_names)
    lengths = rows.map(len)
    same_length = lengths.nunique() == 1
    n_values = int(lengths.iloc[0])
    if same_length and names is None:
        return [str(position) for position in range(n_values)]
    if same_length and names is not None and len(names) == n_values:
        return names
    if names is not None and texts.intersection(names):
        return None
    shorter, longer = lengths.idxmin(), lengths.idxmax()
    found = (
        f"label_names has {len(names or ())} names, but the lists have {n_values} entries"
        if same_length
        else f"the lists have {lengths[shorter]} to {lengths[longer]} entries ({unit}s {shorter} "
        f"and {longer})"
    )
    raise ValueError(
        f"{what} lists {_quote(texts)}, but {found}. If they are the values of labels, write one "
        f"for each label in every {unit}; if they are the names of labels, pass label_names="
        f"{sorted(texts)}."
    )


def check_no_counts(rows: pd.Series, label_names: object, *, what: str, unit: str = "row") -> None:
    """Raise an error if lists of numbers repeat one, as names would not.

    Parameters
    ----------
    rows : Series of list of str
        The entries of the lists, as text.
    label_names : sequence of str or None
        The labels; the entries are names if they are given.
    what, unit : str
        As for :func:`name_positions`.
    """
    texts = {text for row in rows for text in row}
    repeated = rows[rows.map(lambda row: len(set(row)) < len(row))]
    if label_names is None and len(repeated) and all(map(_is_number, texts)):
        raise ValueError(
            f"{what} lists numbers, and the list of {unit} {repeated.index[0]} repeats one: "
            f"{', '.join(repeated.iloc[0])}. If they are the values of labels, write 0 or 1 in "
            f"place of each; if they are the names of labels, pass label_names={sorted(texts)}."
        )


def _is_number(text):
    return text.lstrip("+-").replace(".", "", 1).isdecimal()


def _quote(texts):
    shown = sorted(texts)
    return " and ".join(map(repr, shown[:3])) + (" and others" if len(shown) > 3 else "")
