"""Whether probabilities come true, label by label and pooled."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.calibration import calibration_curve

from skmlic._utils._typing import Floats, Integers, Labels
from skmlic.metrics import expected_calibration_error
from skmlic.metrics._validation import check_probabilities
from skmlic.plots._base import AnswerDisplay
from skmlic.plots._responses import Names, as_matrices, choose_labels
from skmlic.plots._style import draw_in_grey, line_styles, make_grid, put_legend_outside, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POOLED = "all pairs"


class Reliability(NamedTuple):
    """The points of a reliability curve, and the expected calibration error."""

    predicted: Floats
    observed: Floats
    error: float


class MultiLabelCalibrationDisplay(AnswerDisplay):
    """Reliability curves: the share of positives by the probability that was predicted.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (predicted, observed, error), of length n_labels
        Of each label the mean probability and the share of positives in each bin that is not
        empty, and its expected calibration error (ECE); NaN for a label of which nothing is known.

    bin_counts : ndarray of shape (n_bins,), dtype int64
        Pairs of sample and label in each bin.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    support : ndarray of shape (n_labels,)
        Numbers of positives.

    pooled : tuple (predicted, observed, error) or None, default=None
        The curve of all pairs of sample and label.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the curves.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    histogram_ax_ : matplotlib Axes
        The axes of the bin counts, below.

    lines_ : dict of matplotlib Line2D
        The curves in colour by name of the label, and that of all pairs as "all pairs".

    See Also
    --------
    skmlic.metrics.expected_calibration_error : The errors.
    skmlic.calibration.CalibratedMultiLabelClassifierCV : Mends probabilities.

    Notes
    -----
    Below the diagonal probabilities are too large, above it too small. Most pictures lack most
    labels, so that nearly all pairs are in the first bins: look at the counts before you make much
    of a point on the right.

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
        """The expected calibration error of each label, an array of shape (n_labels,)."""
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
        """Draw truth and probabilities.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        Y_proba : array-like of shape (n_samples, n_labels)
            Probabilities, in any form that scikit-learn's ``predict_proba`` has.

        n_bins : int, default=10
            Bins of equal width, of the curves and of the errors.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The place in a grid of axes to draw in; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : MultiLabelCalibrationDisplay
            Drawn.

        Raises
        ------
        ValueError
            If shapes don't fit or scores are not probabilities.
        """
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
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The place in a grid of axes to draw in, as :func:`matplotlib.pyplot.subplots` makes
            them; it is taken off. ``None`` makes a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="frequent"
            The labels in colour and in the legend: those of the largest or smallest error, those of
            most positives, or the ones named. All others are thin grey lines.

        max_labels : int or None, default=6
            How many labels are in colour, if they are not named; ``None`` is all.

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
        chosen = choose_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=-errors,
            support=self.support,
        )
        axes = make_grid(ax, 2, 1, width=7.5, height=5.8, height_ratios=[3, 1], share_x=True)
        ax, below = axes[:, 0]
        ax.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle=":")
        self.lines_ = {}
        for place, style in zip(chosen, line_styles(len(chosen)), strict=True):
            name = self.label_names[place]
            text = f"{shorten(name)} (ECE {errors[place]:.3f}, n={self.support[place]})"
            self.lines_[name] = _draw(ax, self.curves[place], label=text, **style)
        if self.pooled is not None:
            self.lines_[_POOLED] = _draw(
                ax,
                self.pooled,
                label=f"{_POOLED} (ECE {self.pooled[2]:.3f})",
                color="black",
                linewidth=2,
            )
        others = np.setdiff1d(np.flatnonzero(~np.isnan(errors)), chosen)
        draw_in_grey(partial(_draw, ax), [self.curves[place] for place in others])
        ax.set(ylabel="Share of positives", ylim=(-0.02, 1.02))
        put_legend_outside(ax)
        edges = np.linspace(0, 1, len(self.bin_counts) + 1)
        below.bar(
            edges[:-1], self.bin_counts, np.diff(edges), align="edge", color="0.5", ec="white"
        )
        below.set(xlabel="Predicted probability", ylabel="Pairs", yscale="log", xlim=(-0.02, 1.02))
        below.set_ylim(0.7, None)
        self.ax_, self.histogram_ax_, self.figure_ = ax, below, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the curves' points.

        Returns
        -------
        points : DataFrame of shape (n_points, 3)
            With the columns "label", "predicted" and "observed"; after the labels come those of
            "all pairs".
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


def _draw(ax: Any, curve: tuple[Floats, Floats, float], **style: Any) -> Any:
    style = {"marker": "o", "markersize": 2 * style.get("linewidth", 1.5), **style}
    (line,) = ax.plot(curve[0], curve[1], **style)
    return line
