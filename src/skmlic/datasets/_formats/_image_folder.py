"""Reader of Hugging Face's image folders.

The format is described at https://huggingface.co/docs/datasets/image_dataset: images and a file
metadata.jsonl or metadata.csv, with a column file_name, in one folder or in one per split.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._formats._source import Source
from skmlic.datasets._formats._splits import choose_parts, concatenate, find_parts
from skmlic.datasets._json_lines import load_json_lines
from skmlic.datasets._parameter_checks import check_folder
from skmlic.datasets._tables import load_labelled_images

_FILES = ("metadata.jsonl", "metadata.csv")


def is_image_folder(source: Source) -> bool:
    """Return whether a folder is an image folder with metadata."""
    if source.file is not None:
        return source.file.name in _FILES and "file_name" in source.head.partition("\n")[0]
    return source.folder is not None and bool(find_parts(source.folder, _find_file))


def load_image_folder(
    images: FilePath,
    labels: FilePath | None = None,
    *,
    split: str | None = None,
    label_column: str | None = None,
    label_names: Sequence[str] | None = None,
    missing: Literal["raise", "drop"] = "raise",
) -> Bunch:
    """Load an image folder of Hugging Face with metadata.jsonl or metadata.csv.

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the folder of train, validation and test.

    labels : str or path-like, default=None
        The metadata. None means the file in the folder of the images or of each split.

    split : {"train", "validation", "test"}, default=None
        The split to load. None means all of them, concatenated.

    label_column : str, default=None
        The field of the labels. None means "labels", or all fields besides the file name.

    label_names : sequence of str, default=None
        The labels of `Y`, in order.

    missing : {"raise", "drop"}, default="raise"
        Whether images that are not in the folder raise an error or are left out.
    """
    root = check_folder(images, "images")
    if labels is None:
        parts = choose_parts(find_parts(Path(root), _find_file), split, root)
    else:
        parts = choose_parts({"": Path(root)}, split, root)

    def read(part, names):
        file = Path(labels) if labels is not None else _find_file(part)
        options = {"label_names": names, "missing": missing, "path_column": "file_name"}
        if file.suffix == ".jsonl":
            return load_json_lines(part, file, label_column=label_column, **options)
        column = label_column
        if column is None and "labels" in Source(part, file).columns:
            column = "labels"
        return load_labelled_images(part, file, label_column=column, **options)

    return concatenate(read, parts, label_names, root)


def _find_file(folder):
    return next((folder / name for name in _FILES if (folder / name).is_file()), None)
