"""Curves of labels' scores: precision by recall, and ROC."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from skmlic._utils._typing import Floats, Labels
from skmlic.metrics import average_precision_score, roc_auc_score
from skmlic.metrics._validation import check_scores, check_weight
from skmlic.plots._base import AnswerDisplay
from skmlic.plots._responses import Names, as_matrices, choose_labels, warn_of_left_out
from skmlic.plots._style import draw_in_grey, line_styles, make_axes, put_legend_outside, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Curve(NamedTuple):
    """The points of a curve, and the area below it."""

    x: Floats
    y: Floats
    area: float


class CurveDisplay(AnswerDisplay):
    """A curve for each label, and two for their averages."""

    _axes = ("x", "y")
    _area = "area"
    _drawstyle = "default"
    _lacking = "no positives"
    _score: Callable[..., Any]
    _trace: Callable[..., tuple[Floats, Floats]]
    _mean: Callable[[list[Curve]], tuple[Floats, Floats]]

    def __init__(
        self,
        curves: Sequence[tuple[Floats, Floats, float]],
        *,
        label_names: Names,
        support: Floats,
        micro: tuple[Floats, Floats, float] | None = None,
        macro: tuple[Floats, Floats, float] | None = None,
    ) -> None:
        self.curves = curves
        self.label_names = label_names
        self.support = support
        self.micro = micro
        self.macro = macro

    @property
    def areas(self) -> Floats:
        """The area below each label's curve, an array of shape (n_labels,); NaN without one."""
        return np.array([area for _, _, area in self.curves])

    @classmethod
    def from_predictions(
        cls,
        Y_true: Labels,
        Y_score: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
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
            Larger where a label is more likely; also the list of arrays of shape (n_samples, 2)
            that some of scikit-learn's ``predict_proba`` give.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of samples.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y_true if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **plot_options : dict
            Passed to ``plot``.

        Returns
        -------
        display : object
            Drawn.

        Raises
        ------
        ValueError
            If shapes or values don't fit, or no label has a curve.

        Warns
        -----
        UndefinedMetricWarning
            If labels are left out.
        """
        Y_true, Y_score, label_names = as_matrices(Y_true, Y_score, label_names)
        Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
        known = np.ones(Y.shape, dtype=bool) if known is None else known
        weight = check_weight(sample_weight, Y)
        weights = np.broadcast_to(1.0 if weight is None else weight[:, np.newaxis], Y.shape)
        options = {"sample_weight": weight, "undefined": "nan"}
        areas = cls._score(Y_true, scores, average=None, **options)
        warn_of_left_out(names, np.isnan(areas), cls._lacking)

        def trace(used: Any, area: float) -> Curve:
            if np.isnan(area):
                return Curve(np.empty(0), np.empty(0), np.nan)
            return Curve(*cls._trace(Y[used], scores[used], weights[used]), float(area))

        curves = [trace((known[:, j], j), area) for j, area in enumerate(areas)]
        micro = macro = None
        if len(names) > 1:
            micro = trace(known, cls._score(Y_true, scores, average="micro", **options))
            drawn = [curve for curve in curves if len(curve.x)]
            macro = Curve(*cls._mean(drawn), float(np.nanmean(areas)))
        support = (Y * weights).sum(axis=0)
        display = cls(curves, label_names=names, support=support, micro=micro, macro=macro)
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        labels: str | Iterable[Any] = "worst",
        max_labels: int | None = 6,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        labels : {"worst", "best", "frequent"} or iterable of labels, default="worst"
            The labels in colour and in the legend: those of the smallest or largest area, those of
            most positives, or the ones named. All others are thin grey lines.

        max_labels : int or None, default=6
            How many labels are in colour, if they are not named; ``None`` is all.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there is no such label or order.
        ImportError
            If matplotlib is not installed.
        """
        areas = self.areas
        chosen = choose_labels(
            labels, max_labels, label_names=self.label_names, values=areas, support=self.support
        )
        ax = make_axes(ax)
        self.lines_ = {}
        for place, style in zip(chosen, line_styles(len(chosen)), strict=True):
            name = self.label_names[place]
            text = f"{shorten(name)} ({self._describe(areas[place])}, n={self.support[place]:.4g})"
            self.lines_[name] = self._draw(ax, self.curves[place], label=text, **style)
        averages = {"micro": (self.micro, "-"), "macro": (self.macro, "--")}
        for name, (curve, line) in averages.items():
            if curve is not None:
                text = f"{name} average ({self._describe(curve[2])})"
                self.lines_[name] = self._draw(
                    ax, curve, label=text, color="black", linestyle=line, linewidth=2
                )
        others = np.setdiff1d(np.flatnonzero(~np.isnan(areas)), chosen)
        draw_in_grey(partial(self._draw, ax), [self.curves[place] for place in others])
        x, y = (name.capitalize() for name in self._axes)
        ax.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        put_legend_outside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return the curves' points.

        Returns
        -------
        points : DataFrame of shape (n_points, 3)
            The column "label", and one for each axis. After the labels come "micro" and "macro".
        """
        averages = [("micro", self.micro), ("macro", self.macro)]
        curves = [*zip(self.label_names, self.curves, strict=True), *averages]
        x, y = self._axes
        parts = [
            pd.DataFrame({"label": [name] * len(curve[0]), x: curve[0], y: curve[1]})
            for name, curve in curves
            if curve is not None and len(curve[0])
        ]
        return pd.concat(parts, ignore_index=True)

    def _describe(self, area: float) -> str:
        return "undefined" if np.isnan(area) else f"{self._area} {area:.2f}"

    def _draw(self, ax: Any, curve: tuple[Floats, Floats, float], **style: Any) -> Any:
        (line,) = ax.plot(curve[0], curve[1], drawstyle=self._drawstyle, **style)
        return line


def _trace_precision(y: Floats, scores: Floats, weight: Floats) -> tuple[Floats, Floats]:
    precision, recall, _ = precision_recall_curve(
        y, scores, sample_weight=weight, drop_intermediate=True
    )
    return recall, precision


def _trace_rates(y: Floats, scores: Floats, weight: Floats) -> tuple[Floats, Floats]:
    fpr, tpr, _ = roc_curve(y, scores, sample_weight=weight)
    return fpr, tpr


def _mean_of_steps(curves: list[Curve]) -> tuple[Floats, Floats]:
    """Return the mean of curves whose steps hold from each recall down to the one before."""
    recall = np.unique(np.concatenate([curve.x for curve in curves]))
    precision = np.zeros(len(recall))
    for curve in curves:
        # From recall 0 on; of several points of one recall the first is that of the highest
        # threshold, which leads up to it.
        at, first = np.unique(curve.x[::-1], return_index=True)
        # Rounding must not push a recall of 3/10 beyond its step.
        step = np.searchsorted(at, recall - 1e-12)
        precision += curve.y[::-1][first][step]
    return recall[::-1], precision[::-1] / len(curves)


def _mean_of_lines(curves: list[Curve]) -> tuple[Floats, Floats]:
    """Return the mean of rising curves, whose vertical parts stay vertical."""
    fpr = np.unique(np.concatenate([curve.x for curve in curves]))
    # At a jump `np.interp` takes the last value; of the curve backward, that is the lower end.
    low = sum(np.interp(-fpr, -curve.x[::-1], curve.y[::-1]) for curve in curves)
    high = sum(np.interp(fpr, curve.x, curve.y) for curve in curves)
    return np.repeat(fpr, 2), np.column_stack([low, high]).ravel() / len(curves)


class MultiLabelPrecisionRecallDisplay(CurveDisplay):
    """Precision by recall: a curve for each label, and two for their averages.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (recall, precision, area), of length n_labels
        Each label's points, as :func:`sklearn.metrics.precision_recall_curve` gives them, and its
        average precision; no points and NaN for a label without positives.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    support : ndarray of shape (n_labels,)
        Numbers of positives, or their weight.

    micro, macro : tuple (recall, precision, area) or None, default=None
        The curves of averages.

    Attributes
    ----------
    areas : ndarray of shape (n_labels,)
        Average precision of each label.

    ax_ : matplotlib Axes
        What it is drawn on.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by name of the label, and those of averages as "micro" and "macro".

    See Also
    --------
    skmlic.metrics.average_precision_score : The areas, and their mean.
    MultiLabelRocCurveDisplay : Rates that don't depend on how frequent a label is.
    LabelScoresDisplay : The areas of all labels as bars.

    Notes
    -----
    "micro" is the curve of all pairs of sample and label, ranked together. "macro" is the mean of
    the labels' precisions at each recall, each taken from the step that leads up to this recall; so
    the area below it is the mean of the labels' areas, which is mAP.

    Labels without positives are left out, with a warning. Unknown entries of Y count for nothing.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skmlic.plots import MultiLabelPrecisionRecallDisplay
    >>> X, Y = make_multilabel_classification(200, n_classes=4, random_state=0)
    >>> clf = RandomForestClassifier(n_estimators=10, random_state=0).fit(X[:100], Y[:100])
    >>> display = MultiLabelPrecisionRecallDisplay.from_estimator(
    ...     clf, X[100:], Y[100:], label_names=["sea", "sky", "boat", "rain"]
    ... )
    >>> display.areas.round(2)
    array([0.64, 0.71, 0.72, 0.8 ])
    >>> plt.show()
    """

    _axes = ("recall", "precision")
    _area = "AP"
    _drawstyle = "steps-post"
    _score = staticmethod(average_precision_score)
    _trace = staticmethod(_trace_precision)
    _mean = staticmethod(_mean_of_steps)


class MultiLabelRocCurveDisplay(CurveDisplay):
    """True by false positive rate (ROC): a curve for each label, and two for their averages.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (fpr, tpr, area), of length n_labels
        Each label's points, as :func:`sklearn.metrics.roc_curve` gives them, and the area below; no
        points and NaN for a label without positives or without negatives.

    label_names : sequence of shape (n_labels,)
        Names of labels.

    support : ndarray of shape (n_labels,)
        Numbers of positives, or their weight.

    micro, macro : tuple (fpr, tpr, area) or None, default=None
        The curves of averages.

    Attributes
    ----------
    areas : ndarray of shape (n_labels,)
        ROC AUC of each label.

    ax_ : matplotlib Axes
        What it is drawn on.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by name of the label, and those of averages as "micro" and "macro".

    See Also
    --------
    skmlic.metrics.roc_auc_score : The areas, and their mean.
    MultiLabelPrecisionRecallDisplay : What to look at where labels are rare.

    Notes
    -----
    "micro" is the curve of all pairs of sample and label, ranked together. "macro" is the mean of
    the labels' true positive rates at each false positive rate, so the area below it is the mean of
    the labels' areas.

    Labels without positives or without negatives are left out, with a warning. Unknown entries of Y
    count for nothing.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic.plots import MultiLabelRocCurveDisplay
    >>> Y = [[1, 0], [0, 1], [1, 1], [0, 0]]
    >>> scores = [[0.9, 0.2], [0.4, 0.8], [0.3, 0.6], [0.1, 0.7]]
    >>> display = MultiLabelRocCurveDisplay.from_predictions(Y, scores)
    >>> display.areas
    array([0.75, 0.75])
    >>> plt.show()
    """

    _axes = ("false positive rate", "true positive rate")
    _area = "AUC"
    _lacking = "no positives or no negatives"
    _score = staticmethod(roc_auc_score)
    _trace = staticmethod(_trace_rates)
    _mean = staticmethod(_mean_of_lines)
