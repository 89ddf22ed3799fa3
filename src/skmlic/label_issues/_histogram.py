"""Counts of labels by score, which are as small for a million samples as for a thousand."""

from typing import NamedTuple

import numpy as np

from skmlic._utils._typing import Bools, Floats

__all__ = ["Histogram"]

_N_BINS = 1000


class Histogram(NamedTuple):
    """Number of positives and negatives of each label by score.

    Parameters
    ----------
    centers : ndarray of shape (n_bins, n_labels), dtype float64
        Mean of the scores in each bin, or the middle of an empty bin.
    negatives, positives : ndarray of shape (n_bins, n_labels), dtype float64
        Number of annotations in each bin that are 0 and 1. Missing annotations are not counted.
    """

    centers: Floats
    negatives: Floats
    positives: Floats

    @classmethod
    def from_scores(cls, scores: Floats, present: Bools, known: Bools) -> "Histogram":
        """Count annotations in bins of equal width between the extreme scores of each label.

        Parameters
        ----------
        scores : ndarray of shape (n_samples, n_labels), dtype float64
            Scores of any scale.
        present, known : ndarray of shape (n_samples, n_labels), dtype bool
            Where the annotation is 1, and where there is one.

        Returns
        -------
        histogram : Histogram
        """
        lowest = scores.min(axis=0)
        width = (scores.max(axis=0) - lowest) / _N_BINS
        position = np.divide(scores - lowest, width, out=np.zeros_like(scores), where=width > 0)
        bins = np.minimum(position.astype(np.intp), _N_BINS - 1)

        def count(chosen, weights=None):
            chosen_weights = None if weights is None else weights[chosen]
            flat = (bins + _N_BINS * np.arange(scores.shape[1]))[chosen]
            counts = np.bincount(flat, chosen_weights, _N_BINS * scores.shape[1])
            return counts.reshape(-1, _N_BINS).T.astype(np.float64)

        negatives, positives = count(known & ~present), count(known & present)
        total = negatives + positives
        middles = lowest + (np.arange(_N_BINS)[:, np.newaxis] + 0.5) * width
        centers = np.divide(count(known, scores), total, out=middles, where=total > 0)
        return cls(centers, negatives, positives)
