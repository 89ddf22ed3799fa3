"""Out-of-fold scores: scores of samples by estimators that were not fitted on them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from skmlic._utils._compat import InvalidParameterError, check_method_params, safe_indexing
from skmlic._utils._labels import quote_names
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic._utils._targets import check_targets, is_one_dimensional
from skmlic._utils._typing import Bools, Integers
from skmlic.model_selection._k_fold import MultiLabelStratifiedKFold

# A single split is divided into this number of folds.
_N_PARTS = 5


class OutOfFoldScores(NamedTuple):
    """Scores of samples by estimators that were not fitted on them.

    Parameters
    ----------
    rows : ndarray of int of shape (n_scored,)
        The row of X of each sample. With repeated folds, a sample occurs several times.

    fold : ndarray of int of shape (n_scored,)
        The fold whose test set the sample belongs to.

    scores : ndarray of shape (n_scored, n_labels), dtype float64
        Finite scores.

    method : {"predict_proba", "decision_function"}
        The response method that returned them.

    estimator : estimator instance or None
        The fitted estimator of the first fold, if it was kept, or of leave-one-out scores.
    """

    rows: np.ndarray
    fold: np.ndarray
    scores: np.ndarray
    method: str
    estimator: Any


class Response(NamedTuple):
    """The response of an estimator that is converted to a matrix of scores.

    Parameters
    ----------
    method : str or tuple
        See `choose_response_method`.

    n_labels : int
        Number of labels.

    positive : object
        The class whose scores are returned.
    """

    method: Any
    n_labels: int
    positive: Any


def score_out_of_fold(estimator, X, y, splits, response, *, fit_params, n_jobs=None, keep=False):
    """Fit clones of an estimator on the training sets, and score the test sets.

    Parameters
    ----------
    estimator : estimator instance
        It is cloned.

    X, y : array-like of length n_samples
        Data to fit on.

    splits : list of (ndarray of int, ndarray of int)
        Row numbers of training and test sets.

    response : Response
        The scores to compute.

    fit_params : dict
        Parameters of ``fit``; those with one entry per sample are indexed.

    n_jobs : int, default=None
        Number of folds that are fitted in parallel.

    keep : bool, default=False
        Whether to return the first fitted estimator.

    Returns
    -------
    scores : OutOfFoldScores
    """
    # More processes than folds would be started, too.
    results = Parallel(n_jobs=n_jobs and min(n_jobs, len(splits)))(
        delayed(_fit_and_score)(
            clone(estimator),
            X,
            y,
            (train, test),
            check_method_params(X, fit_params, indices=train),
            response,
            keep,
        )
        for train, test in splits
    )
    scores, methods, estimators = zip(*results, strict=True)
    return OutOfFoldScores(
        np.concatenate([test for _, test in splits]),
        np.repeat(np.arange(len(splits)), [len(test) for _, test in splits]),
        np.concatenate(scores),
        methods[0],
        estimators[0],
    )


def compute_finite_scores(estimator, X, response, rows=None):
    """Return the finite scores of a fitted estimator, and the method that returned them.

    Parameters
    ----------
    estimator : estimator instance
        Fitted.

    X : array-like of shape (n_samples, ...)
        Input of the estimator.

    response : Response
        The scores to compute.

    rows : ndarray of int of shape (n_samples,), default=None
        Row numbers that the error message names; by default 0, 1, …

    Returns
    -------
    scores : ndarray of shape (n_samples, n_labels), dtype float64
    method : {"predict_proba", "decision_function"}

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    method = choose_response_method(estimator, response.method)
    scores = compute_scores(estimator, X, method, response.n_labels, response.positive)
    rows = np.arange(len(scores)) if rows is None else rows
    check_are_finite(scores, f"{method} returned", rows)
    return scores, method


def check_are_finite(scores, source, rows):
    """Raise an error that names the rows whose scores are not finite.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_labels)
        The scores.

    source : str
        Where they come from, with a verb: "predict_proba returned".

    rows : ndarray of int of shape (n_samples,)
        Row numbers in X.
    """
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if len(bad):
        shown = ", ".join(map(str, rows[bad[:10]])) + (", …" if len(bad) > 10 else "")
        raise ValueError(
            f"{source} no finite scores for {len(bad)} of {len(scores)} samples "
            f"(X[{shown}]); leave these samples out."
        )


def as_folds(fold: Integers, Y: NDArray[Any]) -> Integers:
    """Return the folds, or up to five parts of a single split.

    The parts show how much a result varies that is computed from the scores of a single split.

    Parameters
    ----------
    fold : ndarray of int of shape (n_scored,)
        The fold of each score.

    Y : ndarray of shape (n_scored, n_labels)
        The labels, by which parts are stratified.

    Returns
    -------
    fold : ndarray of int of shape (n_scored,)
    """
    n_folds = min(_N_PARTS, len(fold))
    if fold.max() > 0 or n_folds < 2:
        return fold
    parts = np.empty_like(fold)
    for k, (_, test) in enumerate(MultiLabelStratifiedKFold(n_folds).split(Y, Y)):
        parts[test] = k
    return parts


def exclude_fold(rows: Integers, fold: Integers, k: int) -> Bools:
    """Return a mask of the scores of samples outside fold k, in all repetitions of the folds."""
    return ~np.isin(rows, rows[fold == k]) if fold.max() else np.ones(len(rows), dtype=bool)


def _fit_and_score(estimator, X, y, split, fit_params, response, keep):
    train, test = split
    try:
        estimator.fit(safe_indexing(X, train), safe_indexing(y, train), **fit_params)
    except Exception as error:  # Errors of any type get a note and are raised again.
        _add_notes(error, y, train)
        raise
    try:
        scores, method = compute_finite_scores(estimator, safe_indexing(X, test), response, test)
    except Exception as error:  # Errors of any type get a note and are raised again.
        _add_notes(error, y, test)
        raise
    return scores, method, estimator if keep else None


def _add_notes(error, y, rows):
    """Add notes to the error of a fold: the positions in X, or the labels with only one value."""
    positions = getattr(error, "indices", None)
    if positions is not None:
        if len(positions):
            error.add_note(
                f"Positions are those in the fold; in X they are {rows[positions].tolist()}."
            )
        return
    # Errors of other types, and wrong parameters, have nothing to do with the labels of a fold.
    if not isinstance(error, ValueError) or isinstance(error, InvalidParameterError):
        return
    constant = _find_constant_labels(safe_indexing(y, rows))
    if constant:
        error.add_note(
            f"In this part of a fold, these labels have only one value: {quote_names(constant)}. "
            "Use fewer folds, or skmlic.sampling.drop_rare_labels."
        )


def _find_constant_labels(y):
    if is_one_dimensional(y):
        return []
    Y, names = check_targets(y)
    return [name for name, column in zip(names, Y.T, strict=True) if not np.ptp(column) > 0]
