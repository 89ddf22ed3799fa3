"""Frequency of labels."""

from numbers import Real
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from skmlic._utils._compat import Interval
from skmlic._utils._typing import Bools, Integers
from skmlic.metrics._counts import divide
from skmlic.plots._base import LabelsDisplay
from skmlic.plots._label_selection import select_labels
from skmlic.plots._responses import Names
from skmlic.plots._style import COLORS, make_axes, shorten, size_for_bars, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure, SubFigure

# The logarithmic axis of counts begins below 1, so that a bar of 1 is visible.
_LEFT_END = 0.7


class LabelFrequencyDisplay(LabelsDisplay):
    """Number of positives per label as bars on a logarithmic scale, with rare labels marked.

    Create it with :meth:`from_labels`. The parameters are stored as attributes.

    Parameters
    ----------
    counts : ndarray of shape (n_labels,)
        Number of positives per label.

    n_known : ndarray of shape (n_labels,)
        Number of samples in which the label is annotated.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    bars_ : matplotlib BarContainer
        The bars.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    See Also
    --------
    skmlic.metrics.imbalance_summary : Compute measures of the imbalance.
    LabelCooccurrenceDisplay : Draw which labels occur together.
    skmlic.sampling.drop_rare_labels : Drop rare labels.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from skmlic.plots import LabelFrequencyDisplay
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1, 0], "dog": [1, 0, 0, 0, 0]})
    >>> display = LabelFrequencyDisplay.from_labels(Y, rare_below=2)
    >>> display.frame()
        label  count  frequency
    0  person      4        0.8
    1     dog      1        0.2
    >>> plt.show()
    """

    ax_: "Axes"
    bars_: "BarContainer"
    figure_: "Figure | SubFigure"

    def __init__(
        self,
        counts: Integers,
        n_known: Integers,
        *,
        label_names: Names,
    ) -> None:
        self.counts = counts
        self.n_known = n_known
        self.label_names = label_names

    @classmethod
    def _from_matrices(cls, present: Bools, known: Bools, label_names: Names) -> Self:
        return cls(present.sum(axis=0), known.sum(axis=0), label_names=label_names)

    def plot(
        self, ax: "Axes | None" = None, *, rare_below: int = 10, max_labels: int | None = None
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure whose height fits the bars.

        rare_below : int, default=10
            Labels with fewer positives are marked. With fewer than 10 positives, each of five folds
            has one positive or none to compute scores from.

        max_labels : int or None, default=None
            Largest number of labels, the most frequent first; ``None`` is all labels.

        Returns
        -------
        self : LabelFrequencyDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        if not Interval(Real, 0, None, closed="left").is_satisfied_by(rare_below):
            raise ValueError(f"rare_below={rare_below!r}: expected a number of positives >= 0.")
        values = self.counts.astype(np.float64)
        chosen = select_labels(
            "frequent", max_labels, label_names=self.label_names, values=values, support=values
        )
        counts, rows = self.counts[chosen], np.arange(len(chosen))
        ax = make_axes(ax, **size_for_bars(len(chosen)))
        is_rare = counts < rare_below
        # A logarithmic scale has no 0, so an empty bar ends where the axis begins.
        lengths = np.maximum(counts, _LEFT_END)
        self.bars_ = ax.barh(rows, lengths, color=np.where(is_rare, COLORS[3], COLORS[0]))
        for bar in np.array(self.bars_.patches, dtype=object)[is_rare]:
            bar.set_hatch("////")
            bar.set_edgecolor("white")
        write_values(ax, self.bars_, [str(count) for count in counts])
        if is_rare.any():
            text = f"{is_rare.sum()} of {len(chosen)} labels with fewer than {rare_below} positives"
            ax.axvline(rare_below, color=COLORS[3], linestyle="--", label=text)
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
        ax.set_yticks(rows, [shorten(self.label_names[j]) for j in chosen])
        ax.set(xscale="log", xlabel="Images with the label", ylim=(len(chosen) - 0.4, -0.6))
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.set_xlim(_LEFT_END, 2.2 * max(counts.max(initial=1), rare_below))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the frequencies.

        Returns
        -------
        frame : DataFrame of shape (n_labels, 3)
            One row per label, the most frequent first, with the columns "label", "count" and
            "frequency", the fraction of positives among samples in which the label is annotated.
        """
        frame = pd.DataFrame(
            {
                "label": self.label_names,
                "count": self.counts,
                "frequency": divide(self.counts, self.n_known),
            }
        )
        return frame.sort_values("count", ascending=False, kind="stable", ignore_index=True)
