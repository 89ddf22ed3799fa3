"""Loss of a training by learning rate."""

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._numbers import describe
from skmlic._utils._responses import check_estimator
from skmlic._utils._typing import Floats
from skmlic.plots._style import make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

    from skmlic.learning_rate import LearningRateFinder

__all__ = ["LearningRateDisplay"]


class LearningRateDisplay:
    """Loss of a training by learning rate.

    Create it with :meth:`from_estimator` or
    :meth:`skmlic.learning_rate.LearningRateFinder.plot`. The parameters are stored as attributes.

    Parameters
    ----------
    rates : ndarray of shape (n_rates,)
        Learning rates in ascending order.

    losses : ndarray of shape (n_rates,)
        Loss at each rate.

    smoothed_losses : ndarray of shape (n_rates,)
        Smoothed losses.

    best_lr : float, default=None
        Rate that is marked.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    line_ : matplotlib Artist
        Line of the smoothed losses.

    See Also
    --------
    skmlic.learning_rate.LearningRateFinder : Find a learning rate.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.learning_rate import LearningRateDisplay
    >>> rates = np.geomspace(1e-4, 1, 30)
    >>> losses = 0.5 + np.log10(rates / 0.1) ** 2 / 20
    >>> display = LearningRateDisplay(rates, losses, losses, best_lr=0.01)
    >>> display.plot()  # doctest: +SKIP
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    line_: "Line2D"

    def __init__(
        self, rates: Floats, losses: Floats, smoothed_losses: Floats, best_lr: float | None = None
    ) -> None:
        self.rates = rates
        self.losses = losses
        self.smoothed_losses = smoothed_losses
        self.best_lr = best_lr

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        Returns
        -------
        self : LearningRateDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = make_axes(ax, width=6.4, height=4.8)
        ax.plot(self.rates, self.losses, ".", color="0.7", label="Loss of each step")
        self.line_ = ax.plot(self.rates, self.smoothed_losses, color="C0", label="Smoothed")[0]
        if self.best_lr is not None:
            ax.axvline(
                self.best_lr, color="C1", linestyle="--", label=f"Suggestion: {self.best_lr:.2g}"
            )
        ax.set(xscale="log", xlabel="Learning rate", ylabel="Loss", ylim=self._find_limits())
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls, estimator: "LearningRateFinder", *, ax: "Axes | None" = None
    ) -> "LearningRateDisplay":
        """Draw the losses that a finder of learning rates has recorded.

        Parameters
        ----------
        estimator : LearningRateFinder
            A fitted :class:`skmlic.learning_rate.LearningRateFinder`.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        Returns
        -------
        display : LearningRateDisplay
            The display, drawn.
        """
        check_estimator(estimator)
        if "min_lr" not in estimator.get_params(deep=False):
            raise TypeError(
                f"estimator is {describe(estimator)}; expected a fitted LearningRateFinder."
            )
        check_is_fitted(estimator)
        display = cls(
            estimator.rates_, estimator.losses_, estimator.smoothed_losses_, estimator.best_lr_
        )
        return display.plot(ax)

    def frame(self) -> pd.DataFrame:
        """Return a table of the losses.

        Returns
        -------
        frame : DataFrame of shape (n_rates, 3)
            One row per step, with the columns "rate", "loss" and "smoothed_loss".
        """
        columns = {"rate": self.rates, "loss": self.losses, "smoothed_loss": self.smoothed_losses}
        return pd.DataFrame(columns)

    def _find_limits(self):
        """Return the range of the losses to show, without those that have diverged."""
        low, first = np.min(self.smoothed_losses), self.smoothed_losses[0]
        high = max(first, low) + 0.5 * (first - low)
        margin = 0.05 * (high - low) or 0.1
        return low - 2 * margin, max(high, np.quantile(self.losses, 0.5)) + margin
