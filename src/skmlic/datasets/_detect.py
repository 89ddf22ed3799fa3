"""Recognition of the format of labels."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._coco import load_coco
from skmlic.datasets._json_lines import load_json_lines
from skmlic.datasets._label_lists import load_label_lists
from skmlic.datasets._parameter_checks import suggest_path
from skmlic.datasets._tables import load_labelled_images
from skmlic.datasets._voc import find_sets, load_voc

_FORMATS = """\
Expected one of
  images='images', labels='labels.csv'      a table, also .tsv, .txt or a DataFrame
  images='images', labels='labels.jsonl'    one JSON object per line
  images='images', labels='instances.json'  COCO's annotations, or a list of such files
  images='images', labels='lists'           a folder with one list of images per label, sea.txt
  images='VOCdevkit/VOC2007'                PASCAL VOC, without labels"""


def load_dataset(
    images: FilePath,
    labels: FilePath | pd.DataFrame | Sequence[FilePath] | None = None,
    **options: Any,
) -> Bunch:
    r"""Load images and labels in any format that can be read.

    ============================================== ==============================
    labels                                         reader
    ============================================== ==============================
    a file ``.csv``, ``.tsv`` or ``.txt``, a frame :func:`load_labelled_images`
    a file ``.jsonl`` or ``.ndjson``               :func:`load_json_lines`
    a file ``.json`` with one object per line      :func:`load_json_lines`
    another file ``.json``, several files          :func:`load_coco`
    a folder                                       :func:`load_label_lists`
    None, with `images` of VOC's format            :func:`load_voc`
    ============================================== ==============================

    Parameters
    ----------
    images : str or path-like
        The folder of the images, or the root of a data set in PASCAL VOC's format.

    labels : str, path-like, DataFrame or list of str, default=None
        The path of the labels, or a table as a frame. Several files must be COCO's.

    **options : dict
        Parameters of the reader, for example ``missing="drop"``, which all readers have.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    FileNotFoundError
        If `labels` does not exist.

    ValueError
        If the format is not recognized; the message lists all formats.

    TypeError
        If the reader has no such parameter.

    See Also
    --------
    describe_dataset : Find problems with the images and labels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import load_dataset
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["beach.png", "forest.png"]:
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     table = Path(folder, "labels.csv")
    ...     _ = table.write_text("file,labels\nbeach.png,sea;trees\nforest.png,trees\n")
    ...     data = load_dataset(folder, table)
    >>> data.Y
       sea  trees
    0    1      1
    1    0      1
    """
    if labels is None:
        if not os.path.isdir(images) or not find_sets(images):
            raise ValueError(
                f"images={os.fspath(images)!r} is not a folder of PASCAL VOC's format, and there "
                f"are no labels. {_FORMATS}"
            )
        return load_voc(images, **options)
    return find_reader(labels, images)(images, labels, **options)


def find_reader(labels, images):
    """Return the reader for labels.

    Parameters
    ----------
    labels : str, path-like, DataFrame or list of str
        As in :func:`load_dataset`.
    images : str or path-like
        As in :func:`load_dataset`.

    Returns
    -------
    reader : callable
        A function of this module, which takes ``images`` and ``labels``.
    """
    if hasattr(labels, "columns"):
        return load_labelled_images
    if not isinstance(labels, (str, os.PathLike)):
        return load_coco
    if os.path.isdir(labels):
        if find_sets(labels):
            raise ValueError(
                f"labels={os.fspath(labels)!r} has PASCAL VOC's format; pass it as images, without "
                "labels."
            )
        return load_label_lists
    if not os.path.isfile(labels):
        hint = suggest_path(labels, "labels", images)
        raise FileNotFoundError(f"There is no file labels={os.fspath(labels)!r}.{hint}")
    ending = Path(labels).suffix.lower()
    if ending in (".csv", ".tsv", ".txt"):
        return load_labelled_images
    if ending in (".jsonl", ".ndjson"):
        return load_json_lines
    if ending == ".json":
        return load_json_lines if _begins_with_image(labels) else load_coco
    raise ValueError(f"labels={os.fspath(labels)!r} has no known format. {_FORMATS}")


def _begins_with_image(file):
    """Return whether the first line is a complete object that is not COCO's."""
    with open(file, encoding="utf-8-sig", errors="replace") as text:
        line = text.read(1 << 20).lstrip().partition("\n")[0]
    if line.startswith("["):
        raise ValueError(
            f"labels={os.fspath(file)!r} is a JSON list, expected COCO's object or one object per "
            "line. For a list of objects, one per image, write pandas.read_json('labels.json')"
            ".to_json('labels.jsonl', orient='records', lines=True)."
        )
    try:
        first = json.loads(line)
    except ValueError:
        return False
    return isinstance(first, dict) and "annotations" not in first
