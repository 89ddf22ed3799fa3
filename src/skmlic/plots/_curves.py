"""Base class of displays of one curve per label, with an area below it."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._typing import Floats, Labels
from skmlic.metrics._validation import check_scores, check_weight
from skmlic.plots._base import CurvesDisplay
from skmlic.plots._label_selection import select_labels, warn_excluded_labels
from skmlic.plots._responses import Names, as_matrices
from skmlic.plots._style import make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class Curve(NamedTuple):
    """The points of a curve, and the area below it.

    Parameters
    ----------
    x, y : ndarray of shape (n_points,)
        Coordinates of the points.
    area : float
        Area below the curve.
    """

    x: Floats
    y: Floats
    area: float


class AreaCurvesDisplay(CurvesDisplay):
    """One curve per label, and the curves of two averages."""

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "dict[Any, Line2D]"

    _axes = ("x", "y")
    _area = "area"
    _drawstyle = "default"
    _reason_undefined = "no positives"
    _score: Callable[..., Any]
    _trace: Callable[..., tuple[Floats, Floats]]
    _mean: Callable[[list[Curve]], tuple[Floats, Floats]]

    def __init__(
        self,
        curves: Sequence[tuple[Floats, Floats, float]],
        *,
        label_names: Names,
        support: Floats,
        micro: tuple[Floats, Floats, float] | None = None,
        macro: tuple[Floats, Floats, float] | None = None,
    ) -> None:
        self.curves = curves
        self.label_names = label_names
        self.support = support
        self.micro = micro
        self.macro = macro

    @property
    def areas(self) -> Floats:
        """Area below the curve of each label, of shape (n_labels,); NaN without a curve."""
        return np.array([area for _, _, area in self.curves])

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_score: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the curves of given scores.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Scores that are larger where a label is more likely. Also a list of arrays of shape
            (n_samples, 2), as ``predict_proba`` of some scikit-learn estimators returns it.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_options : dict
            Passed to ``plot``.

        Returns
        -------
        display : object
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes or values do not fit, or no label has a curve.

        Warns
        -----
        UndefinedMetricWarning
            If labels are left out because their curve is undefined.
        """
        Y_true, Y_score, label_names = as_matrices(Y_true, Y_score, label_names)
        Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
        known = np.ones(Y.shape, dtype=bool) if known is None else known
        weight = check_weight(sample_weight, Y)
        weights = np.broadcast_to(1.0 if weight is None else weight[:, np.newaxis], Y.shape)
        options = {"sample_weight": weight, "undefined": "nan"}
        areas = cls._score(Y_true, scores, average=None, **options)
        warn_excluded_labels(names, np.isnan(areas), cls._reason_undefined)

        def trace(used: Any, area: float) -> Curve:
            if np.isnan(area):
                return Curve(np.empty(0), np.empty(0), np.nan)
            return Curve(*cls._trace(Y[used], scores[used], weights[used]), float(area))

        curves = [trace((known[:, j], j), area) for j, area in enumerate(areas)]
        micro = macro = None
        if len(names) > 1:
            micro = trace(known, cls._score(Y_true, scores, average="micro", **options))
            drawn = [curve for curve in curves if len(curve.x)]
            macro = Curve(*cls._mean(drawn), float(np.nanmean(areas)))
        support = (Y * weights).sum(axis=0)
        display = cls(curves, label_names=names, support=support, micro=micro, macro=macro)
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "worst",
        max_labels: int | None = 6,
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="worst"
            The labels in colour and in the legend: those with the smallest or largest area, those
            with most positives, or the given ones. The curves of all others are thin and gray.

        max_labels : int or None, default=6
            Largest number of labels in colour, if they are not named; ``None`` is all labels.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there is no such label or order.
        ImportError
            If matplotlib is not installed.
        """
        areas = self.areas
        chosen = select_labels(
            labels, max_labels, label_names=self.label_names, values=areas, support=self.support
        )
        ax = make_axes(ax)
        averages = [
            (name, curve, {"linestyle": line, "label": f"{name} average ({self._describe(curve)})"})
            for name, curve, line in (("micro", self.micro, "-"), ("macro", self.macro, "--"))
        ]
        self.lines_ = self._draw_curves(
            ax,
            chosen,
            lambda j: f"{self._describe(self.curves[j])}, n={self.support[j]:.4g}",
            averages,
        )
        x, y = (name.capitalize() for name in self._axes)
        ax.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the points of the curves.

        Returns
        -------
        points : DataFrame of shape (n_points, 3)
            The columns are "label" and the names of the two axes. The averages "micro" and "macro"
            come after the labels.
        """
        averages = [("micro", self.micro), ("macro", self.macro)]
        curves = [*zip(self.label_names, self.curves, strict=True), *averages]
        x, y = self._axes
        parts = [
            pd.DataFrame({"label": [name] * len(curve[0]), x: curve[0], y: curve[1]})
            for name, curve in curves
            if curve is not None and len(curve[0])
        ]
        return pd.concat(parts, ignore_index=True)

    def _describe(self, curve: tuple[Floats, Floats, float] | None) -> str:
        area = np.nan if curve is None else curve[2]
        return "undefined" if np.isnan(area) else f"{self._area} {area:.2f}"

    def _draw_curve(self, ax: Any, curve: Any, **style: Any) -> Any:
        return super()._draw_curve(ax, curve, drawstyle=self._drawstyle, **style)
