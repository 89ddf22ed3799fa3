"""Strategies that turn out-of-fold scores into thresholds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.special import expit, logit

from skmlic._utils._threads import count_threads
from skmlic.metrics import top_k_labels
from skmlic.model_selection._objectives import ScoreObjective
from skmlic.model_selection._out_of_fold import exclude_fold
from skmlic.model_selection._shared_threshold import maximize_shared
from skmlic.model_selection._threshold_search import (
    maximize_macro,
    maximize_micro,
    maximize_samples,
)

STRATEGIES = ("auto", "per_label", "mean_of_folds", "shared", "shrunken", "fbr", "top_k")

# Number of thresholds that are tried where no exact search exists.
_N_TRIALS = 100
_MAX_ROUNDS = 5


def resolve_strategy(strategy, objective):
    """Return the strategy to use for an objective.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`.

    objective : Objective
        The objective to maximize.

    Returns
    -------
    strategy : str
        Any but "auto".

    Raises
    ------
    ValueError
        If the strategy does not support the objective.
    """
    if objective.is_constrained:
        if strategy not in ("auto", "per_label"):
            raise ValueError(
                f"strategy={strategy!r} cannot keep the constraint of {objective!r} for each "
                "label; expected 'per_label' or 'auto'."
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


def tune_with_folds(data, rows, fold, objective, strategy, **options):
    """Return thresholds tuned on all scores, and on the scores of all folds but one.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    rows : ndarray of int of shape (n_scored,)
        The row of X that each score belongs to.

    fold : ndarray of int of shape (n_scored,)
        The fold of each score.

    objective : Objective
        The objective to maximize.

    strategy : {"per_label", "mean_of_folds", "shared", "shrunken", "fbr"}
        See `TunedThresholdMultiLabelClassifierCV`.

    **options : dict
        ``fbr`` and ``shrinkage``.

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels that cannot be tuned.

    per_fold : ndarray of shape (n_folds, n_labels)
        Thresholds tuned without the scores of one fold.
    """
    # The parts below need the order of all scores, and would each sort them otherwise.
    _ = data.ranked

    def tune_part(mask):
        part = data if mask is None else data.select(mask)
        return tune(part, objective, strategy, **options)

    masks = [None, *(exclude_fold(rows, fold, k) for k in range(fold.max() + 1))]
    # Any other score is computed by a function that need not be safe in threads.
    n_threads = 1 if isinstance(objective, ScoreObjective) else count_threads()
    with ThreadPoolExecutor(n_threads) as pool:
        thresholds, *others = pool.map(tune_part, masks)
    per_fold = np.stack(others)
    if strategy in ("mean_of_folds", "shrunken"):
        thresholds = _average_folds(per_fold, thresholds)
    return thresholds, per_fold


def tune(data, objective, strategy, *, fbr, shrinkage):
    """Return thresholds tuned on one set of scores.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        The objective to maximize.

    strategy : {"per_label", "mean_of_folds", "shared", "shrunken", "fbr"}
        "mean_of_folds" is the same as "per_label" here, because `tune_with_folds` takes the mean.

    fbr, shrinkage : float
        Parameters of the strategies "fbr" and "shrunken".

    Returns
    -------
    thresholds : ndarray of shape (n_labels,)
        NaN for labels that cannot be tuned.
    """
    if strategy == "shared":
        return _tune_shared(data, objective)
    thresholds = _tune_per_label(data, objective)
    if strategy == "shrunken":
        return _shrink(data, thresholds, _tune_shared(data, objective), shrinkage)
    if strategy == "fbr":
        return _raise_low_value_labels(data, objective, thresholds, fbr)
    return thresholds


def choose_k(data, objective):
    """Return the best number of labels to predict for each sample.

    Parameters
    ----------
    data : TuningData
        True labels and scores.

    objective : Objective
        The objective to maximize.

    Returns
    -------
    k : int
    """
    values = [
        data.evaluate(objective, top_k_labels(data.scores, k) == 1)
        for k in range(1, data.n_labels + 1)
    ]
    return _argmax(values, otherwise=0) + 1


def _tune_shared(data, objective):
    if not data.is_tunable.any():
        return np.full(data.n_labels, np.nan)
    if isinstance(objective, ScoreObjective):
        trials = _list_trials(data, np.unique(data.scores)[::-1])
        values = [data.evaluate(objective, data.scores >= t) for t in trials]
        trials.append(np.nan)
        return np.full(data.n_labels, trials[_argmax(values, otherwise=-1)])
    return np.full(data.n_labels, maximize_shared(data, objective))


def _tune_per_label(data, objective):
    if isinstance(objective, ScoreObjective):
        return _try_per_label(data, objective)
    if objective.average == "macro":
        return maximize_macro(data, objective)
    if objective.average == "micro":
        return maximize_micro(data, objective)
    return maximize_samples(data, objective, _tune_shared(data, objective))


def _try_per_label(data, objective):
    """Try thresholds of one label at a time, until the objective no longer increases."""
    thresholds = np.nan_to_num(_tune_shared(data, objective), nan=data.default_threshold)
    predicted = data.scores >= thresholds
    best = data.evaluate(objective, predicted)
    for _ in range(_MAX_ROUNDS):
        before = best
        for j in np.flatnonzero(data.is_tunable):
            for threshold in _list_trials(data, data.candidates[j].scores):
                trial = predicted.copy()
                trial[:, j] = data.scores[:, j] >= threshold
                value = data.evaluate(objective, trial)
                if value > best:
                    best, predicted, thresholds[j] = value, trial, threshold
        if best == before:
            break
    return thresholds


def _argmax(values, otherwise):
    """Return the index of the largest value, or another one if all values are NaN."""
    return otherwise if np.isnan(values).all() else int(np.nanargmax(values))


def _list_trials(data, scores):
    """Return thresholds that are spread evenly over the distinct scores."""
    n_trials = min(_N_TRIALS, len(scores) + 1)
    candidates = np.unique(np.linspace(0, len(scores), n_trials).round().astype(int))
    return [data.to_threshold(scores, candidate) for candidate in candidates]


def _shrink(data, thresholds, shared, shrinkage):
    """Move the thresholds of labels with few positives toward the shared threshold."""
    positives = data.counts.positives
    total = positives + shrinkage
    own_part = np.divide(positives, total, out=np.zeros(data.n_labels), where=total > 0)
    thresholds = np.where(np.isnan(thresholds), shared, thresholds)
    if not data.is_probability:
        return own_part * thresholds + (1 - own_part) * shared
    inside = np.clip([thresholds, shared], 1e-9, 1 - 1e-9)
    return expit(own_part * logit(inside[0]) + (1 - own_part) * logit(inside[1]))


def _raise_low_value_labels(data, objective, thresholds, fbr):
    """Raise the threshold to the largest score for labels whose best value is below ``fbr``."""
    for j in np.flatnonzero(data.is_tunable):
        candidates = data.candidates[j]
        values, _ = objective.for_label(j).terms(candidates.counts)
        if values[candidates.find(thresholds[j])] < fbr:
            thresholds[j] = candidates.scores[0]
    return thresholds


def _average_folds(per_fold, thresholds):
    """Return the mean over folds of finite thresholds; keep those that are not finite."""
    known = np.isfinite(per_fold)
    total = np.where(known, per_fold, 0).sum(axis=0)
    mean = np.divide(total, known.sum(axis=0), out=thresholds.copy(), where=known.any(axis=0))
    return np.where(np.isfinite(thresholds), mean, thresholds)
