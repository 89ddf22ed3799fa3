"""HTML reports that commands write."""

import os
from importlib.util import find_spec

import pandas as pd
from sklearn.base import BaseEstimator

from skmlic import report, report_dataset
from skmlic.cli._console import Console
from skmlic.datasets import DatasetReport


def check_report() -> None:
    """Raise an error if the figures of a report cannot be drawn, before anything takes long."""
    if find_spec("matplotlib") is None:
        raise ImportError("--report needs matplotlib: pip install 'skmlic[plot]'")


def write_report(
    model: BaseEstimator,
    paths: list[str],
    Y: pd.DataFrame,
    path: str | os.PathLike,
    console: Console,
) -> None:
    """Write an HTML report.

    Parameters
    ----------
    model : estimator
        A fitted model.
    paths : list of str
        Paths of the images.
    Y : DataFrame of shape (n_images, n_labels)
        Their labels.
    path : str or path-like
        Path of the report.
    console : Console
        Shows that the report is being written.
    """
    with console.status(f"Writing {path}"):
        report(model, paths, Y, path)


def write_dataset_report(
    description: DatasetReport, path: str | os.PathLike, console: Console
) -> None:
    """Write an HTML report of a data set.

    Parameters
    ----------
    description : DatasetReport
        The statistics and problems of the data set.
    path : str or path-like
        Path of the report.
    console : Console
        Shows that the report is being written.
    """
    with console.status(f"Writing {path}"):
        report_dataset(description, path)
