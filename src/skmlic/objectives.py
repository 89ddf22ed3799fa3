"""Objectives that decision thresholds are tuned for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from numbers import Real
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._compat import Interval
from skmlic._utils._numbers import as_numbers
from skmlic._utils._typing import Bools, Floats
from skmlic.metrics._counts import (
    Counts,
    balanced_accuracy_parts,
    check_beta,
    count,
    fbeta_parts,
    jaccard_parts,
)
from skmlic.metrics._validation import check_average

__all__ = [
    "BalancedAccuracy",
    "ExpectedCost",
    "FBeta",
    "Jaccard",
    "LabelAccuracy",
    "Objective",
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SubsetAccuracy",
]

AVERAGES = ("macro", "micro", "samples")


class Objective(ABC):
    """Base class of objectives: a ratio of counts, averaged in one of three ways.

    Exact tuning only needs the attribute ``average`` and the method ``parts`` of a subclass. With
    "macro" the ratio is computed per label, with "samples" per sample, and the objective is the
    mean of the defined ratios. With "micro" it is the ratio of the sum of numerators to the sum of
    denominators, both of which must be linear in the counts.
    """

    average: str | None = "macro"

    @abstractmethod
    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:
        """Return numerator and denominator, which is 0 where the ratio is undefined.

        Parameters
        ----------
        counts : Counts
            ``tp``, ``fp``, ``positives`` and ``negatives``: numbers or arrays.

        Returns
        -------
        numerator, denominator : ndarray
        """

    def constrain(self, counts: Counts) -> Floats | None:
        """Return by how much predictions of a label satisfy the constraint, if there is one.

        Parameters
        ----------
        counts : Counts
            See ``parts``.

        Returns
        -------
        margin : ndarray or None
            Negative where the constraint is not satisfied. Of equally good thresholds, the one
            with the largest margin is chosen. ``None`` without a constraint.
        """
        return None

    @property
    def is_constrained(self) -> bool:
        """Whether there is a constraint that each label has to satisfy."""
        return type(self).constrain is not Objective.constrain

    def for_label(self, label: int) -> "Objective":
        """Return the objective for one label, given by its number."""
        return self

    def terms(self, counts: Counts) -> tuple[Floats, Floats]:
        """Return the terms that numerator and denominator of the objective are the sums of."""
        numerator, denominator = self.parts(counts)
        if self.average == "micro":
            return np.asarray(numerator, float), np.asarray(denominator, float)
        defined = np.asarray(denominator) > 0
        value = np.zeros(np.broadcast(numerator, denominator).shape)
        np.divide(numerator, denominator, out=value, where=defined)
        return value, defined.astype(float)

    def evaluate(
        self, Y: Bools, predicted: Bools, weight: Floats | None = None, known: Bools | None = None
    ) -> float:
        """Compute the objective of predictions.

        Parameters
        ----------
        Y, predicted : ndarray of shape (n_samples, n_labels), dtype bool
            True labels and predicted labels.

        weight : ndarray of shape (n_samples,), default=None
            Sample weights.

        known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
            Mask of the entries to count; all by default.

        Returns
        -------
        value : float
            Larger is better; NaN if no ratio is defined.
        """
        by_sample = self.average == "samples"
        axis = 1 if by_sample else 0
        by_count = None if by_sample else weight
        counts = count(Y, predicted, axis=axis, weight=by_count, known=known)
        above, below = self.terms(counts)
        if by_sample and weight is not None:
            above, below = above * weight, below * weight
        total = below.sum()
        return float(above.sum() / total) if total else float("nan")


@dataclass(frozen=True)
class FBeta(Objective):
    r"""The F-beta score of :func:`skmlic.metrics.fbeta_score`.

    Parameters
    ----------
    beta : float, default=1.0
        Above 0; larger values give recall more weight.

    average : {"macro", "micro", "samples"}, default="macro"
        Mean over labels, over all pairs of sample and label, or over samples.
    """

    beta: float = 1.0
    average: Literal["macro", "micro", "samples"] = "macro"

    def __post_init__(self) -> None:
        check_average(self.average, AVERAGES)
        check_beta(self.beta)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return fbeta_parts(counts, self.beta)


@dataclass(frozen=True)
class Jaccard(Objective):
    """The Jaccard index of :func:`skmlic.metrics.jaccard_score`.

    Parameters
    ----------
    average : {"macro", "micro", "samples"}, default="macro"
        Mean over labels, over all pairs of sample and label, or over samples.
    """

    average: Literal["macro", "micro", "samples"] = "macro"

    def __post_init__(self) -> None:
        check_average(self.average, AVERAGES)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return jaccard_parts(counts)


@dataclass(frozen=True)
class SubsetAccuracy(Objective):
    """The fraction of samples whose labels are all correct."""

    average: str = field(default="samples", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        correct = (counts.tp == counts.positives) & (counts.fp == 0)
        return correct.astype(float), np.ones(np.shape(correct))


@dataclass(frozen=True)
class LabelAccuracy(Objective):
    """The fraction of correct entries, one minus the Hamming loss."""

    average: str = field(default="micro", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        correct = counts.tp + counts.negatives - counts.fp
        return correct, counts.positives + counts.negatives


@dataclass(frozen=True)
class BalancedAccuracy(Objective):
    """The mean of recall and specificity, averaged over labels."""

    average: str = field(default="macro", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return balanced_accuracy_parts(counts)


@dataclass(frozen=True)
class RecallAtPrecision(Objective):
    """The recall of each label, subject to a minimum precision.

    A label for which no threshold reaches this precision is never predicted.

    Parameters
    ----------
    precision : float
        Above 0, at most 1.

    Examples
    --------
    >>> from skmlic.objectives import RecallAtPrecision
    >>> RecallAtPrecision(0.9)
    RecallAtPrecision(precision=0.9)
    """

    precision: float

    def __post_init__(self) -> None:
        _check_fraction(self.precision, "precision")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return counts.tp, counts.positives

    def constrain(self, counts: Counts) -> Floats | None:  # noqa: D102
        return _ratio_or_minus_one(counts.tp, counts.tp + counts.fp) - self.precision


@dataclass(frozen=True)
class PrecisionAtRecall(Objective):
    """The precision of each label, subject to a minimum recall.

    Parameters
    ----------
    recall : float
        Above 0, at most 1.
    """

    recall: float

    def __post_init__(self) -> None:
        _check_fraction(self.recall, "recall")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return counts.tp, counts.tp + counts.fp

    def constrain(self, counts: Counts) -> Floats | None:  # noqa: D102
        return _ratio_or_minus_one(counts.tp, counts.positives) - self.recall


_COST = "(2, 2) or (n_labels, 2, 2), with cost[t, p] for truth t and prediction p"


class ExpectedCost(Objective):
    """The mean cost of predictions of a label, with a negative sign.

    Parameters
    ----------
    cost : array-like of shape (2, 2) or (n_labels, 2, 2)
        ``cost[t, p]`` is the cost of predicting p where the truth is t, so ``[[0, 1], [5, 0]]``
        makes a missed label five times as bad as a false one. One matrix for all labels, or one
        per label.

    Examples
    --------
    >>> from skmlic.objectives import ExpectedCost
    >>> ExpectedCost([[0, 1], [5, 0]])
    ExpectedCost([[0.0, 1.0], [5.0, 0.0]])
    """

    average: str | None = "micro"

    def __init__(self, cost: ArrayLike) -> None:
        self.cost: Floats = as_numbers(cost, "cost", _COST).astype(np.float64)
        if self.cost.shape[-2:] != (2, 2) or self.cost.ndim > 3:
            raise ValueError(f"cost has shape {self.cost.shape}; expected {_COST}.")
        if not np.isfinite(self.cost).all():
            raise ValueError(f"cost is {self.cost.tolist()}; expected finite numbers.")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        (tn, fp), (fn, tp) = np.moveaxis(self.cost, 0, -1) if self.cost.ndim == 3 else self.cost
        cost = (
            tn * (counts.negatives - counts.fp)
            + fp * counts.fp
            + fn * (counts.positives - counts.tp)
            + tp * counts.tp
        )
        return -cost, counts.positives + counts.negatives

    @property
    def n_costs(self) -> int:
        """Number of cost matrices."""
        return 1 if self.cost.ndim == 2 else len(self.cost)

    def for_label(self, label: int) -> "ExpectedCost":  # noqa: D102
        return self if self.cost.ndim == 2 else ExpectedCost(self.cost[label])

    def __repr__(self) -> str:
        return f"ExpectedCost({self.cost.tolist()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExpectedCost) and np.array_equal(self.cost, other.cost)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it is mutable


def _ratio_or_minus_one(part, whole):
    """Return the ratio, -1 where the denominator is 0."""
    whole = np.broadcast_to(whole, np.shape(part))
    return np.divide(part, whole, out=np.full(np.shape(part), -1.0), where=whole > 0)


def _check_fraction(value, name):
    if not Interval(Real, 0, 1, closed="right").is_satisfied_by(value):
        raise ValueError(f"{name}={value!r}: expected a number above 0, at most 1.")
