"""Metrics that a label can be scored by."""

from collections.abc import Callable
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skmlic import metrics
from skmlic._utils._numbers import as_numbers
from skmlic._utils._typing import Floats
from skmlic.metrics._validation import check_truth
from skmlic.plots._responses import Names

__all__ = ["METRICS", "LabelMetric", "find_metric", "score_labels", "write_title"]


class LabelMetric(NamedTuple):
    """A function that returns one score per label.

    Parameters
    ----------
    name : str
        Name of the metric.
    function : callable
        The function ``f(Y_true, Y_response)``.
    response_method : {"predict", "auto", "predict_proba"}
        The method that computes the response: "auto" is ``predict_proba`` or, without it,
        ``decision_function``.
    smaller_is_better : bool
        Whether the smallest score is the best.
    """

    name: str
    function: Callable[..., Any]
    response_method: str = "auto"
    smaller_is_better: bool = False


METRICS = {
    metric.name: metric
    for metric in (
        LabelMetric("average_precision", metrics.average_precision_score),
        LabelMetric("roc_auc", metrics.roc_auc_score),
        LabelMetric("f1", metrics.f1_score, "predict"),
        LabelMetric("precision", metrics.precision_score, "predict"),
        LabelMetric("recall", metrics.recall_score, "predict"),
        LabelMetric("jaccard", metrics.jaccard_score, "predict"),
        LabelMetric("balanced_accuracy", metrics.balanced_accuracy_score, "predict"),
        LabelMetric("label_accuracy", metrics.label_accuracy_score, "predict"),
        LabelMetric("log_loss", metrics.log_loss, "predict_proba", True),
        LabelMetric("brier_score_loss", metrics.brier_score_loss, "predict_proba", True),
        LabelMetric(
            "expected_calibration_error",
            metrics.expected_calibration_error,
            "predict_proba",
            True,
        ),
    )
}


_TITLES = {"roc_auc": "ROC AUC", "f1": "F1", "jaccard": "Jaccard index"}


def write_title(name: str) -> str:
    """Return the name of a metric as the label of an axis."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def find_metric(metric: str | Callable[..., Any]) -> LabelMetric:
    """Return a metric by its name, or one made from a function.

    Parameters
    ----------
    metric : str or callable
        A name in ``METRICS``, or a function ``f(Y_true, Y_response)``.

    Returns
    -------
    metric : LabelMetric

    Raises
    ------
    ValueError
        If there is no metric of this name.
    """
    if callable(metric) and not isinstance(metric, type):
        return LabelMetric(getattr(metric, "__name__", "score"), metric)
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError(
            f"metric={metric!r}: expected one of {sorted(METRICS)}, or a function that returns a "
            "number for each label."
        )
    return METRICS[metric]


def score_labels(
    metric: LabelMetric,
    Y_true: Any,
    response: Any,
    label_names: Names | None,
    sample_weight: npt.ArrayLike | None = None,
) -> tuple[Floats, npt.NDArray[Any], npt.NDArray[Any]]:
    """Score each label.

    Parameters
    ----------
    metric : LabelMetric
        The metric.

    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        The true labels.

    response : array-like of shape (n_samples, n_labels)
        Scores, probabilities or predictions, whichever the metric takes.

    label_names : sequence of shape (n_labels,) or None
        Names of the labels.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    scores : ndarray of shape (n_labels,)
        NaN where the score is undefined.

    label_names : ndarray of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label.

    Raises
    ------
    ValueError
        If the metric does not return one number per label.
    """
    Y, _, names = check_truth(Y_true, label_names)
    accepted = signature(metric.function).parameters
    options: dict[str, Any] = {"average": None, "undefined": "nan"}
    options = {name: value for name, value in options.items() if name in accepted}
    if sample_weight is not None:
        options["sample_weight"] = sample_weight
    scores = metric.function(Y_true, response, **options)
    scores = as_numbers(scores, "The result of metric", "a number for each label")
    scores = scores.astype(np.float64)
    if scores.shape != (len(names),):
        raise ValueError(
            f"The metric returns an array of shape {scores.shape}; expected a number for each of "
            f"the {len(names)} labels."
        )
    return scores, names, Y.sum(axis=0)
