"""Reader of Roboflow's exports with one file of labels per split.

Each of the folders train, valid and test has its images and `_classes.csv`, a table with columns of
0 and 1, `_annotations.coco.json` or `_annotations.createml.json`; the export formats are listed at
https://roboflow.com/formats.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from skmlic._utils._labels import find_labels
from skmlic._utils._typing import FilePath
from skmlic.datasets._coco import load_coco
from skmlic.datasets._data import LabelledImages, make_data
from skmlic.datasets._formats._create_ml import load_create_ml
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._parameter_checks import check_folder, check_label_names
from skmlic.datasets._tables import load_labelled_images

# The readers of the files, and what a label is that the file of a split does not have.
_READERS = {
    "_classes.csv": (load_labelled_images, np.nan),
    "_annotations.coco.json": (load_coco, np.nan),
    "_annotations.createml.json": (load_create_ml, 0),
}


def is_roboflow(source: Source) -> bool:
    """Return whether a folder is an export of Roboflow with a file of labels per split."""
    return source.folder is not None and bool(find_parts(source.folder, _find_file))


def load_roboflow(
    images: FilePath,
    *,
    split: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load an export of Roboflow: multi-label CSV, COCO or Create ML.

    Parameters
    ----------
    images : str or path-like
        The folder that contains train, valid and test, or one of them.

    split : {"train", "valid", "test"}, default=None
        The split to load. None means all of them, concatenated.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all labels. If the table or the COCO file of a split
        does not have a label, it is missing (NaN) in its images.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    root = check_folder(images, "images")
    every = find_parts(Path(root), _find_file)
    parts = choose_parts(every, split, root)
    data = {part: _read(part, missing) for part in parts}
    if label_names is not None:
        label_names = check_label_names(label_names)
        found = _list_labels(data.values())
        if not found >= set(label_names):
            found |= _list_labels(_read(part, "drop") for part in every.values())
            find_labels(label_names, sorted(found), "label_names")

    def select(part, names):
        one, (_, absent) = data[part], _READERS[_find_file(part).name]
        labels = one.Y if names is None else one.Y.reindex(columns=names, fill_value=absent)
        return make_data(one.paths, labels, folder=one.folder, missing=one.missing)

    return concatenate(select, parts, label_names, root)


def _read(part, missing):
    file = _find_file(part)
    reader, _ = _READERS[file.name]
    return reader(part, file, missing=missing)


def _list_labels(data):
    return {name for one in data for name in one.label_names}


def _find_file(folder):
    return next((folder / name for name in _READERS if (folder / name).is_file()), None)
