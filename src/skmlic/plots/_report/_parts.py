"""What a page about a classifier is made from, and what its sections hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmlic import metrics
from skmlic.plots import PredictionGalleryDisplay
from skmlic.plots._flow import load_small
from skmlic.plots._report._images import Figure, encode_picture

__all__ = ["Answers", "Section"]


@dataclass
class Answers:
    """What a page is made from.

    Parameters
    ----------
    estimator : estimator instance
        Fitted.
    X : array-like of shape (n_samples, ...)
        What it takes.
    images : list of length n_samples, or None
        The pictures in X; ``None``: it has features.
    truth : ndarray of shape (n_samples, n_labels), dtype float64
        0 and 1, NaN where it is unknown.
    scores, decisions : ndarray of shape (n_samples, n_labels), dtype float64 and bool
        The estimator's.
    method : {"predict_proba", "decision_function"}
        Where the scores come from.
    label_names : list of length n_labels
        What the labels are called.
    """

    estimator: Any
    X: Any
    images: list[Any] | None
    truth: NDArray[np.float64]
    scores: NDArray[np.float64]
    decisions: NDArray[np.bool_]
    method: str
    label_names: list[Any]
    encoded: dict[int, str | None] = field(default_factory=dict)

    @property
    def plotted_names(self) -> list[str]:
        """The names as matplotlib writes them: what is between dollars is no formula."""
        return [str(name).replace("$", r"\$") for name in self.label_names]

    @property
    def pictures(self) -> list[Any]:
        """The pictures; an error if there are none."""
        if self.images is None:
            raise ValueError("X holds features, and no pictures to show.")
        return self.images

    def choose(self, **options: Any) -> PredictionGalleryDisplay:
        """Return a gallery of some of the pictures, which is not drawn."""
        return PredictionGalleryDisplay._choose(
            self.pictures,
            self.truth,
            self.scores,
            self.decisions,
            label_names=self.label_names,
            response_method=self.method,
            **options,
        )

    def tabulate(self) -> pd.DataFrame:
        """Return the scores of each label and their means, NaN where undefined."""
        return metrics.classification_report(
            self.truth,
            self.decisions.astype(int),
            self.scores,
            label_names=self.label_names,
            output="frame",
        )

    def encode(self, row: int) -> str | None:
        """Return a picture as text, once; None if it can't be read."""
        if row not in self.encoded:
            pixels = load_small(self.pictures[row])
            self.encoded[row] = None if pixels is None else encode_picture(pixels)
        return self.encoded[row]


@dataclass
class Section:
    """A section of the page; what is empty is not there."""

    title: str = ""
    left_out: str = ""
    texts: list[str] = field(default_factory=list)
    scores: list[dict[str, str]] = field(default_factory=list)
    code: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    table: dict[str, Any] | None = None
    figures: list[Figure] = field(default_factory=list)
    galleries: list[dict[str, Any]] = field(default_factory=list)
    maps: list[list[dict[str, str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The name that links go to."""
        return re.sub(r"\W+", "-", self.title.lower())
