"""Reliability curves of labels."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.calibration import calibration_curve

from skmlic._utils._typing import Floats, Integers, Labels
from skmlic.metrics import expected_calibration_error
from skmlic.metrics._probabilities import check_n_bins
from skmlic.metrics._validation import check_probabilities
from skmlic.plots._base import CurvesDisplay
from skmlic.plots._label_selection import select_labels
from skmlic.plots._responses import Names, as_matrices
from skmlic.plots._style import make_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

_POOLED = "all pairs"


class Reliability(NamedTuple):
    """The points of a reliability curve, and the expected calibration error.

    Parameters
    ----------
    predicted : ndarray of shape (n_points,)
        Mean predicted probability per bin.
    observed : ndarray of shape (n_points,)
        Fraction of positives per bin.
    error : float
        Expected calibration error.
    """

    predicted: Floats
    observed: Floats
    error: float


class MultiLabelCalibrationDisplay(CurvesDisplay):
    """Reliability curve of each label: the fraction of positives by predicted probability.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (predicted, observed, error), of length n_labels
        For each label, the mean predicted probability and the fraction of positives in each bin
        that is not empty, and its expected calibration error (ECE). A label without annotations
        has no points, and NaN.

    bin_counts : ndarray of shape (n_bins,), dtype int64
        Number of pairs of sample and label in each bin.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label.

    pooled : tuple (predicted, observed, error) or None, default=None
        Curve of all pairs of sample and label.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the curves.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    histogram_ax_ : matplotlib Axes
        Axes of the bin counts, below the curves.

    lines_ : dict of matplotlib Line2D
        The curves in colour by label name, and that of all pairs as "all pairs".

    See Also
    --------
    skmlic.metrics.expected_calibration_error : Compute the errors.
    skmlic.calibration.CalibratedMultiLabelClassifierCV : Calibrate probabilities.

    Notes
    -----
    Probabilities are too large where the curve is below the diagonal, and too small where it is
    above. Most images lack most labels, so nearly all pairs are in the first bins. Points on the
    right are often computed from few pairs, as the counts below the curves show.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from skmlic.plots import MultiLabelCalibrationDisplay
    >>> rng = np.random.default_rng(0)
    >>> Y_proba = rng.uniform(size=(500, 2))
    >>> Y = rng.uniform(size=(500, 2)) < Y_proba ** [1, 2]
    >>> display = MultiLabelCalibrationDisplay.from_predictions(Y, Y_proba)
    >>> display.errors.round(2)
    array([0.07, 0.15])
    >>> plt.show()
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    histogram_ax_: "Axes"
    lines_: "dict[Any, Line2D]"

    _response_method = "predict_proba"

    def __init__(
        self,
        curves: Sequence[tuple[Floats, Floats, float]],
        bin_counts: Integers,
        *,
        label_names: Names,
        support: npt.NDArray[Any],
        pooled: tuple[Floats, Floats, float] | None = None,
    ) -> None:
        self.curves = curves
        self.pooled = pooled
        self.bin_counts = bin_counts
        self.label_names = label_names
        self.support = support

    @property
    def errors(self) -> Floats:
        """Expected calibration error of each label, of shape (n_labels,)."""
        return np.array([error for _, _, error in self.curves])

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_proba: npt.ArrayLike,
        *,
        n_bins: int = 10,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the curves of given probabilities.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_proba : array-like of shape (n_samples, n_labels)
            Probabilities, in any form that ``predict_proba`` of scikit-learn estimators returns.

        n_bins : int, default=10
            Number of bins of equal width, for the curves and the errors.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Axes of a grid that the display replaces; ``None`` creates a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : MultiLabelCalibrationDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes do not fit, or scores are not probabilities.
        """
        check_n_bins(n_bins)
        Y_true, Y_proba, label_names = as_matrices(Y_true, Y_proba, label_names)
        Y, known, names, probabilities = check_probabilities(Y_true, Y_proba, label_names)
        known = np.ones(Y.shape, dtype=bool) if known is None else known

        def trace(used: Any) -> Reliability:
            y, proba = Y[used], probabilities[used]
            if not len(y):
                return Reliability(np.empty(0), np.empty(0), np.nan)
            observed, predicted = calibration_curve(y, proba, n_bins=n_bins, pos_label=True)
            error = expected_calibration_error(y[:, None], proba[:, None], n_bins=n_bins)
            return Reliability(predicted, observed, error)

        display = cls(
            [trace((known[:, j], j)) for j in range(len(names))],
            np.histogram(probabilities[known], bins=n_bins, range=(0, 1))[0],
            label_names=names,
            support=Y.sum(axis=0),
            pooled=trace(known) if len(names) > 1 else None,
        )
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "frequent",
        max_labels: int | None = 6,
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes of a grid, as :func:`matplotlib.pyplot.subplots` creates them, which are replaced
            by the axes of the display. ``None`` creates a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="frequent"
            The labels in colour and in the legend: those with the largest or smallest error, those
            with most positives, or the given ones. The curves of all others are thin and gray.

        max_labels : int or None, default=6
            Largest number of labels in colour, if they are not named; ``None`` is all labels.

        Returns
        -------
        self : MultiLabelCalibrationDisplay

        Raises
        ------
        ValueError
            If there is no such label or order.
        ImportError
            If matplotlib is not installed.
        """
        errors = self.errors
        chosen = select_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=-errors,
            support=self.support,
        )
        axes = make_grid(ax, 2, 1, width=7.5, height=5.8, height_ratios=[3, 1], share_x=True)
        ax, below = axes[:, 0]
        ax.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle=":")
        pooled_error = np.nan if self.pooled is None else self.pooled[2]
        pooled_style = {"label": f"{_POOLED} (ECE {pooled_error:.3f})"}
        self.lines_ = self._draw_curves(
            ax,
            chosen,
            lambda j: f"ECE {errors[j]:.3f}, n={self.support[j]}",
            [(_POOLED, self.pooled, pooled_style)],
        )
        ax.set(ylabel="Fraction of positives", ylim=(-0.02, 1.02))
        edges = np.linspace(0, 1, len(self.bin_counts) + 1)
        below.bar(
            edges[:-1], self.bin_counts, np.diff(edges), align="edge", color="0.5", ec="white"
        )
        below.set(xlabel="Predicted probability", ylabel="Pairs", yscale="log", xlim=(-0.02, 1.02))
        below.set_ylim(0.7, None)
        self.ax_, self.histogram_ax_, self.figure_ = ax, below, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the points of the curves.

        Returns
        -------
        points : DataFrame of shape (n_points, 3)
            The columns are "label", "predicted" and "observed". The points of "all pairs" come
            after those of the labels.
        """
        curves = [*zip(self.label_names, self.curves, strict=True)]
        if self.pooled is not None:
            curves.append((_POOLED, self.pooled))
        parts = [
            pd.DataFrame(
                {"label": [name] * len(predicted), "predicted": predicted, "observed": observed}
            )
            for name, (predicted, observed, _) in curves
            if len(predicted)
        ]
        return pd.concat(parts, ignore_index=True)

    def _draw_curve(self, ax: Any, curve: Any, **style: Any) -> Any:
        style = {"marker": "o", "markersize": 2 * style.get("linewidth", 1.5), **style}
        return super()._draw_curve(ax, curve, **style)
