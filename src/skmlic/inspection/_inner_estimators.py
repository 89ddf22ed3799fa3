"""Estimators inside other estimators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.model_selection import ThresholdClassifier

__all__ = [
    "find_classifier",
    "find_fitted",
    "find_threshold_classifier",
    "iterate_inner_estimators",
    "read_value_range",
]


def iterate_inner_estimators(
    estimator: Any,
    *,
    in_pipelines: bool = True,
    in_meta_estimators: type | tuple[type, ...] = object,
) -> Iterator[Any]:
    """Yield an estimator, then the fitted estimator inside it, and so on.

    Searches and frozen estimators are always looked into, since they predict exactly as the
    estimator inside them does.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator.

    in_pipelines : bool, default=True
        Whether to look at the last step of a pipeline, which sees transformed samples.

    in_meta_estimators : type or tuple of types, default=object
        The classes whose ``estimator_`` is looked at. They may predict otherwise than the
        estimator inside them does; ``()`` excludes them all.

    Yields
    ------
    estimator : estimator instance
    """
    while estimator is not None:
        yield estimator
        if isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        elif isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1] if in_pipelines else None
        elif isinstance(estimator, in_meta_estimators) and hasattr(estimator, "estimator_"):
            estimator = estimator.estimator_
        else:
            estimator = getattr(estimator, "best_estimator_", None)


def find_fitted(estimator: Any, attribute: str) -> Any:
    """Return the outermost estimator that has a fitted attribute, or None.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator.

    attribute : str
        Name of the attribute.

    Returns
    -------
    estimator : estimator instance or None
        The estimator itself or one inside it.
    """
    inner_estimators = iterate_inner_estimators(estimator)
    return next((inner for inner in inner_estimators if hasattr(inner, attribute)), None)


def find_classifier(estimator: Any, **where: Any) -> TransferMultiLabelClassifier | None:
    """Return the fitted TransferMultiLabelClassifier inside an estimator, or None.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator, perhaps the classifier itself.

    **where : dict
        Parameters of :func:`iterate_inner_estimators`.

    Returns
    -------
    classifier : TransferMultiLabelClassifier or None
    """
    inner_estimators = iterate_inner_estimators(estimator, **where)
    return next(
        (inner for inner in inner_estimators if isinstance(inner, TransferMultiLabelClassifier)),
        None,
    )


def find_threshold_classifier(estimator: Any) -> ThresholdClassifier | None:
    """Return the classifier whose thresholds an estimator's predictions are made with, or None.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator: perhaps a pipeline, a search or a frozen estimator.

    Returns
    -------
    classifier : ThresholdClassifier or None
        ``None`` also where a meta-estimator around it changes its scores or predictions.
    """
    inner_estimators = iterate_inner_estimators(estimator, in_meta_estimators=())
    return next(
        (inner for inner in inner_estimators if isinstance(inner, ThresholdClassifier)), None
    )


def read_value_range(estimator: Any) -> tuple[float, float] | None:
    """Return the parameter ``value_range`` of an estimator or of an estimator inside of it.

    Parameters
    ----------
    estimator : estimator instance
        An estimator, fitted or not.

    Returns
    -------
    value_range : tuple (black, white) or None
        ``None`` if it is not given, or there is no such parameter.
    """
    parameters = estimator.get_params() if hasattr(estimator, "get_params") else {}
    ranges = (value for name, value in parameters.items() if name.endswith("value_range"))
    return next((value for value in ranges if value is not None), None)
