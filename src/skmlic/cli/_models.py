"""Models as commands use them: their labels, and their answers chunk by chunk."""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skmlic import report
from skmlic._utils._responses import compute_scores
from skmlic.cli._console import Console
from skmlic.datasets._files import first_ones
from skmlic.exceptions import ImageReadError
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.persistence import load_model

UNREADABLE = 3
_CHUNK = 64

# Position, path and reason of pictures that can't be read.
Problems = list[tuple[int, str, str]]


@dataclass
class Answers:
    """What a model says of some pictures.

    Parameters
    ----------
    paths : list of str
        The pictures.
    probabilities : ndarray of shape (n_pictures, n_labels)
        NaN where a picture could not be read.
    decisions : ndarray of shape (n_pictures, n_labels)
        0 and 1; 0 where a picture could not be read.
    problems : list of tuple (int, str, str)
        Position, path and reason of those that could not be read.
    label_names : list of str
        Of the columns.
    """

    paths: list[str]
    probabilities: np.ndarray
    decisions: np.ndarray
    problems: Problems
    label_names: list[str]

    @property
    def readable(self) -> list[int]:
        """The rows of pictures that could be read."""
        unreadable = {row for row, _, _ in self.problems}
        return [row for row in range(len(self.paths)) if row not in unreadable]


def open_model(path: str) -> tuple[BaseEstimator, list[str]]:
    """Load a model, to ask it about pictures that it need not remember.

    Parameters
    ----------
    path : str
        Of its file.

    Returns
    -------
    model : estimator
    label_names : list of str

    Raises
    ------
    ValueError
        If it does not give probabilities of named labels.
    """
    model = load_model(path)
    names = getattr(model, "label_names_", None)
    is_binary = np.ndim(getattr(model, "classes_", [[]])) == 1
    if names is None or is_binary or not hasattr(model, "predict_proba"):
        raise ValueError(
            f"{path!r} holds a {type(model).__name__}, which gives no probabilities of named "
            "labels; expected a multi-label classifier of pictures, as 'skmlic train' writes it."
        )
    classifier = find_classifier(model)
    if classifier is not None:
        classifier.set_params(memory=None, on_error="raise", verbose=0)
    return model, list(map(str, names))


def ask(model: BaseEstimator, paths: Iterable[str], label_names: list[str]) -> Iterator[Answers]:
    """Yield a model's answers, some pictures at a time.

    Parameters
    ----------
    model : estimator
        Fitted.
    paths : iterable of str
        Gone through once, no further ahead than needed.
    label_names : list of str
        Of the model.

    Yields
    ------
    answers : Answers
    """
    paths = iter(paths)
    while chunk := list(itertools.islice(paths, _CHUNK)):
        yield _ask(model, chunk, label_names)


def _ask(model, paths, label_names):
    n_labels = len(label_names)
    probabilities = np.full((len(paths), n_labels), np.nan)
    decisions = np.zeros((len(paths), n_labels), dtype=np.int64)
    rows, problems = list(range(len(paths))), []
    try:
        probabilities[:] = compute_scores(model, paths, "predict_proba", n_labels)
    except ImageReadError as error:
        problems = error.problems
        rows = np.delete(rows, error.indices).tolist()
        # The features of these are stored by now.
        if rows:
            readable = [paths[row] for row in rows]
            probabilities[rows] = compute_scores(model, readable, "predict_proba", n_labels)
    if rows:
        decisions[rows] = np.reshape(model.predict([paths[row] for row in rows]), (-1, n_labels))
    return Answers(paths, probabilities, decisions, problems, label_names)


def describe_unreadable(problems: Problems, n: int | None = None) -> str:
    """Return which pictures can't be read and why, the first ones, of n in all."""
    n = len(problems) if n is None else n
    listed = first_ones(f"{path} ({reason})" for _, path, reason in problems)
    return f"{n:,} picture{'s' if n > 1 else ''} can't be read: {listed}"


def answer(
    model: BaseEstimator, paths: list[str], label_names: list[str], console: Console
) -> Answers:
    """Return a model's answers about all of some pictures."""
    chunks: list[Answers] = []
    problems: Problems = []
    n_done = 0
    with console.progress("Predicting", len(paths)) as advance:
        for chunk in ask(model, paths, label_names):
            chunks.append(chunk)
            problems += [(n_done + row, path, why) for row, path, why in chunk.problems]
            n_done += len(chunk.paths)
            advance(len(chunk.paths))
    return Answers(
        list(paths),
        np.concatenate([chunk.probabilities for chunk in chunks]),
        np.concatenate([chunk.decisions for chunk in chunks]),
        problems,
        label_names,
    )


def check_report() -> None:
    """Raise an error if no page can be drawn, before hours of work."""
    if find_spec("matplotlib") is None:
        raise ImportError("--report needs matplotlib: pip install 'skmlic[plot]'")


def write_report(
    model: BaseEstimator,
    paths: list[str],
    Y: pd.DataFrame,
    path: str | os.PathLike,
    console: Console,
) -> None:
    """Write the page about a model and some pictures."""
    with console.status(f"Writing {path}"):
        report(model, paths, Y, path)
