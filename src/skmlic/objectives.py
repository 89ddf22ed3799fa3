"""What decision thresholds are tuned for."""

from dataclasses import dataclass, field
from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlic._utils._typing import Bools, Floats
from skmlic.metrics._counts import (
    Counts,
    balanced_accuracy_parts,
    count,
    fbeta_parts,
    jaccard_parts,
)

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


class Objective:
    """What thresholds are tuned for: a ratio of counts, averaged in one of three ways.

    Subclasses have an attribute ``average`` and a method ``parts``, which is all that exact tuning
    needs. With "macro" the ratio is taken of each label's counts, with "samples" of each sample's,
    and the objective is the mean of those that are defined; with "micro" it is the ratio of the
    numerators' and the denominators' sums, both of which must be linear in the counts.
    """

    average: str | None = "macro"

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:
        """Return numerator and denominator, which is 0 where the ratio is not defined.

        Parameters
        ----------
        counts : Counts
            ``tp``, ``fp``, ``positives`` and ``negatives``: numbers or arrays.

        Returns
        -------
        numerator, denominator : ndarray
        """
        raise NotImplementedError

    def constrain(self, counts: Counts) -> Floats | None:
        """Return by how much decisions on a label satisfy the objective's constraint, if any.

        Parameters
        ----------
        counts : Counts
            As in ``parts``.

        Returns
        -------
        margin : ndarray or None
            Negative where the constraint is not satisfied; of decisions that are as good, those of
            the largest margin are taken. ``None`` without a constraint.
        """
        return None

    @property
    def is_constrained(self) -> bool:
        """Whether there is a constraint, which each label has to satisfy."""
        return type(self).constrain is not Objective.constrain

    def for_label(self, label: int) -> "Objective":
        """Return the objective as it is for one label, given by number."""
        return self

    def terms(self, counts: Counts) -> tuple[Floats, Floats]:
        """Return what is added up, above and below the line, to make the objective."""
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
        """Compute the objective of decisions.

        Parameters
        ----------
        Y, predicted : ndarray of shape (n_samples, n_labels), dtype bool
            What is true, and what is predicted.

        weight : ndarray of shape (n_samples,), default=None
            Weights of samples.

        known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
            Which entries count; all by default.

        Returns
        -------
        value : float
            Larger is better; NaN where nothing is defined.
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
        Above 0; larger values lend recall more weight.

    average : {"macro", "micro", "samples"}, default="macro"
        Over labels, all pairs of sample and label, or samples.
    """

    beta: float = 1.0
    average: Literal["macro", "micro", "samples"] = "macro"

    def __post_init__(self):
        _check_average(self.average)
        if not isinstance(self.beta, Real) or not 0 < self.beta < np.inf:
            raise ValueError(f"beta={self.beta!r}: expected a number above 0.")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return fbeta_parts(counts, self.beta)


@dataclass(frozen=True)
class Jaccard(Objective):
    """The Jaccard index of :func:`skmlic.metrics.jaccard_score`.

    Parameters
    ----------
    average : {"macro", "micro", "samples"}, default="macro"
        Over labels, all pairs of sample and label, or samples.
    """

    average: Literal["macro", "micro", "samples"] = "macro"

    def __post_init__(self):
        _check_average(self.average)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return jaccard_parts(counts)


@dataclass(frozen=True)
class SubsetAccuracy(Objective):
    """The share of samples whose labels are all right."""

    average: str = field(default="samples", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        right = (counts.tp == counts.positives) & (counts.fp == 0)
        return right.astype(float), np.ones(np.shape(right))


@dataclass(frozen=True)
class LabelAccuracy(Objective):
    """The share of right entries, one minus the Hamming loss."""

    average: str = field(default="micro", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        right = counts.tp + counts.negatives - counts.fp
        return right, counts.positives + counts.negatives


@dataclass(frozen=True)
class BalancedAccuracy(Objective):
    """The mean over labels of recall and specificity."""

    average: str = field(default="macro", init=False)

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return balanced_accuracy_parts(counts)


@dataclass(frozen=True)
class RecallAtPrecision(Objective):
    """The recall of each label among thresholds whose precision is at least a given one.

    Where no threshold reaches it, the label is never predicted.

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

    def __post_init__(self):
        _check_share(self.precision, "precision")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return counts.tp, counts.positives

    def constrain(self, counts: Counts) -> Floats | None:  # noqa: D102
        return _share(counts.tp, counts.tp + counts.fp) - self.precision


@dataclass(frozen=True)
class PrecisionAtRecall(Objective):
    """The precision of each label among thresholds whose recall is at least a given one.

    Parameters
    ----------
    recall : float
        Above 0, at most 1.
    """

    recall: float

    def __post_init__(self):
        _check_share(self.recall, "recall")

    def parts(self, counts: Counts) -> tuple[ArrayLike, ArrayLike]:  # noqa: D102
        return counts.tp, counts.tp + counts.fp

    def constrain(self, counts: Counts) -> Floats | None:  # noqa: D102
        return _share(counts.tp, counts.positives) - self.recall


class ExpectedCost(Objective):
    """Minus the mean cost of decisions on a label.

    Parameters
    ----------
    cost : array-like of shape (2, 2) or (n_labels, 2, 2)
        ``cost[t, p]`` is what deciding p costs where the truth is t, so ``[[0, 1], [5, 0]]`` makes
        a missed label five times as bad as a false one. One matrix, or one a label.

    Examples
    --------
    >>> from skmlic.objectives import ExpectedCost
    >>> ExpectedCost([[0, 1], [5, 0]])
    ExpectedCost([[0.0, 1.0], [5.0, 0.0]])
    """

    average = "micro"

    def __init__(self, cost: ArrayLike) -> None:
        self.cost = np.asarray(cost, dtype=np.float64)
        if self.cost.shape[-2:] != (2, 2) or self.cost.ndim > 3:
            raise ValueError(
                f"cost has shape {self.cost.shape}; expected (2, 2) or (n_labels, 2, 2), with "
                "cost[t, p] for truth t and decision p."
            )
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

    def __repr__(self):
        return f"ExpectedCost({self.cost.tolist()})"

    def __eq__(self, other):
        return isinstance(other, ExpectedCost) and np.array_equal(self.cost, other.cost)

    __hash__ = None  # type: ignore[assignment]


def _share(part, whole):
    """Return the ratio, -1 of nothing."""
    whole = np.broadcast_to(whole, np.shape(part))
    return np.divide(part, whole, out=np.full(np.shape(part), -1.0), where=whole > 0)


def _check_average(average):
    if average not in AVERAGES:
        raise ValueError(f"average={average!r}: expected one of {AVERAGES}.")


def _check_share(value, name):
    if not isinstance(value, Real) or not 0 < value <= 1:
        raise ValueError(f"{name}={value!r}: expected a number above 0, at most 1.")
