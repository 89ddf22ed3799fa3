"""Score of each label by decision threshold."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._typing import Floats, Labels, Rows
from skmlic.inspection._inner_estimators import find_fitted
from skmlic.metrics._validation import check_scores
from skmlic.model_selection import TuningData
from skmlic.objectives import Objective
from skmlic.plots._base import CurvesDisplay, respond
from skmlic.plots._label_selection import select_labels, warn_excluded_labels
from skmlic.plots._responses import Names, as_matrices
from skmlic.plots._style import make_axes
from skmlic.plots._threshold_curves import (
    check_fold_thresholds,
    check_metric,
    check_thresholds,
    compute_curves,
    compute_shared_curve,
    find_best,
    find_label_objective,
    find_score,
    name_metric,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class ThresholdCurveDisplay(CurvesDisplay):
    """Score of each label by decision threshold, with the thresholds in use.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (thresholds, scores), of length n_labels
        For each label, its distinct scores in ascending order as thresholds, and the metric at
        each threshold. Empty for a label without positives.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label.

    thresholds : ndarray of shape (n_labels,), default=None
        Thresholds in use.

    thresholds_per_fold : ndarray of shape (n_folds, n_labels), default=None
        Thresholds that were tuned with one fold left out each.

    shared : tuple (thresholds, scores), default=None
        Metric of all labels if they have the same threshold.

    metric : str, default="score"
        Name of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by label name, and that of a shared threshold as "shared".

    See Also
    --------
    skmlic.model_selection.TunedThresholdMultiLabelClassifierCV : Tune thresholds.

    Notes
    -----
    A dot is a threshold in use. The bar through it reaches from the smallest to the largest of the
    thresholds that were tuned with one fold left out each. A long bar or a flat curve shows that
    another threshold would do as well.

    Scores are exact at all thresholds, and constant between two neighbouring thresholds.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
    >>> from skmlic.plots import ThresholdCurveDisplay
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=20, random_state=0)
    >>> clf = TunedThresholdMultiLabelClassifierCV(forest, store_cv_results=True).fit(X, Y)
    >>> display = ThresholdCurveDisplay.from_estimator(clf)
    >>> display.thresholds.round(2)
    array([0.38, 0.48, 0.36])
    >>> plt.show()
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "dict[Any, Line2D]"

    def __init__(
        self,
        curves: Sequence[tuple[Floats, Floats]],
        *,
        label_names: Names,
        support: npt.NDArray[Any],
        thresholds: Floats | None = None,
        thresholds_per_fold: Floats | None = None,
        shared: tuple[Floats, Floats] | None = None,
        metric: str = "score",
    ) -> None:
        self.curves = curves
        self.label_names = label_names
        self.support = support
        self.thresholds = thresholds
        self.thresholds_per_fold = thresholds_per_fold
        self.shared = shared
        self.metric = metric

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Rows | None = None,
        Y: Labels | None = None,
        *,
        metric: str | Objective | None = None,
        label_names: Names | None = None,
        **options: Any,
    ) -> Self:
        """Draw curves of the scores that thresholds were tuned on, or of other samples.

        Parameters
        ----------
        estimator : estimator instance
            A fitted TunedThresholdMultiLabelClassifierCV, which may be the last step of a pipeline.
            Also any other fitted multi-label classifier, whose curves are drawn without thresholds
            in use.

        X : array-like of shape (n_samples, ...), default=None
            Samples that the estimator was not fitted on. ``None`` uses the out-of-fold scores that
            thresholds were tuned on, which are kept with ``store_cv_results=True``.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels), default=None
            The true labels of X.

        metric : str or Objective, default=None
            As in :meth:`from_predictions`. ``None`` is the objective that thresholds were tuned
            for, or "f1" if that is no mean over labels.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else the names that
            the estimator was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`, which passes options that it does not know to
            :meth:`plot`.

        Returns
        -------
        display : ThresholdCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are neither X and Y nor stored scores, if only one of X and Y is given, or if
            the estimator predicts the ``k`` labels with the highest scores, without thresholds.
        """
        tuned = find_fitted(estimator, "thresholds_")
        if getattr(tuned, "strategy_", None) == "top_k":
            raise ValueError("strategy='top_k' has no thresholds; there is nothing to draw.")
        if (X is None) != (Y is None):
            raise ValueError(
                f"{'X' if X is None else 'Y'} is None; expected both X and Y, or none."
            )
        if X is None:
            results = getattr(tuned, "cv_results_", None)
            if results is None:
                raise ValueError(
                    f"{type(estimator).__name__} has no stored scores; expected X and Y, or a "
                    "TunedThresholdMultiLabelClassifierCV fitted with store_cv_results=True."
                )
            Y, scores = results["y_true"], results["y_score"]
            label_names = tuned.label_names_ if label_names is None else label_names
        else:
            method = getattr(tuned, "response_method", "auto")
            Y, scores, label_names = respond(estimator, X, Y, method, label_names)
        if metric is None:
            metric = find_label_objective(getattr(tuned, "objective", "f1"))
        return cls.from_predictions(
            Y,
            scores,
            metric=metric,
            thresholds=getattr(tuned, "thresholds_", None),
            thresholds_per_fold=getattr(tuned, "thresholds_per_fold_", None),
            label_names=label_names,
            **options,
        )

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_score: npt.ArrayLike,
        *,
        metric: str | Objective = "f1",
        thresholds: npt.ArrayLike | None = None,
        thresholds_per_fold: npt.ArrayLike | None = None,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw curves of given scores.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Scores that are larger where a label is more likely.

        metric : str or Objective, default="f1"
            "f1", "precision", "recall", or an objective of
            :class:`~skmlic.model_selection.TunedThresholdMultiLabelClassifierCV` that is a mean
            over labels: its name, such as "f2_macro", or an object of :mod:`skmlic.objectives`.

        thresholds : float or array-like of shape (n_labels,), default=None
            Thresholds that are marked.

        thresholds_per_fold : array-like of shape (n_folds, n_labels), default=None
            Thresholds whose range is marked.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : ThresholdCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes or values do not fit, the metric is no mean over labels, or no label has
            positives.

        Warns
        -----
        UndefinedMetricWarning
            If labels are left out because they have no positives.
        """
        objective = check_metric(metric)
        Y_true, Y_score, label_names = as_matrices(Y_true, Y_score, label_names)
        Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
        support = Y.sum(axis=0)
        warn_excluded_labels(names, support == 0, "no positives")
        data = TuningData(Y, scores, is_probability=False, known=known)
        shared = None
        if len(names) > 1:
            shared = compute_shared_curve(data, objective)
        display = cls(
            compute_curves(data, objective),
            label_names=names,
            support=support,
            thresholds=check_thresholds(thresholds, len(names)),
            thresholds_per_fold=check_fold_thresholds(thresholds_per_fold, len(names)),
            shared=shared,
            metric=name_metric(metric, objective),
        )
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "frequent",
        max_labels: int | None = 6,
    ) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="frequent"
            The labels in colour and in the legend: those with the smallest or largest score at the
            threshold in use, or else at the best threshold; those with most positives; or the given
            ones. The curves of all others are thin and gray.

        max_labels : int or None, default=6
            Largest number of labels in colour, if they are not named; ``None`` is all labels.

        Returns
        -------
        self : ThresholdCurveDisplay

        Raises
        ------
        ValueError
            If there is no such label or order.
        ImportError
            If matplotlib is not installed.
        """
        frame = self.frame()
        values = frame["score"].fillna(frame["best_score"]).to_numpy(dtype=np.float64)
        chosen = select_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=values,
            support=self.support,
        )
        ax = make_axes(ax, width=8)
        shared_style = {"label": "all labels, one threshold"}
        self.lines_ = self._draw_curves(
            ax,
            chosen,
            self._describe,
            [("shared", self.shared, shared_style)],
        )
        ax.set(xlabel="Threshold", ylabel=self.metric)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the thresholds in use and the best ones.

        Returns
        -------
        frame : DataFrame of shape (n_labels, 8)
            One row per label, in the order of Y. The columns are "label"; "support"; "threshold"
            and "score", for the threshold in use; "smallest" and "largest", the range of the
            thresholds over folds; and "best_threshold" and "best_score", for the best threshold of
            the curve. Missing values are NaN.
        """
        summaries = pd.DataFrame([self._summarize(j) for j in range(len(self.curves))])
        return pd.concat(
            [pd.DataFrame({"label": self.label_names, "support": self.support}), summaries], axis=1
        )

    def _summarize(self, label: int) -> dict[str, float]:
        """Return the row of the table of a label."""
        threshold = np.nan if self.thresholds is None else self.thresholds[label]
        folds = np.array([np.nan])
        if self.thresholds_per_fold is not None:
            folds = self.thresholds_per_fold[:, label]
        values, scores = self.curves[label]
        best_threshold, best_score = find_best(values, scores)
        return {
            "threshold": threshold,
            "score": find_score(values, scores, threshold),
            "smallest": folds.min(),
            "largest": folds.max(),
            "best_threshold": best_threshold,
            "best_score": best_score,
        }

    def _describe(self, label: int) -> str:
        """Return the text behind the name of a label in the legend."""
        row = self._summarize(label)
        if np.isinf(row["threshold"]):
            return "never predicted" if row["threshold"] > 0 else "always predicted"
        prefix = "best " if np.isnan(row["threshold"]) else ""
        kind = "best_" if prefix else ""
        score, threshold = row[f"{kind}score"], row[f"{kind}threshold"]
        return "undefined" if np.isnan(score) else f"{prefix}{score:.2f} at {threshold:.2f}"

    def _draw_label(self, ax: Any, label: int, *, label_text: str, **style: Any) -> Any:
        line = super()._draw_label(ax, label, label_text=label_text, **style)
        self._mark(ax, label, style["color"])
        return line

    def _draw_curve(self, ax: Any, curve: Any, **style: Any) -> Any:
        return super()._draw_curve(ax, curve, drawstyle="steps-pre", **style)

    def _mark(self, ax: Any, label: int, color: str) -> None:
        """Mark the threshold in use, and the range of the thresholds over folds."""
        row = self._summarize(label)
        if np.isnan(row["score"]):
            return
        ends = [row["smallest"], row["largest"]]
        if np.isfinite(ends).all():
            ax.plot(ends, [row["score"]] * 2, color="black", marker="|", markersize=8, linewidth=1)
        # The black edge keeps the dot visible on a curve of the same color.
        ax.plot(row["threshold"], row["score"], "o", color=color, mec="black", zorder=3)
