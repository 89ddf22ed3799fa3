"""Exact search of decision thresholds: pure functions of truth and scores.

A *cut* of a label sets it for the samples with the k largest distinct scores. All thresholds
between two neighbouring scores are the same cut; the one in the middle stands for it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skmlic.metrics._counts import Counts

_TIE = 1e-12  # values closer than this are the same but for rounding
_MAX_ROUNDS = 50


@dataclass(frozen=True)
class TuningData:
    """Truth and scores that thresholds are tuned on.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels), dtype bool
        What is true.

    scores : ndarray of shape (n_samples, n_labels), dtype float64
        Larger where a label is more likely.

    is_probability : bool
        Whether scores lie between 0 and 1.

    weight : ndarray of shape (n_samples,), default=None
        Weights of samples.

    known : ndarray of shape (n_samples, n_labels), dtype bool, default=None
        Which entries of Y are known; all by default.
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
        """The threshold where nothing is known of a label."""
        return 0.5 if self.is_probability else 0.0

    @cached_property
    def counts(self):
        """Positives and negatives of each label."""
        weight = np.ones(len(self.Y)) if self.weight is None else self.weight
        return Counts(0, 0, weight @ self.Y, weight @ self.negative)

    @cached_property
    def is_determined(self):
        """Whether each label has positives, negatives and scores that differ."""
        varied = np.array([len(cuts.scores) > 1 for cuts in self.cuts])
        return (self.counts.positives > 0) & (self.counts.negatives > 0) & varied

    @cached_property
    def cuts(self):
        """The cuts of each label."""
        by_label = zip(
            np.ascontiguousarray(self.Y.T), np.ascontiguousarray(self.scores.T), strict=True
        )
        if self.known is None:
            return [make_cuts(y, scores, self.weight) for y, scores in by_label]
        cuts = []
        for (y, scores), known in zip(by_label, self.known.T, strict=True):
            weight = None if self.weight is None else self.weight[known]
            cuts.append(make_cuts(y[known], scores[known], weight))
        return cuts

    @property
    def negative(self):
        """Where a label is known to be false."""
        return ~self.Y if self.known is None else ~self.Y & self.known

    def evaluate(self, objective, predicted):
        """Return an objective's value of decisions."""
        return objective.evaluate(self.Y, predicted, self.weight, self.known)

    def take(self, rows):
        """Return the data of some rows."""
        weight = None if self.weight is None else self.weight[rows]
        known = None if self.known is None else self.known[rows]
        return replace(self, Y=self.Y[rows], scores=self.scores[rows], weight=weight, known=known)

    def middle(self, scores, cut):
        """Return the threshold in the middle of a cut.

        Parameters
        ----------
        scores : ndarray of shape (n_scores,)
            Distinct scores, descending.

        cut : int
            How many of them are at least the threshold.

        Returns
        -------
        threshold : float
        """
        low, high = self._gap(scores, np.array([cut]))
        middle = low[0] + (high[0] - low[0]) / 2
        # Halfway between neighbouring floats, or at the end of the scale, there is no room.
        return float(middle) if middle > low[0] or cut == len(scores) else float(high[0])

    def choose(self, scores, values, then=None):
        """Return the best cut; of equal ones that with the widest gap between scores.

        Parameters
        ----------
        scores : ndarray of shape (n_scores,)
            Distinct scores, descending.

        values : ndarray of shape (n_scores + 1,)
            Value of the cuts 0, 1, …

        then : ndarray of shape (n_scores + 1,), default=None
            What decides between equal values before the gap does.

        Returns
        -------
        cut : int
        """
        best = _find_best(values, np.arange(len(values)))
        if then is not None:
            best = _find_best(then, best)
        if len(best) == 1:
            return int(best[0])
        low, high = self._gap(scores, best)
        # There is always room beyond the last score: it says nothing.
        usual = (scores[0] - scores[-1]) / max(len(scores) - 1, 1)
        at_end = (best == 0) | (best == len(scores))
        width = np.where(at_end, np.minimum(high - low, usual), high - low)
        return int(best[np.argmax(width)])

    def _gap(self, scores, cuts):
        """Return the scores just below and just above thresholds."""
        if self.is_probability:
            first, last = max(1.0, scores[0]), min(0.0, scores[-1])
            first = np.nextafter(1.0, 2.0) if scores[0] >= 1.0 else first
        else:
            margin = scores[0] - scores[-1] or 1.0
            first, last = scores[0] + margin, scores[-1] - margin
        above = np.concatenate([[first], scores])
        below = np.concatenate([scores, [last]])
        return below[cuts], above[cuts]


