"""Model of label errors: rates of both kinds, and a calibration that is robust to them."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from skmlic._utils._typing import Bools, Floats
from skmlic.label_issues._histogram import Histogram

__all__ = ["NoiseModel"]

_MAX_ITERATIONS = 500
_RATE_TOLERANCE, _SLOPE_TOLERANCE = 1e-5, 1e-3
_FIRST_RATE = 0.05
# A label with more errors than this could as well be inverted.
_LARGEST_RATE = 0.45
# Errors and annotations that are added to those observed, so that few annotations give low rates.
_PRIOR_ERRORS, _PRIOR_ANNOTATIONS = 1, 100
# Rates of the two kinds of errors that differ by no more than this factor are taken for equal.
_LARGEST_EQUAL_RATIO = 3
_PENALTY = 1e-3
_LARGEST_STEP = 2


class NoiseModel(NamedTuple):
    r"""Probability of labels given scores, and how often annotations are wrong.

    The probability that a label is truly present is :math:`\sigma(a z + b)` for the score
    :math:`z`, with :math:`a` and :math:`b` for each label. An absent label is annotated with
    probability ``false_rate``, and a present one is not with ``missing_rate``; all labels share
    these rates.

    Parameters
    ----------
    slope, intercept : ndarray of shape (n_labels,), dtype float64
        Calibration of the scores of each label.
    false_rate : float
        Fraction of absent labels that are annotated as present.
    missing_rate : float
        Fraction of present labels that are annotated as absent.
    """

    slope: Floats
    intercept: Floats
    false_rate: float
    missing_rate: float

    @classmethod
    def fit(cls, histogram: Histogram) -> "NoiseModel":
        """Estimate the model from given labels and out-of-sample scores.

        Parameters
        ----------
        histogram : Histogram
            Counts of the given labels by score. Scores should be standardised.

        Returns
        -------
        model : NoiseModel
        """
        n_labels = histogram.centers.shape[1]
        start = cls(np.ones(n_labels), np.zeros(n_labels), 0.0, 0.0)
        plain = start._calibrate(histogram, histogram.positives, n_steps=30)
        model = plain._estimate(histogram, are_equal=False)
        ratio = model.missing_rate / model.false_rate
        if max(ratio, 1 / ratio) > _LARGEST_EQUAL_RATIO:
            return model
        # With equal rates, the score at which a label is as likely present as absent is the same
        # for given and for true labels. Keeping it found slightly more errors than estimating it
        # together with the rate.
        return plain._estimate(histogram, are_equal=True)

    def find_errors(self, scores: Floats, present: Bools) -> Floats:
        """Return the probability that each annotation is wrong.

        Parameters
        ----------
        scores : ndarray of shape (n_samples, n_labels), dtype float64
            Scores on the scale of the histogram.
        present : ndarray of shape (n_samples, n_labels), dtype bool
            Whether the given label is 1.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_labels), dtype float64
        """
        of_negatives, of_positives = self._find_errors(scores)
        return np.where(present, of_positives, of_negatives)

    def _find_errors(self, scores):
        """Return the probabilities that a given 0 and a given 1 at these scores are wrong."""
        true = expit(self.slope * scores + self.intercept)
        false = expit(-self.slope * scores - self.intercept)
        missing, kept = self.missing_rate * true, (1 - self.missing_rate) * true
        added, rejected = self.false_rate * false, (1 - self.false_rate) * false
        return missing / (missing + rejected), added / (added + kept)

    def _estimate(self, histogram, are_equal):
        """Return the model with rates, by expectation maximisation from this calibration."""
        model = self._replace(false_rate=_FIRST_RATE, missing_rate=_FIRST_RATE)
        fixed = -self.intercept / np.maximum(self.slope, 1e-9) if are_equal else None
        for _ in range(_MAX_ITERATIONS):
            of_negatives, of_positives = model._find_errors(histogram.centers)
            missing = histogram.negatives * of_negatives
            false = histogram.positives * of_positives
            n_true = missing + histogram.positives - false
            n_false = histogram.negatives - missing + false
            before = model
            if are_equal:
                rate = _divide(missing.sum() + false.sum(), n_true.sum() + n_false.sum())
                model = model._replace(false_rate=rate, missing_rate=rate)
            else:
                model = model._replace(
                    false_rate=_divide(false.sum(), n_false.sum()),
                    missing_rate=_divide(missing.sum(), n_true.sum()),
                )
            model = model._calibrate(histogram, n_true, n_steps=2, fixed=fixed)
            if model._is_close_to(before):
                break
        return model

    def _is_close_to(self, other):
        # The rates alone do not tell: they may turn round while the slopes still change.
        rates = np.abs(np.subtract(self[2:], other[2:])).max()
        slopes = np.abs(self.slope - other.slope).max()
        return rates < _RATE_TOLERANCE and slopes < _SLOPE_TOLERANCE

    def _calibrate(self, histogram, n_true, n_steps, fixed=None):
        """Return the model after Newton steps of logistic regression per label.

        Parameters
        ----------
        histogram : Histogram
            Counts of labels by score.
        n_true : ndarray of shape (n_bins, n_labels), dtype float64
            Number of labels that are present in each bin; fractions are allowed.
        n_steps : int
            Number of steps.
        fixed : ndarray of shape (n_labels,), default=None
            Score of each label that keeps the probability one half.

        Returns
        -------
        model : NoiseModel
        """
        slope, intercept = self.slope, self.intercept
        n = histogram.negatives + histogram.positives
        z = histogram.centers if fixed is None else histogram.centers - fixed
        for _ in range(n_steps):
            p = expit(slope * histogram.centers + intercept)
            residual, weight = n * p - n_true, n * p * (1 - p)
            in_slope = (residual * z).sum(axis=0) + _PENALTY * slope
            of_slope = (weight * z * z).sum(axis=0) + _PENALTY
            if fixed is not None:
                slope = _step(slope, in_slope / of_slope)
                intercept = np.where(slope > 0, -slope * fixed, intercept)
                continue
            in_intercept = residual.sum(axis=0) + _PENALTY * intercept
            of_intercept = weight.sum(axis=0) + _PENALTY
            of_both = (weight * z).sum(axis=0)
            determinant = of_slope * of_intercept - of_both**2
            step = (of_intercept * in_slope - of_both * in_intercept) / determinant
            shift = (of_slope * in_intercept - of_both * in_slope) / determinant
            damping = _LARGEST_STEP / np.maximum(
                np.maximum(np.abs(step), np.abs(shift)), _LARGEST_STEP
            )
            slope = _step(slope, damping * step)
            intercept = intercept - damping * shift
        return self._replace(slope=slope, intercept=intercept)


def _step(slope, step):
    # Scores that are lower for images with the label say nothing about it.
    return np.maximum(slope - np.clip(step, -_LARGEST_STEP, _LARGEST_STEP), 0)


def _divide(n_errors, n_annotations):
    """Return a rate of errors, with the prior."""
    rate = (n_errors + _PRIOR_ERRORS) / (n_annotations + _PRIOR_ANNOTATIONS)
    return float(min(rate, _LARGEST_RATE))
