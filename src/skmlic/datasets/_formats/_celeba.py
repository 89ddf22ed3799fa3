"""Reader of CelebA's attributes, `list_attr_celeba.txt` and the `.csv` on Kaggle.

The text has the number of images, the names of the attributes, and one line per image with 1 and
-1, as in the README at https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html.
"""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import read_lines
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source, read_cells
from skmlic.datasets._parameter_checks import check_file, check_folder

_VALUES = {"1": 1, "-1": 0}


def is_celeba(source: Source) -> bool:
    """Return whether the labels are attributes in the form of CelebA."""
    if source.ending == ".txt":
        first, second, *_ = [*source.head.split("\n", 2), ""]
        return first.strip().isdigit() and bool(second.strip()) and "," not in second
    return source.ending == ".csv" and {"image_id", "5_o_Clock_Shadow"} <= set(source.columns)


def load_celeba(
    images: FilePath,
    labels: FilePath,
    *,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load attributes in the form of CelebA, in which -1 means that an image does not have them.

    Parameters
    ----------
    images : str or path-like
        The folder of the images.

    labels : str or path-like
        The file ``list_attr_celeba.txt`` or ``.csv``.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all attributes.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images = check_folder(images, "images")
    file = check_file(labels, "labels", images, "file")
    table = _read_text(file) if file.lower().endswith(".txt") else _read_csv(file)
    values = table.apply(lambda column: column.str.strip().map(_VALUES))
    if values.isna().to_numpy().any():
        row, column = values.isna().stack().idxmax()
        raise ValueError(
            f"Image {row!r} of {file!r} has the value {table.at[row, column]!r} of {column!r}, "
            "expected 1 or -1."
        )
    annotations = Annotations(table.index.tolist(), values, source=f"{file!r}", unit="image")
    return load_annotations(annotations, images, label_names, missing)


def _read_csv(file):
    table = read_cells(file)
    return table.set_index(table.columns[0])


def _read_text(file):
    found = [*read_lines(file), ""]
    count, header, lines = found[0], found[1], found[2:]
    if not count.isdecimal() or not header:
        raise ValueError(
            f"{file!r} begins with the lines {count!r:.60} and {header!r:.60}, expected the number "
            "of images and the names of the attributes."
        )
    columns = header.split()
    rows = [line.split() for line in lines if line]
    if len(rows) != int(count):
        raise ValueError(f"{file!r} has {len(rows)} images, but its first line says {count}.")
    for row in rows:
        if len(row) != len(columns) + 1:
            raise ValueError(
                f"Image {row[0]!r} of {file!r} has {len(row) - 1} values, expected "
                f"{len(columns)}, one per name in the second line."
            )
    return pd.DataFrame([row[1:] for row in rows], index=[row[0] for row in rows], columns=columns)
