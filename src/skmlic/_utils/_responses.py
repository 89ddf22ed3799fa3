"""The responses of estimators as a matrix of scores."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array

from skmlic._utils._labels import DEFAULT_THRESHOLD
from skmlic._utils._numbers import as_numbers, describe

_SCORES = "scores of shape (n_samples, n_labels)"
# The threshold of each response method where none was given or tuned.
DEFAULT_THRESHOLDS = {"predict_proba": DEFAULT_THRESHOLD, "decision_function": 0.0}


def choose_response_method(estimator, response_method="auto"):
    """Return the name of the method that returns the scores of an estimator.

    Parameters
    ----------
    estimator : estimator instance
        It must have ``predict_proba`` or ``decision_function``.

    response_method : {"auto", "predict_proba", "decision_function"} or tuple, default="auto"
        The first method of a tuple that the estimator has is chosen. "auto" is
        ``("predict_proba", "decision_function")``.

    Returns
    -------
    name : {"predict_proba", "decision_function"}

    Raises
    ------
    TypeError
        If it is no estimator, or the class of one.
    AttributeError
        If the estimator has none of them.
    """
    if response_method == "auto":
        response_method = ("predict_proba", "decision_function")
    names = (response_method,) if isinstance(response_method, str) else response_method
    check_estimator(estimator)
    for name in names:
        if hasattr(estimator, name):
            return name
    raise AttributeError(
        f"{type(estimator).__name__} has no {' and no '.join(names)}, which returns the scores of "
        "labels."
    )


def check_estimator(estimator):
    """Raise an error for an object that is no estimator instance."""
    methods = ("fit", "predict", "predict_proba", "decision_function")
    if isinstance(estimator, type) or not any(hasattr(estimator, name) for name in methods):
        raise TypeError(
            f"estimator is {describe(estimator)}; expected a fitted estimator, an instance."
        )


def compute_scores(estimator, X, method, n_labels=None, positive=1):
    """Return the scores of labels.

    Parameters
    ----------
    estimator : estimator instance
        Fitted on Y of shape (n_samples, n_labels), or on a y of two values.

    X : array-like of shape (n_samples, ...)
        Input of the estimator.

    method : {"predict_proba", "decision_function"}
        The method to call.

    n_labels : int, default=None
        Number of labels; ``None`` infers it from the response.

    positive : object, default=1
        The class whose scores are returned.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Larger where a label is more likely.

    Raises
    ------
    ValueError
        If the estimator returns scores of another number of labels.
    """
    return _as_scores(getattr(estimator, method)(X), estimator, n_labels, positive)


def read_leave_one_out_scores(estimator, method, n_labels, positive=1):
    """Return the leave-one-out scores that a fitted estimator has of its training samples.

    Parameters
    ----------
    estimator : estimator instance
        Fitted. It, or the last step of a pipeline, has the attribute ``loo_predict_proba_`` or
        ``loo_decision_function_``, of the shape that the method returns for the training samples.

    method : {"predict_proba", "decision_function"}
        The response method.

    n_labels : int
        Number of labels.

    positive : object, default=1
        The class whose scores are returned.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
        In the order of the training samples.

    Raises
    ------
    AttributeError
        If the estimator has no such attribute, or is frozen: its training samples are unknown.

    ValueError
        If the scores are those of another number of labels.
    """
    last = estimator
    while isinstance(last, Pipeline):
        last = last.steps[-1][1]
    name, kind = name_leave_one_out_scores(method), type(last).__name__
    if isinstance(last, FrozenEstimator):
        raise AttributeError(
            "A FrozenEstimator was not fitted on these samples, so it has no leave-one-out scores "
            "of them; expected an estimator that is fitted here."
        )
    try:
        response = getattr(last, name)
    except AttributeError as error:
        raise AttributeError(
            f"{kind} has no attribute {name!r}, its leave-one-out scores of the training samples. "
            "Expected an estimator that has it, such as KernelRidgeMultiLabelClassifierCV; for "
            "any other, use cv=5."
        ) from error
    return _as_scores(response, last, n_labels, positive)


def name_leave_one_out_scores(method):
    """Return the name of the attribute with the leave-one-out scores of a response method."""
    return f"loo_{method}_"


def as_score_matrix(response, *, n_labels, classes=None, positive=1):
    """Return a response in any of scikit-learn's forms as a matrix.

    Parameters
    ----------
    response : array-like of shape (n_samples, n_labels) or (n_samples,), or list
        A list holds an array of shape (n_samples, n_classes) per label. With one label, the
        response may be an array of shape (n_samples, 2).

    n_labels : int
        Number of labels.

    classes : list or ndarray, default=None
        The attribute ``classes_`` of the estimator. A label that was constant in training has one
        class and one column, the probability of that class.

    positive : object, default=1
        The class whose scores are returned.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
    """
    if _is_list_of_labels(response):
        if classes is None or len(classes) != len(response):
            classes = [None] * len(response)
        columns = [
            _positive_column(as_numbers(of_label, "Y_score", _SCORES), of_classes, positive)
            for of_label, of_classes in zip(response, classes, strict=True)
        ]
        return np.column_stack(columns).astype(np.float64, copy=False)
    scores = check_array(
        as_numbers(response, "Y_score", _SCORES),
        dtype=np.float64,
        ensure_2d=False,
        ensure_all_finite=False,
        ensure_min_samples=0,
        input_name="Y_score",
    )
    if n_labels == 1 and scores.ndim == 2:
        flat = classes if classes is not None and np.ndim(classes[0]) == 0 else None
        if scores.shape[1] == 2 or (flat is not None and len(flat) == 1):
            return _positive_column(scores, flat, positive)[:, np.newaxis]
    return scores[:, np.newaxis] if scores.ndim == 1 else scores


def _as_scores(response, estimator, n_labels, positive):
    """Return the response of an estimator as a matrix of the expected number of labels."""
    scores = as_score_matrix(
        response,
        n_labels=_count_labels(response) if n_labels is None else n_labels,
        classes=getattr(estimator, "classes_", None),
        positive=positive,
    )
    if n_labels is not None and scores.shape[1] != n_labels:
        raise ValueError(
            f"{type(estimator).__name__} returns scores of {scores.shape[1]} labels; y has "
            f"{n_labels}."
        )
    return scores


def _count_labels(response):
    if isinstance(response, (list, tuple)):
        return len(response)
    return np.shape(response)[1] if np.ndim(response) == 2 else 1


def _is_list_of_labels(response):
    if not isinstance(response, (list, tuple)):
        return False
    try:
        return any(np.ndim(entry) == 2 for entry in response)
    except (TypeError, ValueError):
        # Entries that are no arrays are an error, which names them.
        return False


def _positive_column(probabilities, classes, positive):
    if probabilities.ndim == 1:
        return probabilities
    if probabilities.shape[1] == 2:
        return probabilities[:, 1]
    if probabilities.shape[1] != 1 or classes is None:
        constant = (
            " The label was constant in training: leave it out, or stratify the folds."
            if probabilities.shape[1] == 1
            else ""
        )
        raise ValueError(
            f"A label's probabilities have shape {probabilities.shape}; expected 2 columns, for 0 "
            f"and 1.{constant}"
        )
    return probabilities[:, 0] if classes[0] == positive else 1 - probabilities[:, 0]
