"""How often labels occur."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from skmlic._utils._typing import Integers, Labels
from skmlic.metrics._counts import divide
from skmlic.plots._responses import Names, check_labels, choose_labels
from skmlic.plots._style import COLOURS, make_axes, shorten, size_for_bars, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where a log axis of counts begins, so that a bar of 1 has some length.
_LEFT_END = 0.7


class LabelFrequencyDisplay:
    """Numbers of positives of labels as bars on a log scale, the rare ones marked.

    Make it with :meth:`from_labels`; the parameters are stored as attributes.

    Parameters
    ----------
    counts : ndarray of shape (n_labels,)
        Numbers of positives.

    n_known : ndarray of shape (n_labels,)
        Numbers of samples for which the label is known.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What it is drawn on.

    bars_ : matplotlib BarContainer
        The bars.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    See Also
    --------
    skmlic.metrics.imbalance_summary : The imbalance in numbers.
    LabelCooccurrenceDisplay : Which labels come together.
    skmlic.sampling.drop_rare_labels : Leave the rare ones out.

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
    def from_labels(
        cls,
        Y: Labels,
        *,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw how often each label occurs.

        Parameters
        ----------
        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelFrequencyDisplay
            Drawn.

        Raises
        ------
        ValueError
            If Y is not 0 and 1.
        """
        present, known, names = check_labels(Y, label_names)
        display = cls(present.sum(axis=0), known.sum(axis=0), label_names=names)
        return display.plot(ax, **plot_options)

    def plot(
        self, ax: "Axes | None" = None, *, rare_below: int = 10, max_labels: int | None = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure as high as there are bars.

        rare_below : int, default=10
            Labels of fewer positives are marked. With fewer than 10, five folds have one or none to
            score them by.

        max_labels : int or None, default=None
            How many labels, the most frequent first; ``None`` is all.

        Returns
        -------
        self : LabelFrequencyDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        values = self.counts.astype(np.float64)
        places = choose_labels(
            "frequent", max_labels, label_names=self.label_names, values=values, support=values
        )
        counts, rows = self.counts[places], np.arange(len(places))
        ax = make_axes(ax, **size_for_bars(len(places)))
        is_rare = counts < rare_below
        # On a log scale a bar ends above 0, where none is to be seen.
        lengths = np.maximum(counts, _LEFT_END)
        self.bars_ = ax.barh(rows, lengths, color=np.where(is_rare, COLOURS[3], COLOURS[0]))
        for bar in np.array(self.bars_.patches, dtype=object)[is_rare]:
            bar.set_hatch("////")
            bar.set_edgecolor("white")
        write_values(ax, self.bars_, [str(count) for count in counts])
        if is_rare.any():
            text = f"{is_rare.sum()} of {len(places)} labels with fewer than {rare_below} positives"
            ax.axvline(rare_below, color=COLOURS[3], linestyle="--", label=text)
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
        ax.set_yticks(rows, [shorten(self.label_names[j]) for j in places])
        ax.set(xscale="log", xlabel="Pictures with the label", ylim=(len(places) - 0.4, -0.6))
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.set_xlim(_LEFT_END, 2.2 * max(counts.max(initial=1), rare_below))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers.

        Returns
        -------
        numbers : DataFrame of shape (n_labels, 3)
            A row for each label, the most frequent first, with the columns "label", "count" and
            "frequency", the share of samples for which the label is known.
        """
        frame = pd.DataFrame(
            {
                "label": self.label_names,
                "count": self.counts,
                "frequency": divide(self.counts, self.n_known),
            }
        )
        return frame.sort_values("count", ascending=False, kind="stable", ignore_index=True)
