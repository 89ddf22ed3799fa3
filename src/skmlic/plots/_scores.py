"""Scores of labels as bars."""

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic import metrics
from skmlic._utils._compat import safe_indexing
from skmlic._utils._typing import Floats, Labels, Rows
from skmlic.metrics._validation import check_truth
from skmlic.plots._responses import Names, answer, as_matrices, choose_labels, warn_of_left_out
from skmlic.plots._style import COLOURS, make_axes, shorten, size_for_bars, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DECISIONS, _SCORES, _PROBABILITIES = "predict", "auto", "predict_proba"
# By name: the function, the response it takes, and whether a smaller value is better.
_METRICS: dict[str, tuple[Callable[..., Any], str, bool]] = {
    "average_precision": (metrics.average_precision_score, _SCORES, False),
    "roc_auc": (metrics.roc_auc_score, _SCORES, False),
    "f1": (metrics.f1_score, _DECISIONS, False),
    "precision": (metrics.precision_score, _DECISIONS, False),
    "recall": (metrics.recall_score, _DECISIONS, False),
    "jaccard": (metrics.jaccard_score, _DECISIONS, False),
    "balanced_accuracy": (metrics.balanced_accuracy_score, _DECISIONS, False),
    "label_accuracy": (metrics.label_accuracy_score, _DECISIONS, False),
    "log_loss": (metrics.log_loss, _PROBABILITIES, True),
    "brier_score_loss": (metrics.brier_score_loss, _PROBABILITIES, True),
    "expected_calibration_error": (metrics.expected_calibration_error, _PROBABILITIES, True),
}
_TITLES = {"roc_auc": "ROC AUC", "f1": "F1", "jaccard": "Jaccard index"}


