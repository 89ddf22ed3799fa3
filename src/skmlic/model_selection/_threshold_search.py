"""Exact search of one decision threshold per label, from true labels and scores."""

import numpy as np

from skmlic.metrics._counts import Counts
from skmlic.model_selection._candidates import find_last_of_ties, prepend_zero
from skmlic.model_selection._tuning_data import TOLERANCE

_MAX_ROUNDS = 50


def maximize_macro(data, objective):
    """Return the best threshold of each label for an objective that is a mean over labels.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        Its ``average`` is "macro".

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels that cannot be tuned, infinite where no threshold satisfies the constraint
        of the objective.
    """
    thresholds = np.full(data.n_labels, np.nan)
    for j in np.flatnonzero(data.is_tunable):
        candidates = data.candidates[j]
        of_label = objective.for_label(j)
        values, _ = of_label.terms(candidates.counts)
        margin = of_label.constrain(candidates.counts)
        if margin is not None:
            if (margin < 0).all():
                thresholds[j] = np.inf
                continue
            values = np.where(margin >= 0, values, -np.inf)
        best = data.choose(candidates.scores, values, margin)
        thresholds[j] = data.to_threshold(candidates.scores, best)
    return thresholds


def maximize_micro(data, objective):
    """Return thresholds, one per label, that maximize a ratio of sums over labels.

    Dinkelbach's method [1]_ finds the optimum: for a guess of the ratio, the best candidate of each
    label is known; these candidates give a better guess, until it no longer increases. For the
    micro-averaged F-score see [2]_.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        Its ``average`` is "micro".

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels that cannot be tuned; meanwhile they have the default threshold.

    References
    ----------
    .. [1] W. Dinkelbach, "On Nonlinear Fractional Programming", Management Science 13, 1967.
    .. [2] I. Pillai, G. Fumera, F. Roli, "Threshold optimisation for multi-label classifiers",
       Pattern Recognition 46, 2013.
    """
    terms = compute_terms(data, objective)
    default = data.default_threshold
    chosen = np.array([candidates.find(default) for candidates in data.candidates])
    tunable = np.flatnonzero(data.is_tunable)
    ratio = _compute_ratio(terms, chosen)
    for _ in range(_MAX_ROUNDS):
        for j in tunable:
            numerator, denominator = terms[j]
            chosen[j] = data.choose(data.candidates[j].scores, numerator - ratio * denominator)
        better = _compute_ratio(terms, chosen)
        if better <= ratio + TOLERANCE:
            break
        ratio = better
    thresholds = np.full(data.n_labels, np.nan)
    for j in tunable:
        thresholds[j] = data.to_threshold(data.candidates[j].scores, chosen[j])
    return thresholds


def maximize_samples(data, objective, start):
    """Improve thresholds, one label at a time, for an objective that is a mean over samples.

    Each step finds the exact optimum of one threshold while the others are fixed [1]_. The search
    ends when no threshold can be improved.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        Its ``average`` is "samples".

    start : ndarray of shape (n_labels,)
        Initial thresholds; the result is never worse on these data.

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)

    References
    ----------
    .. [1] R.-E. Fan, C.-J. Lin, "A Study on Threshold Selection for Multi-label Classification",
       National Taiwan University, 2007.
    """
    thresholds = np.array(start, dtype=np.float64)
    Y, negative, predicted = data.Y, data.negative, data.scores >= thresholds
    tp, fp = (Y & predicted).sum(axis=1), (negative & predicted).sum(axis=1)
    positives, negatives = Y.sum(axis=1), negative.sum(axis=1)
    best = data.evaluate(objective, predicted)
    for _ in range(_MAX_ROUNDS):
        before = best
        for j in np.flatnonzero(data.is_tunable):
            true, false = Y[:, j], negative[:, j]
            others = Counts(
                tp - (true & predicted[:, j]), fp - (false & predicted[:, j]), positives, negatives
            )
            scores, values = _evaluate_label(data, objective, j, others)
            candidate = data.choose(scores, values)
            if values[candidate] > best + TOLERANCE:
                best, thresholds[j] = values[candidate], data.to_threshold(scores, candidate)
                predicted[:, j] = data.scores[:, j] >= thresholds[j]
                tp = others.tp + (true & predicted[:, j])
                fp = others.fp + (false & predicted[:, j])
        if best <= before + TOLERANCE:
            break
    return thresholds


def compute_terms(data, objective):
    """Return the terms of each label, a pair of arrays of shape (n_scores + 1,)."""
    return [
        np.broadcast_arrays(*objective.for_label(j).terms(candidates.counts))
        for j, candidates in enumerate(data.candidates)
    ]


def divide(numerator, denominator):
    """Return the ratios, or -inf where the denominator is 0."""
    # A denominator that should be 0 may differ from it by rounding errors.
    ratio = np.full(len(numerator), -np.inf)
    return np.divide(numerator, denominator, out=ratio, where=denominator > 1e-9)


def _evaluate_label(data, objective, label, others):
    """Return the distinct scores of a label, and a mean over samples for each candidate.

    Parameters
    ----------
    data : TuningData
        True labels and scores.
    objective : Objective
        Its ``average`` is "samples".
    label : int
        The label.
    others : Counts
        For each sample, true and false positives without this label; positives and negatives with
        it.

    Returns
    -------
    scores : ndarray of shape (n_scores,)
        Distinct scores in descending order.
    values : ndarray of shape (n_scores + 1,)
    """
    weight = np.ones(len(data.Y)) if data.weight is None else data.weight
    counts = others._replace(
        tp=others.tp + data.Y[:, label], fp=others.fp + data.negative[:, label]
    )
    scores = data.scores[:, label]
    order = np.argsort(-scores)
    order = order if data.known is None else order[data.known[order, label]]
    ends = find_last_of_ties(scores[order])
    numerator, denominator = (
        (weight * without).sum()
        + prepend_zero(np.cumsum((weight * (with_label - without))[order])[ends])
        for with_label, without in zip(
            objective.terms(counts), objective.terms(others), strict=True
        )
    )
    return scores[order][ends], divide(numerator, denominator)


def _compute_ratio(terms, chosen):
    numerator, denominator = (
        sum(of_label[part][k] for of_label, k in zip(terms, chosen, strict=True)) for part in (0, 1)
    )
    return numerator / denominator if denominator else 0.0
