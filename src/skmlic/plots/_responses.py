"""What displays are made from: answers of estimators, and which labels to draw."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._labels import find_labels, quote_names
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic._utils._targets import check_binary_target, is_one_dimensional
from skmlic._utils._typing import Bools, Floats, Integers
from skmlic._utils._warnings import warn_caller
from skmlic.inspection._inner_estimators import find_fitted
from skmlic.metrics._validation import check_truth

__all__ = [
    "Names",
    "answer",
    "as_matrices",
    "check_labels",
    "choose_labels",
    "warn_of_left_out",
]

Names = Sequence[Any] | npt.NDArray[Any]

_ORDERS = ("worst", "best", "frequent")


def answer(
    estimator: Any,
    X: Any,
    Y: Any,
    response_method: str,
    label_names: Names | None = None,
) -> tuple[Any, npt.NDArray[Any], Names | None]:
    """Return what is true, what an estimator answers, and names of labels.

    Parameters
    ----------
    estimator : estimator instance
        Fitted.

    X : array-like of shape (n_samples, ...)
        What the estimator takes.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        What is true.

    response_method : {"auto", "predict_proba", "decision_function", "predict"}
        The method to ask.

    label_names : sequence of shape (n_labels,), default=None
        Names; by default Y's columns, else those the estimator was fitted with.

    Returns
    -------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
    response : ndarray of shape (n_samples, n_labels)
    label_names : sequence of shape (n_labels,) or None
    """
    classes = _find_classes(estimator)
    positive = classes[-1] if len(classes) == 2 else 1
    fitted = getattr(find_fitted(estimator, "label_names_"), "label_names_", None)
    if is_one_dimensional(Y):
        if label_names is None:
            label_names = _name_of(Y, classes if fitted is None else fitted)
        Y = check_binary_target(Y, classes)[1]
    n_labels = check_truth(Y)[0].shape[1]
    if label_names is None and fitted is not None and not hasattr(Y, "columns"):
        # A binary classifier's are its two classes.
        label_names = fitted[-1:] if n_labels == 1 else fitted
    if label_names is not None and len(label_names) != n_labels:
        raise ValueError(f"There are {len(label_names)} label names; Y has {n_labels} labels.")
    if response_method == "predict":
        response = estimator.predict(X)
        if getattr(response, "ndim", 2) == 1:
            response = (response == positive).astype(np.int64)[:, np.newaxis]
    else:
        method = choose_response_method(estimator, response_method)
        response = compute_scores(estimator, X, method, n_labels, positive)
    return Y, response, label_names


def as_matrices(
    Y_true: Any, response: Any = None, label_names: Names | None = None
) -> tuple[Any, Any, Names | None]:
    """Return a one-dimensional target, and decisions on it, as a matrix of one label."""
    if not is_one_dimensional(Y_true):
        return Y_true, response, label_names
    classes = np.unique(np.asarray(Y_true))
    label_names = _name_of(Y_true, classes) if label_names is None else label_names
    # One value is enough of a truth if it is 0 or 1.
    classes = np.array([0, 1]) if set(classes.tolist()) <= {0, 1} else classes
    if response is not None and is_one_dimensional(response):
        response = np.asarray(response)
        if np.isin(response, classes).all():
            response = response == classes[-1]
        response = response[:, np.newaxis]
    return check_binary_target(Y_true, classes)[1], response, label_names


def check_labels(Y: Any, label_names: Names | None) -> tuple[Bools, Bools, npt.NDArray[Any]]:
    """Return where labels are present, where they are known, and their names."""
    Y, _, label_names = as_matrices(Y, None, label_names)
    present, known, names = check_truth(Y, label_names)
    return present, np.ones(present.shape, dtype=bool) if known is None else known, names


def choose_labels(
    labels: str | Iterable[Any] | None,
    max_labels: int | None,
    *,
    label_names: Names,
    values: Floats,
    support: Floats,
) -> Integers:
    """Return the numbers of the labels to draw, in the order to draw them.

    Parameters
    ----------
    labels : {"worst", "best", "frequent"}, iterable or None
        An order, names or numbers, or all of them as they are.

    max_labels : int or None
        How many at most; names are not cut.

    label_names : ndarray of shape (n_labels,)
        All names.

    values : ndarray of shape (n_labels,)
        What makes a label good; NaN where it is undefined, and the label not drawn.

    support : ndarray of shape (n_labels,)
        Numbers of positives.

    Returns
    -------
    places : ndarray of shape (n_drawn,), dtype int64
    """
    if isinstance(labels, str):
        if labels not in _ORDERS:
            raise ValueError(
                f"labels={labels!r}: expected one of {_ORDERS}, or a list of names of labels."
            )
        keys = {"worst": values, "best": -values, "frequent": -np.asarray(support, float)}[labels]
        order = np.argsort(keys, kind="stable")
    elif labels is not None:
        return np.array(find_labels(labels, label_names, "labels"), dtype=np.int64)
    else:
        order = np.arange(len(values))
    if max_labels is not None and max_labels < 0:
        raise ValueError(f"max_labels={max_labels}: expected a number of labels, or None for all.")
    return order[~np.isnan(values[order])][:max_labels]


def warn_of_left_out(label_names: Names, undefined: Any, lacking: str) -> None:
    """Warn of labels that can't be drawn; raise an error if none can."""
    if undefined.all():
        raise ValueError(f"All labels have {lacking} in Y_true: there is nothing to draw.")
    if undefined.any():
        warn_caller(
            f"Labels with {lacking} in Y_true are left out of the display and its averages: "
            f"{quote_names(np.asarray(label_names, dtype=object)[undefined])}.",
            UndefinedMetricWarning,
        )


def _find_classes(estimator: Any) -> npt.NDArray[Any]:
    """Return the classes of an estimator of a one-dimensional target, or else 0 and 1."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or len(classes) < 2 or np.ndim(classes[0]) > 0:
        return np.array([0, 1])
    return np.asarray(classes)


def _name_of(y: Any, names: Names) -> list[Any]:
    name = getattr(y, "name", None)
    return [names[-1] if name is None else name]
