"""What a data set consists of, as its format is recognized."""

import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from skmlic._utils._image_files import is_image_name
from skmlic._utils._regular_file import open_regular_text, read_regular_file
from skmlic._utils._typing import FilePath
from skmlic.datasets._json_objects import RepeatedFieldError, parse_json
from skmlic.datasets._text_tables import as_text

# The names of the folders of splits, in lower case and without a year such as that of "train2017".
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_HEAD = 1 << 20


class Source:
    """The images and labels that a reader is looked for, and the beginning of the labels.

    Parameters
    ----------
    images : str, path-like or sequence of these
        The folder of the images, or archives.
    labels : str, path-like, DataFrame, sequence or None
        The labels as passed to :func:`skmlic.datasets.load_dataset`.
    """

    def __init__(
        self,
        images: FilePath | Sequence[FilePath],
        labels: FilePath | pd.DataFrame | Sequence[FilePath] | None,
    ) -> None:
        self.images = images
        self.labels = labels

    @property
    def folder(self) -> Path | None:
        """The folder of the images if there are no labels besides it."""
        if self.labels is None and isinstance(self.images, (str, os.PathLike)):
            return Path(self.images) if os.path.isdir(self.images) else None
        return None

    @property
    def file(self) -> Path | None:
        """The file of the labels."""
        if isinstance(self.labels, (str, os.PathLike)) and os.path.isfile(self.labels):
            return Path(self.labels)
        return None

    @property
    def label_folder(self) -> Path | None:
        """The folder of the labels."""
        if isinstance(self.labels, (str, os.PathLike)) and os.path.isdir(self.labels):
            return Path(self.labels)
        return None

    @property
    def ending(self) -> str:
        """The extension of the file of the labels, in lower case; empty without a file."""
        return self.file.suffix.lower() if self.file else ""

    @cached_property
    def head(self) -> str:
        """The beginning of the file of the labels."""
        if self.file is None:
            return ""
        with open_regular_text(self.file, errors="replace") as text:
            return text.read(_HEAD).lstrip()

    @cached_property
    def columns(self) -> list[str]:
        """The cells of the first line of a table."""
        if isinstance(self.labels, pd.DataFrame):
            return [str(name) for name in self.labels.columns]
        if self.ending not in (".csv", ".tsv", ".txt"):
            return []
        line = self.head.partition("\n")[0]
        return [cell.strip().strip('"') for cell in re.split(r"[,;\t|]", line)]

    @cached_property
    def first_object(self) -> dict[str, Any]:
        """The first object of a JSON list; empty if the file is none."""
        if self.ending != ".json" or not self.head.startswith("["):
            return {}
        start = re.match(r"\[\s*", self.head)
        try:
            first, _ = json.JSONDecoder().raw_decode(self.head, start.end() if start else 0)
        except (ValueError, RecursionError):
            # The object is longer than the head, or the list is empty or damaged.
            if len(self.head) < _HEAD // 2:
                return {}
            first = next(iter(read_json(self.file)), None) if self.file else None
        return first if isinstance(first, dict) else {}


def find_split(name: str) -> str | None:
    """Return the split that a folder such as "Training" or "val2017" contains, or None."""
    bare = re.sub(r"[-_ ]?\d+$", "", name.lower())
    return next((split for split, names in SPLITS.items() if bare in names), None)


def has_images(folder: Path) -> bool:
    """Return whether a folder directly contains an image."""
    return any(is_image_name(file.name) for file in folder.iterdir() if file.is_file())


def list_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are not hidden, sorted."""
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
    )


def read_json(
    file: FilePath, keep: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> Any:
    """Return the content of a JSON file, or raise an error that names it.

    Parameters
    ----------
    file : str or path-like
        The file.
    keep : callable, default=None
        Returns the fields of an object that are kept, as soon as it has been read.
    """
    try:
        with open_regular_text(file) as stream:
            return parse_json(stream.read(), keep)
    except RepeatedFieldError as error:
        raise ValueError(f"{os.fspath(file)!r} has {error}.") from error
    except ValueError as error:
        raise ValueError(f"{os.fspath(file)!r} is not valid JSON: {error}.") from error


@contextmanager
def expect_format(file: FilePath | pd.DataFrame, name: str, example: str) -> Iterator[None]:
    """Turn errors about the types of what a file contains into one that names its format.

    Parameters
    ----------
    file : str, path-like or DataFrame
        The file.
    name : str
        The name of the format.
    example : str
        What is expected.
    """
    try:
        yield
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError) as error:
        what = "The table" if isinstance(file, pd.DataFrame) else repr(os.fspath(file))
        raise ValueError(
            f"{what} does not have {name}'s format ({type(error).__name__}: {error}), expected "
            f"{example}."
        ) from error


def read_cells(csv: FilePath | pd.DataFrame) -> pd.DataFrame:
    """Return a table as a frame of text; the most frequent separator of its header is used."""
    if isinstance(csv, pd.DataFrame):
        table = csv.set_axis(csv.columns.map(str), axis=1)
        return table.apply(lambda column: column.map(as_text))
    try:
        return pd.read_csv(
            io.BytesIO(read_regular_file(csv)),
            sep=_find_separator(csv),
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            # Lines that end with a comma do not shift the columns.
            index_col=False,
            encoding="utf-8-sig",
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        name = os.fspath(csv)
        raise ValueError(f"{name!r} is not a table in UTF-8: {error}.") from error


def _find_separator(csv):
    with open_regular_text(csv) as lines:
        header = lines.readline(_HEAD)
    return max((",", ";", "\t", "|"), key=header.count)
