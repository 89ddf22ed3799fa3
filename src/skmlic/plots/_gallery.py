"""Gallery of images with their true and predicted labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from skmlic._utils._responses import DEFAULT_THRESHOLDS
from skmlic.images import as_image_list, describe_source
from skmlic.inspection._inner_estimators import read_value_range
from skmlic.inspection._predictions import ResponseMethod, match_target, predict_labels
from skmlic.metrics._validation import (
    check_predictions,
    check_probabilities,
    check_scores,
    check_truth,
)
from skmlic.plots._captions import SIGNS, caption_predictions, list_marks
from skmlic.plots._image_grid import Cell, draw_image_grid, load_thumbnail
from skmlic.plots._image_selection import (
    ImageSelection,
    Kind,
    Order,
    check_choice,
    find_outcomes,
)
from skmlic.plots._pages import find_page
from skmlic.plots._responses import as_matrices

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PredictionGalleryDisplay"]


class PredictionGalleryDisplay:
    r"""Gallery of images with their true and predicted labels.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes. Below each image are its true and predicted labels, mistakes first, each with a
    sign, a colour and its score. The signs are ``✓`` for a label that was found, ``+`` for a false
    positive, ``−`` for a missed label, and ``?`` for a predicted label with a missing annotation.

    Parameters
    ----------
    images : list of shape (n_samples,)
        Paths, arrays with channels last, PIL images or encoded bytes. Only images that are shown
        are decoded.

    Y_true : ndarray of shape (n_samples, n_labels), dtype float64
        The true labels: 0 and 1, and NaN for missing annotations.

    Y_score : ndarray of shape (n_samples, n_labels), dtype float64
        Probabilities or decision values.

    Y_pred : ndarray of shape (n_samples, n_labels), dtype bool
        The predicted labels.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    rows : ndarray of shape (n_shown,), dtype int
        Indices of the images to show, in order.

    losses : ndarray of shape (n_samples,)
        Loss of each image.

    label : int or None, default=None
        Index of the label that the images were selected by. It comes first below each image.

    title : str, default=""
        Title of the gallery.

    value_range : tuple (black, white) or None, default=None
        The values of images that are drawn black and white. ``None`` chooses them as
        :class:`~skmlic.ImageEmbedder` does.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with all images, in units of a point.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    See Also
    --------
    LabelActivationMapDisplay : Where in an image the score of a label comes from.

    Notes
    -----
    The loss of an image is the mean over its labels of :math:`-\log p`, where :math:`p` is the
    predicted probability of the true value. For a decision value :math:`v` the probability is
    :math:`1 / (1 + e^{-v})`. With ``label``, it is the loss of that label alone. Labels with
    missing annotations are excluded from the loss, and are neither right nor wrong.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.plots import PredictionGalleryDisplay
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, Y)
    >>> display = PredictionGalleryDisplay.from_estimator(clf, X, Y, n_images=8)
    >>> display.frame().columns.tolist()
    ['row', 'source', 'loss', 'n_mistakes', 'found', 'false', 'missed', 'unannotated']
    >>> plt.show()
    """

    ax_: Axes

    def __init__(
        self,
        *,
        images: Sequence[Any],
        Y_true: NDArray[np.float64],
        Y_score: NDArray[np.float64],
        Y_pred: NDArray[np.bool_],
        label_names: Sequence[Any],
        rows: NDArray[np.integer],
        losses: NDArray[np.float64],
        label: int | None = None,
        title: str = "",
        value_range: tuple[float, float] | None = None,
    ) -> None:
        self.images = images
        self.Y_true = Y_true
        self.Y_score = Y_score
        self.Y_pred = Y_pred
        self.label_names = label_names
        self.rows = rows
        self.losses = losses
        self.label = label
        self.title = title
        self.value_range = value_range

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        Y: ArrayLike,
        *,
        label_names: Sequence[Any] | None = None,
        **options: Any,
    ) -> Self:
        """Draw images with the predictions of a fitted classifier.

        Parameters
        ----------
        estimator : estimator instance
            A fitted estimator with ``predict_proba`` or ``decision_function``. The predicted labels
            are those of its ``predict``, made with its own thresholds.

        X : array-like of images of shape (n_samples,)
            The images, in any form that the estimator takes.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else the names that
            the estimator was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`: ``order``, ``label``, ``kind``, ``random_state``,
            ``value_range`` (default: that of the estimator) and ``ax``, and the parameters of
            :meth:`plot`.

        Returns
        -------
        display : PredictionGalleryDisplay
            The display, drawn.

        Raises
        ------
        ImageReadError
            If images can't be read.
        """
        images = _check_images(X)
        Y, label_names = match_target(estimator, Y, label_names)
        n_labels = check_truth(Y)[0].shape[1]
        scores, predictions, method = predict_labels(estimator, X, n_labels)
        return cls.from_predictions(
            images,
            Y,
            scores,
            predictions,
            label_names=label_names,
            response_method=method,
            **{"value_range": read_value_range(estimator), **options},
        )

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        Y_true: ArrayLike,
        Y_score: ArrayLike,
        Y_pred: ArrayLike | None = None,
        *,
        order: Order = "worst",
        label: str | int | None = None,
        kind: Kind | None = None,
        label_names: Sequence[Any] | NDArray[Any] | None = None,
        response_method: ResponseMethod = "predict_proba",
        random_state: int | np.random.RandomState | None = None,
        value_range: tuple[float, float] | None = None,
        ax: Axes | None = None,
        **plot_params: Any,
    ) -> Self:
        """Draw images with given predictions.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images or encoded bytes.

        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Probabilities or decision values.

        Y_pred : array-like of shape (n_samples, n_labels), default=None
            The predicted labels, 0 and 1. By default, a label is predicted if its probability is
            at least 0.5, or its decision value at least 0.

        order : {"worst", "best", "random"}, default="worst"
            Order of the images: by decreasing loss (see Notes), by increasing loss, or random.

        label : str or int, default=None
            Name or index of a label. The images are then ordered by the loss of this label, and
            only those with a mistake in it are shown, or with the outcome ``kind``.

        kind : {"mistake", "false positive", "missed", "found"}, default=None
            Show only images in which at least one label, or ``label``, has this outcome; a
            "mistake" is a false positive or a missed label. ``None`` is "mistake" with ``label``,
            and otherwise all images.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of ``Y_true`` if it is a frame, else
            numbers.

        response_method : {"predict_proba", "decision_function"}, default="predict_proba"
            The method that computed ``Y_score``.

        random_state : int, RandomState instance or None, default=None
            Determines the order "random".

        value_range : tuple (black, white) or None, default=None
            The values of images that are drawn black and white. ``None`` chooses them as
            :class:`~skmlic.ImageEmbedder` does.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_params : dict
            Passed to :meth:`plot`, such as ``page`` and ``n_images``.

        Returns
        -------
        display : PredictionGalleryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes or values do not fit, or there is no such label.
        """
        selection = ImageSelection(order, label, kind, random_state)
        check_choice("response_method", response_method, tuple(DEFAULT_THRESHOLDS))
        images = _check_images(X)
        Y_true, Y_pred, label_names = as_matrices(Y_true, Y_pred, label_names)
        is_probability = response_method == "predict_proba"
        check = check_probabilities if is_probability else check_scores
        Y, known, names, scores = check(Y_true, Y_score, label_names)
        if Y_pred is None:
            predictions = scores >= DEFAULT_THRESHOLDS[response_method]
        else:
            *_, predictions = check_predictions(Y_true, Y_pred)
        check_consistent_length(images, Y)
        truth = Y.astype(np.float64) if known is None else np.where(known, Y, np.nan)
        selected = selection.select(truth, scores, predictions, names, is_probability)
        display = cls(
            images=images,
            Y_true=truth,
            Y_score=scores,
            Y_pred=predictions,
            label_names=list(names),
            value_range=value_range,
            **selected._asdict(),
        )
        return display.plot(ax=ax, **plot_params)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        page: int = 1,
        n_images: int = 12,
        n_columns: int = 4,
        max_lines: int = 4,
    ) -> Self:
        """Draw one page of the gallery.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure of the size that is needed.

        page : int, default=1
            Number of the page, starting with 1.

        n_images : int, default=12
            Number of images per page.

        n_columns : int, default=4
            Number of images per row.

        max_lines : int, default=4
            Largest number of lines of labels below an image. Labels that do not fit are counted.

        Returns
        -------
        self : PredictionGalleryDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If there is no such page.
        """
        start, end = find_page(
            len(self.rows), page=page, n_images=n_images, n_columns=n_columns, max_lines=max_lines
        )
        cells = [self._make_cell(row) for row in self.rows[start:end]]
        states = {mark.state for cell in cells for mark in cell.marks}
        shown = f"{start + 1} to {end} of {len(self.rows)}" if cells else "none"
        self.ax_ = draw_image_grid(
            ax,
            cells,
            title=f"{self.title} ({shown})",
            legend=[
                (f"{sign} {meaning}", color)
                for state, (sign, color, meaning) in SIGNS.items()
                if state != "unannotated" or state in states
            ],
            n_columns=min(n_columns, max(len(cells), 1)),
            max_lines=max_lines,
        )
        self.figure_: Figure = self.ax_.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the images on all pages.

        Returns
        -------
        frame : DataFrame of shape (n_shown, 8)
            One row per image, in the order of the gallery. The columns are the index of the image
            in X ("row"), its path or type ("source"), "loss", "n_mistakes", and tuples of label
            names by their outcome: "found", "false" (false positives), "missed" and "unannotated"
            (predicted labels with a missing annotation).
        """
        names = np.array(self.label_names, dtype=object)
        table = []
        for row in self.rows:
            outcomes = find_outcomes(self.Y_true[row], self.Y_pred[row])
            groups = {state: tuple(names[chosen]) for state, chosen in outcomes.items()}
            table.append(
                {
                    "row": int(row),
                    "source": describe_source(self.images[row]),
                    "loss": self.losses[row],
                    "n_mistakes": len(groups["false"]) + len(groups["missed"]),
                    **groups,
                }
            )
        columns = ["row", "source", "loss", "n_mistakes", "found", "false", "missed", "unannotated"]
        return pd.DataFrame(table, columns=columns)

    def _make_cell(self, row):
        image, truth, predictions = self.images[row], self.Y_true[row], self.Y_pred[row]
        return Cell(
            load_thumbnail(image, self.value_range),
            caption_predictions(image, row, truth, predictions),
            list_marks(truth, predictions, self.Y_score[row], self.label_names, self.label),
        )


def _check_images(X):
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiu":
        raise ValueError(
            f"X has shape {X.shape}, a matrix of features; expected images. Write "
            "PredictionGalleryDisplay.from_predictions(images, Y, estimator.predict_proba(X))."
        )
    return as_image_list(X)
