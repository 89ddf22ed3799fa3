"""The paths of image files, from their names in any spelling.

A table may come from anyone, so that its names are looked up in the folder of the images only.
Links in this folder are followed, since data sets are often made of links.
"""

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pandas as pd

from skmlic._utils._image_files import is_image_name, list_image_extensions
from skmlic._utils._regular_file import open_regular_text
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.images import is_url


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
        with open_regular_text(file) as stream:
            text = stream.read()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{os.fspath(file)!r} is not a UTF-8 text file. If it is in another encoding, convert "
            "it: path.write_text(path.read_text('latin-1'), 'utf-8')."
        ) from error
    return [line.strip() for line in text.split("\n")]


def locate(
    names: pd.Series,
    folder: str,
    missing: str,
    outside: str | None = None,
    *,
    source: str,
    unit: str = "row",
    advice: str = "",
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
    outside : {"missing", "allow", None}, default=None
        Whether names that lead out of the folder count as missing, or are looked up as well.
        ``None`` is "missing" for readers without this parameter.
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
    found = [find_image(name, folder, outside, list_by_stem) for name in names]
    # Names of files may have bytes that are no text, which other types of pandas refuse.
    paths = pd.Series(found, index=names.index, dtype=object)
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
            + _advise_on_outside(lost, folder, outside)
        )
    return paths.dropna(), lost.tolist()


def check_distinct(
    names: pd.Series, paths: pd.Series, *, source: str, unit: str = "row", advice: str = ""
) -> None:
    """Raise an error if two rows name the same image."""
    again = names[paths.index][pd.Index(without_links(paths), dtype=object).duplicated(keep=False)]
    if len(again):
        raise ValueError(
            f"{len(again)} {unit}s of {source} name the same image as another {unit}: "
            f"{_quote_with_rows(again, unit)}. Expected one {unit} per image. {advice}".rstrip()
        )


def find_image(
    name: str,
    folder: str,
    outside: str | None = None,
    list_by_stem: Callable[[str], dict[str, str]] | None = None,
) -> str | None:
    """Return the path of the image with a given name, or None.

    Parameters
    ----------
    name, folder, outside : object
        As for :func:`locate`. Of a URL, it is not known whether there is a file.
    list_by_stem : callable, default=None
        Returns the image files in a folder by their names without extension, if these are tried.
    """
    candidates: list[str] = []
    for spelling in _spell(name):
        for place in _list_places(spelling, folder, outside):
            if is_url(place) or os.path.isfile(place):
                return place
            candidates.append(place)
    if list_by_stem is None:
        return None
    for candidate in candidates:
        parent, stem = os.path.split(candidate)
        if stem in list_by_stem(parent):
            return os.path.join(parent, list_by_stem(parent)[stem])
    return None


def place_inside(name: str, folder: str) -> str | None:
    """Return the path of a name in a folder, or None if it leads out of the folder.

    Nothing is looked up, since even a question about a path can reach another machine.
    """
    if is_url(name):
        return None
    if not (".." in name or os.path.isabs(name) or os.path.splitdrive(name)[0]):
        return os.path.join(folder, name)
    path = os.path.abspath(os.path.join(folder, name))
    for resolve in (os.path.abspath, os.path.realpath):
        start = os.path.join(resolve(folder), "")
        if os.path.normcase(path).startswith(os.path.normcase(start)):
            # A path with ".." would leave the folder at a link.
            return path if os.path.isabs(name) else os.path.join(folder, path[len(start) :])
    return None


def _list_places(name, folder, outside):
    """Yield the paths that a name may mean; none if it leads out of the folder and must not."""
    place = place_inside(name, folder)
    if place is not None:
        yield place
    elif outside == "allow":
        yield name if is_url(name) else os.path.join(folder, name)
    # The paths in a frame that a reader returned begin with the folder, and tables that are beside
    # it have its name.
    plain = os.path.normpath(name)
    for start in (os.path.normpath(folder), os.path.basename(os.path.abspath(folder))):
        rest = plain.removeprefix(os.path.join(start, ""))
        if rest != plain:
            place = place_inside(rest, folder)
            if place is not None:
                yield place
            return


def _advise_on_outside(names, folder, outside):
    """Return what to do about names that lead out of the folder, or "" if there are none."""
    leading = (
        name
        for name in names
        if not all(any(_list_places(one, folder, outside)) for one in _spell(name))
    )
    name = next(leading, None)
    if name is None:
        return ""
    remedy = "if you trust the names, pass outside='allow'"
    if outside is None:
        remedy = "pass a folder that contains all images"
    return f" Names that lead out of the folder, such as {name!r}, are not looked up: {remedy}."


def _list_by_stem(folder):
    """Return the image files in a folder by their names without ending."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    except (OSError, ValueError):
        # A name may have characters that no path has.
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
