"""The result of the readers."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils import Bunch

from skmlic.datasets._label_spelling import warn_of_similar
from skmlic.datasets._parameter_checks import check_any_occurs, check_label_names


class NoLabelError(ValueError):
    """No image has any label, so that their names are unknown."""


class LabelledImages(Bunch):
    """A Bunch that is printed in one line, without its paths."""

    paths: list[str]
    Y: pd.DataFrame
    label_names: list[str]
    frame: pd.DataFrame
    folder: str
    missing: list[str]

    def __repr__(self) -> str:
        n_images, n_labels = len(self.get("paths", ())), len(self.get("label_names", ()))
        return (
            f"<LabelledImages: {n_images} image{'s' * (n_images != 1)}, "
            f"{n_labels} label{'s' * (n_labels != 1)}; has {', '.join(map(str, self))}>"
        )


def make_data(
    paths: Iterable[str], Y: pd.DataFrame, *, folder: str, missing: list[str]
) -> LabelledImages:
    """Return the result of a reader.

    Parameters
    ----------
    paths : iterable of str
        The paths of the images.
    Y : DataFrame of shape (n_samples, n_labels)
        0 and 1, and NaN for missing labels.
    folder : str
        The folder of the images.
    missing : list of str
        Names of images that were left out because their files are missing.
    """
    paths = list(paths)
    warn_of_similar(Y.columns)
    dtype = np.float64 if Y.isna().to_numpy().any() else np.int64
    Y = Y.astype(dtype).set_axis(pd.RangeIndex(len(paths)), axis=0).rename_axis(columns=None)
    frame = Y.copy()
    path_column = "path"
    while path_column in Y.columns:
        path_column = f"image_{path_column}"
    try:
        frame.insert(0, path_column, paths)
    except UnicodeEncodeError:
        # Names of files may have bytes that are no text, which pandas refuses as strings.
        frame.insert(0, path_column, pd.Series(paths, dtype=object))
    return LabelledImages(
        paths=paths,
        Y=Y,
        label_names=Y.columns.tolist(),
        frame=frame,
        folder=folder,
        missing=missing,
    )


def binarize(
    label_lists: Iterable[Iterable[str]], label_names: Sequence[str] | None, index: pd.Index
) -> pd.DataFrame:
    """Convert lists of label names, one per image, to columns of 0 and 1.

    Parameters
    ----------
    label_lists : iterable of iterables of str
        The names of the labels of each image.
    label_names : sequence of str or None
        The columns; other labels are left out. None means all names that occur, sorted.
    index : Index
        The rows of the result.
    """
    label_sets = [set(labels) for labels in label_lists]
    found = set().union(*label_sets)
    columns = sorted(found) if label_names is None else check_label_names(label_names)
    if not columns:
        raise NoLabelError(
            "No image has any label, expected at least one; or pass label_names=['sea', 'trees']."
        )
    if found:
        check_any_occurs(columns, sorted(found))
    kept = [labels.intersection(columns) for labels in label_sets]
    values = MultiLabelBinarizer(classes=columns).fit_transform(kept)
    return pd.DataFrame(values, index=index, columns=columns)
