"""Leave-one-out scores that an estimator computes itself, without being fitted again."""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import _num_samples

from skmlic._utils._responses import (
    choose_response_method,
    name_leave_one_out_scores,
    read_leave_one_out_scores,
)
from skmlic.model_selection._out_of_fold import OutOfFoldScores, check_are_finite


def score_leave_one_out(estimator, X, y, response, *, fit_params):
    """Fit a clone of an estimator on all samples, and read its leave-one-out scores.

    Parameters
    ----------
    estimator : estimator instance
        It is cloned.

    X, y : array-like of length n_samples
        Data to fit on.

    response : Response
        The scores to read.

    fit_params : dict
        Parameters of ``fit``.

    Returns
    -------
    scores : OutOfFoldScores
        All of one fold, with the fitted estimator.

    Raises
    ------
    AttributeError
        If the estimator has no leave-one-out scores.

    ValueError
        If they are not finite, or not one row per sample and one column per label.
    """
    estimator = clone(estimator).fit(X, y, **fit_params)
    method = choose_response_method(estimator, response.method)
    scores = read_leave_one_out_scores(estimator, method, response.n_labels, response.positive)
    name, n_samples = name_leave_one_out_scores(method), _num_samples(y)
    if len(scores) != n_samples:
        raise ValueError(
            f"{name} has {len(scores)} rows; expected {n_samples}, one for each sample of X."
        )
    rows = np.arange(n_samples)
    check_are_finite(scores, f"{name} contains", rows)
    return OutOfFoldScores(rows, np.zeros(n_samples, dtype=int), scores, method, estimator)
