"""Images whose annotations are probably wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
from numpy.typing import ArrayLike

from skmlic.images import as_image_list, describe_source
from skmlic.inspection._inner_estimators import read_value_range
from skmlic.inspection._predictions import ResponseMethod, compute_response, match_target
from skmlic.label_issues import find_label_issues
from skmlic.metrics._validation import check_truth
from skmlic.plots._captions import SIGNS, Mark, name_image
from skmlic.plots._image_grid import Cell, draw_image_grid, load_thumbnail
from skmlic.plots._pages import find_page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ISSUE_MEANINGS", "LabelIssuesDisplay", "caption_issue", "mark_issue"]

# A given 0 that is contradicted looks like a false positive of the model, and a given 1 like a
# missed label, so they have the same signs and colors.
_STATES = {0: "false", 1: "missed"}
ISSUE_MEANINGS = {"false": "label is probably missing", "missed": "label is probably wrong"}


class LabelIssuesDisplay:
    """Images whose annotations are probably wrong, the most suspicious first.

    Create it with :meth:`from_predictions` or :meth:`from_estimator`, or from a part of the table
    that :func:`~skmlic.label_issues.find_label_issues` returns. The parameters are stored as
    attributes. Below each image is one annotation: ``+`` marks a label that the image probably has
    although it is annotated as absent, and ``−`` one that it probably does not have. It is followed
    by the score of the model.

    Parameters
    ----------
    images : list of shape (n_samples,)
        Paths, arrays with channels last, PIL images or encoded bytes. Only images that are shown
        are decoded.

    issues : DataFrame of shape (n_issues, 6)
        Rows of the result of :func:`~skmlic.label_issues.find_label_issues`, in the order in which
        they are shown.

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
    skmlic.label_issues.find_label_issues : Find the annotations that are shown.
    PredictionGalleryDisplay : Show images with all their true and predicted labels.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.label_issues import find_label_issues
    >>> from skmlic.plots import LabelIssuesDisplay
    >>> X, Y = make_multilabel_shapes(60, n_labels=2, random_state=0)
    >>> scores = np.where(Y == 1, 0.9, 0.1)
    >>> Y[3, 0] = 1 - Y[3, 0]
    >>> display = LabelIssuesDisplay.from_predictions(X, Y, scores, n_images=4)
    >>> issues = find_label_issues(Y, scores, threshold=0)
    >>> of_label = issues[issues["label"] == "1"]
    >>> display = LabelIssuesDisplay(images=X, issues=of_label).plot(n_images=4)
    >>> plt.show()
    """

    ax_: Axes

    def __init__(
        self,
        *,
        images: Sequence[Any],
        issues: pd.DataFrame,
        value_range: tuple[float, float] | None = None,
    ) -> None:
        self.images = images
        self.issues = issues
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
        """Draw images that a fitted classifier was not trained on.

        For training images, pass leave-one-out or out-of-fold scores to :meth:`from_predictions`:
        a classifier reproduces errors that it was trained on.

        Parameters
        ----------
        estimator : estimator instance
            A fitted estimator with ``predict_proba`` or ``decision_function``.

        X : array-like of images of shape (n_samples,)
            Images that the estimator was not fitted on, in any form that it takes.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The annotations: 0 and 1, and NaN for missing ones. Also a binary target of shape
            (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else the names that
            the estimator was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`: ``threshold``, ``value_range`` (default: that of
            the estimator) and ``ax``, and the parameters of :meth:`plot`.

        Returns
        -------
        display : LabelIssuesDisplay
            The display, drawn.
        """
        images = as_image_list(X)
        Y, label_names = match_target(estimator, Y, label_names)
        n_labels = check_truth(Y)[0].shape[1]
        scores, method = compute_response(estimator, X, "auto", n_labels)
        options = {
            "label_names": label_names,
            "response_method": method,
            "value_range": read_value_range(estimator),
            **options,
        }
        return cls.from_predictions(images, Y, scores, **options)

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        Y: ArrayLike,
        Y_score: ArrayLike,
        *,
        threshold: float = 0.5,
        label_names: Sequence[Any] | None = None,
        response_method: ResponseMethod = "predict_proba",
        value_range: tuple[float, float] | None = None,
        ax: Axes | None = None,
        **plot_params: Any,
    ) -> Self:
        """Draw images with given scores.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images or encoded bytes.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The annotations: 0 and 1, and NaN for missing ones. Also a binary target of shape
            (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Out-of-sample scores: each row from a model that was not trained on this image.

        threshold : float, default=0.5
            Smallest error probability of the annotations that are shown.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else numbers.

        response_method : {"predict_proba", "decision_function"}, default="predict_proba"
            The method that computed ``Y_score``.

        value_range : tuple (black, white) or None, default=None
            The values of images that are drawn black and white. ``None`` chooses them as
            :class:`~skmlic.ImageEmbedder` does.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_params : dict
            Passed to :meth:`plot`, such as ``page`` and ``n_images``.

        Returns
        -------
        display : LabelIssuesDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes or values do not fit.
        """
        images = as_image_list(X)
        issues = find_label_issues(
            Y,
            Y_score,
            threshold=threshold,
            label_names=label_names,
            response_method=response_method,
        )
        display = cls(images=images, issues=issues, value_range=value_range)
        return display.plot(ax=ax, **plot_params)

    def plot(
        self, ax: Axes | None = None, *, page: int = 1, n_images: int = 12, n_columns: int = 4
    ) -> Self:
        """Draw one page of images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure of the size that is needed.

        page : int, default=1
            Number of the page, starting with 1.

        n_images : int, default=12
            Number of images per page. An image with several suspicious annotations is shown once
            for each of them.

        n_columns : int, default=4
            Number of images per row.

        Returns
        -------
        self : LabelIssuesDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If there is no such page.
        """
        start, end = find_page(len(self.issues), page=page, n_images=n_images, n_columns=n_columns)
        cells = [self._make_cell(issue) for issue in self.issues[start:end].itertuples()]
        shown = f"{start + 1} to {end} of {len(self.issues)}" if cells else "none"
        self.ax_ = draw_image_grid(
            ax,
            cells,
            title=f"Suspicious annotations ({shown})",
            legend=[
                (f"{SIGNS[state][0]} {meaning}", SIGNS[state][1])
                for state, meaning in ISSUE_MEANINGS.items()
            ],
            n_columns=min(n_columns, max(len(cells), 1)),
        )
        self.figure_: Figure = self.ax_.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the annotations on all pages.

        Returns
        -------
        frame : DataFrame of shape (n_issues, 7)
            The table ``issues``, with the path or type of each image in the column "source".
        """
        sources = [describe_source(self.images[row]) for row in self.issues["sample"]]
        return self.issues.assign(source=sources)

    def _make_cell(self, issue):
        image = self.images[issue.sample]
        return Cell(
            load_thumbnail(image, self.value_range),
            caption_issue(image, issue),
            [mark_issue(issue)],
        )


def caption_issue(image: Any, issue: Any) -> str:
    """Return the name of an image and the error probability of an annotation."""
    return f"{name_image(image, issue.sample)}  error {issue.error_probability:.0%}"


def mark_issue(issue: Any) -> Mark:
    """Return the mark of a suspicious annotation, with the score of the model."""
    return Mark(_STATES[issue.given], str(issue.label), f"{issue.score:.2f}")
