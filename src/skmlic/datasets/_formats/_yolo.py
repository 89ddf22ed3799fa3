"""Reader of YOLO's text files, one per image.

The layouts are those of Ultralytics (https://docs.ultralytics.com/datasets/detect/), Darknet and
labelImg: a line per object begins with the position of its label in a file of names. Images without
a text file have no objects.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from skmlic._utils._regular_file import open_regular_text
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import list_images, read_lines
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source
from skmlic.datasets._parameter_checks import check_folder

_NAMES = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names", "classes.names")
_LINE = re.compile(r"\d+(?:\.0+)?(\s+[-+.\deE]+)*")
# A box has four numbers; without it, a list of images that are called by numbers would match.
_BOX = re.compile(r"\d+(?:\.0+)?(\s+[-+.\deE]+){4,}")
_YAML = (".yaml", ".yml")


def is_yolo(source: Source) -> bool:
    """Return whether the labels are text files in the format of YOLO."""
    if source.file is not None:
        return source.ending in _YAML
    folder = source.label_folder or source.folder
    if folder is None:
        return False
    texts = sorted(folder.rglob("*.txt"))
    # Without names, these may be captions of many images.
    return any(map(_has_objects, texts if _find_names(folder) else texts[:100]))


def load_yolo(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    split: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load text files in the format of YOLO.

    An image has a label if it has an object of it. An image without a text file, or with an empty
    one, has none, as in YOLO's own training.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or of the whole data set. The file of an image is next to it, or
        in the folder ``labels`` in place of ``images``.

    labels : str or path-like, default=None
        The folder of the text files, or the file data.yaml in the folder of the data set.

    split : str, default=None
        A folder in the path of the images, such as "train" or "val". None means all images.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all names in data.yaml, classes.txt or obj.names.

    missing : {"raise", "drop"}, default="raise"
        Whether text files without an image raise an error or are left out.
    """
    images = check_folder(images, "images")
    place = Path(images if labels is None else labels)
    names_file = place if place.suffix in _YAML else _find_names(place)
    if names_file is None:
        raise FileNotFoundError(
            f"There is no file of names in {str(place)!r}, expected {', '.join(_NAMES)}. Write "
            "classes.txt with the name of a label in each line."
        )
    by_position = _read_names(names_file)
    known = list(dict.fromkeys(by_position.values()))
    texts = place if labels is not None and place.is_dir() else None
    rows = {
        path: _find_text(path, images, texts)
        for path in map(Path, list_images(images))
        if split is None or split in path.relative_to(images).parts
    }
    used = {text for text in rows.values() if text is not None}
    base = Path(texts or images).absolute()
    others = [
        text
        for text in sorted(base.rglob("*.txt"))
        if text not in used
        and (split is None or split in text.relative_to(base).parts)
        and _has_objects(text)
    ]
    if split is not None and not rows:
        raise ValueError(f"No image of {images!r} is in a folder called split={split!r}.")
    if not used:
        raise FileNotFoundError(f"No image of {images!r} has a text file of labels.")
    names = [path.relative_to(images).as_posix() for path in rows]
    # A text file without an image is reported as a missing image.
    names += [text.relative_to(base).with_suffix("").as_posix() for text in others]
    found = [_read_labels(text, by_position) for text in [*rows.values(), *others]]
    return load_annotations(
        Annotations(names, found, known, "the labels", "image"), images, label_names, missing
    )


def _find_names(folder):
    """Return the file of names in a folder or in one of the two above it."""
    for place in (folder, *folder.absolute().parents[:2]):
        for name in _NAMES:
            if (place / name).is_file():
                return place / name
    return None


def _read_names(file):
    """Return the names of the labels by their positions."""
    if file.suffix not in _YAML:
        return {position: name for position, name in enumerate(read_lines(file)) if name}
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"Reading {str(file)!r} needs PyYAML: pip install pyyaml") from error
    # The basic loader leaves all values as text; for others, the name "no" is False.
    try:
        with open_regular_text(file) as text:
            content = yaml.load(text.read(), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{str(file)!r} is not valid YAML in UTF-8: {error}.") from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, list):
        names = {str(position): name for position, name in enumerate(names)}
    is_right = isinstance(names, dict) and names and all(map(str.isdecimal, names))
    if not is_right or not all(isinstance(name, str) for name in names.values()):
        raise ValueError(
            f"{str(file)!r} has no 'names', expected a list of labels, or an object with labels "
            "by their positions."
        )
    return {int(position): _join_surrogates(names[position]) for position in sorted(names, key=int)}


def _join_surrogates(name):
    """Return a name whose characters beyond U+FFFF were two escapes, as in JSON, as text."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16")


def _find_text(path, images, texts):
    """Return the text file of an image, or None."""
    if texts is not None:
        places = [texts / path.relative_to(images), texts / path.name]
    else:
        parts = path.absolute().parts
        places = [path]
        if "images" in parts:
            last = len(parts) - 1 - parts[::-1].index("images")
            places.insert(0, Path(*parts[:last], "labels", *parts[last + 1 :]))
    files = (place.with_suffix(".txt").absolute() for place in places)
    return next((file for file in files if file.is_file() and file.name not in _NAMES), None)


def _has_objects(text):
    """Return whether the first line of a text file that is not empty is an object."""
    if text.name in _NAMES:
        return False
    with open_regular_text(text, errors="replace") as lines:
        return _BOX.match(lines.read(10_000).lstrip()) is not None


def _read_labels(text, known):
    if text is None:
        return set()
    found = set()
    for number, line in enumerate(read_lines(text), start=1):
        if not line:
            continue
        if not _LINE.fullmatch(line):
            raise ValueError(
                f"Line {number} of {str(text)!r} is {line!r:.60}, expected the position of a label "
                "and the box of an object, such as '0 0.5 0.5 0.2 0.3'."
            )
        position = int(float(line.split()[0]))
        if position not in known:
            raise ValueError(
                f"Line {number} of {str(text)!r} has the label {position}, but there are "
                f"{len(known)} names, counted from {min(known)}."
            )
        found.add(known[position])
    return found
