"""The score of a kernel and a penalty, from their leave-one-out scores."""

import warnings

import numpy as np
import sklearn.metrics
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._compat import BaseScorer
from skmlic._utils._logits import LogitsEstimator
from skmlic._utils._read_targets import decode_targets
from skmlic.kernel_ridge._log_odds import fit_log_odds
from skmlic.metrics import average_precision_score, get_scorer
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
from skmlic.objectives import Objective


def evaluate_left_out(scoring, scores, targets, weight, is_weighted):
    """Return the score of leave-one-out scores.

    Parameters
    ----------
    scoring : str, callable or Objective
        "map", the name of a scorer, a scorer, or an objective, whose value at the best thresholds
        is the score.
    scores : ndarray of shape (n_samples, n_labels)
    targets : Targets
    weight : ndarray of shape (n_samples,)
    is_weighted : bool
        Whether scorers get the weights.

    Returns
    -------
    score : float
        Larger is better; NaN if it is undefined.
    """
    if isinstance(scoring, str) and scoring == "map":
        return _mean_average_precision(targets.Y, scores, weight)
    slope, intercept = fit_log_odds(scores, targets.Y, weight)
    logits = LogitsEstimator(scores * slope + intercept, targets.classes, targets.label_names)
    y = decode_targets(targets.Y, targets.classes)
    X = np.zeros((len(scores), 1))
    with warnings.catch_warnings():
        # The same labels are undefined for each kernel and penalty.
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        if isinstance(scoring, Objective):
            tuned = TunedThresholdMultiLabelClassifierCV(
                logits, objective=scoring, strategy="per_label", cv="prefit", refit=False
            )
            warnings.simplefilter("ignore", UserWarning)
            return tuned.fit(X, y).best_score_
        scorer = scoring
        if isinstance(scoring, str):
            find = sklearn.metrics.get_scorer if targets.classes.ndim == 1 else get_scorer
            scorer = find(scoring)
        weighs = is_weighted and (isinstance(scorer, BaseScorer) or isinstance(scoring, str))
        return float(scorer(logits, X, y, **({"sample_weight": weight} if weighs else {})))


def compute_squared_error(scores, Y, weight):
    """Return the squared error of scores, relative to that of a constant; a mean over labels.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_labels)
        Predictions of -1 and 1.
    Y : ndarray of shape (n_samples, n_labels)
        0, 1 and NaN.
    weight : ndarray of shape (n_samples,)

    Returns
    -------
    error : float
        NaN if no label varies.
    """
    errors = []
    for score, y in zip(scores.T, Y.T, strict=True):
        known = ~np.isnan(y)
        target, w = 2 * y[known] - 1, weight[known]
        if len(np.unique(target)) == 2:
            constant = np.average(target, weights=w)
            errors.append(w @ (target - score[known]) ** 2 / (w @ (target - constant) ** 2))
    return float(np.mean(errors)) if errors else np.nan


def _mean_average_precision(Y, scores, weight):
    has_both = np.array([len(np.unique(y[~np.isnan(y)])) == 2 for y in Y.T])
    if not has_both.any():
        return np.nan
    weight = None if (weight == weight[0]).all() else weight
    return average_precision_score(Y[:, has_both], scores[:, has_both], sample_weight=weight)
