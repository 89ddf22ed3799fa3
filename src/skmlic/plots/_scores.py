"""Score of each label as a bar."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._compat import safe_indexing
from skmlic._utils._numbers import describe
from skmlic._utils._typing import Floats, Labels, Rows
from skmlic.plots._base import respond
from skmlic.plots._label_metrics import LabelMetric, find_metric, score_labels, write_title
from skmlic.plots._label_selection import select_labels, warn_excluded_labels
from skmlic.plots._responses import Names, as_matrices
from skmlic.plots._style import COLORS, make_axes, shorten, size_for_bars, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure, SubFigure


class LabelScoresDisplay:
    """Score of each label as a bar, the best one on top, with the number of positives.

    Create it with :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_cv_results`. The
    parameters are stored as attributes.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_labels)
        One row per fold; NaN where the score of a label is undefined.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label in all folds.

    metric : str, default="score"
        Name of the scores.

    smaller_is_better : bool, default=False
        Whether the smallest score is the best.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    bars_ : matplotlib BarContainer
        The bars.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    See Also
    --------
    skmlic.metrics.classification_report : Tabulate several scores.
    MultiLabelPrecisionRecallDisplay : Draw the curves that average precision summarizes.

    Notes
    -----
    Labels whose score is undefined are left out, with a warning. With several folds, a bar is the
    mean over the folds in which the score is defined, and the error bar is one standard deviation
    to each side.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from skmlic.plots import LabelScoresDisplay
    >>> Y = pd.DataFrame({"sea": [1, 0, 1, 0], "sunset": [0, 0, 1, 1]})
    >>> Y_pred = [[1, 0], [1, 0], [1, 1], [0, 1]]
    >>> display = LabelScoresDisplay.from_predictions(Y, Y_pred, metric="f1")
    >>> display.frame()
        label   f1  support
    0     sea  0.8        2
    1  sunset  1.0        2
    >>> plt.show()
    """

    ax_: "Axes"
    bars_: "BarContainer"
    figure_: "Figure | SubFigure"

    def __init__(
        self,
        scores: Floats,
        *,
        label_names: Names,
        support: npt.NDArray[Any],
        metric: str = "score",
        smaller_is_better: bool = False,
    ) -> None:
        self.scores = scores
        self.label_names = label_names
        self.support = support
        self.metric = metric
        self.smaller_is_better = smaller_is_better

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Rows,
        Y: Labels,
        *,
        metric: str | Callable[..., Any] = "average_precision",
        response_method: str | None = None,
        label_names: Names | None = None,
        **options: Any,
    ) -> Self:
        """Draw the scores of a fitted classifier.

        Parameters
        ----------
        estimator : estimator instance
            A fitted estimator.

        X : array-like of shape (n_samples, ...)
            Samples that the estimator was not fitted on, in any form that it takes.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        metric : str or callable, default="average_precision"
            As in :meth:`from_predictions`.

        response_method : {"predict", "predict_proba", "decision_function", "auto"}, default=None
            The method whose response the metric is computed from. ``None`` is the one that a named
            metric needs, and "auto" for a function: ``predict_proba`` or, without it,
            ``decision_function``.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else the names that
            the estimator was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`, which passes options that it does not know to
            :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            The display, drawn.
        """
        method = response_method or find_metric(metric).response_method
        Y, response, names = respond(estimator, X, Y, method, label_names)
        return cls.from_predictions(Y, response, metric=metric, label_names=names, **options)

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_response: npt.ArrayLike,
        *,
        metric: str | Callable[..., Any] = "average_precision",
        sample_weight: npt.ArrayLike | None = None,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the scores of given predictions.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_response : array-like of shape (n_samples, n_labels)
            Scores, probabilities or predictions, whichever the metric takes.

        metric : str or callable, default="average_precision"
            "average_precision" or "roc_auc" for scores; "f1", "precision", "recall", "jaccard",
            "balanced_accuracy" or "label_accuracy" for predictions; "log_loss", "brier_score_loss"
            or "expected_calibration_error" for probabilities. Or a function
            ``f(Y_true, Y_response)`` that returns one number per label, larger for a better label.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights, which are passed to the metric.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no such metric, shapes or values do not fit, or no score is defined.

        Warns
        -----
        UndefinedMetricWarning
            If labels are left out because their score is undefined.
        """
        label_metric = find_metric(metric)
        Y_true, Y_response, label_names = as_matrices(Y_true, Y_response, label_names)
        scored = score_labels(label_metric, Y_true, Y_response, label_names, sample_weight)
        return cls._from_scores([scored], label_metric).plot(ax, **plot_options)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        X: Rows,
        Y: Labels,
        *,
        metric: str | Callable[..., Any] = "average_precision",
        response_method: str | None = None,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the scores of the folds of a cross-validation.

        Parameters
        ----------
        cv_results : dict
            The results of :func:`sklearn.model_selection.cross_validate` with
            ``return_estimator=True`` and ``return_indices=True``.

        X, Y : array-like
            The samples and labels of the cross-validation; see :meth:`from_estimator`.

        metric : str or callable, default="average_precision"
            As in :meth:`from_predictions`.

        response_method : str, default=None
            As in :meth:`from_estimator`.

        label_names : sequence of shape (n_labels,), default=None
            As in :meth:`from_estimator`.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If ``cv_results`` lacks the estimators or the indices, or no score is defined.
        """
        if not isinstance(cv_results, Mapping):
            raise TypeError(f"cv_results is {describe(cv_results)}; expected a dict.")
        if not {"estimator", "indices"} <= set(cv_results):
            raise ValueError(
                f"cv_results has {sorted(cv_results)}; expected 'estimator' and 'indices' too. "
                "Write cross_validate(..., return_estimator=True, return_indices=True)."
            )
        label_metric = find_metric(metric)
        scored = []
        for estimator, rows in zip(
            cv_results["estimator"], cv_results["indices"]["test"], strict=True
        ):
            truth, response, fold_names = respond(
                estimator,
                safe_indexing(X, rows),
                safe_indexing(Y, rows),
                response_method or label_metric.response_method,
                label_names,
            )
            scored.append(score_labels(label_metric, truth, response, fold_names))
        return cls._from_scores(scored, label_metric).plot(ax, **plot_options)

    @classmethod
    def _from_scores(cls, scored: Sequence[tuple[Any, Any, Any]], metric: LabelMetric) -> Self:
        """Return a display of the scores, label names and supports of folds."""
        scores = np.stack([fold_scores for fold_scores, _, _ in scored])
        _, names, _ = scored[0]
        warn_excluded_labels(names, np.isnan(scores).all(axis=0), f"an undefined {metric.name}")
        return cls(
            scores,
            label_names=names,
            support=np.sum([support for _, _, support in scored], axis=0),
            metric=metric.name,
            smaller_is_better=metric.smaller_is_better,
        )

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "best",
        max_labels: int | None = None,
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure whose height fits the bars.

        labels : {"best", "worst", "frequent"} or iterable of labels, default="best"
            Order of the labels from the top, or the labels to draw.

        max_labels : int or None, default=None
            Largest number of labels, if they are not named; ``None`` is all labels.

        Returns
        -------
        self : LabelScoresDisplay

        Raises
        ------
        ValueError
            If there is no such label or order.
        ImportError
            If matplotlib is not installed.
        """
        means, stds = _mean_and_std(self.scores)
        chosen = select_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=-means if self.smaller_is_better else means,
            support=self.support,
        )
        ax = make_axes(ax, **size_for_bars(len(chosen)))
        rows = np.arange(len(chosen))
        self.bars_ = ax.barh(
            rows,
            means[chosen],
            xerr=None if stds is None else np.nan_to_num(stds[chosen]),
            color=COLORS[0],
            error_kw={"ecolor": "black", "elinewidth": 1, "capsize": 2},
        )
        write_values(ax, self.bars_, [f"{mean:.2f}" for mean in means[chosen]])
        mean = np.nanmean(means)
        ax.axvline(mean, color="black", linestyle="--", label=f"mean of all labels: {mean:.2f}")
        names = [f"{shorten(self.label_names[j])} ({self.support[j]:g})" for j in chosen]
        ax.set_yticks(rows, names)
        ax.set(
            ylim=(len(chosen) - 0.4, -0.6),
            xlabel=write_title(self.metric),
            ylabel="Label (positives)",
        )
        ax.margins(x=0.15)
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the scores.

        Returns
        -------
        frame : DataFrame of shape (n_labels, 3) or (n_labels, 4)
            One row per label, in the order of Y, with the columns "label", the name of the metric,
            "std" if there are several folds, and "support".
        """
        means, stds = _mean_and_std(self.scores)
        columns = {"label": self.label_names, self.metric: means}
        if stds is not None:
            columns["std"] = stds
        return pd.DataFrame({**columns, "support": self.support})


def _mean_and_std(
    scores: Floats,
) -> tuple[Floats, Floats | None]:
    """Return the mean and standard deviation over the folds in which the score is defined."""
    frame = pd.DataFrame(scores)
    means = frame.mean().to_numpy()
    return means, frame.std(ddof=0).to_numpy() if len(frame) > 1 else None
