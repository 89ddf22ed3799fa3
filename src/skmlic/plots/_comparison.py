"""Scores of backbones by their cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from skmlic._utils._numbers import describe
from skmlic._utils._typing import Floats
from skmlic.plots._label_placement import place_labels
from skmlic.plots._style import make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.text import Annotation

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
    "embed_s": "seconds to embed all images",
    "fit_s": "seconds per fit, with stored features",
    "predict_s_per_1000": "seconds to predict 1000 images",
}
# Below this ratio of the largest to the smallest cost, a logarithmic axis has too few ticks.
_SPAN_OF_FEW_TICKS = 5


class BackboneComparisonDisplay:
    """Score of each backbone by its cost, as a labelled point.

    Create it with :meth:`from_results`. The parameters are stored as attributes.

    Parameters
    ----------
    labels : list of str, of shape (n_backbones,)
        Labels of the points.

    scores : ndarray of shape (n_backbones,)
        Mean scores.

    costs : ndarray of shape (n_backbones,)
        Costs.

    score_stds : ndarray of shape (n_backbones,) or None, default=None
        Half the length of the error bars.

    score_name, cost_name : str, default="score" and "cost"
        Names of the axes.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    errorbars_ : list of matplotlib ErrorbarContainer
        The point and the error bar of each backbone.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    texts_ : list of matplotlib Annotation
        Labels of the points.

    See Also
    --------
    skmlic.comparison.compare_backbones : Compute the table to draw.

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

    ax_: "Axes"
    errorbars_: "list[ErrorbarContainer]"
    figure_: "Figure | SubFigure"
    texts_: "list[Annotation]"

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
        """Draw the results of :func:`skmlic.comparison.compare_backbones`.

        Parameters
        ----------
        results : DataFrame of shape (n_backbones, n_columns)
            The results, with labels as the index. Rows whose score or cost is NaN are left out.

        score : str, default="map"
            Column of the vertical axis. A column of the same name with the suffix "_std" gives the
            error bars.

        cost : str, default="predict_s_per_1000"
            Column of the horizontal axis, such as "embed_s", "fit_s", "size_mb" or "n_parameters".

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : BackboneComparisonDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no such column, or no row without NaN.
        """
        if not isinstance(results, pd.DataFrame):
            raise TypeError(
                f"results is {describe(results)}; expected a frame, as compare_backbones returns."
            )
        for parameter, column in (("score", score), ("cost", cost)):
            if column not in results.columns:
                raise ValueError(
                    f"{parameter}={column!r} is not a column of the results. Its columns are "
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
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : BackboneComparisonDisplay

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
        errors = np.zeros(len(self.scores)) if self.score_stds is None else self.score_stds
        colors = [container.lines[0].get_color() for container in self.errorbars_]
        self.texts_ = place_labels(ax, self.labels, self.costs, self.scores, errors, colors)
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the points.

        Returns
        -------
        frame : DataFrame of shape (n_backbones, 2) or (n_backbones, 3)
            One row per backbone. The columns are the names of the axes and, with error bars, the
            name of the score with the suffix " std".
        """
        columns = {self.cost_name: self.costs, self.score_name: self.scores}
        if self.score_stds is not None:
            columns[f"{self.score_name} std"] = self.score_stds
        return pd.DataFrame(columns, index=pd.Index(self.labels, name="backbone"))


def _set_log_axis(ax, costs):
    """Make the horizontal axis logarithmic, with a suitable number of ticks."""
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
