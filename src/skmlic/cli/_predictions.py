"""Predictions of a model, chunk by chunk or all at once."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from skmlic._utils._responses import compute_scores
from skmlic.cli._console import Console
from skmlic.cli._unreadable import Problems
from skmlic.exceptions import ImageReadError

_CHUNK = 64


@dataclass
class Predictions:
    """Predictions of a model for some images.

    Parameters
    ----------
    paths : list of str
        Paths of the images.
    probabilities : ndarray of shape (n_images, n_labels)
        Predicted probabilities; NaN where an image could not be read.
    labels : ndarray of shape (n_images, n_labels)
        Predicted labels, 0 and 1; 0 where an image could not be read.
    problems : list of tuple (int, str, str)
        Position, path and reason of each image that could not be read.
    label_names : list of str
        Names of the labels.
    """

    paths: list[str]
    probabilities: np.ndarray
    labels: np.ndarray
    problems: Problems
    label_names: list[str]

    @property
    def readable(self) -> list[int]:
        """The positions of the images that could be read."""
        unreadable = {row for row, _, _ in self.problems}
        return [row for row in range(len(self.paths)) if row not in unreadable]


def predict_chunks(
    model: BaseEstimator, paths: Iterable[str], label_names: list[str]
) -> Iterator[Predictions]:
    """Predict images chunk by chunk.

    Parameters
    ----------
    model : estimator
        A fitted model.
    paths : iterable of str
        Paths of the images. They are consumed one chunk at a time, so that there may be any number
        of them.
    label_names : list of str
        Names of the model's labels.

    Yields
    ------
    predictions : Predictions
        The predictions of one chunk.
    """
    paths = iter(paths)
    while chunk := list(itertools.islice(paths, _CHUNK)):
        yield _predict_chunk(model, chunk, label_names)


def predict_all(
    model: BaseEstimator, paths: list[str], label_names: list[str], console: Console
) -> Predictions:
    """Predict all images, and show the progress.

    Parameters
    ----------
    model : estimator
        A fitted model.
    paths : list of str
        Paths of the images.
    label_names : list of str
        Names of the model's labels.
    console : Console
        Shows the progress.

    Returns
    -------
    predictions : Predictions
    """
    chunks: list[Predictions] = []
    problems: Problems = []
    n_done = 0
    with console.progress("Predicting", len(paths)) as advance:
        for chunk in predict_chunks(model, paths, label_names):
            chunks.append(chunk)
            problems += [(n_done + row, path, reason) for row, path, reason in chunk.problems]
            n_done += len(chunk.paths)
            advance(len(chunk.paths))
    return Predictions(
        list(paths),
        np.concatenate([chunk.probabilities for chunk in chunks]),
        np.concatenate([chunk.labels for chunk in chunks]),
        problems,
        label_names,
    )


def _predict_chunk(model, paths, label_names):
    n_labels = len(label_names)
    probabilities = np.full((len(paths), n_labels), np.nan)
    labels = np.zeros((len(paths), n_labels), dtype=np.int64)
    rows, problems = list(range(len(paths))), []
    try:
        probabilities[:] = compute_scores(model, paths, "predict_proba", n_labels)
    except ImageReadError as error:
        problems = error.problems
        rows = np.delete(rows, error.indices).tolist()
        # The features of the readable images have been stored by the first attempt.
        if rows:
            readable = [paths[row] for row in rows]
            probabilities[rows] = compute_scores(model, readable, "predict_proba", n_labels)
    if rows:
        labels[rows] = np.reshape(model.predict([paths[row] for row in rows]), (-1, n_labels))
    return Predictions(paths, probabilities, labels, problems, label_names)
