"""What every reader returns."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils import Bunch

from skmlic.datasets._files import first_ones


class LabelledImages(Bunch):
    """A Bunch that is printed in one line, without all its paths."""

    def __repr__(self) -> str:
        n_images, n_labels = len(self.get("paths", ())), len(self.get("label_names", ()))
        return (
            f"<LabelledImages: {n_images} picture{'s' * (n_images != 1)}, "
            f"{n_labels} label{'s' * (n_labels != 1)}; has {', '.join(map(str, self))}>"
        )


def make_data(paths: Iterable[str], Y: pd.DataFrame, *, folder: str, missing: list[str]) -> Bunch:
    """Gather what a reader found.

    Parameters
    ----------
    paths : iterable of str
    Y : DataFrame of shape (n_samples, n_labels)
        0 and 1, NaN where it is unknown.
    folder : str
        Where the pictures are.
    missing : list of str
        Names of pictures that were left out because there is no such file.
    """
    paths = list(paths)
    dtype = np.float64 if Y.isna().to_numpy().any() else np.int64
    Y = Y.astype(dtype).set_axis(pd.RangeIndex(len(paths)), axis=0).rename_axis(columns=None)
    frame = Y.copy()
    path_column = "path"
    while path_column in Y.columns:
        path_column = f"image_{path_column}"
    frame.insert(0, path_column, paths)
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
    """Turn a list of label names a picture into columns of 0 and 1.

    Parameters
    ----------
    label_lists : iterable of iterables of str
    label_names : sequence of str or None
        The columns; other labels are left out. None takes the names that occur, sorted.
    index : Index
        The rows of the result.
    """
    label_sets = [set(labels) for labels in label_lists]
    found = set().union(*label_sets)
    columns = sorted(found) if label_names is None else check_label_names(label_names)
    if not columns:
        raise ValueError(
            "No picture has any label, expected at least one; or pass label_names=['sea', 'trees']."
        )
    if found and not found.intersection(columns):
        raise ValueError(
            f"None of label_names={columns} occurs; the labels are "
            f"{first_ones(map(repr, sorted(found)))}."
        )
    kept = [labels.intersection(columns) for labels in label_sets]
    values = MultiLabelBinarizer(classes=columns).fit_transform(kept)
    return pd.DataFrame(values, index=index, columns=columns)


def check_label_names(label_names: Sequence[str]) -> list[str]:
    """Return the names as a list, or say what is wrong with them."""
    if isinstance(label_names, str):
        raise TypeError(f"label_names={label_names!r} is one name. Write [{label_names!r}].")
    names = [str(name) for name in label_names]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"label_names={names}, expected at least one name and none twice.")
    return names
