"""Confusion matrices of labels, in a grid."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._typing import Floats, Labels
from skmlic.metrics import multilabel_confusion_matrix
from skmlic.metrics._counts import divide
from skmlic.metrics._validation import check_truth
from skmlic.plots._base import AnswerDisplay
from skmlic.plots._responses import Names, as_matrices, choose_labels
from skmlic.plots._style import make_grid, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_COLUMNS = 5
_CELL_INCHES = 1.7
_LONGEST_TITLE = 22
# Along which axes of (label, true, predicted) shares add up to 1.
_SUMS = {"true": 2, "pred": 1, "all": (1, 2)}


class MultiLabelConfusionMatrixDisplay(AnswerDisplay):
    """The confusion matrix of each label, in a grid of some pages.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes.

    Parameters
    ----------
    matrices : ndarray of shape (n_labels, 2, 2)
        Of each label ``[[TN, FP], [FN, TP]]``.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes, of shape (n_rows, n_columns)
        What it is drawn on; axes without a matrix are hidden.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    n_pages_ : int
        How many pages there are.

    See Also
    --------
    skmlic.metrics.multilabel_confusion_matrix : The numbers.
    LabelScoresDisplay : F1, precision or recall of all labels as bars.

    Notes
    -----
    Colours are shares of the true class, by row, whatever the numbers are: pictures without a label
    are mostly so many that theirs would outshine the others.

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
        """Draw truth and decisions.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, as ``predict`` returns.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of samples.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The place in a grid of axes to draw in; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : MultiLabelConfusionMatrixDisplay
            Drawn.

        Raises
        ------
        ValueError
            If shapes or values don't fit.
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
        """Draw a page.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The place in a grid of axes to draw in, as :func:`matplotlib.pyplot.subplots` makes
            them; it is taken off. ``None`` makes a figure.

        labels : {"worst", "best", "frequent"}, iterable of labels or None, default=None
            The order of labels, by F1 or by positives, or the labels to draw; ``None`` is all, in
            the order of Y.

        normalize : {"true", "pred", "all"} or None, default=None
            Write shares: of the true, of the predicted, or of all. ``None`` writes numbers.

        page : int, default=1
            The page, from 1.

        per_page : int, default=20
            Labels on a page.

        Returns
        -------
        self : MultiLabelConfusionMatrixDisplay

        Raises
        ------
        ValueError
            If there is no such label, order, share or page.
        ImportError
            If matplotlib is not installed.
        """
        if normalize is not None and normalize not in _SUMS:
            raise ValueError(f"normalize={normalize!r}: expected one of {(*_SUMS, None)}.")
        if per_page < 1:
            raise ValueError(f"per_page={per_page}: expected at least one label on a page.")
        (_, fp), (fn, tp) = np.moveaxis(self.matrices, 0, -1)
        places = choose_labels(
            labels,
            None,
            label_names=self.label_names,
            # Without positives and decisions F1 is undefined, but the matrix can be drawn.
            values=2 * tp / np.maximum(2 * tp + fp + fn, 1e-300),
            support=tp + fn,
        )
        if not len(places):
            raise ValueError(f"labels={labels!r} names no label: there is nothing to draw.")
        self.n_pages_ = -(-len(places) // per_page)
        if not 1 <= page <= self.n_pages_:
            raise ValueError(f"page={page}: expected a page from 1 to {self.n_pages_}.")
        places = places[(page - 1) * per_page : page * per_page]
        numbers = self.matrices if normalize is None else _share(self.matrices, _SUMS[normalize])
        n_columns = min(_N_COLUMNS, len(places))
        n_rows = -(-len(places) // n_columns)
        self.ax_ = make_grid(
            ax,
            n_rows,
            n_columns,
            width=max(_CELL_INCHES * n_columns + 0.6, 2.6),
            height=_CELL_INCHES * n_rows + 0.7,
        )
        colours = np.nan_to_num(_share(self.matrices, _SUMS["true"]))
        for cell, one in enumerate(self.ax_.flat):
            if cell >= len(places):
                one.set_axis_off()
                continue
            place = places[cell]
            _draw_matrix(one, numbers[place], colours[place], normalize is not None)
            one.set_title(shorten(self.label_names[place], _LONGEST_TITLE), fontsize="small")
            is_left, is_last = cell % n_columns == 0, cell + n_columns >= len(places)
            one.set_yticks([0, 1], ["no", "yes"] if is_left else ["", ""], fontsize="small")
            one.set_xticks([0, 1], ["no", "yes"] if is_last else ["", ""], fontsize="small")
            one.set_ylabel("true" if is_left else "", fontsize="small")
            one.set_xlabel("predicted" if is_last else "", fontsize="small")
        self.figure_ = self.ax_.flat[0].figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers of all pages.

        Returns
        -------
        numbers : DataFrame of shape (n_labels, 5)
            A row for each label, with the columns "label", "tn", "fp", "fn" and "tp".
        """
        flat = pd.DataFrame(self.matrices.reshape(-1, 4), columns=["tn", "fp", "fn", "tp"])
        flat.insert(0, "label", list(self.label_names))
        return flat


def _share(matrices: npt.NDArray[Any], axis: Any) -> Floats:
    """Return shares of sums, NaN of nothing."""
    return divide(matrices, matrices.sum(axis=axis, keepdims=True))


def _draw_matrix(ax: Any, numbers: npt.NDArray[Any], colours: Floats, are_shares: bool) -> None:
    ax.imshow(colours, cmap="Blues", vmin=0, vmax=1)
    ax.tick_params(length=0)
    for row, column in np.ndindex(2, 2):
        number = numbers[row, column]
        ax.text(
            column,
            row,
            "–" if np.isnan(number) else f"{number:.2f}" if are_shares else f"{number:.6g}",
            ha="center",
            va="center",
            color="white" if colours[row, column] > 0.55 else "black",
        )
