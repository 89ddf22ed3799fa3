"""Names that mean that an image has no label, and names that differ in case or blanks only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from skmlic._utils._text import join_first
from skmlic._utils._warnings import warn_caller

_NONE_NAMES = {
    "-",
    "--",
    "n/a",
    "na",
    "nan",
    "no class",
    "no finding",
    "no findings",
    "no label",
    "no labels",
    "none",
    "nothing",
    "null",
    "unlabeled",
    "unlabelled",
}


def drop_none_label(
    rows: pd.Series,
    none_label: str | Sequence[str] | None,
    label_names: Sequence[str] | None,
    unit: str = "row",
) -> pd.Series:
    """Return lists of names without the name that means that an image has no label.

    Parameters
    ----------
    rows : Series of list of str
        The names of the labels of each image.
    none_label : str, list of str or None
        The name or names; None means that there is none, and warns if one seems to be.
    label_names : sequence of str or None
        The labels that were asked for; they are not warned of.
    unit : str, default="row"
        The word for what the index of `rows` counts.
    """
    if none_label is None:
        if label_names is None:
            _warn_of_none({name for row in rows for name in row})
        return rows
    none_labels = list(none_label) if pd.api.types.is_list_like(none_label) else [none_label]
    if not all(isinstance(name, str) for name in none_labels):
        raise TypeError(f"none_label={none_label!r}, expected a name or a list of names.")
    if label_names is not None and set(none_labels).intersection(label_names):
        raise ValueError(
            f"none_label={none_label!r} is one of label_names; pass label_names without it."
        )
    kept = rows.map(lambda row: [name for name in row if name not in none_labels])
    mixed = rows[(kept.map(len) > 0) & (kept.map(len) < rows.map(len))]
    if len(mixed):
        labels = sorted({name for row in kept for name in row})
        raise ValueError(
            f"none_label={none_label!r} means that an image has no label, but {unit} "
            f"{mixed.index[0]} names {join_first(map(repr, mixed.iloc[0]))} ({len(mixed)} such "
            f"{unit}s in total). Correct them; or, to ignore it, pass label_names={labels} instead."
        )
    return kept


def warn_of_none(names: Iterable[str]) -> None:
    """Warn of the name of a label that seems to mean none, where there is no parameter for it."""
    names = list(names)
    found = _find_none(names)
    if found:
        others = [name for name in names if name not in found]
        warn_caller(
            f"{join_first(map(repr, found))} seems to mean that an image has no label, but is read "
            f"as a label. To leave it out, name the others: label_names={others}."
        )


def _find_none(names):
    return sorted(name for name in names if " ".join(name.lower().split()) in _NONE_NAMES)


def _warn_of_none(names):
    found = _find_none(names)
    if found:
        parameter = found[0] if len(found) == 1 else found
        warn_caller(
            f"{join_first(map(repr, found))} seems to mean that an image has no label, but is read "
            f"as a label. Pass none_label={parameter!r} if it is none; if it is one, name all "
            "labels: label_names=['sea', 'trees']."
        )


def warn_of_similar(names: Iterable[str]) -> None:
    """Warn of names of labels that differ in case or blanks only."""
    spellings = defaultdict(list)
    for name in names:
        spellings["".join(name.lower().split())].append(name)
    similar = [repr(name) for group in spellings.values() if len(group) > 1 for name in group]
    if similar:
        warn_caller(
            f"These labels differ in case or blanks only: {join_first(similar)}. If they are the "
            "same, merge their columns: Y = data.Y.T.groupby(lambda name: ''.join(name.lower()"
            ".split()), sort=False).max().T."
        )
