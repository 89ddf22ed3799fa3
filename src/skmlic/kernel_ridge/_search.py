"""The choice of kernel and penalty by leave-one-out scores."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from skmlic.kernel_ridge._kernels import LandmarkMap
from skmlic.kernel_ridge._leave_one_out import score_left_out, solve_exactly
from skmlic.kernel_ridge._problem import Candidate
from skmlic.kernel_ridge._spectrum import decompose_features, decompose_kernel

# By how much of their squared errors the scores of trials are reduced. Chosen by cross-validation
# on photographs: scores alone are noisy where labels have few positives.
_PENALTY_OF_ERROR = 1 / 8
# Kernels are compared on a third of the rows, but on at least and at most these numbers.
_N_ROWS_OF_SEARCH = (1024, 2048)


@dataclass(frozen=True)
class Trial:
    """A candidate and a penalty, and how good their leave-one-out scores are.

    Parameters
    ----------
    candidate : Candidate
    alpha : float
    score : float
        NaN if it is undefined.
    squared_error : float
        See :func:`skmlic.kernel_ridge._evaluation.compute_squared_error`.
    n_rows : int
        Number of rows whose leave-one-out scores were scored.
    """

    candidate: Candidate
    alpha: float
    score: float
    squared_error: float
    n_rows: int

    @property
    def merit(self):
        """What is maximized."""
        return self.score - _PENALTY_OF_ERROR * self.squared_error


def search(candidates, alphas, evaluate, *, n_exact):
    """Score candidates and penalties by their leave-one-out scores.

    Candidates are compared on a random part of the rows; penalties near the best one are then
    scored on all of them.

    Parameters
    ----------
    candidates : list of Candidate
    alphas : sequence of float
    evaluate : callable
        Returns the score and the squared error of an ndarray of shape (n_rows, n_labels) of
        leave-one-out scores, for a problem.
    n_exact : int
        The largest number of rows whose kernel matrix is decomposed.

    Returns
    -------
    trials : list of Trial
        In the order of candidates and penalties.
    best : Trial
    """
    n_rows = len(candidates[0].problem.X)
    low, high = _N_ROWS_OF_SEARCH
    n_part = min(n_rows, max(low, min(n_rows // 3, high)))
    parts, trials = {}, {}
    for candidate in candidates:
        problem = candidate.problem
        if problem not in parts:
            is_whole = n_part == n_rows
            parts[problem] = problem if is_whole else problem.take(problem.rows.sample(n_part))
        trials[candidate] = _try_alphas(candidate, parts[problem], alphas, evaluate)
    best = choose(_flatten(trials))
    if n_part < n_rows <= n_exact and not np.isnan(best.merit):
        best = _climb_on_all_rows(best, trials[best.candidate], evaluate)
    return _flatten(trials), best


def climb(alphas, start, score):
    """Return the penalty from which neither of its neighbours is better.

    Parameters
    ----------
    alphas : sequence of float
    start : float
        One of them, from which the search goes on as long as the score improves.
    score : callable
        Returns the score of a penalty. It is called once for each that is tried.

    Returns
    -------
    alpha : float
    """
    order = sorted(alphas)
    score = cache(score)
    position = order.index(start)
    while True:
        around = range(max(position - 1, 0), min(position + 2, len(order)))
        best = max(around, key=lambda other: (score(order[other]), other == position))
        if best == position:
            return order[position]
        position = best


def _climb_on_all_rows(start, trials, evaluate):
    """Return the best trial on all rows; ``trials`` gets all that were scored, in their places."""
    candidate, problem = start.candidate, start.candidate.problem
    matrix = candidate.kernel.apply(problem.similarity).add_(1)
    places = {trial.alpha: place for place, trial in enumerate(trials)}

    def score(alpha):
        _, scores = solve_exactly(matrix, problem.weight, problem.target, alpha, problem.groups)
        quality = evaluate(problem, scores.double().cpu().numpy())
        trial = Trial(candidate, alpha, *quality, len(problem.X))
        trials[places[alpha]] = trial
        return trial.merit

    return trials[places[climb(places, start.alpha, score)]]


def choose(trials):
    """Return the trial with the largest merit; among equal ones, the largest penalty."""
    defined = [trial for trial in trials if not np.isnan(trial.merit)]
    if not defined:
        # No label varies, so that any choice is as good.
        return trials[-1]
    return max(defined, key=lambda trial: (trial.merit, trial.alpha))


def decompose(problem, kernel, n_landmarks):
    """Return the spectrum of a kernel, and the map of its landmarks if there are fewer than rows.

    Parameters
    ----------
    problem : Problem
    kernel : Kernel
    n_landmarks : int

    Returns
    -------
    spectrum : Spectrum
    landmarks : LandmarkMap or None
    """
    if n_landmarks >= len(problem.X):
        return decompose_kernel(kernel.apply(problem.similarity).add_(1), problem.weight), None
    chosen = torch.as_tensor(problem.rows.sample(n_landmarks), device=problem.X.device)
    landmarks = LandmarkMap.fit(kernel, problem.scale(chosen))
    features = landmarks.compute(problem.X, problem.scaling)
    return decompose_features(features, problem.weight), landmarks


def _try_alphas(candidate, problem, alphas, evaluate):
    scores = np.zeros((len(alphas), *problem.rows.target.shape))
    for part, known, labels in problem.patterns:
        spectrum, _ = decompose(part, candidate.kernel, len(known))
        left_out = score_left_out(spectrum, part.target, alphas, part.groups)
        for of_alpha, (of_part, _) in zip(scores, left_out, strict=True):
            of_alpha[np.ix_(known, labels)] = of_part.double().cpu().numpy()
    return [
        Trial(candidate, alpha, *evaluate(problem, of_alpha), len(problem.X))
        for alpha, of_alpha in zip(alphas, scores, strict=True)
    ]


def _flatten(trials):
    return [trial for of_kernel in trials.values() for trial in of_kernel]
