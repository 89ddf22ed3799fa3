"""Pictures with their labels: which were found, which missed, which set by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from skmlic._utils._labels import find_labels
from skmlic.images import as_image_list, describe_source
from skmlic.inspection._predictions import ResponseMethod, name_labels, predict_labels
from skmlic.metrics._validation import check_predictions, check_probabilities, check_scores
from skmlic.plots._choice import (
    compute_losses,
    make_title,
    select_rows,
    sort_rows,
    tell_states,
)
from skmlic.plots._flow import SIGNS, Mark, draw_gallery, load_small, name_picture
from skmlic.plots._responses import as_matrices

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PredictionGalleryDisplay"]

Order = Literal["worst", "best", "random"]
Kind = Literal["mistake", "false positive", "missed", "found"]

_DEFAULT_THRESHOLDS = {"predict_proba": 0.5, "decision_function": 0.0}


class PredictionGalleryDisplay:
    r"""Pictures in a grid, with the labels they have and the labels they were given.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes. Below each picture are the labels that it has or was given, mistakes first, each
    with a sign, a colour and its score: ``✓`` for a label found, ``+`` for one set by mistake,
    ``−`` for one missed, ``?`` for one that was set where nobody looked.

    Parameters
    ----------
    images : list of shape (n_samples,)
        Paths, arrays with channels last, PIL images or encoded bytes. Only those that are shown are
        decoded.

    Y_true : ndarray of shape (n_samples, n_labels), dtype float64
        0 and 1; NaN where it is unknown.

    Y_score : ndarray of shape (n_samples, n_labels), dtype float64
        Probabilities or decision values.

    Y_pred : ndarray of shape (n_samples, n_labels), dtype bool
        The labels that were set.

    label_names : sequence of shape (n_labels,)
        What the labels are called.

    rows : ndarray of shape (n_shown,), dtype int
        Which pictures to show, in order.

    losses : ndarray of shape (n_samples,)
        What they are ordered by.

    label : int or None, default=None
        Number of the label that the pictures were chosen by; it comes first below each.

    title : str, default=""
        What the gallery is headed with.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with all pictures, in units of a point.

    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    LabelActivationMapDisplay : Where in a picture a label's score comes from.

    Notes
    -----
    The loss of a picture is the mean over its labels of :math:`-\log p`, with :math:`p` the
    probability that was given to what is true (for decision values :math:`v`, the probability
    :math:`1 / (1 + e^{-v})`). With ``label``, it is the loss of that label alone. Unknown labels
    count for nothing, and are neither right nor wrong.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.plots import PredictionGalleryDisplay
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, Y)
    >>> display = PredictionGalleryDisplay.from_estimator(clf, X, Y, n_pictures=8)
    >>> display.frame().columns.tolist()
    ['row', 'source', 'loss', 'n_mistakes', 'found', 'false', 'missed', 'unknown']
    >>> plt.show()
    """

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

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        Y: ArrayLike,
        *,
        order: Order = "worst",
        label: str | int | None = None,
        kind: Kind | None = None,
        label_names: Sequence[Any] | None = None,
        random_state: int | np.random.RandomState | None = None,
        ax: Axes | None = None,
        **plot_params: Any,
    ) -> Self:
        """Predict the labels of pictures, and show them.

        Parameters
        ----------
        estimator : estimator instance
            Fitted, with ``predict_proba`` or ``decision_function``. The labels that are set are
            those of its ``predict``, by its own thresholds.

        X : array-like of images of shape (n_samples,)
            Pictures, as the estimator takes them.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1; NaN where it is unknown; also a y of two values, of shape (n_samples,).

        order, label, kind, label_names, random_state, ax, **plot_params
            As in :meth:`from_predictions`.

        Returns
        -------
        display : PredictionGalleryDisplay
            Drawn.

        Raises
        ------
        ImageReadError
            If pictures can't be read.
        """
        images = _check_pictures(X)
        Y, label_names = name_labels(estimator, Y, label_names)
        scores, decisions, method = predict_labels(estimator, X, len(label_names))
        return cls.from_predictions(
            images,
            Y,
            scores,
            decisions,
            order=order,
            label=label,
            kind=kind,
            label_names=label_names,
            response_method=method,
            random_state=random_state,
            ax=ax,
            **plot_params,
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
        label_names: Sequence[Any] | None = None,
        response_method: ResponseMethod = "predict_proba",
        random_state: int | np.random.RandomState | None = None,
        ax: Axes | None = None,
        **plot_params: Any,
    ) -> Self:
        """Show pictures whose labels were predicted.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images, encoded bytes.

        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1; NaN where it is unknown; also a y of two values, of shape (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Probabilities, or decision values.

        Y_pred : array-like of shape (n_samples, n_labels), default=None
            0 and 1, as ``predict`` returns. By default the labels are set whose probability is at
            least 0.5, or whose decision value is at least 0.

        order : {"worst", "best", "random"}, default="worst"
            Which pictures come first: those of largest loss (see Notes), of smallest, or any.

        label : str or int, default=None
            Name or number of a label: only pictures with a mistake in it are shown, or those that
            ``kind`` says, and they are ordered by this label's loss.

        kind : {"mistake", "false positive", "missed", "found"}, default=None
            Only pictures with such a label, or with ``label`` such: set by mistake or missed,
            set by mistake, missed, or rightly set. ``None``: all pictures; "mistake" with
            ``label``.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of ``Y_true`` if it is a frame, else numbers.

        response_method : {"predict_proba", "decision_function"}, default="predict_proba"
            What ``Y_score`` is.

        random_state : int, RandomState instance or None, default=None
            Determines ``order="random"``.

        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.

        **plot_params : dict
            Passed to :meth:`plot`, such as ``page`` and ``n_pictures``.

        Returns
        -------
        display : PredictionGalleryDisplay
            Drawn.

        Raises
        ------
        ValueError
            If shapes or values don't fit, or there is no such label.
        """
        display = cls._choose(
            X,
            Y_true,
            Y_score,
            Y_pred,
            order=order,
            label=label,
            kind=kind,
            label_names=label_names,
            response_method=response_method,
            random_state=random_state,
        )
        return display.plot(ax=ax, **plot_params)

    @classmethod
    def _choose(
        cls,
        X,
        Y_true,
        Y_score,
        Y_pred,
        *,
        order="worst",
        label=None,
        kind=None,
        label_names=None,
        response_method="predict_proba",
        random_state=None,
    ):
        """Return a display that is not drawn yet."""
        _check_choice("order", order, get_args(Order))
        _check_choice("kind", kind, (None, *get_args(Kind)))
        _check_choice("response_method", response_method, tuple(_DEFAULT_THRESHOLDS))
        images = _check_pictures(X)
        Y_true, Y_pred, label_names = as_matrices(Y_true, Y_pred, label_names)
        is_probability = response_method == "predict_proba"
        check = check_probabilities if is_probability else check_scores
        Y, known, names, scores = check(Y_true, Y_score, label_names)
        if Y_pred is None:
            decisions = scores >= _DEFAULT_THRESHOLDS[response_method]
        else:
            *_, decisions = check_predictions(Y_true, Y_pred)
        check_consistent_length(images, Y)
        truth = Y.astype(np.float64) if known is None else np.where(known, Y, np.nan)
        number = None if label is None else find_labels([label], names, "label")[0]
        columns = slice(None) if number is None else slice(number, number + 1)
        if label is not None and kind is None:
            kind = "mistake"
        losses = compute_losses(truth[:, columns], scores[:, columns], is_probability)
        rows = select_rows(truth[:, columns], decisions[:, columns], kind)
        return cls(
            images=images,
            Y_true=truth,
            Y_score=scores,
            Y_pred=decisions,
            label_names=list(names),
            rows=sort_rows(rows, losses, order, random_state),
            losses=losses,
            label=number,
            title=make_title(order, kind, None if number is None else names[number]),
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        page: int = 1,
        n_pictures: int = 12,
        n_columns: int = 4,
        max_lines: int = 4,
    ) -> Self:
        """Draw one page of the pictures.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure, as high as it takes.

        page : int, default=1
            Which of the pages, from 1.

        n_pictures : int, default=12
            Pictures a page.

        n_columns : int, default=4
            Pictures side by side.

        max_lines : int, default=4
            The most lines of labels below a picture; what has no room is counted.

        Returns
        -------
        display : PredictionGalleryDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If there is no such page.
        """
        for name, value in {
            "page": page,
            "n_pictures": n_pictures,
            "n_columns": n_columns,
            "max_lines": max_lines,
        }.items():
            if value < 1:
                raise ValueError(f"{name}={value}: expected at least 1.")
        n_pages = max(1, -(-len(self.rows) // n_pictures))
        if page > n_pages:
            raise ValueError(
                f"page={page}: there are {len(self.rows)} such pictures, on {n_pages} "
                f"page{'s' if n_pages > 1 else ''} of {n_pictures}."
            )
        start = (page - 1) * n_pictures
        rows = self.rows[start : start + n_pictures]
        marks = [self._list_marks(row) for row in rows]
        states = {"found", "false", "missed"}.union(one.state for of_row in marks for one in of_row)
        shown = f"{start + 1} to {start + len(rows)} of {len(self.rows)}" if len(rows) else "none"
        self.ax_ = draw_gallery(
            ax,
            pictures=[load_small(self.images[row]) for row in rows],
            captions=[self._caption(row) for row in rows],
            marks=marks,
            title=f"{self.title} ({shown})",
            legend=[
                (f"{sign} {meaning}", color)
                for state, (sign, color, meaning) in SIGNS.items()
                if state in states
            ],
            n_columns=min(n_columns, max(len(rows), 1)),
            max_lines=max_lines,
        )
        self.figure_: Figure = self.ax_.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return what is shown on all pages, as a table.

        Returns
        -------
        frame : DataFrame of shape (n_shown, 8)
            A row for each picture in the order shown: its number in X ("row"), its path or kind
            ("source"), "loss", "n_mistakes", and tuples of the names of its labels by what became
            of them: "found", "false" (set by mistake), "missed", "unknown" (set where nobody
            looked).
        """
        names = np.array(self.label_names, dtype=object)
        entries = []
        for row in self.rows:
            states = tell_states(self.Y_true[row], self.Y_pred[row])
            groups = {state: tuple(names[chosen]) for state, chosen in states.items()}
            entries.append(
                {
                    "row": int(row),
                    "source": describe_source(self.images[row]),
                    "loss": self.losses[row],
                    "n_mistakes": len(groups["false"]) + len(groups["missed"]),
                    **groups,
                }
            )
        columns = ["row", "source", "loss", "n_mistakes", "found", "false", "missed", "unknown"]
        return pd.DataFrame(entries, columns=columns)

    def _caption(self, row):
        states = tell_states(self.Y_true[row], self.Y_pred[row])
        n_mistakes = int((states["false"] | states["missed"]).sum())
        mistakes = f"{n_mistakes} mistake{'s' if n_mistakes > 1 else ''}" if n_mistakes else "right"
        if np.isnan(self.Y_true[row]).all():
            mistakes = "nothing known"
        return f"{name_picture(self.images[row], row)}  {mistakes}"

    def _list_marks(self, row):
        """Return the marks below a picture: the label asked for, mistakes, then what is right."""
        states = tell_states(self.Y_true[row], self.Y_pred[row])
        scores = self.Y_score[row]
        marks = []
        for state in ("false", "missed", "found", "unknown"):
            chosen = np.flatnonzero(states[state])
            # The surest of what was set first, and of what was missed the least sure.
            key = scores[chosen] if state == "missed" else -scores[chosen]
            marks += [(state, j) for j in chosen[np.argsort(key, kind="stable")]]
        marks.sort(key=lambda mark: mark[1] != self.label)
        if not marks:
            return [Mark("found", "no label")]
        return [Mark(state, str(self.label_names[j]), f"{scores[j]:.2f}") for state, j in marks]


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: expected one of {allowed}.")


def _check_pictures(X):
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiu":
        raise ValueError(
            f"X has shape {X.shape}, a matrix of features; expected pictures. Write "
            "PredictionGalleryDisplay.from_predictions(pictures, Y, estimator.predict_proba(X))."
        )
    return as_image_list(X)