@dataclass(frozen=True)
class Cuts:
    """The cuts of one label.

    Parameters
    ----------
    scores : ndarray of shape (n_scores,)
        Distinct scores, descending.

    counts : Counts
        With arrays of shape (n_scores + 1,) for true and false positives: of no sample, of those
        with the largest score, and so on.
    """

    scores: np.ndarray
    counts: Counts

    def at(self, threshold):
        """Return the number of the cut that a threshold makes."""
        return len(self.scores) - int(np.searchsorted(self.scores[::-1], threshold))


def make_cuts(y, scores, weight=None):
    """Return all cuts of a label, from one sort of its scores.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), dtype bool
        What is true.

    scores : ndarray of shape (n_samples,)
        Its scores.

    weight : ndarray of shape (n_samples,), default=None
        Weights of samples.

    Returns
    -------
    cuts : Cuts
    """
    order = np.argsort(-scores)
    ordered, true = scores[order], y[order]
    if not len(scores):
        return Cuts(ordered, Counts(*(np.zeros(1) for _ in range(4))))
    ends = _last_of_ties(ordered)
    if weight is None:
        tp = _from_zero(np.cumsum(true)[ends])
        fp = _from_zero(ends + 1) - tp
    else:
        weight = weight[order]
        tp = _from_zero(np.cumsum(weight * true)[ends])
        fp = _from_zero(np.cumsum(weight * ~true)[ends])
    return Cuts(ordered[ends], Counts(tp, fp, tp[-1], fp[-1]))


def cut_labels(data, objective):
    """Return the best threshold of each label for an objective that is a mean over labels.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        With ``average="macro"``.

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels about which the data say nothing, infinite where the objective's constraint
        can't be met.
    """
    thresholds = np.full(data.n_labels, np.nan)
    for j in np.flatnonzero(data.is_determined):
        cuts = data.cuts[j]
        of_label = objective.for_label(j)
        values, _ = of_label.terms(cuts.counts)
        margin = of_label.constrain(cuts.counts)
        if margin is not None:
            if (margin < 0).all():
                thresholds[j] = np.inf
                continue
            values = np.where(margin >= 0, values, -np.inf)
        thresholds[j] = data.middle(cuts.scores, data.choose(cuts.scores, values, margin))
    return thresholds


def cut_jointly(data, objective):
    """Return the thresholds, one a label, that maximise a ratio of sums over labels.

    The optimum is found by Dinkelbach's method [1]_: for a guess of the ratio, each label's best
    cut is known; these give a better guess, and the last one is the maximum. For the micro-averaged
    F-score see [2]_.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        With ``average="micro"``.

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels about which the data say nothing, which are held at the default threshold.

    References
    ----------
    .. [1] W. Dinkelbach, "On Nonlinear Fractional Programming", Management Science 13, 1967.
    .. [2] I. Pillai, G. Fumera, F. Roli, "Threshold optimisation for multi-label classifiers",
       Pattern Recognition 46, 2013.
    """
    terms = _terms_of_labels(data, objective)
    chosen = np.array([cuts.at(data.default_threshold) for cuts in data.cuts])
    free = np.flatnonzero(data.is_determined)
    ratio = _ratio_of(terms, chosen)
    for _ in range(_MAX_ROUNDS):
        for j in free:
            above, below = terms[j]
            chosen[j] = data.choose(data.cuts[j].scores, above - ratio * below)
        better = _ratio_of(terms, chosen)
        if better <= ratio + _TIE:
            break
        ratio = better
    thresholds = np.full(data.n_labels, np.nan)
    for j in free:
        thresholds[j] = data.middle(data.cuts[j].scores, chosen[j])
    return thresholds


