"""Reader of Roboflow's export "Multi-label classification CSV".

Each of the folders train, valid and test has its images and a table `_classes.csv` with columns of
0 and 1; the export formats are listed at https://roboflow.com/formats.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

from sklearn.utils import Bunch

from skmlic._utils._labels import find_labels
from skmlic._utils._typing import FilePath
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._parameter_checks import check_folder, check_label_names
from skmlic.datasets._tables import load_labelled_images

_FILE = "_classes.csv"


def is_roboflow(source: Source) -> bool:
    """Return whether a folder is a multi-label export of Roboflow."""
    return source.folder is not None and bool(find_parts(source.folder, _has_table))


def load_roboflow(
    images: FilePath,
    *,
    split: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    """Load a multi-label export of Roboflow.

    Parameters
    ----------
    images : str or path-like
        The folder that contains train, valid and test, or one of them.

    split : {"train", "valid", "test"}, default=None
        The split to load. None means all of them, concatenated.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means the columns of the tables. If the table of a split
        does not have a label, it is missing (NaN) in its images.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    root = check_folder(images, "images")
    parts = choose_parts(find_parts(Path(root), _has_table), split, root)

    columns = {part: Source(part, part / _FILE).columns[1:] for part in parts}
    if label_names is not None:
        label_names = check_label_names(label_names)
        find_labels(label_names, list(dict.fromkeys(chain(*columns.values()))), "label_names")

    def read(part, names):
        there = None if names is None else [name for name in names if name in columns[part]]
        data = load_labelled_images(part, part / _FILE, label_names=there or None, missing=missing)
        if names is not None:
            data.Y = data.Y.reindex(columns=names)
            data.label_names = list(names)
        return data

    return concatenate(read, parts, label_names, root)


def _has_table(folder):
    return (folder / _FILE).is_file()
