"""What a label's decision threshold does to its score."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skmlic._utils._typing import Floats, Labels, Rows
from skmlic.inspection._inner_estimators import find_fitted
from skmlic.metrics._counts import divide
from skmlic.metrics._validation import check_scores
from skmlic.model_selection._objectives import ScoreObjective, check_objective
from skmlic.model_selection._threshold_search import TuningData
from skmlic.objectives import FBeta, Objective
from skmlic.plots._responses import (
    Names,
    answer,
    as_matrices,
    choose_labels,
    warn_of_left_out,
)
from skmlic.plots._style import draw_in_grey, line_styles, make_axes, put_legend_outside, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_SHARED = 200


class _Precision(Objective):
    def parts(self, counts: Any) -> Any:
        return counts.tp, counts.tp + counts.fp


class _Recall(Objective):
    def parts(self, counts: Any) -> Any:
        return counts.tp, counts.positives


_METRICS: dict[str, Objective] = {"f1": FBeta(), "precision": _Precision(), "recall": _Recall()}


class ThresholdCurveDisplay:
    """The score of labels by decision threshold, with the thresholds that were chosen.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (thresholds, scores), of length n_labels
        Of each label its distinct scores, ascending, each as a threshold, and what the metric is
        with it. Empty for a label without positives.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    support : ndarray of shape (n_labels,)
        Numbers of positives.

    thresholds : ndarray of shape (n_labels,), default=None
        The thresholds that were chosen.

    thresholds_per_fold : ndarray of shape (n_folds, n_labels), default=None
        Those that were chosen without one fold each.

    shared : tuple (thresholds, scores), default=None
        The metric of all labels, if they had the same threshold.

    metric : str, default="score"
        What the scores are called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What it is drawn on.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by name of the label, and that of a shared threshold as "shared".

    See Also
    --------
    skmlic.model_selection.TunedThresholdMultiLabelClassifierCV : Chooses thresholds.

    Notes
    -----
    A dot is a chosen threshold, the bar through it reaches from the smallest to the largest of
    those that were chosen without one fold each: long bars and flat curves tell that the threshold
    could as well be another one.

    Scores are exact at all thresholds, and constant between two neighbouring ones.

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
        """Draw the scores that thresholds were tuned on, or those of other samples.

        Parameters
        ----------
        estimator : estimator instance
            Fitted: a TunedThresholdMultiLabelClassifierCV, also at the end of a pipeline; or any
            multi-label classifier, whose curves then have no chosen thresholds.

        X : array-like of shape (n_samples, ...), default=None
            Samples it was not fitted on. ``None`` takes the out-of-fold scores it has kept with
            ``store_cv_results=True``, on which the thresholds were tuned.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels), default=None
            The truth of X.

        metric : str or Objective, default=None
            As in :meth:`from_predictions`. ``None`` is what the thresholds were tuned for, or "f1"
            where that is no score of single labels.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y if it is a frame, else those the estimator
            was fitted with.

        **options : dict
            Passed to :meth:`from_predictions`, which passes what it has no name for to
            :meth:`plot`.

        Returns
        -------
        display : ThresholdCurveDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there are neither X and Y nor stored scores, one of X and Y only, or the ``k`` best
            labels are taken.
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
            Y, scores, label_names = answer(estimator, X, Y, method, label_names)
        if metric is None:
            metric = _find_objective(getattr(tuned, "objective", "f1"))
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
        """Draw truth and scores.

        Parameters
        ----------
        Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        Y_score : array-like of shape (n_samples, n_labels)
            Larger where a label is more likely.

        metric : str or Objective, default="f1"
            "f1", "precision", "recall", or what an objective of
            :class:`~skmlic.model_selection.TunedThresholdMultiLabelClassifierCV` is of one label:
            its name, such as "f2_macro", or one of :mod:`skmlic.objectives`.

        thresholds : float or array-like of shape (n_labels,), default=None
            Thresholds to mark.

        thresholds_per_fold : array-like of shape (n_folds, n_labels), default=None
            How they vary.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : ThresholdCurveDisplay
            Drawn.

        Raises
        ------
        ValueError
            If shapes or values don't fit, the metric is none of single labels, or no label has
            positives.

        Warns
        -----
        UndefinedMetricWarning
            If labels without positives are left out.
        """
        objective = _check_metric(metric)
        Y_true, Y_score, label_names = as_matrices(Y_true, Y_score, label_names)
        Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
        support = Y.sum(axis=0)
        warn_of_left_out(names, support == 0, "no positives")
        data = TuningData(Y, scores, is_probability=False, known=known)
        curves = []
        for j, cuts in enumerate(data.cuts):
            values = divide(*objective.for_label(j).parts(cuts.counts))
            kept = slice(None if support[j] else 0)
            # The first cut sets nothing, and has no score for a threshold.
            curves.append((cuts.scores[::-1][kept], values[:0:-1][kept]))
        display = cls(
            curves,
            label_names=names,
            support=support,
            thresholds=_check_thresholds(thresholds, len(names)),
            thresholds_per_fold=_check_folds(thresholds_per_fold, len(names)),
            shared=_share(data, objective) if len(names) > 1 else None,
            metric=_name(metric, objective),
        )
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "frequent",
        max_labels: int | None = 6,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="frequent"
            The labels in colour and in the legend: those of the smallest or largest score, at the
            chosen threshold or else at the best one, those of most positives, or the ones named.
            All others are thin grey lines.

        max_labels : int or None, default=6
            How many labels are in colour, if they are not named; ``None`` is all.

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
        chosen = choose_labels(
            labels,
            max_labels,
            label_names=self.label_names,
            values=values,
            support=self.support,
        )
        ax = make_axes(ax, width=8)
        self.lines_ = {}
        for place, style in zip(chosen, line_styles(len(chosen)), strict=True):
            name = self.label_names[place]
            text = f"{shorten(name)} ({self._describe(frame.loc[place])})"
            self.lines_[name] = _draw(ax, self.curves[place], label=text, **style)
            self._mark(ax, frame.loc[place], style["color"])
        if self.shared is not None:
            self.lines_["shared"] = _draw(
                ax, self.shared, label="all labels, one threshold", color="black", linewidth=2
            )
        has_curve = np.array([len(thresholds) > 0 for thresholds, _ in self.curves])
        others = np.setdiff1d(np.flatnonzero(has_curve), chosen)
        draw_in_grey(partial(_draw, ax), [self.curves[place] for place in others])
        ax.set(xlabel="Threshold", ylabel=self.metric)
        put_legend_outside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the chosen and the best thresholds.

        Returns
        -------
        thresholds : DataFrame of shape (n_labels, 8)
            A row for each label, in the order of Y, with the columns "label", "support",
            "threshold" and "score", which were chosen, "smallest" and "largest", the thresholds
            over folds, and "best_threshold" and "best_score", the best of the curve. NaN for what
            there is not.
        """
        n_labels = len(self.curves)
        nothing = np.full(n_labels, np.nan)
        chosen = nothing if self.thresholds is None else self.thresholds
        folds = (
            nothing[np.newaxis] if self.thresholds_per_fold is None else self.thresholds_per_fold
        )
        best = [_find_best(*curve) for curve in self.curves]
        return pd.DataFrame(
            {
                "label": self.label_names,
                "support": self.support,
                "threshold": chosen,
                "score": [_at(*curve, t) for curve, t in zip(self.curves, chosen, strict=True)],
                "smallest": folds.min(axis=0),
                "largest": folds.max(axis=0),
                "best_threshold": [threshold for threshold, _ in best],
                "best_score": [score for _, score in best],
            }
        )

    def _describe(self, row: pd.Series) -> str:
        if np.isinf(row["threshold"]):
            return "never set" if row["threshold"] > 0 else "always set"
        prefix = "best " if np.isnan(row["threshold"]) else ""
        threshold, score = row[
            ["best_threshold", "best_score"] if prefix else ["threshold", "score"]
        ]
        return "undefined" if np.isnan(score) else f"{prefix}{score:.2f} at {threshold:.2f}"

    def _mark(self, ax: Any, row: pd.Series, colour: str) -> None:
        if np.isnan(row["score"]):
            return
        ends = row[["smallest", "largest"]].to_numpy(dtype=np.float64)
        if np.isfinite(ends).all():
            ax.plot(ends, [row["score"]] * 2, color="black", marker="|", markersize=8, linewidth=1)
        # The dot's rim keeps it visible on the curve.
        ax.plot(row["threshold"], row["score"], "o", color=colour, mec="black", zorder=3)


