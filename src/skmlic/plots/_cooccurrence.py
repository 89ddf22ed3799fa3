"""Co-occurrence of labels."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from skmlic._utils._typing import Bools, Floats, Integers
from skmlic.metrics._counts import divide
from skmlic.plots._base import LabelsDisplay
from skmlic.plots._label_selection import select_labels
from skmlic.plots._responses import Names
from skmlic.plots._style import import_pyplot, make_axes, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage

_MOST_NUMBERS = 15
_LIFTS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
_MEASURES = {
    "conditional": "Fraction of the row's images that have the column's label",
    "jaccard": "Jaccard index: images with both labels among those with either",
    "lift": "Lift: co-occurrence relative to chance",
}


class LabelCooccurrenceDisplay(LabelsDisplay):
    """Heat map of the labels that occur together.

    Create it with :meth:`from_labels`. The parameters are stored as attributes.

    Parameters
    ----------
    both : ndarray of shape (n_labels, n_labels)
        Number of samples that have both labels, among those in which both are annotated.

    first : ndarray of shape (n_labels, n_labels)
        Number of samples that have the label of the row, among the same samples.

    n_known : ndarray of shape (n_labels, n_labels)
        Number of samples in which both labels are annotated.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    image_ : matplotlib AxesImage
        The heat map.

    order_ : ndarray of shape (n_drawn,)
        Indices of the labels that are drawn, from the top and from the left.

    See Also
    --------
    skmlic.metrics.imbalance_summary : Tabulate the counts of pairs.
    LabelFrequencyDisplay : Draw how often each label occurs.

    Notes
    -----
    Labels that occur together are neighbours: their order is that of the leaves of an
    average-linkage clustering, whose distance is one minus the Jaccard index, with optimal leaf
    ordering [1]_.

    References
    ----------
    .. [1] Z. Bar-Joseph, D. K. Gifford, T. S. Jaakkola, "Fast optimal leaf ordering for
       hierarchical clustering", Bioinformatics 17, 2001.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from skmlic.plots import LabelCooccurrenceDisplay
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1, 0], "dog": [1, 0, 0, 0, 0]})
    >>> display = LabelCooccurrenceDisplay.from_labels(Y)
    >>> display.frame()
            person   dog
    person     1.0  0.25
    dog        1.0  1.00
    >>> plt.show()
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    image_: "AxesImage"
    measure: str
    order_: Integers

    def __init__(
        self,
        both: Integers,
        first: Integers,
        n_known: Integers,
        *,
        label_names: Names,
    ) -> None:
        self.both = both
        self.first = first
        self.n_known = n_known
        self.label_names = label_names

    @classmethod
    def _from_matrices(cls, present: Bools, known: Bools, label_names: Names) -> Self:
        # float32 can't count beyond 2 ** 24.
        x, n = present.astype(np.float64), known.astype(np.float64)
        tables = (x.T @ x, x.T @ n, n.T @ n)
        return cls(*(table.astype(np.int64) for table in tables), label_names=label_names)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        measure: str = "conditional",
        labels: Iterable[Any] | None = None,
        max_labels: int | None = 30,
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        measure : {"conditional", "jaccard", "lift"}, default="conditional"
            "conditional" is the fraction of the images with the label of the row that have the
            label of the column. "jaccard" is the fraction of images with both labels among those
            with either. "lift" is the number of images with both labels, relative to the number
            expected by chance.

        labels : iterable of labels, default=None
            The labels to draw. By default, the most frequent ones.

        max_labels : int or None, default=30
            Largest number of labels, if they are not named; ``None`` is all labels that occur.

        Returns
        -------
        self : LabelCooccurrenceDisplay

        Raises
        ------
        ValueError
            If there is no such label or measure.
        ImportError
            If matplotlib is not installed.
        """
        plt = import_pyplot()
        self.measure = _check_measure(measure)
        counts = np.diag(self.both).astype(np.float64)
        chosen = select_labels(
            "frequent" if labels is None else labels,
            max_labels,
            label_names=self.label_names,
            values=np.where(counts > 0, counts, np.nan),
            support=counts,
        )
        if not len(chosen):
            raise ValueError("No label occurs: there is nothing to draw.")
        self.order_ = chosen[_cluster(self._measure("jaccard")[np.ix_(chosen, chosen)])]
        values = self._measure(measure)[np.ix_(self.order_, self.order_)]
        size = 2.6 + 0.27 * max(len(chosen), 8)
        ax = make_axes(ax, width=size + 0.8, height=size)
        self.image_ = _draw_heat_map(ax, values, measure, plt)
        bar = ax.figure.colorbar(self.image_, ax=ax, shrink=0.8)
        bar.set_label(_MEASURES[measure], fontsize="small")
        if measure == "lift":
            bar.set_ticks(_LIFTS, labels=["≤ 1/8", "1/4", "1/2", "1", "2", "4", "≥ 8"])
            bar.minorticks_off()
        shown = [shorten(self.label_names[j]) for j in self.order_]
        rows = np.arange(len(shown))
        ax.set_xticks(rows, shown, rotation=90, fontsize="small")
        ax.set_yticks(rows, shown, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self, measure: str = "conditional") -> pd.DataFrame:
        """Return a table of a measure for all pairs of labels.

        Parameters
        ----------
        measure : {"conditional", "jaccard", "lift"}, default="conditional"
            As in :meth:`plot`.

        Returns
        -------
        values : DataFrame of shape (n_labels, n_labels)
            One row and one column per label, in the order of Y; NaN where the measure is undefined.
        """
        names = pd.Index(self.label_names, tupleize_cols=False)
        return pd.DataFrame(self._measure(_check_measure(measure)), index=names, columns=names)

    def _measure(self, measure: str) -> Floats:
        second = self.first.T
        if measure == "conditional":
            return divide(self.both, self.first)
        if measure == "jaccard":
            return divide(self.both, self.first + second - self.both)
        return divide(self.both * self.n_known.astype(np.float64), self.first * second)


def _check_measure(measure: str) -> str:
    if not isinstance(measure, str) or measure not in _MEASURES:
        raise ValueError(f"measure={measure!r}: expected one of {tuple(_MEASURES)}.")
    return measure


def _cluster(similarity: Floats) -> npt.NDArray[Any]:
    """Return an order in which similar labels are neighbours."""
    if len(similarity) < 3:
        return np.arange(len(similarity))
    distance = 1 - np.nan_to_num(similarity)
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    return leaves_list(linkage(condensed, "average", optimal_ordering=True))


def _draw_heat_map(ax: Any, values: Floats, measure: str, plt: Any) -> Any:
    """Draw a matrix of values without its diagonal."""
    shown = np.where(np.eye(len(values), dtype=bool), np.nan, values)
    if measure == "lift":
        # On a logarithmic scale, 2 and 1/2 are equally far from 1, which is expected by chance.
        from matplotlib.colors import LogNorm

        norm, cmap = LogNorm(_LIFTS[0], _LIFTS[-1]), plt.get_cmap("PuOr_r")
        drawn = np.clip(shown, _LIFTS[0], _LIFTS[-1])
    else:
        largest = 1.0 if measure == "conditional" else max(np.nanmax(shown, initial=0), 0.05)
        norm, cmap, drawn = plt.Normalize(0, largest), plt.get_cmap("Blues"), shown
    cmap = cmap.with_extremes(bad="0.93")
    image = ax.imshow(drawn, cmap=cmap, norm=norm)
    if len(values) <= _MOST_NUMBERS:
        for row, column in np.argwhere(~np.isnan(shown)):
            red, green, blue, _ = cmap(norm(drawn[row, column]))
            is_dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            ax.text(
                column,
                row,
                f"{shown[row, column]:.2g}" if measure == "lift" else f"{shown[row, column]:.2f}",
                ha="center",
                va="center",
                fontsize="x-small",
                color="white" if is_dark else "black",
            )
    return image
