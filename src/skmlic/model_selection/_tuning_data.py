"""The data that thresholds are tuned on, and the candidate thresholds of each label.

Candidate k of a label predicts it for the samples with the k largest distinct scores. All
thresholds between two neighbouring scores are the same candidate; their midpoint represents them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skmlic._utils._responses import DEFAULT_THRESHOLDS
from skmlic.metrics._counts import Counts

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

    Y: np.ndarray
    scores: np.ndarray
    is_probability: bool
    weight: np.ndarray | None = None
    known: np.ndarray | None = None

    @property
    def n_labels(self):
        """Number of labels."""
        return self.Y.shape[1]

    @property
    def default_threshold(self):
        """The threshold of a label that cannot be tuned."""
        return DEFAULT_THRESHOLDS["predict_proba" if self.is_probability else "decision_function"]

    @cached_property
    def counts(self):
        """Positives and negatives of each label."""
        weight = np.ones(len(self.Y)) if self.weight is None else self.weight
        return Counts(0, 0, weight @ self.Y, weight @ self.negative)

    @cached_property
    def is_tunable(self):
        """Whether each label has positives, negatives and at least two distinct scores."""
        varies = np.array([len(candidates.scores) > 1 for candidates in self.candidates])
        return (self.counts.positives > 0) & (self.counts.negatives > 0) & varies

    @cached_property
    def candidates(self):
        """List of the candidate thresholds of each label."""
        by_label = zip(
            np.ascontiguousarray(self.Y.T), np.ascontiguousarray(self.scores.T), strict=True
        )
        if self.known is None:
            return [list_candidates(y, scores, self.weight) for y, scores in by_label]
        candidates = []
        for (y, scores), known in zip(by_label, self.known.T, strict=True):
            weight = None if self.weight is None else self.weight[known]
            candidates.append(list_candidates(y[known], scores[known], weight))
        return candidates

    @property
    def negative(self):
        """Mask of the entries that are known to be 0."""
        return ~self.Y if self.known is None else ~self.Y & self.known

    def evaluate(self, objective, predicted):
        """Return the value of an objective for predictions."""
        return objective.evaluate(self.Y, predicted, self.weight, self.known)

    def take(self, rows):
        """Return the data of some rows."""
        weight = None if self.weight is None else self.weight[rows]
        known = None if self.known is None else self.known[rows]
        return replace(self, Y=self.Y[rows], scores=self.scores[rows], weight=weight, known=known)

    def to_threshold(self, scores, candidate):
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

    def choose(self, scores, values, then=None):
        """Return the best candidate; among equally good ones, that with the widest gap.

        Parameters
        ----------
        scores : ndarray of shape (n_scores,)
            Distinct scores in descending order.

        values : ndarray of shape (n_scores + 1,)
            Values of the candidates 0, 1, …

        then : ndarray of shape (n_scores + 1,), default=None
            Second criterion, which is compared before the gaps are.

        Returns
        -------
        candidate : int
        """
        best = _find_best(values, np.arange(len(values)))
        if then is not None:
            best = _find_best(then, best)
        if len(best) == 1:
            return int(best[0])
        low, high = self._find_gap(scores, best)
        # The gap beyond the first or last score is always wide, so it counts as an average gap.
        average = (scores[0] - scores[-1]) / max(len(scores) - 1, 1)
        at_end = (best == 0) | (best == len(scores))
        width = np.where(at_end, np.minimum(high - low, average), high - low)
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


@dataclass(frozen=True)
class Candidates:
    """The candidate thresholds of one label.

    Parameters
    ----------
    scores : ndarray of shape (n_scores,)
        Distinct scores in descending order.

    counts : Counts
        True and false positives, arrays of shape (n_scores + 1,), if the label is predicted for no
        sample, for those with the largest score, for those with the two largest scores, and so on.
    """

    scores: np.ndarray
    counts: Counts

    def find(self, threshold):
        """Return the candidate that makes the same predictions as a threshold."""
        return len(self.scores) - int(np.searchsorted(self.scores[::-1], threshold))


def list_candidates(y, scores, weight=None):
    """Return all candidate thresholds of a label, from scores that are sorted once.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), dtype bool
        Whether each sample has the label.

    scores : ndarray of shape (n_samples,)
        Scores of the label.

    weight : ndarray of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    candidates : Candidates
    """
    order = np.argsort(-scores)
    ordered, true = scores[order], y[order]
    if not len(scores):
        return Candidates(ordered, Counts(*(np.zeros(1) for _ in range(4))))
    ends = find_last_of_ties(ordered)
    if weight is None:
        tp = prepend_zero(np.cumsum(true)[ends])
        fp = prepend_zero(ends + 1) - tp
    else:
        weight = weight[order]
        tp = prepend_zero(np.cumsum(weight * true)[ends])
        fp = prepend_zero(np.cumsum(weight * ~true)[ends])
    return Candidates(ordered[ends], Counts(tp, fp, tp[-1], fp[-1]))


def find_last_of_ties(ordered):
    """Return the index of the last of each run of equal values."""
    return np.append(np.flatnonzero(ordered[:-1] != ordered[1:]), len(ordered) - 1)


def prepend_zero(cumulated):
    """Return cumulative sums along the last axis with a leading zero."""
    pad = [(0, 0)] * (cumulated.ndim - 1) + [(1, 0)]
    return np.pad(cumulated, pad)


def _find_best(values, among):
    """Return those of some candidates whose value is the largest, except for rounding errors."""
    return among[values[among] >= np.nanmax(values[among]) - TOLERANCE]
