"""How often labels occur together."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from skmlic._utils._typing import Floats, Integers, Labels
from skmlic.metrics._counts import divide
from skmlic.plots._responses import Names, check_labels, choose_labels
from skmlic.plots._style import import_pyplot, make_axes, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_NUMBERS = 15
_LIFTS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
_MEASURES = {
    "conditional": "Share of the row's pictures that have the column's label",
    "jaccard": "Jaccard index: pictures with both labels among those with either",
    "lift": "Lift: how many times as often together as by chance",
}


class LabelCooccurrenceDisplay:
    """Which labels come together, as a heat map.

    Make it with :meth:`from_labels`; the parameters are stored as attributes.

    Parameters
    ----------
    both : ndarray of shape (n_labels, n_labels)
        Numbers of samples that have both labels, counted where both are known.

    first : ndarray of shape (n_labels, n_labels)
        Numbers of samples that have the label of the row, counted alike.

    n_known : ndarray of shape (n_labels, n_labels)
        Numbers of samples for which both are known.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What it is drawn on.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    image_ : matplotlib AxesImage
        The heat map.

    order_ : ndarray of shape (n_drawn,)
        The numbers of the labels drawn, from the top and from the left.

    See Also
    --------
    skmlic.metrics.imbalance_summary : Counts of pairs as a table.
    LabelFrequencyDisplay : How often each label occurs.

    Notes
    -----
    Labels that come together stand together: their order is that of the leaves of an
    average-linkage clustering by one minus the Jaccard index, turned so that neighbours are alike
    [1]_.

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
    def from_labels(
        cls,
        Y: Labels,
        *,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw which labels come together.

        Parameters
        ----------
        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelCooccurrenceDisplay
            Drawn.

        Raises
        ------
        ValueError
            If Y is not 0 and 1.
        """
        present, known, names = check_labels(Y, label_names)
        # float32 can't count beyond 2 ** 24.
        present, known = present.astype(np.float64), known.astype(np.float64)
        tables = (present.T @ present, present.T @ known, known.T @ known)
        display = cls(*(table.astype(np.int64) for table in tables), label_names=names)
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        measure: str = "conditional",
        labels: Iterable[Any] | None = None,
        max_labels: int | None = 30,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        measure : {"conditional", "jaccard", "lift"}, default="conditional"
            "conditional" is the share of the row's pictures that have the column's label; "jaccard"
            the pictures with both among those with either; "lift" how many times as often they come
            together as they would by chance.

        labels : iterable of labels, default=None
            The labels to draw; by default the most frequent ones.

        max_labels : int or None, default=30
            How many labels, if they are not named; ``None`` is all that occur.

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
        places = choose_labels(
            "frequent" if labels is None else labels,
            max_labels,
            label_names=self.label_names,
            values=np.where(counts > 0, counts, np.nan),
            support=counts,
        )
        if not len(places):
            raise ValueError("No label occurs: there is nothing to draw.")
        self.order_ = places[_cluster(self._measure("jaccard")[np.ix_(places, places)])]
        values = self._measure(measure)[np.ix_(self.order_, self.order_)]
        size = 2.6 + 0.27 * max(len(places), 8)
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
        """Return a measure of all pairs of labels.

        Parameters
        ----------
        measure : {"conditional", "jaccard", "lift"}, default="conditional"
            As in :meth:`plot`.

        Returns
        -------
        values : DataFrame of shape (n_labels, n_labels)
            Rows and columns are labels, in the order of Y; NaN where the measure is undefined.
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
    if measure not in _MEASURES:
        raise ValueError(f"measure={measure!r}: expected one of {tuple(_MEASURES)}.")
    return measure


def _cluster(similarity: Floats) -> npt.NDArray[Any]:
    """Return an order in which similar ones are neighbours."""
    if len(similarity) < 3:
        return np.arange(len(similarity))
    distance = 1 - np.nan_to_num(similarity)
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    return leaves_list(linkage(condensed, "average", optimal_ordering=True))


def _draw_heat_map(ax: Any, values: Floats, measure: str, plt: Any) -> Any:
    """Draw values; of a label with itself there is nothing to tell."""
    shown = np.where(np.eye(len(values), dtype=bool), np.nan, values)
    if measure == "lift":
        # Twice as often and half as often are as far from 1, where chance is.
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
