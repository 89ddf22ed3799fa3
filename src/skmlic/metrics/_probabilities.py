"""Scores of probabilities."""

from numbers import Integral
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from skmlic._utils._compat import Interval
from skmlic._utils._typing import Labels, Score
from skmlic.metrics._averages import mean_over_defined
from skmlic.metrics._counts import divide
from skmlic.metrics._validation import (
    check_average,
    check_probabilities,
    check_weight,
    weigh_entries,
)

_MOST_BINS = 10_000


def log_loss(
    Y_true: Labels,
    Y_proba: ArrayLike,
    *,
    average: Literal["macro"] | None = "macro",
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Compute the multi-label log loss, the binary cross-entropy per label or averaged.

    For one label it is

    .. math:: -\frac{1}{n} \sum_i \left[ y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \right].

    :func:`sklearn.metrics.log_loss` and scikit-learn's scorer "neg_log_loss" compute something else
    from multi-label Y: they take the labels for the classes of one target, and their formula
    leaves out the second term.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_proba : array-like of shape (n_samples, n_labels)
        Probabilities. They are clipped to stay at least 2.2e-16 away from 0 and 1.

    average : {"macro", None}, default="macro"
        The mean over labels, or the score of each label.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    loss : float or ndarray of shape (n_labels,), dtype float64
        In nats, at least 0, smaller is better.

    Raises
    ------
    ValueError
        If shapes do not fit or scores are not probabilities.

    Examples
    --------
    >>> from skmlic.metrics import log_loss
    >>> log_loss([[1, 0], [0, 0]], [[0.9, 0.2], [0.5, 0.1]], average=None).round(3)
    array([0.399, 0.164])
    """

    def loss(Y, probabilities):
        eps = np.finfo(np.float64).eps
        p = np.clip(probabilities, eps, 1 - eps)
        return -(xlogy(Y, p) + xlog1py(~Y, -p))

    return _mean_loss(loss, Y_true, Y_proba, average, sample_weight)


def brier_score_loss(
    Y_true: Labels,
    Y_proba: ArrayLike,
    *,
    average: Literal["macro"] | None = "macro",
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Compute the multi-label Brier score, the mean squared error of probabilities.

    For one label it is :math:`\frac{1}{n} \sum_i (p_i - y_i)^2` [1]_. scikit-learn's scorer
    "neg_brier_score" computes something else from multi-label Y: it sums over labels as over the
    classes of one target.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_proba : array-like of shape (n_samples, n_labels)
        Probabilities.

    average : {"macro", None}, default="macro"
        The mean over labels, or the score of each label.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    loss : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, smaller is better. A classifier that always predicts the frequency
        :math:`f` of a label has :math:`f (1 - f)`.

    Raises
    ------
    ValueError
        If shapes do not fit or scores are not probabilities.

    References
    ----------
    .. [1] G. W. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly
       Weather Review 78, 1950.

    Examples
    --------
    >>> from skmlic.metrics import brier_score_loss
    >>> brier_score_loss([[1, 0], [0, 0]], [[0.9, 0.2], [0.5, 0.1]], average=None)
    array([0.13 , 0.025])
    """
    return _mean_loss(lambda Y, p: (p - Y) ** 2, Y_true, Y_proba, average, sample_weight)


def expected_calibration_error(
    Y_true: Labels,
    Y_proba: ArrayLike,
    *,
    average: Literal["macro"] | None = "macro",
    n_bins: int = 15,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Compute the expected calibration error of probabilities, per label or averaged.

    The interval from 0 to 1 is cut into bins of equal width. For one label,

    .. math:: \sum_b \frac{n_b}{n} \left| \bar{y}_b - \bar{p}_b \right|

    compares the fraction of positives with the mean probability in each bin [1]_. This estimate is
    too large where bins hold few samples: compare classifiers on the same samples and bins.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_proba : array-like of shape (n_samples, n_labels)
        Probabilities.

    average : {"macro", None}, default="macro"
        The mean over labels, or the score of each label.

    n_bins : int, default=15
        Number of bins, at most 10,000.

    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    error : float or ndarray of shape (n_labels,), dtype float64
        Between 0 and 1, smaller is better.

    Raises
    ------
    ValueError
        If shapes do not fit or scores are not probabilities.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities
       Using Bayesian Binning", AAAI 2015; C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On
       Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> from skmlic.metrics import expected_calibration_error
    >>> expected_calibration_error([[1], [1], [0], [0]], [[0.75], [0.75], [0.25], [0.0]])
    0.1875
    """
    check_average(average, ("macro", None))
    check_n_bins(n_bins)
    Y, known, names, probabilities = check_probabilities(Y_true, Y_proba)
    weight = weigh_entries(Y, known, check_weight(sample_weight, Y))
    n_labels = len(names)
    bins = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    cells = (bins + n_bins * np.arange(n_labels)).ravel()
    excess = ((Y - probabilities) * weight).ravel()
    total = np.bincount(cells, weights=excess, minlength=n_bins * n_labels)
    by_label = divide(np.abs(total).reshape(n_labels, n_bins).sum(axis=1), weight.sum(axis=0))
    return by_label if average is None else mean_over_defined(by_label)


def check_n_bins(n_bins):
    """Raise an error for a number of bins that is none, or takes too much memory."""
    if not Interval(Integral, 1, _MOST_BINS, closed="both").is_satisfied_by(n_bins):
        raise ValueError(
            f"n_bins={n_bins!r}: expected a whole number of bins >= 1, and at most {_MOST_BINS}."
        )


def _mean_loss(loss, Y_true, Y_proba, average, sample_weight):
    check_average(average, ("macro", None))
    Y, known, _, probabilities = check_probabilities(Y_true, Y_proba)
    weight = weigh_entries(Y, known, check_weight(sample_weight, Y))
    by_label = divide((loss(Y, probabilities) * weight).sum(axis=0), weight.sum(axis=0))
    return by_label if average is None else mean_over_defined(by_label)
