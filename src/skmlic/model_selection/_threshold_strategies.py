"""How thresholds are made from out-of-fold scores."""

import numpy as np
from scipy.special import expit, logit

from skmlic.metrics import top_k_labels
from skmlic.model_selection._objectives import ScoreObjective
from skmlic.model_selection._threshold_search import (
    cut_cyclically,
    cut_jointly,
    cut_labels,
    cut_together,
)

STRATEGIES = ("auto", "per_label", "mean_of_folds", "shared", "shrunken", "fbr", "top_k")

_GRID = 100  # thresholds tried where nothing better than trying is known
_MAX_SWEEPS = 5


def resolve_strategy(strategy, objective):
    """Return the strategy that "auto" stands for, and refuse what an objective can't have.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`.

    objective : Objective
        What is tuned for.

    Returns
    -------
    strategy : str
        Any but "auto".

    Raises
    ------
    ValueError
        If the two don't go together.
    """
    if objective.is_constrained:
        if strategy not in ("auto", "per_label"):
            raise ValueError(
                f"strategy={strategy!r} can't keep the constraint of {objective!r} for each label; "
                "expected 'per_label' or 'auto'."
            )
        return "per_label"
    if strategy == "fbr" and objective.average != "macro":
        raise ValueError(
            f"strategy='fbr' needs an objective with a value for each label, such as 'f1_macro'; "
            f"got {objective!r}."
        )
    if strategy != "auto":
        return strategy
    return "shrunken" if objective.average == "macro" else "shared"


def tune(data, objective, strategy, *, fbr, shrinkage):
    """Return thresholds tuned on one set of scores.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        What is tuned for.

    strategy : {"per_label", "mean_of_folds", "shared", "shrunken", "fbr"}
        "mean_of_folds" is "per_label" here, and "shrunken" what it says: that the mean over folds
        is taken of them comes after.

    fbr, shrinkage : float
        Parameters of the strategies "fbr" and "shrunken".

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels about which the data say nothing.
    """
    if strategy == "shared":
        return _shared(data, objective)
    thresholds = _per_label(data, objective)
    if strategy == "shrunken":
        return _shrink(data, thresholds, _shared(data, objective), shrinkage)
    if strategy == "fbr":
        return _protect(data, objective, thresholds, fbr)
    return thresholds


def choose_k(data, objective):
    """Return how many labels a sample is best given.

    Parameters
    ----------
    data : TuningData
        Truth and scores.

    objective : Objective
        What is tuned for.

    Returns
    -------
    k : int
    """
    values = [
        data.evaluate(objective, top_k_labels(data.scores, k) == 1)
        for k in range(1, data.n_labels + 1)
    ]
    return _find_largest(values, otherwise=0) + 1


def _shared(data, objective):
    if not data.is_determined.any():
        return np.full(data.n_labels, np.nan)
    if isinstance(objective, ScoreObjective):
        candidates = _candidates(data, np.unique(data.scores)[::-1])
        values = [data.evaluate(objective, data.scores >= t) for t in candidates]
        candidates.append(np.nan)
        return np.full(data.n_labels, candidates[_find_largest(values, otherwise=-1)])
    return np.full(data.n_labels, cut_together(data, objective))


def _per_label(data, objective):
    if isinstance(objective, ScoreObjective):
        return _search_labels(data, objective)
    if objective.average == "macro":
        return cut_labels(data, objective)
    if objective.average == "micro":
        return cut_jointly(data, objective)
    return cut_cyclically(data, objective, _shared(data, objective))


def _search_labels(data, objective):
    """Try thresholds label by label, the others held, until no label gains."""
    thresholds = np.nan_to_num(_shared(data, objective), nan=data.default_threshold)
    predicted = data.scores >= thresholds
    best = data.evaluate(objective, predicted)
    for _ in range(_MAX_SWEEPS):
        before = best
        for j in np.flatnonzero(data.is_determined):
            for threshold in _candidates(data, data.cuts[j].scores):
                trial = predicted.copy()
                trial[:, j] = data.scores[:, j] >= threshold
                value = data.evaluate(objective, trial)
                if value > best:
                    best, predicted, thresholds[j] = value, trial, threshold
        if best == before:
            break
    return thresholds


def _find_largest(values, otherwise):
    """Return the place of the largest value that is a number, if one is."""
    return otherwise if np.isnan(values).all() else int(np.nanargmax(values))


def _candidates(data, scores):
    cuts = np.unique(np.linspace(0, len(scores), min(_GRID, len(scores) + 1)).round().astype(int))
    return [data.middle(scores, cut) for cut in cuts]


def _shrink(data, thresholds, shared, shrinkage):
    """Move the thresholds of labels with few positives toward the shared one."""
    positives = data.counts.positives
    total = positives + shrinkage
    trust = np.divide(positives, total, out=np.zeros(data.n_labels), where=total > 0)
    thresholds = np.where(np.isnan(thresholds), shared, thresholds)
    if not data.is_probability:
        return trust * thresholds + (1 - trust) * shared
    inside = np.clip([thresholds, shared], 1e-9, 1 - 1e-9)
    return expit(trust * logit(inside[0]) + (1 - trust) * logit(inside[1]))


def _protect(data, objective, thresholds, fbr):
    """Raise the thresholds of labels whose best value is low to their largest score."""
    for j in np.flatnonzero(data.is_determined):
        cuts = data.cuts[j]
        values, _ = objective.for_label(j).terms(cuts.counts)
        if values[cuts.at(thresholds[j])] < fbr:
            thresholds[j] = cuts.scores[0]
    return thresholds
