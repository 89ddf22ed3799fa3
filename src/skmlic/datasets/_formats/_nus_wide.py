"""Reader of the lists of NUS-WIDE.

The folder Groundtruth has a file per concept with 0 or 1 per line, and the folder ImageList has the
names of the images in the same order (T.-S. Chua et al., "NUS-WIDE: A Real-World Web Image Database
from National University of Singapore", CIVR 2009).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._files import read_lines
from skmlic.datasets._formats._annotations import Annotations, load_annotations
from skmlic.datasets._formats._source import Source
from skmlic.datasets._parameter_checks import check_folder, check_option

_ENDINGS = {"train": "_Train", "test": "_Test", "all": ""}


def is_nus_wide(source: Source) -> bool:
    """Return whether the folder of the labels has the lists of NUS-WIDE."""
    folder = source.label_folder
    return (
        folder is not None
        and any(_find_lists(folder, split) for split in _ENDINGS)
        and any(True for _ in folder.rglob("*[Ii]magelist.txt"))
    )


def load_nus_wide(
    images: FilePath,
    labels: FilePath,
    *,
    split: Literal["train", "test", "all"] | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> LabelledImages:
    """Load the labels of NUS-WIDE.

    Images without any of the labels, a fifth of the data, have rows of 0. Publications often leave
    them out.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, ``Flickr``.

    labels : str or path-like
        The folder that contains ``Groundtruth`` and ``ImageList``.

    split : {"train", "test", "all"}, default=None
        The lists to read: ``Labels_sea_Train.txt``, ``Labels_sea_Test.txt`` or ``Labels_sea.txt``.
        None means all images; if there are no such lists, the training and the test images.

    label_names : sequence of str, default=None
        The labels of `Y`, in order. None means all lists, sorted.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    images, labels = check_folder(images, "images"), Path(check_folder(labels, "labels"))
    check_option("split", split, [*_ENDINGS, None])
    there = [name for name in _ENDINGS if _find_lists(labels, name)]
    splits = [split] if split else ["all"] if "all" in there else there or ["all"]
    parts = [_read_split(labels, name) for name in splits]
    names = [name for names, _ in parts for name in names]
    values = pd.concat([values for _, values in parts], ignore_index=True)
    if values.isna().to_numpy().any():
        label = values.columns[values.isna().any()][0]
        raise FileNotFoundError(
            f"There are lists of {label!r} for some of the splits {splits} only. Pass "
            f"split={splits[0]!r}."
        )
    annotations = Annotations(names, values, source=f"{str(labels)!r}", unit="line")
    return load_annotations(annotations, images, label_names, missing)


def _read_split(labels, split):
    """Return the names of the images and the values of the labels."""
    lists = _find_lists(labels, split)
    list_name = "Imagelist.txt" if split == "all" else f"{split.title()}Imagelist.txt"
    file = next(iter(sorted(labels.rglob(list_name))), None)
    if not lists or file is None:
        what = list_name if lists else f"Labels_*{_ENDINGS[split]}.txt"
        raise FileNotFoundError(f"There is no {what} in {str(labels)!r} for split={split!r}.")
    names = list(filter(None, read_lines(file)))
    columns = {label: _read_values(path, len(names), file) for label, path in lists.items()}
    return names, pd.DataFrame({label: columns[label] for label in sorted(columns)})


def _find_lists(folder, split):
    """Return the lists of a split by their labels, sorted."""
    ending = _ENDINGS[split]
    found = {}
    for file in sorted(folder.rglob("Labels_*.txt")):
        name = file.stem.removeprefix("Labels_")
        is_split = name.endswith(("_Train", "_Test"))
        if name.endswith(ending) and (ending or not is_split):
            found[name.removesuffix(ending)] = file
    return found


def _read_values(file, n_images, image_list):
    values = list(filter(None, read_lines(file)))
    if len(values) != n_images:
        raise ValueError(
            f"{str(file)!r} has {len(values)} lines, expected {n_images}, one per image of "
            f"{str(image_list)!r}."
        )
    wrong = next((value for value in values if value not in ("0", "1")), None)
    if wrong is not None:
        raise ValueError(f"{str(file)!r} has the line {wrong!r}, expected 0 or 1.")
    return [int(value) for value in values]