def cut_cyclically(data, objective, start):
    """Improve thresholds label by label until none can be, for a mean over samples.

    Each step finds the exact optimum of one label's threshold with the others held [1]_.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        With ``average="samples"``.

    start : ndarray of shape (n_labels,)
        Thresholds to begin with; the result is never worse on these data.

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)

    References
    ----------
    .. [1] R.-E. Fan, C.-J. Lin, "A Study on Threshold Selection for Multi-label Classification",
       National Taiwan University, 2007.
    """
    thresholds = np.array(start, dtype=np.float64)
    Y, negative, chosen = data.Y, data.negative, data.scores >= thresholds
    weight = np.ones(len(Y)) if data.weight is None else data.weight
    tp, fp = (Y & chosen).sum(axis=1), (negative & chosen).sum(axis=1)
    positives, negatives = Y.sum(axis=1), negative.sum(axis=1)
    best = data.evaluate(objective, chosen)
    for _ in range(_MAX_ROUNDS):
        before = best
        for j in np.flatnonzero(data.is_determined):
            true, false, scores = Y[:, j], negative[:, j], data.scores[:, j]
            rest_tp, rest_fp = tp - (true & chosen[:, j]), fp - (false & chosen[:, j])
            without = objective.terms(Counts(rest_tp, rest_fp, positives, negatives))
            counts = Counts(rest_tp + true, rest_fp + false, positives, negatives)
            order = np.argsort(-scores)
            order = order if data.known is None else order[data.known[order, j]]
            ends = _last_of_ties(scores[order])
            above, below = (
                (weight * out).sum() + _from_zero(np.cumsum((weight * (one - out))[order])[ends])
                for one, out in zip(objective.terms(counts), without, strict=True)
            )
            values = _divide(above, below)
            distinct = scores[order][ends]
            cut = data.choose(distinct, values)
            if values[cut] > best + _TIE:
                best, thresholds[j] = values[cut], data.middle(distinct, cut)
                chosen[:, j] = scores >= thresholds[j]
                tp, fp = rest_tp + (true & chosen[:, j]), rest_fp + (false & chosen[:, j])
        if best <= before + _TIE:
            break
    return thresholds


def cut_together(data, objective):
    """Return the best threshold that all labels share.

    From the largest score down, each sample and label that is set changes the terms of one label
    (or of one sample); their running sums are the objective at every threshold.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        Any but a mere score.

    Returns
    -------
    threshold : float
    """
    if objective.average == "samples":
        scores, base, steps = _steps_of_samples(data, objective)
    else:
        scores, base, steps = _steps_of_labels(data, objective)
    order = np.argsort(-scores)
    scores = scores[order]
    ends = _last_of_ties(scores)
    above, below = (
        total + _from_zero(np.cumsum(step[order])[ends])
        for total, step in zip(base, steps, strict=True)
    )
    return data.middle(scores[ends], data.choose(scores[ends], _divide(above, below)))


def _terms_of_labels(data, objective):
    """Return each label's terms at its cuts, an array of shape (2, n_cuts)."""
    return [
        np.stack(np.broadcast_arrays(*objective.for_label(j).terms(cuts.counts)))
        for j, cuts in enumerate(data.cuts)
    ]


def _steps_of_labels(data, objective):
    terms = _terms_of_labels(data, objective)
    base = sum(of_label[:, 0] for of_label in terms)
    steps = np.concatenate([np.diff(of_label, axis=1) for of_label in terms], axis=1)
    return np.concatenate([cuts.scores for cuts in data.cuts]), base, steps


def _steps_of_samples(data, objective):
    order = np.argsort(-data.scores, axis=1)
    tp, fp = (
        _from_zero(np.take_along_axis(entries, order, axis=1).cumsum(axis=1))
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


def _find_best(values, among):
    """Return those of some cuts whose value is the largest, but for rounding."""
    return among[values[among] >= np.nanmax(values[among]) - _TIE]


def _ratio_of(terms, chosen):
    above, below = sum(of_label[:, k] for of_label, k in zip(terms, chosen, strict=True))
    return above / below if below else 0.0


def _divide(above, below):
    # What is left of a sum of nothing is rounding.
    return np.divide(above, below, out=np.full(len(above), -np.inf), where=below > 1e-9)


def _last_of_ties(ordered):
    return np.append(np.flatnonzero(ordered[:-1] != ordered[1:]), len(ordered) - 1)


def _from_zero(cumulated):
    """Put a zero before running sums along the last axis."""
    pad = [(0, 0)] * (cumulated.ndim - 1) + [(1, 0)]
    return np.pad(cumulated, pad)
