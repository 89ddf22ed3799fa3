"""What there is in a data set, and what is wrong with it."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from tqdm import tqdm

from skmlic._utils._targets import check_targets
from skmlic._utils._threads import count_threads
from skmlic._utils._typing import FilePath
from skmlic.datasets._description_text import write_text
from skmlic.datasets._files import list_pictures, without_links
from skmlic.images import ContentDigest, describe_read_error, load_rgb
from skmlic.metrics import ImbalanceSummary, imbalance_summary

# With fewer expected changes, half of them is within what chance gives.
_MIN_CHANGES = 20


@dataclass(frozen=True, repr=False, eq=False)
class DatasetReport:
    """What :func:`describe_dataset` found; its text, ``print(report)``, is for reading.

    Attributes
    ----------
    folder : str or None
        The folder of the pictures, if it is known.

    n_images, n_labels : int
        Shape of Y.

    missing : list of str
        Names of rows that the reader left out because there is no such file.

    unlisted : list of str
        Paths of pictures in the folder, or below it, that no row names.

    unreadable : DataFrame of shape (n_unreadable, 3)
        Pictures that training would stop at: ``row``, ``path`` and ``reason``.

    duplicates : DataFrame of shape (n_duplicates, 4)
        Pictures whose files have the same content as another's: ``group``, ``row``, ``path``, and
        ``differing``, the list of the labels that differ within the group.

    in_blocks : list of str
        Labels whose pictures come in blocks of rows: from row to row, they change less than half as
        often as in random order. A split without shuffling would part such data by label, and a
        shuffled one pictures of one scene.

    sizes : DataFrame of shape (3, 2)
        The least, the median and the greatest ``width`` and ``height``, in pixels, turned as EXIF
        says.

    labels : DataFrame of shape (n_labels, 6)
        By label: how often it is ``positive``, ``negative`` and ``unknown``; ``frequency``, the
        share of positives in what is known; ``ir_lbl``, the count of the most frequent label by
        its own; and ``remark``: "never", "once", "always" (never negative) or "".

    labels_per_image : Series of dtype int64
        How many pictures have 0, 1, … labels.

    pairs : DataFrame of shape (n_pairs, 4)
        Pairs of labels that some picture has, most frequent first: ``label``, ``other``, ``count``,
        and ``lift``, the count by that of independent labels: 1 if they have nothing to do with
        each other.

    imbalance : ImbalanceSummary
        Of :func:`skmlic.metrics.imbalance_summary`, where unknown counts as negative.
    """

    folder: str | None
    n_images: int
    n_labels: int
    missing: list[str]
    unlisted: list[str]
    unreadable: pd.DataFrame
    duplicates: pd.DataFrame
    in_blocks: list[str]
    sizes: pd.DataFrame
    labels: pd.DataFrame
    labels_per_image: pd.Series
    pairs: pd.DataFrame
    imbalance: ImbalanceSummary

    def __repr__(self) -> str:
        return (
            f"<DatasetReport: n_images={self.n_images}, n_labels={self.n_labels}, "
            f"{len(self.unreadable)} unreadable, {len(self.duplicates)} duplicates>"
        )

    def __str__(self) -> str:
        return write_text(self)

    def frame(self) -> pd.DataFrame:
        """Return a row for each label: counts, frequency, imbalance ratio and remark."""
        return self.labels.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists, dicts, numbers and text, for ``json.dump``.

        Frames become lists of dicts; what is infinite or undefined becomes None.
        """
        return {field.name: _as_plain(getattr(self, field.name)) for field in fields(self)}


