"""Log-odds of labels from scores, by a logistic fit per label."""

import numpy as np
from scipy.special import expit

_N_ITERATIONS = 100
_TOLERANCE = 1e-10
# The prior counts as much as this number of samples whose probability is one half.
_PRIOR_STRENGTH = 4.0
_SMALLEST_SLOPE = 1e-2


def fit_log_odds(scores, Y, weight):
    r"""Fit log-odds ``slope * score + intercept`` of each label.

    The targets are those of Platt [1]_: with :math:`n_+` positives and :math:`n_-` negatives,
    :math:`(n_+ + 1) / (n_+ + 2)` and :math:`1 / (n_- + 2)`, by which slopes stay finite. A normal
    prior keeps slope and intercept of labels with few positives near those of all labels together.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_labels)
        Scores of samples by models that were not fitted on them.
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels.
    weight : ndarray of shape (n_samples,)

    Returns
    -------
    slope, intercept : ndarray of shape (n_labels,)
        Slopes are positive.

    References
    ----------
    .. [1] J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
       Regularized Likelihood Methods", Advances in Large Margin Classifiers, 1999.
    """
    known = ~np.isnan(Y)
    weights = weight[:, None] * known
    positives = (weights * (Y == 1)).sum(axis=0)
    negatives = (weights * (Y == 0)).sum(axis=0)
    targets = np.where(Y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    common = np.array([2.0, 0.0])
    flat = scores.T.ravel(), targets.T.ravel(), weights.T.ravel()
    common = _fit(*flat, prior=common)
    fitted = [
        _fit(s, t, w, prior=common) for s, t, w in zip(scores.T, targets.T, weights.T, strict=True)
    ]
    return np.array(fitted).T


def _fit(scores, targets, weight, prior):
    """Return slope and intercept that minimize the log loss plus the prior, by Newton's method."""
    strength = _PRIOR_STRENGTH / 4
    design = np.column_stack([scores, np.ones_like(scores)])
    theta = prior.copy()

    def loss(theta):
        log_odds = design @ theta
        # Unlike logarithms of probabilities, these are finite where a probability is rounded to 1.
        losses = np.logaddexp(0, log_odds) - targets * log_odds
        return strength / 2 * np.square(theta - prior).sum() + weight @ losses

    value = loss(theta)
    for _ in range(_N_ITERATIONS):
        p = expit(design @ theta)
        gradient = design.T @ (weight * (p - targets)) + strength * (theta - prior)
        hessian = (design.T * (weight * p * (1 - p))) @ design + strength * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (tried := loss(theta - size * step)) > value and size > _TOLERANCE:
            size /= 2
        theta = theta - size * step
        improved, value = value - tried, tried
        if improved <= _TOLERANCE * (1 + abs(value)):
            break
    if theta[0] < _SMALLEST_SLOPE:
        # Scores that rank at random, or in reverse, keep their order; only their mean counts.
        theta = np.array([_SMALLEST_SLOPE, _fit_intercept(scores, targets, weight)])
    return theta


def _fit_intercept(scores, targets, weight):
    total = weight.sum()
    if total == 0:
        return 0.0
    mean = weight @ targets / total
    return np.log(mean / (1 - mean)) - _SMALLEST_SLOPE * (weight @ scores) / total
