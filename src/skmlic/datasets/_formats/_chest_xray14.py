"""Reader of ChestX-ray14's `Data_Entry_2017.csv`.

The column "Finding Labels" has names joined by a vertical bar, or "No Finding", as described in the
README of the data at https://nihcc.app.box.com/v/ChestXray-NIHCC (X. Wang et al., CVPR 2017).
"""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source, expect_format, read_cells
from skmlic.datasets._parameter_checks import check_file, check_folder

_COLUMNS = ("Image Index", "Finding Labels")
_NONE = "No Finding"


def is_chest_xray14(source: Source) -> bool:
    """Return whether the labels are a table of ChestX-ray14."""
    return set(_COLUMNS) <= set(source.columns)


def load_chest_xray14(
    images: FilePath,
    labels: FilePath | pd.DataFrame,
    *,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load the labels of ChestX-ray14; an image with "No Finding" has no label.

    Parameters
    ----------
    images : str or path-like
        The folder of the images or of the folders ``images_001`` to ``images_012``, which are
        searched.

    labels : str, path-like or DataFrame
        The file ``Data_Entry_2017.csv``.

    label_names : sequence of str, default=None
        The labels of `Y`, in order; others are left out. None means those that occur, sorted,
        without "No Finding".

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images = check_folder(images, "images")
    if not isinstance(labels, pd.DataFrame):
        labels = check_file(labels, "labels", images, "table")
    table = read_cells(labels)
    with expect_format(labels, "ChestX-ray14", f"the columns {' and '.join(map(repr, _COLUMNS))}"):
        names, cells = (table[column].tolist() for column in _COLUMNS)
    left_out = {"", _NONE}.difference(label_names or ())
    found = [set(map(str.strip, cell.split("|"))) - left_out for cell in cells]
    annotations = Annotations(names, found, source="the table", unit="row")
    return load_annotations(annotations, images, label_names, missing)
