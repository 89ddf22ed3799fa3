"""From the names of pictures to their files."""

import difflib
import os
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from skmlic._utils._typing import FilePath

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_ENDINGS = ("", *EXTENSIONS, *(extension.upper() for extension in EXTENSIONS))
_N_LISTED = 10


def first_ones(items: Iterable[str]) -> str:
    """Join the first items, and say how many more there are."""
    items = list(items)
    listed = ", ".join(items[:_N_LISTED])
    n_more = len(items) - _N_LISTED
    return f"{listed} and {n_more} more" if n_more > 0 else listed


def check_option(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise unless the value of a parameter is one of those allowed."""
    allowed = list(allowed)
    if value not in allowed:
        *others, last = map(repr, allowed)
        raise ValueError(f"{name}={value!r}, expected {', '.join(others)} or {last}.")


def check_folder(folder: FilePath, name: str = "folder", advice: str = "") -> str:
    """Return a folder as a str, or say that there is none."""
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
    """Return the path of a file as a str, or say that there is none."""
    if not isinstance(path, (str, os.PathLike)):
        advice = " Of another frame, pass its to_pandas()." if hasattr(path, "to_pandas") else ""
        raise TypeError(
            f"{name} is a {type(path).__name__}, expected the path of a {what}"
            f"{' or a pandas.DataFrame' if what == 'table' else ''}.{advice}"
        )
    path = os.fspath(path)
    if not os.path.isfile(path):
        hint = suggest_path(path, name, folder)
        raise FileNotFoundError(f"There is no {what} at {name}={path!r}.{hint}")
    return path


def suggest_path(path: FilePath, name: str, folder: FilePath) -> str:
    """Return what might have been meant by a path that leads nowhere.

    Parameters
    ----------
    path : str or path-like
        Leads nowhere.
    name : str
        Of the parameter.
    folder : str or path-like
        The pictures' folder, which labels often lie in.

    Returns
    -------
    hint : str
        A sentence after a blank, with the same path in the pictures' folder or names like it; or
        nothing.
    """
    near = [inside] if os.path.exists(inside := os.path.join(folder, path)) else []
    parent, last = os.path.split(path)
    if not near and os.path.isdir(parent or os.curdir):
        names = difflib.get_close_matches(last, os.listdir(parent or os.curdir))
        near = [os.path.join(parent, other) for other in names]
    return f" Did you mean {' or '.join(f'{name}={one!r}' for one in near)}?" if near else ""


def list_pictures(folder: str) -> Iterator[str]:
    """Yield the paths of the files below a folder that are pictures by their ending, sorted."""
    seen = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        place = os.path.realpath(parent)
        if place in seen:
            # A link leads back up, or to what another one leads to.
            folders.clear()
            continue
        seen.add(place)
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(EXTENSIONS) and not name.startswith("."):
                yield os.path.join(parent, name)


def without_links(paths: Iterable[str]) -> list[str]:
    """Return paths in which no folder is a link, so that those of the same file are equal."""
    found, real = [], {}
    for path in paths:
        parent, name = os.path.split(path)
        if parent not in real:
            real[parent] = os.path.realpath(parent)
        found.append(os.path.join(real[parent], name))
    return found


def read_lines(file: FilePath) -> list[str]:
    """Return the lines of a UTF-8 file, from the first on, without space around them."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{os.fspath(file)!r} is not a UTF-8 text file. If it is in another encoding, write it "
            "anew: path.write_text(path.read_text('latin-1'), 'utf-8')."
        ) from error
    return [line.strip() for line in text.split("\n")]


def locate(
    names: pd.Series, folder: str, missing: str, *, source: str, unit: str = "row", advice: str = ""
) -> tuple[pd.Series, list[str]]:
    """Find the files of pictures.

    Parameters
    ----------
    names : Series of str
        Names relative to the folder, with or without ending, as any system writes them. The index
        is what to call a row.
    folder : str
        The folder of the pictures.
    missing : {"raise", "drop"}
        What to do where there is no file.
    source, unit : str
        What the names come from and what a row of it is called, for the errors.
    advice : str
        What to do if none is found.

    Returns
    -------
    paths : Series of str
        The paths of those found, with their rows.
    lost : list of str
        The names of the others.
    """
    paths = names.map(lambda name: _find_image(folder, name))
    lost = names[paths.isna()]
    if len(lost) and (missing == "raise" or len(lost) == len(names)):
        raise FileNotFoundError(
            f"{len(lost)} of the {len(names)} pictures of {source} are not in {folder!r}: "
            f"{_with_rows(lost, unit)}. "
            + (
                advice or "Is it the folder that the names are relative to?"
                if len(lost) == len(names)
                else "Pass missing='drop' to go on without them."
            )
        )
    return paths.dropna(), lost.tolist()


def check_distinct(
    names: pd.Series, paths: pd.Series, *, source: str, unit: str = "row", advice: str = ""
) -> None:
    """Raise when two rows mean the same picture."""
    again = names[paths.index][pd.Index(without_links(paths)).duplicated(keep=False)]
    if len(again):
        raise ValueError(
            f"{len(again)} {unit}s of {source} share their picture with another {unit}: "
            f"{_with_rows(again, unit)}. Expected one {unit} a picture. {advice}".rstrip()
        )


def _find_image(folder, name):
    """Return the path of the picture called `name`, or None."""
    inside = os.path.join(os.path.normpath(folder), "")
    for spelling in _spell(name):
        starts = [os.path.join(folder, spelling)]
        # A reader's own frame has paths with the folder in front.
        if os.path.normpath(spelling).startswith(inside):
            starts.append(spelling)
        candidates = (start + ending for start in starts for ending in _ENDINGS)
        found = next(filter(os.path.isfile, candidates), None)
        if found is not None:
            return found
    return None


def _spell(name):
    """Yield a name as it is, then with the slashes, accents and endings of other systems."""
    slashed = name.replace("\\", "/")
    forms = [name, slashed, *(unicodedata.normalize(form, slashed) for form in ("NFC", "NFD"))]
    for form in dict.fromkeys(forms):
        yield form
        root, ending = os.path.splitext(form)
        if ending.lower() in EXTENSIONS:
            yield root + ending.lower()
            yield root + ending.upper()


def _with_rows(names, unit):
    return first_ones(f"{name!r} ({unit} {row})" for row, name in names.items())
