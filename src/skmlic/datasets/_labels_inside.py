"""A folder with a file of labels and the images, or a folder of them, beside it."""

import inspect
from pathlib import Path
from typing import Any

from skmlic._utils._image_files import is_image_name
from skmlic._utils._text import join_first
from skmlic.datasets._files import list_images
from skmlic.datasets._formats._source import has_images, list_folders

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
_OTHERS = (".json", ".xml")


def find_inside(folder: Path, known: Any) -> tuple[str, str] | None:
    """Return the folder of the images and the file of the labels in a folder, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    known : Format or None
        The format that was recognized or asked for; None if there is none.
    """
    tables = _list_files(folder, _TABLES)
    if known is not None and known.name == "class_folders" and tables:
        raise ValueError(
            f"{str(folder)!r} has folders of images and {_quote(tables)}. If the "
            "names of the folders are the labels, pass format='class_folders'; if a file has them, "
            f"pass labels={str(tables[0])!r}."
        )
    if known is not None and not _needs_labels(known.read):
        return None
    found = tables or _list_files(folder, _OTHERS) or _list_files(folder / "annotations", _OTHERS)
    if not found or _is_one_per_image(found[0]):
        return None
    folders = [place for place in list_folders(folder) if any(list_images(str(place)))]
    images = folder if has_images(folder) or len(folders) != 1 else folders[0]
    if len(found) > 1:
        raise ValueError(
            f"{str(folder)!r} has several files that may be labels: {_quote(found)}. "
            f"Pass one of them: images={str(images)!r}, labels={str(found[0])!r}."
        )
    return str(images), str(found[0])


def _needs_labels(read):
    parameters = list(inspect.signature(read).parameters.values())
    return len(parameters) > 1 and (
        parameters[1].kind is parameters[1].POSITIONAL_OR_KEYWORD
        and parameters[1].default is parameters[1].empty
    )


def _is_one_per_image(file):
    """Return whether an image beside a file has its name, so that others have files, too."""
    stems = {path.stem for path in file.parent.iterdir() if is_image_name(path.name)}
    return file.stem in stems


def _list_files(place, endings):
    """Return the files in a folder with these endings, sorted; none if it does not exist."""
    files = sorted(place.iterdir()) if place.is_dir() else []
    return [
        file
        for file in files
        if file.is_file() and file.suffix.lower() in endings and not file.name.startswith(".")
    ]


def _quote(files):
    return join_first(repr(file.name) for file in files)
