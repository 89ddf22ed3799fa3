"""Reader of Hugging Face's image folders.

The format is described at https://huggingface.co/docs/datasets/image_dataset: images and a file
metadata.jsonl, .csv or .parquet with a column file_name, or one that ends so, in one folder or in
one per split.
"""

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from skmlic._utils._regular_file import read_regular_file
from skmlic._utils._text import join_first
from skmlic._utils._typing import FilePath
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._json_lines import load_objects
from skmlic.datasets._json_objects import read_json_lines
from skmlic.datasets._parameter_checks import check_folder
from skmlic.datasets._tables import load_labelled_images

_FILES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")


def is_image_folder(source: Source) -> bool:
    """Return whether a folder is an image folder with metadata."""
    if source.file is not None:
        is_text = source.ending != ".parquet"
        return source.file.name in _FILES and (not is_text or "file_name" in source.head[:10_000])
    return source.folder is not None and bool(find_parts(source.folder, _find_file))


def load_image_folder(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    split: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
    outside: Literal["missing", "allow"] = "missing",
) -> LabelledImages:
    """Load an image folder of Hugging Face with metadata.jsonl, metadata.csv or metadata.parquet.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the folder of train, validation and test.

    labels : str or path-like, default=None
        The metadata. None means the file in the folder of the images or of each split.

    split : {"train", "validation", "test"}, default=None
        The split to load. None means all of them, concatenated.

    path_column : str, default=None
        The field of the file name. None means "file_name", or the only one that ends so, such as
        "image_file_name".

    label_column : str, default=None
        The field of the labels. None means "labels", or all fields besides the file name.

    label_names : sequence of str, default=None
        The labels of `Y`, in order.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.

    outside : {"missing", "allow"}, default="missing"
        Whether names that lead out of the folder count as missing, or are allowed, as for
        ``load_labelled_images``.
    """
    root = check_folder(images, "images")
    if labels is None:
        parts = choose_parts(find_parts(Path(root), _find_file), split, root)
    else:
        parts = choose_parts({"": Path(root)}, split, root)

    def read(part, names):
        file = Path(labels) if labels is not None else _find_file(part)
        options = {"label_names": names, "missing": missing, "outside": outside}
        if file.suffix == ".csv":
            fields = Source(part, file).columns
            options["label_column"] = label_column or ("labels" if "labels" in fields else None)
            options["path_column"] = path_column or _find_path_field(fields, file)
            return load_labelled_images(part, file, **options)
        rows = _read_parquet(file) if file.suffix == ".parquet" else read_json_lines(str(file))
        options["path_column"] = path_column or _find_path_field(next(iter(rows.values())), file)
        return load_objects(str(part), rows, label_column=label_column, **options)

    return concatenate(read, parts, label_names, root)


def _find_file(folder):
    return next((folder / name for name in _FILES if (folder / name).is_file()), None)


def _read_parquet(file):
    """Return a dict of the rows by their numbers, counted from 1."""
    try:
        # JSON has lists in place of arrays, and null for missing values.
        lines = pd.read_parquet(io.BytesIO(read_regular_file(file))).to_json(
            orient="records", lines=True
        )
    except ImportError as error:
        raise ImportError(f"Reading {str(file)!r} needs pyarrow: pip install pyarrow") from error
    if not lines.strip():
        raise ValueError(f"{str(file)!r} is empty, expected a row per image.")
    return dict(enumerate(map(json.loads, lines.splitlines()), start=1))


def _find_path_field(fields, file):
    """Return the field of the file names, or raise an error if there are several images per row."""
    name = os.fspath(file)
    found = [field for field in fields if field == "file_name" or field.endswith("_file_name")]
    if "file_name" in found or len(found) == 1:
        return "file_name" if "file_name" in found else found[0]
    if found:
        raise ValueError(
            f"{name!r} has the fields {', '.join(map(repr, found))}. Pass the one of the images "
            f"that the labels are about, such as path_column={found[0]!r}."
        )
    several = next((field for field in fields if field.endswith("file_names")), None)
    if several is None:
        there = join_first(map(repr, fields))
        raise ValueError(f"{name!r} has no field 'file_name', but {there}.")
    found = f"{name!r} has several images per row, in {several!r}, expected one row per image."
    if file.suffix == ".csv":
        raise ValueError(found)
    is_parquet = file.suffix == ".parquet"
    read = f"parquet({name!r})" if is_parquet else f"json({name!r}, lines=True, dtype=False)"
    raise ValueError(
        f"{found} If each of them has the labels of its row, write a row per image: "
        f"pandas.read_{read}.explode({several!r}).rename(columns={{{several!r}: 'file_name'}})"
        ".to_json('labels.jsonl', orient='records', lines=True), and pass "
        f"images={os.path.dirname(name)!r}, labels='labels.jsonl'."
    )
