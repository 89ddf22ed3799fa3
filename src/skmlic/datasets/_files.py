"""The paths of image files, from their names in any spelling."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd

from skmlic._utils._image_files import is_image_name, list_image_extensions
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath


def list_images(folder: str) -> Iterator[str]:
    """Yield the paths of the image files below a folder, recognized by their extension, sorted.

    Hidden folders are left out, such as ``.ipynb_checkpoints``.
    """
    seen = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        place = os.path.realpath(parent)
        if place in seen:
            # A link leads back to a parent, or to a folder that another link leads to.
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if is_image_name(name):
                yield os.path.join(parent, name)


def without_links(paths: Iterable[str]) -> list[str]:
    """Return paths in which no folder is a link, so that paths of the same file are equal."""
    found, real = [], {}
    for path in paths:
        parent, name = os.path.split(path)
        if parent not in real:
            real[parent] = os.path.realpath(parent)
        found.append(os.path.join(real[parent], name))
    return found


def read_lines(file: FilePath) -> list[str]:
    """Return all lines of a UTF-8 file, without the space around them."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{os.fspath(file)!r} is not a UTF-8 text file. If it is in another encoding, convert "
            "it: path.write_text(path.read_text('latin-1'), 'utf-8')."
        ) from error
    return [line.strip() for line in text.split("\n")]


def locate(
    names: pd.Series, folder: str, missing: str, *, source: str, unit: str = "row", advice: str = ""
) -> tuple[pd.Series, list[str]]:
    """Find the files of images.

    Parameters
    ----------
    names : Series of str
        Names relative to the folder, with or without extension, in the spelling of any system. The
        index holds the numbers of the rows, for error messages.
    folder : str
        The folder of the images.
    missing : {"raise", "drop"}
        Whether an error is raised if files are missing. It is raised in any case if all are.
    source, unit : str
        The words for where the names come from and for one of its rows, for error messages.
    advice : str
        The remedy if no file is found.

    Returns
    -------
    paths : Series of str
        The paths of the files that were found, with the index of their rows.
    lost : list of str
        The names of the missing files.
    """
    list_by_stem = cache(_list_by_stem)
    paths = names.map(lambda name: _find_image(folder, name, list_by_stem))
    lost = names[paths.isna()]
    if len(lost) and (missing == "raise" or len(lost) == len(names)):
        raise FileNotFoundError(
            f"{len(lost)} of the {len(names)} images of {source} are not in {folder!r}: "
            f"{_quote_with_rows(lost, unit)}. "
            + (
                advice or "Is it the folder that the names are relative to?"
                if len(lost) == len(names)
                else "Pass missing='drop' to leave them out."
            )
        )
    return paths.dropna(), lost.tolist()


def check_distinct(
    names: pd.Series, paths: pd.Series, *, source: str, unit: str = "row", advice: str = ""
) -> None:
    """Raise an error if two rows name the same image."""
    again = names[paths.index][pd.Index(without_links(paths)).duplicated(keep=False)]
    if len(again):
        raise ValueError(
            f"{len(again)} {unit}s of {source} name the same image as another {unit}: "
            f"{_quote_with_rows(again, unit)}. Expected one {unit} per image. {advice}".rstrip()
        )


def _find_image(folder, name, list_by_stem):
    """Return the path of the image with a given name, or None."""
    plain = os.path.join(folder, name)
    if os.path.isfile(plain):
        return plain
    inside = os.path.join(os.path.normpath(folder), "")
    own = os.path.join(os.path.basename(os.path.abspath(folder)), "")
    candidates = []
    for spelling in _spell(name):
        candidates.append(os.path.join(folder, spelling))
        # The paths in a frame that a reader returned begin with the folder, and tables that are
        # beside it have its name.
        if os.path.normpath(spelling).startswith(inside):
            candidates.append(spelling)
        elif os.path.normpath(spelling).startswith(own):
            candidates.append(os.path.join(folder, os.path.normpath(spelling)[len(own) :]))
    found = next(filter(os.path.isfile, candidates), None)
    if found is not None:
        return found
    for candidate in candidates:
        parent, stem = os.path.split(candidate)
        if stem in list_by_stem(parent):
            return os.path.join(parent, list_by_stem(parent)[stem])
    return None


def _list_by_stem(folder):
    """Return the image files in a folder by their names without ending."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    except OSError:
        return {}
    found = {}
    for name in sorted(filter(is_image_name, names), key=_rank_extension):
        found.setdefault(os.path.splitext(name)[0], name)
    return found


def _rank_extension(name):
    extension = os.path.splitext(name)[1]
    return list_image_extensions().index(extension.lower()), extension.isupper(), name


def _spell(name):
    """Yield a name, then its spellings with slashes, accents and extensions of other systems."""
    slashed = name.replace("\\", "/")
    forms = [name, slashed, *(unicodedata.normalize(form, slashed) for form in ("NFC", "NFD"))]
    for form in dict.fromkeys(forms):
        yield form
        root, extension = os.path.splitext(form)
        if extension.lower() in list_image_extensions():
            yield root + extension.lower()
            yield root + extension.upper()


def _quote_with_rows(names, unit):
    return join_first(f"{name!r} ({unit} {row})" for row, name in names.items())
