"""History of a training, epoch by epoch."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmlic.inspection._inner_estimators import find_fitted
from skmlic.plots._style import COLORS, line_styles, make_grid, put_legend_outside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_NAMES = {
    "train_loss": "training",
    "valid_loss": "held out",
    "loo_loss": "leave-one-out",
    "lr": "head",
    "backbone_lr": "backbone",
}
_LOSSES = ("train_loss", "valid_loss", "loo_loss")
_RATES = ("lr", "backbone_lr")
_NOT_SCORES = ("trained", "seconds", *_LOSSES, *_RATES)


class TrainingHistoryDisplay:
    """Losses, validation scores and learning rates by epoch.

    Create it with :meth:`from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    history : DataFrame of shape (n_epochs, n_columns)
        The ``history_`` of a fitted TransferMultiLabelClassifier.

    best_epoch : int, default=None
        Epoch that is marked.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes, of shape (n_panels,)
        Axes of the display, from the top: losses, scores if there are any, and learning rates if
        they change.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    See Also
    --------
    skmlic.TransferMultiLabelClassifier : Record the history of its training.
    skmlic.learning_rate.LearningRateDisplay : Draw the loss by learning rate.

    Notes
    -----
    The background is gray while the head is trained alone, before the backbone.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.plots import TrainingHistoryDisplay
    >>> X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier(
    ...     "tiny_cnn", early_stopping=True, scoring=["loss", "map"], max_epochs=5, random_state=0
    ... ).fit(X, Y)
    >>> display = TrainingHistoryDisplay.from_estimator(clf)
    >>> list(display.frame().columns)
    ['trained', 'seconds', 'train_loss', 'valid_loss', 'map', 'lr']
    >>> plt.show()
    """

    ax_: NDArray[Any]
    figure_: "Figure | SubFigure"

    def __init__(self, history: pd.DataFrame, best_epoch: int | None = None) -> None:
        self.history = history
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: "Axes | None" = None) -> Self:
        """Draw the training history of a fitted classifier.

        Parameters
        ----------
        estimator : TransferMultiLabelClassifier
            A fitted classifier, which may be inside a pipeline, a search or a meta-estimator.

        ax : matplotlib Axes, default=None
            Axes of a grid that the display replaces; ``None`` creates a figure.

        Returns
        -------
        display : TrainingHistoryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If neither the estimator nor an estimator inside it has a ``history_``.
        """
        fitted = find_fitted(estimator, "history_")
        if fitted is None:
            raise ValueError(
                f"{type(estimator).__name__} has no history_; expected a fitted "
                "TransferMultiLabelClassifier, or an estimator that has one inside."
            )
        return cls(fitted.history_, getattr(fitted, "best_epoch_", None)).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes of a grid, as :func:`matplotlib.pyplot.subplots` creates them, which are replaced
            by the axes of the display. ``None`` creates a figure.

        Returns
        -------
        self : TrainingHistoryDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        panels = self._find_panels()
        self.ax_ = make_grid(
            ax, len(panels), 1, width=7.5, height=1.2 + 2 * len(panels), share_x=True
        )[:, 0]
        for panel, (title, columns) in zip(self.ax_, panels.items(), strict=True):
            for column, style in zip(columns, line_styles(len(columns)), strict=True):
                # A line through one epoch would be invisible.
                style["marker"] = "o" if len(self.history) == 1 else ""
                name = _NAMES.get(column, column)
                panel.plot(self.history.index, self.history[column], label=name, **style)
            self._mark_phases(panel, explain=panel is self.ax_[0])
            panel.set_ylabel(title)
            if title == "Learning rate":
                panel.set_yscale("log")
            put_legend_outside(panel)
        self.ax_[-1].set(xlabel="Epoch", xlim=(0.5, self.history.index[-1] + 0.5))
        self.ax_[-1].xaxis.get_major_locator().set_params(integer=True)
        self.figure_ = self.ax_[0].figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a copy of the history.

        Returns
        -------
        history : DataFrame of shape (n_epochs, n_columns)
        """
        return self.history.copy()

    def _find_panels(self) -> dict[str, list[str]]:
        """Return the columns of each panel by its title."""
        numbers = self.history.select_dtypes(np.number).dropna(axis=1, how="all")
        rates: list[str] = [name for name in _RATES if name in numbers]
        panels: dict[str, list[str]] = {
            "Loss": [name for name in _LOSSES if name in numbers],
            "Score": [str(name) for name in numbers if name not in _NOT_SCORES],
            "Learning rate": rates if (numbers[rates].nunique() > 1).any() else [],
        }
        return {title: columns for title, columns in panels.items() if columns}

    def _mark_phases(self, ax: Any, explain: bool) -> None:
        head = self.history.index[self.history["trained"] == "head"]
        if 0 < len(head) < len(self.history):
            text = "head alone trained" if explain else None
            ax.axvspan(head[0] - 0.5, head[-1] + 0.5, color="0.93", zorder=0, label=text)
        if self.best_epoch is not None:
            text = f"best epoch: {self.best_epoch}" if explain else None
            ax.axvline(self.best_epoch, color=COLORS[3], linestyle=":", label=text)
