"""An estimator's scores of labels and its decisions, by one pass over the data."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._responses import as_score_matrix, choose_response_method, compute_scores
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.inspection._inner_estimators import iterate_inner_estimators
from skmlic.metrics._validation import check_truth
from skmlic.model_selection._fixed_threshold import ThresholdClassifier

__all__ = ["ResponseMethod", "name_labels", "predict_labels", "score_labels"]

ResponseMethod = Literal["predict_proba", "decision_function"]

_BY_HALF = (TransferMultiLabelClassifier, CalibratedMultiLabelClassifierCV)


def name_labels(
    estimator: Any, Y: Any, label_names: Sequence[Any] | None = None
) -> tuple[NDArray[np.float64], list[Any]]:
    """Return what is true as a matrix, and names of labels.

    Parameters
    ----------
    estimator : estimator instance
        Fitted.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        0 and 1, NaN where it is unknown; or a target of two values.

    label_names : sequence of shape (n_labels,), default=None
        Names; by default Y's columns, else those the estimator was fitted with.

    Returns
    -------
    truth : ndarray of shape (n_samples, n_labels), dtype float64
        0 and 1, NaN where it is unknown.

    label_names : list of length n_labels
    """
    if is_one_dimensional(Y):
        classes = getattr(estimator, "classes_", [0, 1])
        Y, names = check_binary_target(Y, classes)[1], [np.asarray(classes)[-1]]
    elif hasattr(Y, "columns"):
        names = None
    else:
        names = getattr(estimator, "label_names_", None)
        n_labels = np.shape(Y)[1] if len(np.shape(Y)) == 2 else None
        names = None if names is None or len(names) != n_labels else names
    truth, known, names = check_truth(Y, names if label_names is None else label_names)
    truth = truth.astype(np.float64)
    return truth if known is None else np.where(known, truth, np.nan), list(names)


def predict_labels(
    estimator: Any, X: Any, n_labels: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], ResponseMethod]:
    """Return scores, decisions as ``predict`` makes them, and where the scores come from.

    Parameters
    ----------
    estimator : estimator instance
        Fitted, on Y of shape (n_samples, n_labels) or a y of two values.

    X : array-like of shape (n_samples, ...)
        What the estimator takes. The estimators of this package go through it once.

    n_labels : int
        Number of labels.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Probabilities, or decision values if the estimator has no probabilities or compares
        thresholds with decision values.

    decisions : ndarray of shape (n_samples, n_labels), dtype bool
        The labels that are set.

    method : {"predict_proba", "decision_function"}
        What gave the scores.
    """
    # Searches and frozen estimators predict as the estimator inside them.
    *_, estimator = iterate_inner_estimators(estimator, in_pipelines=False, in_meta_estimators=())
    positive = _find_positive(estimator, n_labels)
    if isinstance(estimator, ThresholdClassifier):
        method = choose_response_method(estimator.estimator_, estimator.response_method)
        scores = compute_scores(estimator, X, method, n_labels, positive)
        return scores, estimator._decide(scores), method
    method = choose_response_method(estimator)
    scores = compute_scores(estimator, X, method, n_labels, positive)
    if isinstance(estimator, _BY_HALF):
        return scores, scores >= 0.5, method
    decisions = estimator.predict(X)
    if np.ndim(decisions) == 1:
        return scores, (np.asarray(decisions) == positive)[:, np.newaxis], method
    return scores, check_targets(decisions)[0] == 1, method


def score_labels(estimator: Any, X: Any, method: str) -> NDArray[np.float64]:
    """Return scores of labels, as many as the estimator has.

    Parameters
    ----------
    estimator : estimator instance
        Fitted, on Y of shape (n_samples, n_labels).

    X : array-like of shape (n_samples, ...)
        What the estimator takes.

    method : {"predict_proba", "decision_function"}
        The method to call.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
    """
    response = getattr(estimator, method)(X)
    if isinstance(response, (list, tuple)):
        n_labels = len(response)
    else:
        n_labels = np.shape(response)[1] if np.ndim(response) == 2 else 1
    classes = getattr(estimator, "classes_", None)
    return as_score_matrix(response, n_labels=n_labels, classes=classes)


def _find_positive(estimator, n_labels):
    """Return the value that a label is set by."""
    classes = getattr(estimator, "classes_", None)
    is_binary = n_labels == 1 and classes is not None and np.ndim(classes) == 1
    return classes[-1] if is_binary and np.ndim(classes[-1]) == 0 else 1