def _check_metric(metric: str | Objective) -> Objective:
    if isinstance(metric, str) and metric in _METRICS:
        return _METRICS[metric]
    objective = check_objective(metric)
    if not _is_of_labels(objective):
        raise ValueError(
            f"metric={metric!r} is no score of single labels; expected 'f1', 'precision', "
            "'recall', or an objective that is a mean over labels, such as 'f2_macro'."
        )
    return objective


def _find_objective(objective: Any) -> str | Objective:
    """Return what thresholds were tuned for, or F1 where that is no score of single labels."""
    if objective == "f1":
        return "f1"
    objective = check_objective(objective)
    return objective if _is_of_labels(objective) else "f1"


def _is_of_labels(objective: Objective) -> bool:
    return objective.average in ("macro", "micro") and not isinstance(objective, ScoreObjective)


def _name(metric: str | Objective, objective: Objective) -> str:
    if isinstance(objective, FBeta):
        return f"F{objective.beta:g}"
    return str(metric).replace("_", " ").capitalize() if isinstance(metric, str) else repr(metric)


def _share(data: TuningData, objective: Objective) -> tuple[Floats, Floats]:
    """Return thresholds and the metric of all labels with each."""
    scores = data.scores if data.known is None else data.scores[data.known]
    # Most scores are low, most of those that decide are not.
    even = np.linspace(scores.min(), scores.max(), _N_SHARED // 2)
    dense = np.quantile(scores, np.linspace(0, 1, _N_SHARED // 2))
    thresholds = np.unique(np.concatenate([even, dense]))
    values = [data.evaluate(objective, data.scores >= t) for t in thresholds]
    return thresholds, np.array(values)


def _check_thresholds(values: npt.ArrayLike | None, n_labels: int) -> Floats | None:
    if values is None:
        return None
    values = np.asarray(values, dtype=np.float64)
    if values.shape not in ((), (n_labels,)):
        raise ValueError(
            f"thresholds has shape {values.shape}; expected one number, or ({n_labels},)."
        )
    return np.broadcast_to(values, n_labels)


def _check_folds(values: npt.ArrayLike | None, n_labels: int) -> Floats | None:
    if values is None:
        return None
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != n_labels:
        raise ValueError(
            f"thresholds_per_fold has shape {values.shape}; expected (n_folds, {n_labels})."
        )
    return values


def _at(thresholds: Floats, scores: Floats, threshold: float) -> float:
    """Return the score with a threshold; NaN above all scores, where nothing is set."""
    place = np.searchsorted(thresholds, threshold)
    return float(scores[place]) if place < len(scores) else np.nan


def _find_best(thresholds: Floats, scores: Floats) -> tuple[float, float]:
    if not len(scores) or np.isnan(scores).all():
        return np.nan, np.nan
    place = np.nanargmax(scores)
    return float(thresholds[place]), float(scores[place])


def _draw(ax: Any, curve: tuple[Floats, Floats], **style: Any) -> Any:
    (line,) = ax.plot(curve[0], curve[1], drawstyle="steps-pre", **style)
    return line
