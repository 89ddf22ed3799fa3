"""Reader of annotations in PASCAL VOC's XML that are not in VOC's folders.

labelImg writes the annotation of an image beside it, and Roboflow does so in a folder per split.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from skmlic._utils._regular_file import open_regular_text
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages, NoLabelError
from skmlic.datasets._files import list_images, without_links
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._label_studio_images import spell_image
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._parameter_checks import check_folder, check_label_names, check_option
from skmlic.datasets._voc import DIFFICULT, read_objects, to_labels

_FOLDERS = ("", "annotations", "Annotations", "labels", "xmls")


def is_voc_files(source: Source) -> bool:
    """Return whether the labels are annotations of VOC in a folder, or beside the images."""
    if source.label_folder is not None:
        return _find_folder(source.label_folder) is not None
    return source.folder is not None and bool(find_parts(source.folder, _has_annotations))


def load_voc_files(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    split: str | None = None,
    difficult: Literal["positive", "negative", "missing"] = "positive",
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load annotations in VOC's XML, one per image, of the same name.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the folder of train, valid and test.

    labels : str or path-like, default=None
        The folder of the annotations. None means that they are beside the images, or in a folder
        called annotations, labels or xmls.

    split : str, default=None
        The split to load, if there are any. None means all of them, concatenated.

    difficult : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are difficult, as for ``load_voc``.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means those that occur, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether annotations without an image, and images without an annotation, raise an error or
        are left out. labelImg writes no annotation of an image without objects.
    """
    root = check_folder(images, "images")
    check_option("difficult", difficult, DIFFICULT)
    if labels is None:
        parts = choose_parts(find_parts(Path(root), _has_annotations), split, root)
    else:
        parts = choose_parts({"": Path(root)}, split, root)
    given = None if labels is None else _find_folder(Path(check_folder(labels, "labels")))
    if label_names is not None:
        label_names = check_label_names(label_names)

    def read(part, names):
        return _read_part(part, given or _find_folder(part), difficult, names, missing)

    return concatenate(read, parts, label_names, root)


def _read_part(images, folder, difficult, label_names, missing):
    files = [file for file in sorted(folder.rglob("*.xml")) if not file.name.startswith(".")]
    names = [
        [f"{file.relative_to(folder).with_suffix('')}", *spell_image(file.stem)] for file in files
    ]
    values = read_objects(files)
    if label_names is not None:
        values = values.reindex(columns=label_names, fill_value=-1)
    if not values.shape[1]:
        raise NoLabelError(f"No annotation in {str(folder)!r} has an object.")
    labels = to_labels(values, difficult)
    annotations = Annotations(names, labels, source=f"{str(folder)!r}", unit="annotation")
    data = load_annotations(annotations, str(images), None, missing)
    annotated, paths = set(without_links(data.paths)), list(list_images(str(images)))
    places = zip(paths, without_links(paths), strict=True)
    lost = [path for path, place in places if place not in annotated]
    if lost and missing == "raise":
        raise FileNotFoundError(
            f"{len(lost)} images of {str(images)!r} have no annotation in {str(folder)!r}: "
            f"{join_first(map(repr, lost))}. Pass missing='drop' to leave them out."
        )
    data.missing += lost
    return data


def _has_annotations(folder):
    place = _find_folder(folder)
    return place is not None and any(list_images(str(folder)))


def _find_folder(folder):
    """Return the folder of the annotations of the images in a folder, or None."""
    places = (folder / name for name in _FOLDERS)
    return next((place for place in places if place.is_dir() and _list_annotations(place)), None)


def _list_annotations(folder):
    """Return the annotations in a folder, sorted; none if the first file is another XML."""
    files = [file for file in sorted(folder.glob("*.xml")) if not file.name.startswith(".")]
    if not files:
        return []
    with open_regular_text(files[0], errors="replace") as text:
        return files if re.search(r"<annotation[\s>]", text.read(1000)) else []