def describe_dataset(
    data: Mapping[str, Any] | Iterable[FilePath],
    Y: ArrayLike | None = None,
    *,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> DatasetReport:
    """Look over pictures and labels before training.

    Every picture is read and decoded once, as training would decode it, and none is kept.

    Parameters
    ----------
    data : :class:`~sklearn.utils.Bunch`, dict or iterable of paths
        What a reader returned, or a dict with ``"paths"``, a list of n_samples paths, and ``"Y"``,
        an array or frame of shape (n_samples, n_labels) with 0 and 1, and NaN where it is unknown.
        Pictures without a row are looked for if there is a ``"folder"``. With ``Y``, the paths.

    Y : array-like or frame of shape (n_samples, n_labels), default=None
        The labels, if ``data`` are paths.

    n_jobs : int, default=None
        Threads that decode pictures. None takes as many as torch uses, -1 one a core.

    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    report : DatasetReport
        ``print(report)`` shows what there is and what to look at.

    Raises
    ------
    TypeError
        If ``data`` has no paths or no Y, or has them and ``Y`` is given too.

    ValueError
        If there are no pictures, not as many as rows of Y, or Y has other values.

    See Also
    --------
    skmlic.metrics.imbalance_summary : The labels alone.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import describe_dataset
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [Path(folder, f"{name}.png") for name in "abc"]
    ...     for path, colour in zip(paths, ["navy", "navy", "teal"]):
    ...         Image.new("RGB", (8, 6), colour).save(path)
    ...     Y = [[1, 0], [1, 1], [0, 0]]
    ...     report = describe_dataset(paths, Y)
    >>> report.sizes
            width  height
    min       8.0     6.0
    median    8.0     6.0
    max       8.0     6.0
    >>> report.duplicates[["group", "row", "differing"]]
       group  row differing
    0      0    0       [1]
    1      0    1       [1]
    """
    data = _as_mapping(data, Y)
    paths = [os.fspath(path) for path in data["paths"]]
    Y, names = check_targets(data["Y"])
    if len(paths) != len(Y) or not paths:
        raise ValueError(f"There are {len(paths)} paths and {len(Y)} rows of Y.")
    names = [str(name) for name in names]
    looks = _look_at(paths, n_jobs, verbose)
    sizes = pd.DataFrame([look[1] for look in looks if look[1]], columns=["width", "height"])
    unreadable = [(row, paths[row], look[2]) for row, look in enumerate(looks) if look[2]]
    imbalance = imbalance_summary(pd.DataFrame(Y, columns=names))
    n_labels_of_images = np.nansum(Y, axis=1).astype(np.int64)
    folder = None if data.get("folder") is None else os.fspath(data["folder"])
    return DatasetReport(
        folder=folder,
        n_images=len(paths),
        n_labels=len(names),
        missing=list(data.get("missing", [])),
        unlisted=[] if folder is None else _find_unlisted(folder, paths),
        unreadable=pd.DataFrame(unreadable, columns=["row", "path", "reason"]),
        duplicates=_find_duplicates([look[0] for look in looks], paths, Y, names),
        in_blocks=[name for name, y in zip(names, Y.T, strict=True) if _is_in_blocks(y)],
        sizes=sizes.astype(float).agg(["min", "median", "max"]),
        labels=_count(Y, imbalance),
        labels_per_image=pd.Series(np.bincount(n_labels_of_images), name="n_images").rename_axis(
            "n_labels"
        ),
        pairs=_count_pairs(imbalance),
        imbalance=imbalance,
    )


def _as_mapping(data, Y):
    if Y is not None:
        if isinstance(data, (str, os.PathLike, Mapping)):
            raise TypeError(
                f"data is a {type(data).__name__} and Y is given too; expected a list of paths "
                "with Y, or what a reader returned without."
            )
        return {"paths": data, "Y": Y}
    lacking = [name for name in ("paths", "Y") if not isinstance(data, Mapping) or name not in data]
    if lacking:
        raise TypeError(
            f"data is a {type(data).__name__} without {lacking[0]!r}; expected what a reader "
            "returned, such as load_labelled_images(folder, table), where the table may be a "
            "frame; or write describe_dataset(paths, Y)."
        )
    return data


def _look_at(paths, n_jobs, verbose):
    """Return the digest, the size, and why it can't be read, of each picture."""
    digest = ContentDigest()

    def look(path):
        found = None
        try:
            content = Path(path).read_bytes()
            found = digest(content)
            return found, load_rgb(content).size, None
        except Exception as error:
            return found, None, describe_read_error(error)

    with ThreadPoolExecutor(count_threads(n_jobs)) as pool:
        looks = pool.map(look, paths)
        return list(tqdm(looks, total=len(paths), unit="img", disable=not verbose))


def _find_unlisted(folder, paths):
    listed, found = set(without_links(paths)), list(list_pictures(folder))
    places = without_links(found)
    return [path for path, place in zip(found, places, strict=True) if place not in listed]


def _find_duplicates(digests, paths, Y, names):
    """Return a row for each picture that shares its digest, group by group."""
    rows_of = {}
    for row, digest in enumerate(digests):
        if digest is not None:
            rows_of.setdefault(digest, []).append(row)
    groups = [rows for rows in rows_of.values() if len(rows) > 1]
    found = []
    for group, rows in enumerate(groups):
        # An unknown entry differs from none.
        differs = (Y[rows] == 1).any(axis=0) & (Y[rows] == 0).any(axis=0)
        differing = [names[j] for j in np.flatnonzero(differs)]
        found.extend((group, row, paths[row], differing) for row in rows)
    return pd.DataFrame(found, columns=["group", "row", "path", "differing"])


def _is_in_blocks(y):
    """Tell whether a label changes from row to row much less often than in random order."""
    y = y[~np.isnan(y)]
    n_positive = int(y.sum())
    expected = 2 * n_positive * (len(y) - n_positive) / max(len(y), 1)
    n_changes = np.count_nonzero(np.diff(y))
    return expected >= _MIN_CHANGES and n_changes < expected / 2


def _count(Y, imbalance):
    """Return the frame of labels."""
    positive, negative = (Y == 1).sum(axis=0), (Y == 0).sum(axis=0)
    remark = np.select(
        [positive == 0, negative == 0, positive == 1], ["never", "always", "once"], ""
    )
    known = np.maximum(positive + negative, 1)
    columns = {
        "positive": positive,
        "negative": negative,
        "unknown": len(Y) - positive - negative,
        "frequency": np.where(positive + negative, positive / known, np.nan),
        "ir_lbl": imbalance.labels["ir_lbl"].to_numpy(),
        "remark": remark.astype(object),
    }
    return pd.DataFrame(columns, index=imbalance.labels.index)


def _count_pairs(imbalance):
    """Return the pairs of labels that occur, most frequent first."""
    together = imbalance.co_occurrence.to_numpy()
    i, j = np.nonzero(np.triu(together, k=1))
    counts = np.diag(together)
    names = imbalance.labels.index
    by_chance = counts[i] * counts[j] / imbalance.n_samples
    pairs = pd.DataFrame(
        {
            "label": names[i].to_numpy(),
            "other": names[j].to_numpy(),
            "count": together[i, j],
            "lift": together[i, j] / by_chance,
        }
    )
    return pairs.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def _as_plain(value):
    """Return a value in the terms of JSON."""
    if isinstance(value, pd.DataFrame):
        index = [] if isinstance(value.index, pd.RangeIndex) else [value.index.name or "index"]
        value = (value.rename_axis(index[0]).reset_index() if index else value).to_dict("records")
    elif isinstance(value, pd.Series):
        value = value.to_dict()
    elif isinstance(value, ImbalanceSummary):
        skipped = ("labels", "co_occurrence")
        value = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in skipped}
    if isinstance(value, dict):
        return {str(key): _as_plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
