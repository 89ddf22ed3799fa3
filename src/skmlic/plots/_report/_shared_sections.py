"""Sections that the HTML reports of classifiers and datasets have in common."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmlic.plots import LabelCooccurrenceDisplay, LabelFrequencyDisplay
from skmlic.plots._report._images import Figure, encode_figure
from skmlic.plots._report._parts import Section, escape_formulas

__all__ = ["draw_display", "draw_labels", "list_versions"]

_MAX_BARS = 60
_PACKAGES = (
    "skmlic",
    "scikit-learn",
    "skorch",
    "torch",
    "torchvision",
    "timm",
    "openvino",
    "numpy",
    "pillow",
)


def draw_labels(Y: NDArray[np.float64], label_names: Sequence[Any]) -> Section:
    """Return how frequent labels are, and which of them occur together.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1, and NaN for missing annotations.
    label_names : sequence of length n_labels
        Names of the labels.
    """
    names = escape_formulas(label_names)
    known = ~np.isnan(Y)
    n_labels = np.nansum(Y, axis=1)
    texts = [
        f"A sample has {n_labels.mean():.2f} labels on average, {n_labels.max():.0f} at "
        f"most; {(n_labels == 0).mean():.0%} have none."
    ]
    if not known.all():
        texts.append(f"{(~known).mean():.1%} of the annotations are missing.")
    figures = [
        draw_display(
            LabelFrequencyDisplay.from_labels(Y, label_names=names, max_labels=_MAX_BARS),
            "Bars: number of samples per label",
        )
    ]
    if len(names) > 1:
        figures.append(
            draw_display(
                LabelCooccurrenceDisplay.from_labels(Y, label_names=names),
                "Matrix: how often two labels occur together",
            )
        )
    return Section(texts=texts, figures=figures)


def list_versions(data: Any) -> Section:
    """Return the versions of Python and packages."""
    facts = [("Python", platform.python_version()), ("System", platform.platform())]
    for package in _PACKAGES:
        try:
            facts.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            # OpenVINO, for example, is an optional dependency.
            continue
    return Section(facts=facts)


def draw_display(display: Any, text: str) -> Figure:
    """Return the figure of a display, with a description for people who can't see it."""
    return encode_figure(display.figure_, text)
