"""Checks of the parameters that readers have in common."""

import os
from collections.abc import Iterable, Sequence, Sized

import pandas as pd

from skmlic._utils._names import did_you_mean
from skmlic._utils._regular_file import check_regular_file
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath


def check_option(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise an error unless the value of a parameter is one of those allowed."""
    allowed = list(allowed)
    if not pd.api.types.is_scalar(value) or value not in set(allowed):
        *others, last = map(repr, allowed)
        raise ValueError(f"{name}={value!r}, expected {', '.join(others)} or {last}.")


def check_folder(folder: FilePath, name: str = "folder", advice: str = "") -> str:
    """Return a folder as a str, or raise an error if it does not exist."""
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(f"{name} is a {type(folder).__name__}, expected the path of a folder.")
    folder = os.fspath(folder)
    if not os.path.isdir(folder):
        what = "a file" if os.path.exists(folder) else "no such folder"
        raise NotADirectoryError(
            f"{name}={folder!r} is {what} (seen from {os.getcwd()!r}). {advice}".rstrip()
        )
    return folder


def check_file(path: FilePath, name: str, folder: str, what: str) -> str:
    """Return the path of a file as a str, or raise an error if it does not exist."""
    if not isinstance(path, (str, os.PathLike)):
        advice = " Convert it by its method to_pandas()." if hasattr(path, "to_pandas") else ""
        raise TypeError(
            f"{name} is a {type(path).__name__}, expected the path of a {what}"
            f"{' or a pandas.DataFrame' if what == 'table' else ''}.{advice}"
        )
    path = os.fspath(path)
    if not os.path.isfile(path):
        if os.path.isdir(path):
            raise IsADirectoryError(
                f"{name}={path!r} is a folder, expected the path of a {what} in it."
            )
        if os.path.exists(path):
            check_regular_file(path)
        hint = suggest_path(path, name, folder)
        raise FileNotFoundError(f"There is no {what} at {name}={path!r}.{hint}")
    return path


def check_column(name: str, value: object) -> None:
    """Raise an error unless a parameter that names a column is a text or None."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name}={value!r}, expected the name of a column, or None.")


def check_label_names(label_names: Sequence[str]) -> list[str]:
    """Return the names of labels as a list, or raise an error if they are not distinct names."""
    if isinstance(label_names, str):
        raise TypeError(f"label_names={label_names!r} is one name. Write [{label_names!r}].")
    is_list = pd.api.types.is_list_like(label_names, allow_sets=False)
    if not is_list or not isinstance(label_names, Sized):
        raise TypeError(
            f"label_names={label_names!r}, expected a list of names such as ['sea', 'trees']."
        )
    names = [str(name) for name in label_names]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"label_names={names}, expected at least one name, and each name once.")
    return names


def check_any_occurs(label_names: Sequence[str], found: Iterable[str]) -> None:
    """Raise an error if none of the names is among the labels that were found."""
    found = list(found)
    if not set(found).intersection(label_names):
        raise ValueError(
            f"None of label_names={label_names} occurs; the labels are "
            f"{join_first(map(repr, found))}."
        )


def suggest_path(path: FilePath, name: str, folder: FilePath) -> str:
    """Return a suggestion for a path that does not exist.

    Parameters
    ----------
    path : str or path-like
        The path that does not exist.
    name : str
        The name of the parameter.
    folder : str or path-like
        The folder of the images, which often contains the labels.

    Returns
    -------
    hint : str
        A question with a leading space that names the same path in the folder of the images, or
        files with similar names; empty if there are none.
    """
    if os.path.exists(inside := os.path.join(folder, path)):
        return f" Did you mean {name}={inside!r}?"
    parent, last = os.path.split(path)
    if not os.path.isdir(parent or os.curdir):
        return ""
    others = os.listdir(parent or os.curdir)
    return did_you_mean(
        last, others, cutoff=0.6, spell=lambda other: f"{name}={os.path.join(parent, other)!r}"
    )
