"""Exact search of one decision threshold for all labels."""

import itertools
import math

import numpy as np

from skmlic.metrics._counts import Counts
from skmlic.model_selection._candidates import find_last_of_ties, prepend_zero
from skmlic.model_selection._threshold_search import compute_terms, divide

# Ranges whose bound is lower than a known value by this fraction, or less, are searched, too.
_SLACK = 1e-9


def maximize_shared(data, objective):
    """Return the best threshold that is the same for all labels.

    As the threshold decreases, each further entry that is predicted changes the terms of one label
    or one sample. The cumulative sums of these changes are the objective at every threshold. For
    means over labels and over all pairs, only those ranges of scores are searched that may contain
    the optimum.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        Any but a `ScoreObjective`.

    Returns
    -------
    threshold : float
    """
    if objective.average != "samples":
        return _maximize_by_label(data, objective)
    scores, base, steps = _compute_steps_of_samples(data, objective)
    scores, values = _accumulate(scores, base, steps)
    best = data.choose(scores, np.append(divide(*base[:, np.newaxis]), values))
    return data.to_threshold(scores, best)


def _maximize_by_label(data, objective):
    """Return the best threshold for a mean over labels, or over all pairs of sample and label.

    Scores that cannot be optimal are left out, but for those that end the gaps of others.
    """
    labels = [candidates.scores for candidates in data.candidates]
    terms = compute_terms(data, objective)
    starts = _divide_into_ranges(labels)
    base = np.array(
        [
            sum(of_label[start] for of_label, start in zip(part, starts, strict=True))
            for part in zip(*terms, strict=True)
        ]
    )
    values = divide(*base)
    best = np.nanmax(values)
    # Bounds that are NaN are searched, too.
    is_searched = ~(_bound_values(terms, starts) < best - _SLACK * max(1, abs(best)))
    kept = [(np.empty(0), values[:1] if is_searched[0] else np.full(1, -np.inf))]
    borders = [0, *np.flatnonzero(np.diff(is_searched)) + 1, len(is_searched)]
    for first, end in itertools.pairwise(borders):
        parts = [slice(*start[[first, end]]) for start in starts]
        if is_searched[first]:
            scores = np.concatenate([s[part] for s, part in zip(labels, parts, strict=True)])
            kept.append(_accumulate(scores, base[:, first], _list_steps(terms, parts)))
        else:
            largest = max(s[part][0] for s, part in zip(labels, parts, strict=True) if len(s[part]))
            kept.append((np.array([largest]), np.full(1, -np.inf)))
    if not is_searched[-1]:
        kept.append((np.array([min(s[-1] for s in labels if len(s))]), np.full(1, -np.inf)))
    scores, values = map(np.concatenate, zip(*kept, strict=True))
    best = data.choose(scores, values, count_scores=lambda: len(np.unique(np.concatenate(labels))))
    return data.to_threshold(scores, best)


def _divide_into_ranges(labels):
    """Divide n scores into about √n ranges of about √n scores; equal scores are not separated.

    Parameters
    ----------
    labels : list of ndarray of shape (n_scores,)
        The distinct scores of each label in descending order.

    Returns
    -------
    starts : ndarray of int of shape (n_labels, n_ranges + 1)
        Entries ``starts[j, k]`` to ``starts[j, k + 1]`` of label j are in range k.
    """
    step = math.isqrt(sum(map(len, labels)))
    smallest = np.unique(np.concatenate([part for s in labels for part in (s[::step], s[-1:])]))
    return np.array(
        [[0, *len(s) - np.searchsorted(s[::-1], smallest[::-1])] for s in labels], dtype=int
    )


def _bound_values(terms, starts):
    """Return a bound of the values of each range.

    It is the ratio of two sums over labels: those of the largest numerators and of the smallest
    denominators, which a label has for its candidates in the range.
    """
    largest, smallest, greatest = (
        sum(
            limit(limit.reduceat(of_label[k], start[:-1]), of_label[k][start[1:]])
            for of_label, start in zip(terms, starts, strict=True)
        )
        for limit, k in ((np.maximum, 0), (np.minimum, 1), (np.maximum, 1))
    )
    denominator = np.where(largest < 0, greatest, smallest)
    bound = np.full(len(largest), np.inf)
    return np.divide(largest, denominator, out=bound, where=denominator > 1e-9)


def _list_steps(terms, parts):
    """Return the changes of numerators and denominators at the scores of some parts of labels."""
    return [
        np.concatenate(
            [
                np.diff(of_label[k][part.start : part.stop + 1])
                for of_label, part in zip(terms, parts, strict=True)
            ]
        )
        for k in (0, 1)
    ]


def _accumulate(scores, base, steps):
    """Return the distinct scores in descending order, and the value if each is the smallest."""
    order = np.argsort(-scores)
    scores = scores[order]
    ends = find_last_of_ties(scores)
    sums = (total + np.cumsum(step[order])[ends] for total, step in zip(base, steps, strict=True))
    return scores[ends], divide(*sums)


def _compute_steps_of_samples(data, objective):
    """Return scores, the terms if nothing is predicted, and the change of terms at each score."""
    order = np.argsort(-data.scores, axis=1)
    tp, fp = (
        prepend_zero(np.take_along_axis(entries, order, axis=1).cumsum(axis=1))
        for entries in (data.Y, data.negative)
    )
    terms = np.stack(objective.terms(Counts(tp, fp, tp[:, -1:], fp[:, -1:])))
    if data.weight is not None:
        terms = terms * data.weight[:, np.newaxis]
    steps = np.diff(terms, axis=2).reshape(2, -1)
    scores = np.take_along_axis(data.scores, order, axis=1).ravel()
    if data.known is not None:
        known = np.take_along_axis(data.known, order, axis=1).ravel()
        scores, steps = scores[known], steps[:, known]
    return scores, terms[:, :, 0].sum(axis=1), steps
