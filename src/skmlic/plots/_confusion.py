"""Confusion matrices of labels."""

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._compat import Interval
from skmlic._utils._typing import Floats, Labels
from skmlic.metrics import multilabel_confusion_matrix
from skmlic.metrics._counts import divide
from skmlic.metrics._validation import check_truth
from skmlic.plots._base import PredictionsDisplay
from skmlic.plots._label_selection import select_labels
from skmlic.plots._responses import Names, as_matrices
from skmlic.plots._style import make_grid, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_COUNT = Interval(Integral, 1, None, closed="left")
_N_COLUMNS = 5
_CELL_INCHES = 1.7
_LONGEST_TITLE = 22
# The axes of (label, true, predicted) along which fractions add up to 1.
_SUMS = {"true": 2, "pred": 1, "all": (1, 2)}


class MultiLabelConfusionMatrixDisplay(PredictionsDisplay):
    """Confusion matrix of each label, in a grid with several pages.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes.

    Parameters
    ----------
    matrices : ndarray of shape (n_labels, 2, 2)
        ``[[TN, FP], [FN, TP]]`` for each label.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes, of shape (n_rows, n_columns)
        Axes of the display. Axes without a matrix are hidden.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    n_pages_ : int
        Number of pages.

    See Also
    --------
    skmlic.metrics.multilabel_confusion_matrix : Compute the matrices.
    LabelScoresDisplay : Draw F1, precision or recall of all labels as bars.

    Notes
    -----
    Colours show fractions of the true class, that is, of a row, whatever the numbers are. Most
    images lack a label, and their counts would otherwise outshine the others.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from skmlic.plots import MultiLabelConfusionMatrixDisplay
    >>> Y = pd.DataFrame({"sea": [1, 0, 1, 0], "sunset": [0, 0, 1, 1]})
    >>> Y_pred = [[1, 0], [1, 0], [1, 1], [0, 1]]
    >>> display = MultiLabelConfusionMatrixDisplay.from_predictions(Y, Y_pred)
    >>> display.frame()
        label  tn  fp  fn  tp
    0     sea   1   1   0   2
    1  sunset   2   0   0   2
    >>> plt.show()
    """

    ax_: npt.NDArray[Any]
    figure_: "Figure | SubFigure"
    n_pages_: int

    _response_method = "predict"

    def __init__(self, matrices: npt.NDArray[Any], *, label_names: Names) -> None:
        self.matrices = matrices
        self.label_names = label_names

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_pred: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the matrices of given predictions.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The predicted labels, 0 and 1, as ``predict`` returns them.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Axes of a grid that the display replaces; ``None`` creates a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : MultiLabelConfusionMatrixDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes or values do not fit.
        """
        Y_true, Y_pred, label_names = as_matrices(Y_true, Y_pred, label_names)
        _, _, names = check_truth(Y_true, label_names)
        matrices = multilabel_confusion_matrix(Y_true, Y_pred, sample_weight=sample_weight)
        return cls(matrices, label_names=names).plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] | None = None,
        normalize: str | None = None,
        page: int = 1,
        per_page: int = 20,
    ) -> Self:
        """Draw a page of matrices.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes of a grid, as :func:`matplotlib.pyplot.subplots` creates them, which are replaced
            by the axes of the display. ``None`` creates a figure.

        labels : {"worst", "best", "frequent"}, iterable of labels or None, default=None
            Order of the labels, by F1 or by number of positives, or the labels to draw. ``None``
            draws all labels in the order of Y.

        normalize : {"true", "pred", "all"} or None, default=None
            Write fractions of the true class, of the predicted class or of all samples. ``None``
            writes counts.

        page : int, default=1
            Number of the page, starting with 1.

        per_page : int, default=20
            Number of labels per page.

        Returns
        -------
        self : MultiLabelConfusionMatrixDisplay

        Raises
        ------
        ValueError
            If there is no such label, order, normalization or page.
        ImportError
            If matplotlib is not installed.
        """
        if normalize is not None and normalize not in tuple(_SUMS):
            raise ValueError(f"normalize={normalize!r}: expected one of {(*_SUMS, None)}.")
        if not _COUNT.is_satisfied_by(per_page):
            raise ValueError(f"per_page={per_page!r}: expected at least one label per page.")
        (_, fp), (fn, tp) = np.moveaxis(self.matrices, 0, -1)
        chosen = select_labels(
            labels,
            None,
            label_names=self.label_names,
            # The matrix can be drawn even if F1 is undefined, without true and predicted positives.
            values=2 * tp / np.maximum(2 * tp + fp + fn, 1e-300),
            support=tp + fn,
        )
        if not len(chosen):
            raise ValueError(f"labels={labels!r} names no label: there is nothing to draw.")
        self.n_pages_ = -(-len(chosen) // per_page)
        if not _COUNT.is_satisfied_by(page) or page > self.n_pages_:
            raise ValueError(f"page={page!r}: expected a page from 1 to {self.n_pages_}.")
        chosen = chosen[(page - 1) * per_page : page * per_page]
        values = self.matrices if normalize is None else _divide(self.matrices, _SUMS[normalize])
        texts = _format_values(values, "{:.6g}" if normalize is None else "{:.2f}")
        shades = np.nan_to_num(_divide(self.matrices, _SUMS["true"]))
        n_columns = min(_N_COLUMNS, len(chosen))
        n_rows = -(-len(chosen) // n_columns)
        self.ax_ = make_grid(
            ax,
            n_rows,
            n_columns,
            width=max(_CELL_INCHES * n_columns + 0.6, 2.6),
            height=_CELL_INCHES * n_rows + 0.7,
        )
        for cell, cell_ax in enumerate(self.ax_.flat):
            if cell >= len(chosen):
                cell_ax.set_axis_off()
                continue
            label = chosen[cell]
            _draw_matrix(cell_ax, texts[label], shades[label])
            cell_ax.set_title(shorten(self.label_names[label], _LONGEST_TITLE), fontsize="small")
            is_left, is_last = cell % n_columns == 0, cell + n_columns >= len(chosen)
            cell_ax.set_yticks([0, 1], ["no", "yes"] if is_left else ["", ""], fontsize="small")
            cell_ax.set_xticks([0, 1], ["no", "yes"] if is_last else ["", ""], fontsize="small")
            cell_ax.set_ylabel("true" if is_left else "", fontsize="small")
            cell_ax.set_xlabel("predicted" if is_last else "", fontsize="small")
        self.figure_ = self.ax_.flat[0].figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the matrices of all labels.

        Returns
        -------
        frame : DataFrame of shape (n_labels, 5)
            One row per label, with the columns "label", "tn", "fp", "fn" and "tp".
        """
        flat = pd.DataFrame(self.matrices.reshape(-1, 4), columns=["tn", "fp", "fn", "tp"])
        flat.insert(0, "label", list(self.label_names))
        return flat


def _divide(matrices: npt.NDArray[Any], axis: Any) -> Floats:
    """Return matrices divided by their sums along axes; NaN where the sum is 0."""
    return divide(matrices, matrices.sum(axis=axis, keepdims=True))


def _format_values(values: npt.NDArray[Any], pattern: str) -> npt.NDArray[Any]:
    texts = ["–" if np.isnan(value) else pattern.format(value) for value in values.flat]
    return np.array(texts, dtype=object).reshape(values.shape)


def _draw_matrix(ax: Any, texts: npt.NDArray[Any], shades: Floats) -> None:
    ax.imshow(shades, cmap="Blues", vmin=0, vmax=1)
    ax.tick_params(length=0)
    for row, column in np.ndindex(2, 2):
        ax.text(
            column,
            row,
            texts[row, column],
            ha="center",
            va="center",
            color="white" if shades[row, column] > 0.55 else "black",
        )
