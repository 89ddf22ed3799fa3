"""Rows of two frames that belong together."""

import numpy as np
import pandas as pd


def check_same_order(first, second, names):
    """Raise an error for frames or series with the same index in another order, a mistake.

    Rows are always taken by position, as in scikit-learn. The numbers that pandas gives rows by
    default, a RangeIndex, say nothing about them.

    Parameters
    ----------
    first, second : object
        Only those of pandas are compared.
    names : tuple of (str, str)
        Their names, in the error.

    Raises
    ------
    ValueError
        If the index has another order.
    """
    index, other = (getattr(frame, "index", None) for frame in (first, second))
    if not all(isinstance(one, pd.Index) and not _is_default(one) for one in (index, other)):
        return
    if len(index) != len(other) or index.equals(other):
        return
    if not (index.is_unique and other.is_unique):
        return
    places = other.get_indexer(index)
    moved = np.flatnonzero(places != np.arange(len(places)))
    if len(moved) and places.min() >= 0:
        row = moved[0]
        own, theirs = (one[[row]].tolist()[0] for one in (index, other))
        raise ValueError(
            f"{names[0]} and {names[1]} have the same index in another order: row {row} is "
            f"{own!r} in {names[0]}, and {theirs!r} in {names[1]}. Write "
            f"{names[1]}.loc[{names[0]}.index]."
        )


def _is_default(index):
    return isinstance(index, pd.RangeIndex)
