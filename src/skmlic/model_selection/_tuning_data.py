"""The data that thresholds are tuned on, and the choice between candidate thresholds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._responses import DEFAULT_THRESHOLDS
from skmlic._utils._typing import Bools, Floats
from skmlic.metrics._counts import Counts
from skmlic.model_selection._candidates import rank_labels
from skmlic.objectives import Objective

# Values that differ by less are equal, except for rounding errors.
TOLERANCE = 1e-12


@dataclass(frozen=True)
class TuningData:
    """True labels and the scores that thresholds are tuned on.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels), dtype bool
        True labels.

    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Larger where a label is more likely.

    is_probability : bool
        Whether scores lie between 0 and 1.

    weight : ndarray of shape (n_samples,), default=None
        Sample weights.

    known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
        Mask of the entries of Y that are not missing; all by default.
    """

    Y: Bools
    scores: Floats
    is_probability: bool
    weight: Floats | None = None
    known: Bools | None = None

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return self.Y.shape[1]

    @property
    def default_threshold(self) -> float:
        """The threshold of a label that cannot be tuned."""
        return DEFAULT_THRESHOLDS["predict_proba" if self.is_probability else "decision_function"]

    @cached_property
    def counts(self):
        """Positives and negatives of each label."""
        if self.weight is not None:
            return Counts(0, 0, self.weight @ self.Y, self.weight @ self.negative)
        counts = [candidates.counts for candidates in self.candidates]
        positives, negatives = ([getattr(c, name) for c in counts] for name in Counts._fields[2:])
        return Counts(0, 0, np.array(positives, dtype=float), np.array(negatives, dtype=float))

    @cached_property
    def is_tunable(self) -> Bools:
        """Whether each label has positives, negatives and at least two distinct scores."""
        varies = np.array([len(candidates.scores) > 1 for candidates in self.candidates])
        return (self.counts.positives > 0) & (self.counts.negatives > 0) & varies

    @cached_property
    def ranked(self):
        """List of the ranked samples of each label."""
        return rank_labels(self.Y, self.scores, self.known)

    @cached_property
    def candidates(self):
        """List of the candidate thresholds of each label."""
        return [label.list_candidates(self.weight) for label in self.ranked]

    @property
    def negative(self) -> Bools:
        """Mask of the entries that are known to be 0."""
        return ~self.Y if self.known is None else ~self.Y & self.known

    def evaluate(self, objective: Objective, predicted: Bools) -> float:
        """Return the value of an objective for predictions."""
        return objective.evaluate(self.Y, predicted, self.weight, self.known)

    def take(self, rows: NDArray[Any]) -> "TuningData":
        """Return the data of some rows."""
        weight = None if self.weight is None else self.weight[rows]
        known = None if self.known is None else self.known[rows]
        return TuningData(
            self.Y[rows], self.scores[rows], self.is_probability, weight=weight, known=known
        )

    def select(self, mask: Bools) -> "TuningDataPart":
        """Return the data of the rows in a mask; their order by score is that of all rows."""
        return TuningDataPart(self, mask)

    def to_threshold(self, scores: Floats, candidate: int) -> float:
        """Return the threshold that represents a candidate.

        Parameters
        ----------
        scores : ndarray of shape (n_scores,)
            Distinct scores in descending order.

        candidate : int
            Number of distinct scores that are at least the threshold.

        Returns
        -------
        threshold : float
        """
        low, high = self._find_gap(scores, np.array([candidate]))
        middle = low[0] + (high[0] - low[0]) / 2
        # There may be no float between neighbouring scores, or above the largest probability.
        has_middle = middle > low[0] or candidate == len(scores)
        return float(middle) if has_middle else float(high[0])

    def choose(
        self,
        scores: Floats,
        values: Floats,
        then: Floats | None = None,
        count_scores: Callable[[], int] | None = None,
    ) -> int:
        """Return the best candidate; among equally good ones, that with the widest gap.

        Parameters
        ----------
        scores : ndarray of shape (n_scores,)
            Distinct scores in descending order.

        values : ndarray of shape (n_scores + 1,)
            Values of the candidates 0, 1, …

        then : ndarray of shape (n_scores + 1,), default=None
            Second criterion, which is compared before the gaps are.

        count_scores : callable, default=None
            Returns the number of distinct scores, if ``scores`` are only some of them.

        Returns
        -------
        candidate : int
        """
        best = _find_best(values)
        if then is not None:
            best = best[_find_best(then[best])]
        if len(best) == 1:
            return int(best[0])
        low, high = self._find_gap(scores, best)
        # The gap beyond the first or last score is always wide, so it counts as an average gap.
        at_end = (best == 0) | (best == len(scores))
        width = high - low
        if at_end.any():
            n_scores = len(scores) if count_scores is None else count_scores()
            average = (scores[0] - scores[-1]) / max(n_scores - 1, 1)
            width = np.where(at_end, np.minimum(width, average), width)
        return int(best[np.argmax(width)])

    def _find_gap(self, scores, candidates):
        """Return the scores just below and just above the thresholds of candidates."""
        if self.is_probability:
            first, last = max(1.0, scores[0]), min(0.0, scores[-1])
            first = np.nextafter(1.0, 2.0) if scores[0] >= 1.0 else first
        else:
            margin = scores[0] - scores[-1] or 1.0
            first, last = scores[0] + margin, scores[-1] - margin
        above = np.concatenate([[first], scores])
        below = np.concatenate([scores, [last]])
        return below[candidates], above[candidates]


class TuningDataPart(TuningData):
    """Some rows of other data, which are sorted already; they are copied only if necessary.

    Parameters
    ----------
    whole : TuningData
        The other data.

    mask : ndarray of shape (n_samples,), dtype bool
        The rows.
    """

    def __init__(self, whole, mask):
        vars(self).update(whole=whole, mask=mask, is_probability=whole.is_probability)

    @property
    def n_labels(self):
        return self.whole.n_labels

    @cached_property
    def candidates(self):
        weight, mask = self.whole.weight, self.mask
        return [label.list_candidates(weight, mask) for label in self.whole.ranked]

    @cached_property
    def Y(self):
        return self.whole.Y[self.mask]

    @cached_property
    def scores(self):
        return self.whole.scores[self.mask]

    @cached_property
    def weight(self):
        return None if self.whole.weight is None else self.whole.weight[self.mask]

    @cached_property
    def known(self):
        return None if self.whole.known is None else self.whole.known[self.mask]


def _find_best(values):
    """Return the indices of the largest values, those within rounding errors included."""
    return np.flatnonzero(values >= np.nanmax(values) - TOLERANCE)
