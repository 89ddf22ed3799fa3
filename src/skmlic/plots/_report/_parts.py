"""The data that an HTML report is made from, and its sections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmlic import metrics
from skmlic._utils._text import printable
from skmlic.inspection._inner_estimators import read_value_range
from skmlic.inspection._predictions import ResponseMethod
from skmlic.plots._image_grid import load_thumbnail
from skmlic.plots._image_selection import ImageSelection, SelectedImages
from skmlic.plots._report._images import Figure, encode_image

__all__ = ["ReportData", "Section", "escape_formulas"]


@dataclass
class ReportData:
    """A classifier, samples and its predictions.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator.
    X : array-like of shape (n_samples, ...)
        The samples.
    images : list of length n_samples, or None
        The images in X; ``None`` if X has features.
    truth : ndarray of shape (n_samples, n_labels), dtype float64
        The true labels: 0 and 1, and NaN for missing annotations.
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Scores of the estimator.
    predictions : ndarray of shape (n_samples, n_labels), dtype bool
        Predictions of the estimator.
    method : {"predict_proba", "decision_function"}
        The method that computed the scores.
    label_names : list of length n_labels
        Names of the labels.
    thumbnails : dict, default={}
        Data URLs of images that were encoded before, by index. ``None`` can't be read.
    """

    estimator: Any
    X: Any
    images: list[Any] | None
    truth: NDArray[np.float64]
    scores: NDArray[np.float64]
    predictions: NDArray[np.bool_]
    method: ResponseMethod
    label_names: list[Any]
    thumbnails: dict[int, str | None] = field(default_factory=dict)

    @property
    def plotted_names(self) -> list[str]:
        """Label names for matplotlib."""
        return escape_formulas(self.label_names)

    @property
    def value_range(self) -> tuple[float, float] | None:
        """The values that mean black and white to the estimator, if it was told."""
        return read_value_range(self.estimator)

    def get_images(self) -> list[Any]:
        """Return the images, or raise an error if there are none."""
        if self.images is None:
            raise ValueError("X holds features, not images.")
        return self.images

    def select(self, **options: Any) -> SelectedImages:
        """Return images selected by the options of `ImageSelection`."""
        return ImageSelection(**options).select(
            self.truth,
            self.scores,
            self.predictions,
            self.label_names,
            self.method == "predict_proba",
        )

    def tabulate(self) -> pd.DataFrame:
        """Return the scores of each label and their means; NaN where they are undefined."""
        return metrics.classification_report(
            self.truth,
            self.predictions.astype(int),
            self.scores,
            label_names=self.label_names,
            output="frame",
        )

    def encode(self, row: int) -> str | None:
        """Return the data URL of an image, or None if it can't be read."""
        if row not in self.thumbnails:
            pixels = load_thumbnail(self.get_images()[row], self.value_range)
            self.thumbnails[row] = None if pixels is None else encode_image(pixels)
        return self.thumbnails[row]


@dataclass
class Section:
    """A section of an HTML report. Parts that are empty are not shown.

    Parameters
    ----------
    title : str
        Title of the section.
    left_out : str
        The reason why the section is left out.
    texts : list of str
        Paragraphs at the beginning.
    scores : list of dict
        Scores, each with "name", "value" and "definition".
    code : str
        Code of an estimator.
    facts : list of tuple (str, str)
        Names and values.
    table : dict
        A table with "columns", "rows" and "means".
    figures : list of Figure
        Figures.
    galleries : list of dict
        Galleries, each with "title" and "images".
    lists : list of dict
        Lists, each with "title", "items" and "n_more", the number of items that are not shown.
    maps : list of list of dict
        Rows of an image and its maps, each with "source" and "text".
    notes : list of str
        Notes at the end.
    """

    title: str = ""
    left_out: str = ""
    texts: list[str] = field(default_factory=list)
    scores: list[dict[str, str]] = field(default_factory=list)
    code: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    table: dict[str, Any] | None = None
    figures: list[Figure] = field(default_factory=list)
    galleries: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    maps: list[list[dict[str, str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The target of links to the section."""
        return re.sub(r"\W+", "-", self.title.lower())


def escape_formulas(label_names: Sequence[Any]) -> list[str]:
    """Return label names for matplotlib, which takes text between dollars for a formula.

    Fonts lack the characters that are escaped.
    """
    return [printable(name).replace("$", r"\$") for name in label_names]
