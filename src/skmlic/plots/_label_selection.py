"""Selection of the labels that a display draws."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._compat import Interval
from skmlic._utils._labels import find_labels, quote_names
from skmlic._utils._typing import Floats, Integers
from skmlic._utils._warnings import warn_caller
from skmlic.plots._responses import Names

__all__ = ["select_labels", "warn_excluded_labels"]

_COUNT = Interval(Integral, 0, None, closed="left")
_ORDERS = ("worst", "best", "frequent")


def select_labels(
    labels: str | Iterable[Any] | None,
    max_labels: int | None,
    *,
    label_names: Names,
    values: Floats,
    support: Floats,
) -> Integers:
    """Return the indices of the labels to draw, in the order to draw them.

    Parameters
    ----------
    labels : {"worst", "best", "frequent"}, iterable or None
        An order of the labels, their names or indices, or ``None`` for all labels in the order
        of Y.

    max_labels : int or None
        Largest number of labels, if they are not named.

    label_names : ndarray of shape (n_labels,)
        Names of all labels.

    values : ndarray of shape (n_labels,)
        Value per label, larger for a better label. Labels with NaN are drawn only if they are
        named.

    support : ndarray of shape (n_labels,)
        Number of positives per label.

    Returns
    -------
    indices : ndarray of shape (n_drawn,), dtype int64

    Raises
    ------
    ValueError
        If there is no such label or order, or ``max_labels`` is negative.
    """
    if isinstance(labels, str):
        if labels not in _ORDERS:
            raise ValueError(
                f"labels={labels!r}: expected one of {_ORDERS}, or a list of names of labels."
            )
        keys = {"worst": values, "best": -values, "frequent": -np.asarray(support, float)}[labels]
        order = np.argsort(keys, kind="stable")
    elif labels is not None:
        return np.array(find_labels(labels, label_names, "labels"), dtype=np.int64)
    else:
        order = np.arange(len(values))
    if max_labels is not None and not _COUNT.is_satisfied_by(max_labels):
        raise ValueError(
            f"max_labels={max_labels!r}: expected a number of labels, or None for all."
        )
    return order[~np.isnan(values[order])][:max_labels]


def warn_excluded_labels(label_names: Names, undefined: Any, reason: str) -> None:
    """Warn about labels that can't be drawn, or raise an error if no label can.

    Parameters
    ----------
    label_names : sequence of shape (n_labels,)
        Names of all labels.

    undefined : ndarray of shape (n_labels,), dtype bool
        Which labels can't be drawn.

    reason : str
        What these labels have, such as "no positives".
    """
    if undefined.all():
        raise ValueError(f"All labels have {reason} in Y_true: there is nothing to draw.")
    if undefined.any():
        warn_caller(
            f"Labels with {reason} in Y_true are left out of the display and its averages: "
            f"{quote_names(np.asarray(label_names, dtype=object)[undefined])}.",
            UndefinedMetricWarning,
        )
