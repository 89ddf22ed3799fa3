"""Selection of the images that a gallery shows, and their order."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit
from sklearn.utils import check_random_state

from skmlic._utils._labels import find_labels
from skmlic._utils._typing import RandomState
from skmlic.plots._responses import Names

__all__ = ["ImageSelection", "Kind", "Order", "SelectedImages", "find_outcomes"]

Order = Literal["worst", "best", "random"]
Kind = Literal["mistake", "false positive", "missed", "found"]

_SMALLEST = np.finfo(np.float64).tiny
_KIND_TITLES = {
    None: "images",
    "mistake": "mistakes",
    "false positive": "false positives",
    "missed": "missed",
    "found": "found",
}


class SelectedImages(NamedTuple):
    """The images that a gallery shows.

    Parameters
    ----------
    rows : ndarray of shape (n_shown,), dtype int
        Indices of the images, in order.
    losses : ndarray of shape (n_samples,)
        Losses of all images.
    label : int or None
        Index of the label that the images were selected by.
    title : str
        What the selected images have in common.
    """

    rows: NDArray[np.integer]
    losses: NDArray[np.float64]
    label: int | None
    title: str


@dataclass(frozen=True)
class ImageSelection:
    """Options that select images by their predictions.

    Parameters
    ----------
    order : {"worst", "best", "random"}, default="worst"
        Order of the images: by decreasing loss, by increasing loss, or random.
    label : str or int, default=None
        Name or index of the label that images are selected by; ``None`` is all labels.
    kind : {"mistake", "false positive", "missed", "found"}, default=None
        Outcome that images are selected by. ``None`` is "mistake" with ``label``, otherwise all
        images.
    random_state : int, RandomState instance or None, default=None
        Determines the order "random".
    """

    order: Order = "worst"
    label: str | int | None = None
    kind: Kind | None = None
    random_state: RandomState = None

    def __post_init__(self) -> None:
        """Check the options."""
        check_choice("order", self.order, get_args(Order))
        check_choice("kind", self.kind, (None, *get_args(Kind)))

    def select(
        self, truth: Any, scores: Any, predictions: Any, label_names: Names, is_probability: bool
    ) -> SelectedImages:
        """Select images.

        Parameters
        ----------
        truth : ndarray of shape (n_samples, n_labels), dtype float64
            0 and 1, and NaN for missing annotations.
        scores : ndarray of shape (n_samples, n_labels), dtype float64
            Probabilities or decision values.
        predictions : ndarray of shape (n_samples, n_labels), dtype bool
            The predicted labels.
        label_names : sequence of shape (n_labels,)
            Names of the labels.
        is_probability : bool
            Whether the scores are probabilities.

        Returns
        -------
        selected : SelectedImages

        Raises
        ------
        ValueError
            If there is no such label.
        """
        kind, label, name = self.kind, None, None
        if self.label is not None:
            kind = kind or "mistake"
            label = find_labels([self.label], label_names, "label")[0]
            name = label_names[label]
        columns = slice(None) if label is None else slice(label, label + 1)
        truth, scores, predictions = (matrix[:, columns] for matrix in (truth, scores, predictions))
        losses = _compute_losses(truth, scores, is_probability)
        rows = _sort(_find_rows(truth, predictions, kind), losses, self.order, self.random_state)
        return SelectedImages(rows, losses, label, _write_title(self.order, kind, name))


def check_choice(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """Raise an error for a parameter that is none of the allowed values."""
    if not isinstance(value, str | None) or value not in allowed:
        raise ValueError(f"{name}={value!r}: expected one of {allowed}.")


def find_outcomes(truth: Any, predictions: Any) -> dict[str, Any]:
    """Return where labels were found, false positives, missed, or predicted but not annotated."""
    return {
        "found": (truth == 1) & predictions,
        "false": (truth == 0) & predictions,
        "missed": (truth == 1) & ~predictions,
        "unannotated": np.isnan(truth) & predictions,
    }


def _compute_losses(truth, scores, is_probability):
    """Return the mean logistic loss over annotated labels; NaN without annotations."""
    if is_probability:
        of_true = np.log(np.maximum(np.where(truth == 1, scores, 1 - scores), _SMALLEST))
    else:
        of_true = log_expit(np.where(truth == 1, scores, -scores))
    known = ~np.isnan(truth)
    n_known = known.sum(axis=1)
    total = -np.where(known, of_true, 0).sum(axis=1)
    return np.divide(total, n_known, out=np.full(len(truth), np.nan), where=n_known > 0)


def _find_rows(truth, predictions, kind):
    """Return the indices of images with at least one label of a kind."""
    if kind is None:
        return np.arange(len(truth))
    outcomes = find_outcomes(truth, predictions)
    chosen = {
        "mistake": outcomes["false"] | outcomes["missed"],
        "false positive": outcomes["false"],
        "missed": outcomes["missed"],
        "found": outcomes["found"],
    }[kind]
    return np.flatnonzero(chosen.any(axis=1))


def _sort(rows, losses, order, random_state):
    if order == "random":
        return check_random_state(random_state).permutation(rows)
    # NaN sorts last, so images without annotations come last in both orders.
    return rows[np.argsort(losses[rows] * (-1 if order == "worst" else 1), kind="stable")]


def _write_title(order, kind, name):
    title = f"{order} {_KIND_TITLES[kind]}"
    return title.capitalize() if name is None else f"{name}: {title}"
