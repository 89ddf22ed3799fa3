"""The candidate thresholds of a label, from scores that are sorted once.

Candidate k of a label predicts it for the samples with the k largest distinct scores. All
thresholds between two neighbouring scores are the same candidate; their midpoint represents them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skmlic._utils._threads import count_threads
from skmlic.metrics._counts import Counts


@dataclass(frozen=True)
class RankedLabel:
    """The samples for which a label is not missing, in descending order of its scores.

    Parameters
    ----------
    rows : ndarray of int of shape (n_known,)
        Row numbers.

    scores : ndarray of shape (n_known,)
        Scores of the label.

    true : ndarray of shape (n_known,), dtype bool
        Whether each sample has the label.
    """

    rows: np.ndarray
    scores: np.ndarray
    true: np.ndarray

    def list_candidates(self, weight=None, mask=None):
        """Return all candidate thresholds.

        Parameters
        ----------
        weight : ndarray of shape (n_samples,), default=None
            Sample weights.

        mask : ndarray of shape (n_samples,), dtype bool, default=None
            The samples to count; all by default.

        Returns
        -------
        candidates : Candidates
        """
        scores, true, rows = self.scores, self.true, self.rows
        if mask is not None:
            # Row numbers select several times as fast as a mask does.
            kept = np.flatnonzero(mask[rows])
            scores, true = scores[kept], true[kept]
            rows = rows if weight is None else rows[kept]
        if not len(scores):
            return Candidates(scores, Counts(np.zeros(1), np.zeros(1), 0, 0))
        ends = None if self._is_distinct else find_last_of_ties(scores)
        if weight is None:
            tp = _accumulate(true, ends)
            fp = (np.arange(len(scores) + 1) if ends is None else prepend_zero(ends + 1)) - tp
        else:
            weight = weight[rows]
            tp, fp = _accumulate(weight * true, ends), _accumulate(weight * ~true, ends)
        distinct = scores if ends is None else scores[ends]
        return Candidates(distinct, Counts(tp, fp, tp[-1], fp[-1]))

    @cached_property
    def _is_distinct(self):
        return bool((self.scores[:-1] != self.scores[1:]).all())


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


def rank_labels(Y, scores, known=None):
    """Sort the scores of each label, in threads.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels), dtype bool
        True labels.

    scores : ndarray of shape (n_samples, n_labels)
        Larger where a label is more likely.

    known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
        Mask of the entries of Y that are not missing; all by default.

    Returns
    -------
    ranked : list of RankedLabel
    """

    def rank(j):
        column = scores[:, j].copy()
        rows = np.argsort(-column)
        if known is not None:
            rows = rows[known[rows, j]]
        return RankedLabel(rows, column[rows], Y[rows, j])

    with ThreadPoolExecutor(count_threads()) as pool:
        return list(pool.map(rank, range(scores.shape[1])))


def _accumulate(values, ends):
    """Return 0, and the cumulative sums at some of the values, or at all."""
    cumulated = np.cumsum(values)
    return prepend_zero(cumulated if ends is None else cumulated[ends])


def find_last_of_ties(ordered):
    """Return the index of the last of each run of equal values."""
    return np.append(np.flatnonzero(ordered[:-1] != ordered[1:]), len(ordered) - 1)


def prepend_zero(cumulated):
    """Return cumulative sums along the last axis with a leading zero."""
    pad = [(0, 0)] * (cumulated.ndim - 1) + [(1, 0)]
    return np.pad(cumulated, pad)
