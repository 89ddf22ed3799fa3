"""An estimator's scores of labels and its decisions, by one pass over the data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from skmlic._responses import as_score_matrix, choose_response_method, compute_scores
from skmlic._targets import check_targets
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.model_selection._fixed_threshold import ThresholdClassifier

__all__ = ["predict_labels", "score_labels"]

_BY_HALF = (TransferMultiLabelClassifier, CalibratedMultiLabelClassifierCV)


def predict_labels(
    estimator: Any, X: Any, n_labels: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], str]:
    """Return scores, decisions as ``predict`` makes them, and where the scores come from.

    Parameters
    ----------
    estimator : estimator instance
        Fitted, on Y of shape (n_samples, n_labels).

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
    estimator = _unwrap(estimator)
    if isinstance(estimator, ThresholdClassifier):
        method = choose_response_method(estimator.estimator_, estimator.response_method)
        scores = compute_scores(estimator, X, method, n_labels)
        return scores, estimator._decide(scores), method
    method = choose_response_method(estimator)
    scores = compute_scores(estimator, X, method, n_labels)
    if isinstance(estimator, _BY_HALF):
        return scores, scores >= 0.5, method
    decisions, _ = check_targets(np.asarray(estimator.predict(X)).reshape(len(scores), -1))
    return scores, decisions == 1, method


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


def _unwrap(estimator):
    """Return the estimator that a search or a frozen estimator answers by."""
    while isinstance(estimator, (FrozenEstimator, GridSearchCV, RandomizedSearchCV)):
        is_frozen = isinstance(estimator, FrozenEstimator)
        estimator = estimator.estimator if is_frozen else estimator.best_estimator_
    return estimator
