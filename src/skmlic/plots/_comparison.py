"""A comparison of backbones drawn as points: score against cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from skmlic._utils._typing import Floats
from skmlic.plots._style import make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BackboneComparisonDisplay"]

_TITLES = {
    "roc_auc_micro": "ROC AUC (micro)",
    "precision_micro": "precision (micro)",
    "recall_micro": "recall (micro)",
    "one_label_accuracy": "one-label accuracy",
    "subset_accuracy": "all-label accuracy",
    "map": "mean average precision",
    "f1_micro": "F1 (micro)",
    "size_mb": "weights in MB",
    "n_parameters": "parameters",
    "n_trainable": "trainable parameters",
    "embed_s": "seconds to embed all pictures",
    "fit_s": "seconds a fit, features stored",
    "predict_s_per_1000": "seconds to predict 1000 pictures",
}
_DISTANCES = (7, 12, 18, 26, 36)
# Where a label may go: (horizontal, vertical) offset from its point in points, the nearest first.
_OFFSETS = [
    (side_x * distance, side_y * distance)
    for distance in _DISTANCES
    for side_x, side_y in ((1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (-1, 0), (0, 1), (0, -1))
]
_POINT_RADIUS = 5
# Where the powers of ten and their doubles would give less than two or three.
_SPAN_OF_FEW_TICKS = 5


class BackboneComparisonDisplay:
    """Scores of backbones against their cost, one labelled point each.

    Make it with :meth:`from_results`; the parameters are stored as attributes.

    Parameters
    ----------
    labels : list of str, of shape (n_backbones,)
        The points' labels.

    scores : ndarray of shape (n_backbones,)
        Mean scores.

    costs : ndarray of shape (n_backbones,)
        What they cost.

    score_stds : ndarray of shape (n_backbones,) or None, default=None
        Half the length of the error bars.

    score_name, cost_name : str, default="score" and "cost"
        What the axes are called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the points.

    errorbars_ : list of matplotlib ErrorbarContainer
        For each backbone its point and error bar.

    figure_ : matplotlib Figure
        Figure that holds the axes.

    texts_ : list of matplotlib Annotation
        The labels.

    See Also
    --------
    skmlic.comparison.compare_backbones : The table to draw.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from skmlic.comparison import BackboneComparisonDisplay
    >>> results = pd.DataFrame(
    ...     {"map": [0.91, 0.93], "map_std": [0.01, 0.02], "size_mb": [14, 25]},
    ...     index=["small", "large"],
    ... )
    >>> display = BackboneComparisonDisplay.from_results(results, cost="size_mb")
    >>> plt.show()
    """

    def __init__(
        self,
        *,
        labels: Sequence[str],
        scores: Floats,
        costs: Floats,
        score_stds: Floats | None = None,
        score_name: str = "score",
        cost_name: str = "cost",
    ) -> None:
        self.labels = labels
        self.scores = scores
        self.costs = costs
        self.score_stds = score_stds
        self.score_name = score_name
        self.cost_name = cost_name

    @classmethod
    def from_results(
        cls,
        results: pd.DataFrame,
        *,
        score: str = "map",
        cost: str = "predict_s_per_1000",
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a table of :func:`skmlic.comparison.compare_backbones`.

        Parameters
        ----------
        results : DataFrame of shape (n_backbones, n_columns)
            The table; its index has the labels. Rows whose score or cost is NaN are left out.

        score : str, default="map"
            Column of the vertical axis. If there is a column of the same name with "_std" behind,
            it makes error bars.

        cost : str, default="predict_s_per_1000"
            Column of the horizontal axis: also "embed_s", "fit_s", "size_mb" or "n_parameters".

        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : BackboneComparisonDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there is no such column, or no row to draw.
        """
        for parameter, column in (("score", score), ("cost", cost)):
            if column not in results.columns:
                raise ValueError(
                    f"{parameter}={column!r} is no column of the results, which are "
                    f"{', '.join(map(repr, results.columns))}."
                )
        drawn = results.dropna(subset=[score, cost])
        if drawn.empty:
            raise ValueError(f"No row has both {score!r} and {cost!r}: there is nothing to draw.")
        stds = drawn.get(f"{score}_std")
        display = cls(
            labels=[str(label) for label in drawn.index],
            scores=drawn[score].to_numpy(dtype=float),
            costs=drawn[cost].to_numpy(dtype=float),
            score_stds=None if stds is None else stds.to_numpy(dtype=float),
            score_name=_TITLES.get(score, score),
            cost_name=_TITLES.get(cost, cost),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : BackboneComparisonDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = make_axes(ax, width=6.4, height=4.8)
        style = {"fmt": "o", "capsize": 3, "elinewidth": 1, **kwargs}
        stds = [None] * len(self.scores) if self.score_stds is None else self.score_stds
        self.errorbars_ = [
            ax.errorbar(cost, score, yerr=std, **style)
            for cost, score, std in zip(self.costs, self.scores, stds, strict=True)
        ]
        ax.set(xlabel=self.cost_name, ylabel=self.score_name)
        if (self.costs > 0).all():
            _set_log_axis(ax, self.costs)
        self.ax_, self.figure_ = ax, ax.figure
        self.texts_ = self._annotate(ax)
        return self

    def frame(self) -> pd.DataFrame:
        """Return what is drawn.

        Returns
        -------
        points : DataFrame of shape (n_backbones, 2) or (n_backbones, 3)
            A row for each backbone, with columns called as the axes are, and for error bars the
            score's with "std" behind.
        """
        columns = {self.cost_name: self.costs, self.score_name: self.scores}
        if self.score_stds is not None:
            columns[f"{self.score_name} std"] = self.score_stds
        return pd.DataFrame(columns, index=pd.Index(self.labels, name="backbone"))

    def _annotate(self, ax):
        """Write the labels, each where it hides the least."""
        # Limits and a layout that are still to be found would move the points afterwards.
        ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
        ax.figure.draw_without_rendering()
        pixels_a_point = ax.figure.dpi / 72
        points = ax.transData.transform(np.column_stack([self.costs, self.scores]))
        radius = _POINT_RADIUS * pixels_a_point
        taken = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
        taken += self._locate_error_bars(ax, points, margin=pixels_a_point)
        inside = ax.get_window_extent().extents
        texts = []
        # From the top, so that of two close ones the upper one takes the place above.
        for place in np.argsort(-self.scores):
            text, box = self._place(ax, place, taken, inside)
            texts.append((place, text))
            taken.append(box)
        return [text for _, text in sorted(texts, key=lambda entry: entry[0])]

    def _locate_error_bars(self, ax, points, margin):
        if self.score_stds is None:
            return []
        ends = [
            ax.transData.transform(np.column_stack([self.costs, self.scores + side]))[:, 1]
            for side in (-self.score_stds, self.score_stds)
        ]
        return [
            (x - margin, low, x + margin, high)
            for (x, _), low, high in zip(points, *ends, strict=True)
        ]

    def _place(self, ax, place, taken, inside):
        """Write one label at the first offset that hides nothing, or at that which hides least."""
        text = ax.annotate(
            self.labels[place],
            (self.costs[place], self.scores[place]),
            xytext=_OFFSETS[0],
            textcoords="offset points",
            fontsize="small",
            color=self.errorbars_[place].lines[0].get_color(),
        )
        hidden = []
        for offset in _OFFSETS:
            _move(text, offset)
            box = text.get_window_extent().extents
            hidden.append(sum(_overlap(box, other) for other in taken) + _excess(box, inside))
            if not hidden[-1]:
                break
        offset = _OFFSETS[int(np.argmin(hidden))]
        _move(text, offset)
        box = text.get_window_extent().extents
        if max(map(abs, offset)) > _DISTANCES[0]:
            self._lead(ax, place, text, offset)
        return text, box

    def _lead(self, ax, place, text, offset):
        """Draw a line from a point to the label that is not beside it."""
        ax.annotate(
            "",
            (self.costs[place], self.scores[place]),
            xytext=offset,
            textcoords="offset points",
            arrowprops={
                "arrowstyle": "-",
                "linewidth": 0.6,
                "color": text.get_color(),
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _set_log_axis(ax, costs):
    """Make the horizontal axis logarithmic, with as many ticks as its span can bear."""
    from matplotlib.ticker import (
        LogLocator,
        MaxNLocator,
        NullFormatter,
        NullLocator,
        StrMethodFormatter,
    )

    ax.set_xscale("log")
    span = costs.max() / costs.min()
    if span < _SPAN_OF_FEW_TICKS:
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if span < 200 else (1,)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.margins(x=0.2, y=0.1)


def _move(text, offset):
    text.set_position(offset)
    text.set_horizontalalignment({1: "left", 0: "center", -1: "right"}[int(np.sign(offset[0]))])
    text.set_verticalalignment({1: "bottom", 0: "center", -1: "top"}[int(np.sign(offset[1]))])


def _overlap(box, other):
    """Return the area that two boxes (left, bottom, right, top) share."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0)


def _excess(box, inside):
    """Return the area of a box that is outside another one."""
    return (box[2] - box[0]) * (box[3] - box[1]) - _overlap(box, inside)
