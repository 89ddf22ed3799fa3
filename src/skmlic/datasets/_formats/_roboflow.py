"""Reader of Roboflow's export "Multi-label classification CSV".

Each of the folders train, valid and test has its images and a table `_classes.csv` with columns of
0 and 1; the export formats are listed at https://roboflow.com/formats.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._parameter_checks import check_folder
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
        The labels of `Y`, in order. None means the columns of the tables.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    root = check_folder(images, "images")
    parts = choose_parts(find_parts(Path(root), _has_table), split, root)

    def read(part, names):
        return load_labelled_images(part, part / _FILE, label_names=names, missing=missing)

    return concatenate(read, parts, label_names, root)


def _has_table(folder):
    return (folder / _FILE).is_file()
