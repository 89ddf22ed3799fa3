"""The examination of a data set before training."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from skmlic._utils._targets import check_targets
from skmlic._utils._typing import FilePath
from skmlic.datasets._image_checks import (
    check_images,
    find_identical_files,
    find_near_duplicates,
    find_similar_in_other,
    find_unlisted,
    list_unreadable,
    measure_sizes,
)
from skmlic.datasets._label_statistics import (
    count_labels,
    count_labels_per_image,
    count_pairs,
    is_in_blocks,
)
from skmlic.datasets._report import DatasetReport
from skmlic.images import check_value_range
from skmlic.metrics import imbalance_summary


def describe_dataset(
    data: Mapping[str, Any] | Iterable[FilePath],
    Y: ArrayLike | None = None,
    *,
    features: ArrayLike | None = None,
    other_paths: Iterable[FilePath] | None = None,
    other_features: ArrayLike | None = None,
    value_range: tuple[float, float] | None = None,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> DatasetReport:
    """Describe images and labels, and find problems with them before training.

    Every image is read and decoded once, as training would decode it, and none is kept in memory.

    Parameters
    ----------
    data : :class:`~sklearn.utils.Bunch`, dict or iterable of paths
        The result of a reader, or a dict with ``"paths"``, a list of n_samples paths, and ``"Y"``,
        an array or frame of shape (n_samples, n_labels) with 0 and 1, and NaN for missing labels.
        If it has a ``"folder"``, images in it that no row names are reported. If ``Y`` is given,
        ``data`` are the paths.

    Y : array-like or frame of shape (n_samples, n_labels), default=None
        The labels, if ``data`` are paths.

    features : array-like of shape (n_samples, n_features), default=None
        Features of the images, such as those of :class:`skmlic.ImageEmbedder`. With them, images
        that are nearly the same are reported, as by :func:`skmlic.duplicates.find_duplicates`. Pass
        ``on_error="nan"`` to the embedder if images can't be read.

    other_paths : iterable of paths of shape (n_others,), default=None
        Images of another set, such as test images. With their features, the images that have a
        copy among them are reported.

    other_features : array-like of shape (n_others, n_features), default=None
        Features of the images of ``other_paths``, computed as ``features`` are.

    value_range : tuple (black, white) or None, default=None
        The values that mean black and white in all images, as in :class:`skmlic.ImageEmbedder`.

    n_jobs : int, default=None
        Number of threads that decode images. None means as many as torch uses, -1 one per core.

    verbose : bool, default=False
        Whether a progress bar is shown.

    Returns
    -------
    report : DatasetReport
        ``print(report)`` shows statistics and problems, and ``skmlic.report_dataset(report, path)``
        writes them as an HTML page with the images concerned.

    Raises
    ------
    TypeError
        If ``data`` has no paths or no Y, or if it has both and ``Y`` is given as well.

    ValueError
        If there are no images, if their number differs from the number of rows of Y, or if Y has
        other values than 0, 1 and NaN. If the features belong to another number of images, or
        those of one set are given without those of the other.

    See Also
    --------
    skmlic.report_dataset : Write the result as an HTML page.
    skmlic.metrics.imbalance_summary : Statistics of the labels alone.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic.datasets import describe_dataset
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [Path(folder, f"{name}.png") for name in "abc"]
    ...     for path, color in zip(paths, ["navy", "navy", "teal"]):
    ...         Image.new("RGB", (8, 6), color).save(path)
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
    value_range = check_value_range(value_range)
    other_paths = [os.fspath(path) for path in ([] if other_paths is None else other_paths)]
    _check_features(features, paths, "")
    _check_features(other_features, other_paths, "other_")
    if (other_features is None) != (not other_paths) or (other_paths and features is None):
        raise ValueError(
            "To compare two sets of images, pass features, other_paths and other_features together."
        )
    folder = None if data.get("folder") is None else os.fspath(data["folder"])

    checks = check_images(paths, value_range, n_jobs, verbose)
    digests = [check.digest for check in checks]
    targets = pd.DataFrame(Y, columns=names)
    imbalance = imbalance_summary(targets)
    return DatasetReport(
        paths=paths,
        Y=targets,
        value_range=value_range,
        has_features=features is not None,
        n_others=len(other_paths),
        folder=folder,
        n_images=len(paths),
        n_labels=len(names),
        missing=list(data.get("missing", [])),
        unlisted=[] if folder is None else find_unlisted(folder, paths),
        unreadable=list_unreadable(checks, paths),
        duplicates=find_identical_files(digests, paths, Y, names),
        near_duplicates=find_near_duplicates(features, digests, paths, Y, names),
        similar_in_other=find_similar_in_other(features, paths, other_features, other_paths),
        in_blocks=[name for name, y in zip(names, Y.T, strict=True) if is_in_blocks(y)],
        sizes=measure_sizes(checks),
        labels=count_labels(Y, imbalance),
        labels_per_image=count_labels_per_image(Y),
        pairs=count_pairs(imbalance),
        imbalance=imbalance,
    )


def _as_mapping(data, Y):
    if Y is not None:
        if isinstance(data, (str, os.PathLike, Mapping)):
            raise TypeError(
                f"data is a {type(data).__name__} although Y is given; expected a list of paths "
                "with Y, or the result of a reader without Y."
            )
        return {"paths": data, "Y": Y}
    lacking = [name for name in ("paths", "Y") if not isinstance(data, Mapping) or name not in data]
    if lacking:
        raise TypeError(
            f"data is a {type(data).__name__} without {lacking[0]!r}; expected the result of a "
            "reader, such as load_labelled_images(folder, table), where the table can be a "
            "frame; or write describe_dataset(paths, Y)."
        )
    return data


def _check_features(features, paths, prefix):
    n_rows = len(paths) if features is None else np.shape(features)[0]
    if n_rows != len(paths):
        raise ValueError(
            f"There are {n_rows} rows of {prefix}features and {len(paths)} {prefix}paths; expected "
            "the features of all images: "
            f'ImageEmbedder(on_error="nan").fit_transform({prefix}paths).'
        )
