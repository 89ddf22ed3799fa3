"""Captions: the text below each image of a gallery."""

import os
from typing import Any, NamedTuple

import numpy as np

from skmlic.images import describe_source
from skmlic.plots._image_selection import find_outcomes
from skmlic.plots._style import as_line, cut_middle

__all__ = ["SIGNS", "Mark", "caption_label", "caption_predictions", "list_marks", "name_image"]

# Colors of Okabe and Ito, darkened for text. The sign tells the same without a color.
SIGNS = {
    "found": ("✓", "#00694d", "found"),
    "false": ("+", "#b34700", "false positive"),
    "missed": ("−", "#0060a8", "missed"),
    "unannotated": ("?", "#595959", "predicted, not annotated"),
}
_LONGEST_FILE_NAME = 18
# The number and the extension at the end of a file name.
_END_OF_FILE_NAME = 12


class Mark(NamedTuple):
    """A label below an image.

    Parameters
    ----------
    state : {"found", "false", "missed", "unannotated"}
        Outcome of the prediction.
    name : str
        Name of the label.
    score : str
        Score of the label.
    """

    state: str
    name: str
    score: str = ""


def name_image(image: Any, row: int) -> str:
    """Return the name of the file of an image, or its index in X if it is no file."""
    if isinstance(image, (str, os.PathLike)):
        name = as_line(os.path.basename(describe_source(image)))
        return cut_middle(name, _LONGEST_FILE_NAME, _END_OF_FILE_NAME)
    return f"[{row}]"


def caption_predictions(image: Any, row: int, truth: Any, predictions: Any) -> str:
    """Return the caption of an image: its name and its number of mistakes.

    Parameters
    ----------
    image : path, array, PIL image or bytes
        The image.
    row : int
        Index of the image in X.
    truth : ndarray of shape (n_labels,), dtype float64
        0 and 1, and NaN for missing annotations.
    predictions : ndarray of shape (n_labels,), dtype bool
        The predicted labels.
    """
    outcomes = find_outcomes(truth, predictions)
    n_mistakes = int((outcomes["false"] | outcomes["missed"]).sum())
    text = f"{n_mistakes} mistake{'s' if n_mistakes > 1 else ''}" if n_mistakes else "right"
    if np.isnan(truth).all():
        text = "not annotated"
    return f"{name_image(image, row)}  {text}"


def caption_label(name: Any, score: float) -> str:
    """Return the caption of the map of a label: its name and its score."""
    return f"{as_line(name)}  {score:.2f}"


def list_marks(
    truth: Any, predictions: Any, scores: Any, label_names: Any, first_label: int | None = None
) -> list[Mark]:
    """Return the marks below an image: mistakes first, then labels that were found.

    Parameters
    ----------
    truth, predictions, scores : ndarray of shape (n_labels,)
        The true labels, predicted labels and scores of the image.
    label_names : sequence of shape (n_labels,)
        Names of the labels.
    first_label : int, default=None
        Index of a label that comes before all others.

    Returns
    -------
    marks : list of Mark
    """
    outcomes = find_outcomes(truth, predictions)
    marks = []
    for state in ("false", "missed", "found", "unannotated"):
        chosen = np.flatnonzero(outcomes[state])
        # The most certain prediction comes first: the highest score, or the lowest if missed.
        key = scores[chosen] if state == "missed" else -scores[chosen]
        marks += [(state, j) for j in chosen[np.argsort(key, kind="stable")]]
    marks.sort(key=lambda mark: mark[1] != first_label)
    if not marks:
        return [Mark("found", "no label")]
    return [Mark(state, str(label_names[j]), f"{scores[j]:.2f}") for state, j in marks]
