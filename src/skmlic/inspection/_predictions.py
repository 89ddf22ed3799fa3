"""Scores, predictions and label names of any estimator."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._labels import DEFAULT_THRESHOLD
from skmlic._utils._responses import (
    DEFAULT_THRESHOLDS,
    check_estimator,
    choose_response_method,
    compute_scores,
    read_leave_one_out_scores,
)
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.inspection._inner_estimators import find_fitted, iterate_inner_estimators
from skmlic.metrics._validation import check_truth
from skmlic.model_selection import ThresholdClassifier, predict_from_scores

__all__ = [
    "ResponseMethod",
    "compute_response",
    "match_target",
    "name_target",
    "predict_labels",
    "read_left_out_labels",
]

ResponseMethod = Literal["predict_proba", "decision_function"]

_THRESHOLD_IS_HALF = (TransferMultiLabelClassifier, CalibratedMultiLabelClassifierCV)


def match_target(
    estimator: Any, Y: Any, label_names: Sequence[Any] | NDArray[Any] | None = None
) -> tuple[Any, Sequence[Any] | NDArray[Any] | None]:
    """Return Y with one column per label of an estimator, and the names of the labels.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        The true labels. NaN marks a missing annotation.

    label_names : sequence of shape (n_labels,), default=None
        Names of the labels. By default, the columns of Y if it is a frame, else the names that the
        estimator was fitted with.

    Returns
    -------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        The true labels; a one-dimensional Y becomes one column.

    label_names : sequence of shape (n_labels,) or None
        ``None`` if Y has the names, or if there are none.

    Raises
    ------
    ValueError
        If the number of names is not the number of labels.
    """
    fitted_names = getattr(find_fitted(estimator, "label_names_"), "label_names_", None)
    if is_one_dimensional(Y):
        classes = _find_classes(estimator)
        if label_names is None:
            label_names = name_target(Y, classes if fitted_names is None else fitted_names)
        Y = check_binary_target(Y, classes)[1]
    n_labels = check_truth(Y)[0].shape[1]
    if label_names is None and fitted_names is not None and not hasattr(Y, "columns"):
        # The label names of a binary classifier are its two classes, the positive one last.
        label_names = fitted_names[-1:] if n_labels == 1 else fitted_names
    if label_names is not None and len(label_names) != n_labels:
        raise ValueError(
            f"There are {len(label_names)} label names, but Y has {n_labels} "
            f"label{'s' * (n_labels != 1)}."
        )
    return Y, label_names


def name_target(y: Any, classes: Sequence[Any] | NDArray[Any]) -> list[Any]:
    """Return the name of a one-dimensional target: its own, else that of the positive class."""
    name = getattr(y, "name", None)
    return [classes[-1] if name is None else name]


def compute_response(
    estimator: Any, X: Any, response_method: str, n_labels: int
) -> tuple[NDArray[Any], str]:
    """Return the response of an estimator with one column per label.

    Parameters
    ----------
    estimator : estimator instance
        An estimator fitted on Y of shape (n_samples, n_labels) or on a y of two values.

    X : array-like of shape (n_samples, ...)
        The samples, in any form that the estimator takes.

    response_method : {"auto", "predict_proba", "decision_function", "predict"}
        The method to call. "auto" is ``predict_proba`` if the estimator has it, else
        ``decision_function``.

    n_labels : int
        Number of labels.

    Returns
    -------
    response : array-like of shape (n_samples, n_labels)
        Scores, or the predictions as ``predict`` returns them.

    method : {"predict_proba", "decision_function", "predict"}
        The method that was called.
    """
    positive = _find_positive_class(estimator)
    if response_method == "predict":
        check_estimator(estimator)
        response = estimator.predict(X)
        if getattr(response, "ndim", 2) == 1:
            response = (response == positive).astype(np.int64)[:, np.newaxis]
        return response, "predict"
    method = choose_response_method(estimator, response_method)
    return compute_scores(estimator, X, method, n_labels, positive), method


def predict_labels(
    estimator: Any, X: Any, n_labels: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Any]:
    """Return the scores and the predictions of an estimator.

    Parameters
    ----------
    estimator : estimator instance
        An estimator fitted on Y of shape (n_samples, n_labels) or on a y of two values.

    X : array-like of shape (n_samples, ...)
        The samples, in any form that the estimator takes. The estimators of this package process
        them once.

    n_labels : int
        Number of labels.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Probabilities, or decision values if the estimator has no probabilities or compares
        decision values with its thresholds.

    predictions : ndarray of shape (n_samples, n_labels), dtype bool
        The predictions, as ``predict`` makes them.

    method : {"predict_proba", "decision_function"}
        The method that computed the scores.
    """
    # Searches and frozen estimators predict exactly as the estimator inside them does.
    *_, estimator = iterate_inner_estimators(estimator, in_pipelines=False, in_meta_estimators=())
    if isinstance(estimator, ThresholdClassifier):
        method = choose_response_method(estimator.estimator_, estimator.response_method)
        scores, _ = compute_response(estimator, X, method, n_labels)
        return scores, predict_from_scores(estimator, scores), method
    scores, method = compute_response(estimator, X, "auto", n_labels)
    if isinstance(estimator, _THRESHOLD_IS_HALF):
        return scores, scores >= DEFAULT_THRESHOLD, method
    predictions, _ = compute_response(estimator, X, "predict", n_labels)
    return scores, check_targets(predictions)[0] == 1, method


def read_left_out_labels(
    estimator: Any, n_labels: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Any]:
    """Return the leave-one-out scores of an estimator, and the predictions that they give.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator with leave-one-out scores of the samples that it was fitted on.

    n_labels : int
        Number of labels.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Leave-one-out probabilities or decision values.

    predictions : ndarray of shape (n_samples, n_labels), dtype bool
        The predictions with the thresholds of the estimator.

    method : {"predict_proba", "decision_function"}
        The method that the scores belong to.

    Raises
    ------
    AttributeError
        If the estimator has no leave-one-out scores.
    """
    *_, estimator = iterate_inner_estimators(estimator, in_pipelines=False, in_meta_estimators=())
    positive = _find_positive_class(estimator)
    if isinstance(estimator, ThresholdClassifier):
        method = choose_response_method(estimator.estimator_, estimator.response_method)
        scores = read_leave_one_out_scores(estimator, method, n_labels, positive)
        return scores, predict_from_scores(estimator, scores), method
    method = choose_response_method(estimator, "auto")
    scores = read_leave_one_out_scores(estimator, method, n_labels, positive)
    return scores, scores >= DEFAULT_THRESHOLDS[method], method


def _find_classes(estimator: Any) -> NDArray[Any]:
    """Return the classes of an estimator of a one-dimensional target, or else 0 and 1."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or len(classes) < 2 or np.ndim(classes[0]) > 0:
        return np.array([0, 1])
    return np.asarray(classes)


def _find_positive_class(estimator: Any) -> Any:
    classes = _find_classes(estimator)
    return classes[-1] if len(classes) == 2 else 1
