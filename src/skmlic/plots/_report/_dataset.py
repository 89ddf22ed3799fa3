"""HTML report of images and labels, in one file."""

from __future__ import annotations

import os
from pathlib import Path

from skmlic._utils._numbers import describe
from skmlic.datasets import DatasetReport
from skmlic.plots._report._template import Page

__all__ = ["report_dataset"]


def report_dataset(
    report: DatasetReport,
    path: str | os.PathLike[str],
    *,
    title: str = "Dataset report",
) -> Path:
    """Write an HTML report of images and labels, and of the problems with them.

    The report is one file without external resources. It has the frequencies of labels and their
    co-occurrence, all kinds of problems that were found, and the images that are the same, or
    nearly the same, side by side with the labels about which they disagree.

    Parameters
    ----------
    report : DatasetReport
        The result of :func:`skmlic.datasets.describe_dataset`. Images are read from the paths that
        it was given, so that they must still exist.

    path : str or path-like
        The file to write, such as "dataset.html". An existing file is replaced once the report is
        complete.

    title : str, default="Dataset report"
        Title of the report.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    FileNotFoundError
        If the directory of ``path`` does not exist.

    ImportError
        If matplotlib is not installed.

    See Also
    --------
    skmlic.datasets.describe_dataset : Find the problems.
    report : Write an HTML report of a fitted classifier.

    Notes
    -----
    Similar images are shown if ``describe_dataset`` was called with features, and those of another
    set if it was called with ``other_paths``. The first of many cases are shown; the attributes of
    the report have all of them.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> import skmlic
    >>> from skmlic.datasets import describe_dataset
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [Path(folder, f"{name}.png") for name in "abc"]
    ...     for path, color in zip(paths, ["navy", "navy", "teal"]):
    ...         Image.new("RGB", (8, 6), color).save(path)
    ...     report = describe_dataset(paths, [[1, 0], [1, 1], [0, 0]])
    ...     page = skmlic.report_dataset(report, Path(folder, "dataset.html"))
    ...     "Identical files" in page.read_text(encoding="utf-8")
    True
    """
    # These imports are slow, so they are delayed until a report is written.
    from skmlic.plots._report._dataset_sections import SECTIONS

    if not isinstance(report, DatasetReport):
        raise TypeError(
            f"report is {describe(report)}; expected the DatasetReport that describe_dataset "
            "returns."
        )
    place = "" if report.folder is None else f" in {report.folder}"
    return Page(path).write(title, f"{report.n_images:,} images{place}", SECTIONS, report)