class LabelScoresDisplay:
    """A score of each label as bars, the best on top, with the number of its positives.

    Make it with :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_cv_results`; the
    parameters are stored as attributes.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_labels)
        A row for each fold; NaN where a label's score is undefined.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    support : ndarray of shape (n_labels,)
        Numbers of positives in all folds.

    metric : str, default="score"
        What the scores are called.

    smaller_is_better : bool, default=False
        Whether the smallest is the best.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What it is drawn on.

    bars_ : matplotlib BarContainer
        The bars.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    See Also
    --------
    skmlic.metrics.classification_report : Several scores as a table.
    MultiLabelPrecisionRecallDisplay : What is behind average precision.

    Notes
    -----
    Labels whose score is undefined are left out, with a warning. With several folds a bar is the
    mean of those in which it is defined, and its line one standard deviation to each side.

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
            Fitted.

        X : array-like of shape (n_samples, ...)
            What it takes; samples it was not fitted on.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        metric : str or callable, default="average_precision"
            As in :meth:`from_predictions`.

        response_method : {"predict", "predict_proba", "decision_function", "auto"}, default=None
            What the metric is computed from. ``None`` is what the named metric takes, and "auto",
            probabilities or else decision values, for a function.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y if it is a frame, else those the estimator
            was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`, which passes what it has no name for to
            :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            Drawn.
        """
        method = response_method or _find_metric(metric)[2]
        Y, response, names = answer(estimator, X, Y, method, label_names)
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
        """Draw the scores of predictions.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        Y_response : array-like of shape (n_samples, n_labels)
            What the metric takes: scores, probabilities or decisions.

        metric : str or callable, default="average_precision"
            "average_precision" or "roc_auc", of scores; "f1", "precision", "recall", "jaccard",
            "balanced_accuracy" or "label_accuracy", of decisions; "log_loss", "brier_score_loss" or
            "expected_calibration_error", of probabilities. Or a function
            ``f(Y_true, Y_response)`` that returns a number for each label, of which more is better.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of samples; passed to the metric.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there is no such metric, shapes or values don't fit, or no score is defined.

        Warns
        -----
        UndefinedMetricWarning
            If labels are left out.
        """
        name, function, _, smaller_is_better = _find_metric(metric)
        Y_true, Y_response, label_names = as_matrices(Y_true, Y_response, label_names)
        scores, names, support = _score(function, Y_true, Y_response, label_names, sample_weight)
        warn_of_left_out(names, np.isnan(scores), f"an undefined {name}")
        display = cls(
            scores[np.newaxis],
            label_names=names,
            support=support,
            metric=name,
            smaller_is_better=smaller_is_better,
        )
        return display.plot(ax, **plot_options)

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
        """Draw the scores of cross-validation's folds.

        Parameters
        ----------
        cv_results : dict
            What :func:`sklearn.model_selection.cross_validate` returns with
            ``return_estimator=True`` and ``return_indices=True``.

        X, Y : array-like
            What was cross-validated; see :meth:`from_estimator`.

        metric : str or callable, default="average_precision"
            As in :meth:`from_predictions`.

        response_method : str, default=None
            As in :meth:`from_estimator`.

        label_names : sequence of shape (n_labels,), default=None
            As in :meth:`from_estimator`.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelScoresDisplay
            Drawn.

        Raises
        ------
        ValueError
            If ``cv_results`` lacks the estimators or the indices, or no score is defined.
        """
        if not {"estimator", "indices"} <= set(cv_results):
            raise ValueError(
                f"cv_results has {sorted(cv_results)}; expected 'estimator' and 'indices' too. "
                "Write cross_validate(..., return_estimator=True, return_indices=True)."
            )
        name, function, default_method, smaller_is_better = _find_metric(metric)
        folds = []
        for estimator, rows in zip(
            cv_results["estimator"], cv_results["indices"]["test"], strict=True
        ):
            truth, response, fold_names = answer(
                estimator,
                safe_indexing(X, rows),
                safe_indexing(Y, rows),
                response_method or default_method,
                label_names,
            )
            folds.append(_score(function, truth, response, fold_names, None))
        scores = np.stack([of_fold for of_fold, _, _ in folds])
        names = folds[0][1]
        warn_of_left_out(names, np.isnan(scores).all(axis=0), f"an undefined {name}")
        display = cls(
            scores,
            label_names=names,
            support=np.sum([support for _, _, support in folds], axis=0),
            metric=name,
            smaller_is_better=smaller_is_better,
        )
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "best",
        max_labels: int | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure as high as there are bars.

        labels : {"best", "worst", "frequent"} or iterable of labels, default="best"
            What comes first, from the top; or the labels to draw.

        max_labels : int or None, default=None
            How many labels, if they are not named; ``None`` is all.

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
        places = choose_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=-means if self.smaller_is_better else means,
            support=self.support,
        )
        ax = make_axes(ax, **size_for_bars(len(places)))
        rows = np.arange(len(places))
        self.bars_ = ax.barh(
            rows,
            means[places],
            xerr=None if stds is None else np.nan_to_num(stds[places]),
            color=COLOURS[0],
            error_kw={"ecolor": "black", "elinewidth": 1, "capsize": 2},
        )
        write_values(ax, self.bars_, [f"{mean:.2f}" for mean in means[places]])
        mean = np.nanmean(means)
        ax.axvline(mean, color="black", linestyle="--", label=f"mean of all labels: {mean:.2f}")
        names = [f"{shorten(self.label_names[j])} ({self.support[j]:g})" for j in places]
        ax.set_yticks(rows, names)
        ax.set(
            ylim=(len(places) - 0.4, -0.6),
            xlabel=_TITLES.get(self.metric, self.metric.replace("_", " ").capitalize()),
            ylabel="Label (positives)",
        )
        ax.margins(x=0.15)
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the scores.

        Returns
        -------
        scores : DataFrame of shape (n_labels, 3) or (n_labels, 4)
            A row for each label, in the order of Y, with the columns "label", that of the metric,
            with several folds "std", and "support".
        """
        means, stds = _mean_and_std(self.scores)
        columns = {"label": self.label_names, self.metric: means}
        if stds is not None:
            columns["std"] = stds
        return pd.DataFrame({**columns, "support": self.support})


def _find_metric(metric: str | Callable[..., Any]) -> tuple[str, Callable[..., Any], str, bool]:
    """Return name, function, response method and whether a smaller value is better."""
    if callable(metric):
        return getattr(metric, "__name__", "score"), metric, _SCORES, False
    if metric not in _METRICS:
        raise ValueError(
            f"metric={metric!r}: expected one of {sorted(_METRICS)}, or a function that returns a "
            "number for each label."
        )
    return (metric, *_METRICS[metric])


def _score(
    function: Callable[..., Any],
    Y_true: Any,
    response: Any,
    label_names: Names | None,
    sample_weight: npt.ArrayLike | None,
) -> tuple[Floats, npt.NDArray[Any], npt.NDArray[Any]]:
    """Return each label's score, name and number of positives."""
    Y, _, names = check_truth(Y_true, label_names)
    accepted = signature(function).parameters
    options: dict[str, Any] = {"average": None, "undefined": "nan"}
    options = {name: value for name, value in options.items() if name in accepted}
    if sample_weight is not None:
        options["sample_weight"] = sample_weight
    scores = np.asarray(function(Y_true, response, **options), dtype=np.float64)
    if scores.shape != (len(names),):
        raise ValueError(
            f"The metric returns an array of shape {scores.shape}; expected a number for each of "
            f"the {len(names)} labels."
        )
    return scores, names, Y.sum(axis=0)


def _mean_and_std(
    scores: Floats,
) -> tuple[Floats, Floats | None]:
    """Return mean and standard deviation over folds, of those where the score is defined."""
    frame = pd.DataFrame(scores)
    means = frame.mean().to_numpy()
    return means, frame.std(ddof=0).to_numpy() if len(frame) > 1 else None
