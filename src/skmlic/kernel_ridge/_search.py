"""The choice of kernel and penalty by leave-one-out scores."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from skmlic.kernel_ridge._distinct_rows import DistinctRows
from skmlic.kernel_ridge._feature_scaling import FeatureScaling
from skmlic.kernel_ridge._kernels import Kernel, LandmarkMap
from skmlic.kernel_ridge._leave_one_out import score_left_out
from skmlic.kernel_ridge._spectrum import decompose_features, decompose_kernel

# Kernels are compared on half of the rows, but on at least and at most these numbers.
_N_ROWS_OF_SEARCH = (1024, 2048)


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted: rows, targets and groups.

    Parameters
    ----------
    X : tensor of shape (n_rows, n_features)
        Distinct rows.
    rows : DistinctRows
        Their weights, targets and groups.
    scaling : FeatureScaling
    """

    X: torch.Tensor
    rows: DistinctRows
    scaling: FeatureScaling

    @property
    def weight(self):
        """Weights of rows, a tensor."""
        return torch.as_tensor(self.rows.weight).to(self.X)

    @property
    def target(self):
        """Targets of rows, a tensor."""
        return torch.as_tensor(self.rows.target).to(self.X)

    @property
    def groups(self):
        """Rows of each group of more than one row, as tensors."""
        if self.rows.group is None:
            return ()
        order = np.argsort(self.rows.group, kind="stable")
        starts = np.flatnonzero(np.diff(self.rows.group[order])) + 1
        return tuple(
            torch.as_tensor(part, device=self.X.device)
            for part in np.split(order, starts)
            if len(part) > 1
        )

    def scale(self, rows=slice(None)):
        """Return scaled features of some rows."""
        return self.scaling(self.X[rows])

    def split_patterns(self):
        """Yield a problem without missing labels for each pattern of them, its rows and labels."""
        patterns, label_pattern = np.unique(np.isnan(self.rows.target), axis=1, return_inverse=True)
        for number, missing in enumerate(patterns.T):
            known = np.flatnonzero(~missing)
            labels = np.flatnonzero(label_pattern.ravel() == number)
            if len(known):
                part = self.take(known)
                rows = replace(part.rows, target=part.rows.target[:, labels])
                yield replace(part, rows=rows), known, labels

    def take(self, chosen):
        """Return the problem of some of the rows, of which samples occur once."""
        inputs = self.X[torch.as_tensor(chosen, device=self.X.device)]
        return Problem(inputs, self.rows.take(chosen), self.scaling)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A scaling of features, which the problem has, and a kernel.

    Parameters
    ----------
    problem : Problem
    kernel : Kernel
    """

    problem: Problem
    kernel: Kernel


@dataclass(frozen=True)
class Trial:
    """A candidate and a penalty, and their score.

    Parameters
    ----------
    candidate : Candidate
    alpha : float
    score : float
        NaN if it is undefined.
    n_rows : int
        Number of rows whose leave-one-out scores were scored.
    """

    candidate: Candidate
    alpha: float
    score: float
    n_rows: int


def search(candidates, alphas, evaluate, *, n_exact):
    """Score candidates and penalties by their leave-one-out scores.

    Candidates are compared on a random part of the rows; the penalties of the best one are then
    scored on all of them.

    Parameters
    ----------
    candidates : list of Candidate
    alphas : sequence of float
    evaluate : callable
        Returns the score of an ndarray of shape (n_rows, n_labels) of leave-one-out scores, for a
        problem.
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
    n_part = min(n_rows, max(low, min(n_rows // 2, high)))
    parts = {}
    trials = {}
    for candidate in candidates:
        problem = candidate.problem
        if problem not in parts:
            is_whole = n_part == n_rows
            parts[problem] = problem if is_whole else problem.take(problem.rows.sample(n_part))
        trials[candidate] = _try_alphas(candidate, parts[problem], alphas, evaluate)
    best = choose(_flatten(trials))
    if n_part < n_rows <= n_exact:
        chosen = best.candidate
        trials[chosen] = _try_alphas(chosen, chosen.problem, alphas, evaluate)
        best = choose(trials[chosen])
    return _flatten(trials), best


def choose(trials):
    """Return the trial with the best score; among equal ones, the largest penalty."""
    defined = [trial for trial in trials if not np.isnan(trial.score)]
    if not defined:
        # No label varies, so that any choice is as good.
        return trials[-1]
    return max(defined, key=lambda trial: (trial.score, trial.alpha))


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
        Z = problem.scale()
        return decompose_kernel(kernel.compute(Z, Z) + 1, problem.weight), None
    chosen = torch.as_tensor(problem.rows.sample(n_landmarks), device=problem.X.device)
    landmarks = LandmarkMap.fit(kernel, problem.scale(chosen))
    features = landmarks.compute(problem.X, problem.scaling)
    return decompose_features(features, problem.weight), landmarks


def _try_alphas(candidate, problem, alphas, evaluate):
    scores = np.zeros((len(alphas), *problem.rows.target.shape))
    for part, known, labels in problem.split_patterns():
        spectrum, _ = decompose(part, candidate.kernel, len(known))
        left_out = score_left_out(spectrum, part.target, alphas, part.groups)
        for of_alpha, (of_part, _) in zip(scores, left_out, strict=True):
            of_alpha[np.ix_(known, labels)] = of_part.double().cpu().numpy()
    return [
        Trial(candidate, alpha, evaluate(problem, of_alpha), len(problem.X))
        for alpha, of_alpha in zip(alphas, scores, strict=True)
    ]


def _flatten(trials):
    return [trial for of_kernel in trials.values() for trial in of_kernel]
