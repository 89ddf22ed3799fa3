"""Predictions of a model, chunk by chunk or all at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from skmlic.cli._console import Console
from skmlic.cli._unreadable import Problems
from skmlic.inspection._prediction_stream import predict_blocks

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
        return np.flatnonzero(np.isfinite(self.probabilities).all(axis=1)).tolist()


def predict_chunks(
    model: BaseEstimator,
    paths: Iterable[str],
    label_names: list[str],
    *,
    keep_features: bool = False,
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
    keep_features : bool, default=False
        Whether features stay in the process, for images that are used again.

    Yields
    ------
    predictions : Predictions
        The predictions of one chunk. The positions in its problems are those of all images.
    """
    for block in predict_blocks(model, paths, _CHUNK, keep_features=keep_features):
        images, probabilities, labels, problems = block
        yield Predictions(images, probabilities, labels, problems, label_names)


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
    with console.progress("Predicting", len(paths)) as advance:
        for chunk in predict_chunks(model, paths, label_names, keep_features=True):
            chunks.append(chunk)
            problems += chunk.problems
            advance(len(chunk.paths))
    return Predictions(
        list(paths),
        np.concatenate([chunk.probabilities for chunk in chunks]),
        np.concatenate([chunk.labels for chunk in chunks]),
        problems,
        label_names,
    )
