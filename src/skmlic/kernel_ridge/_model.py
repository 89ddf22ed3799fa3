"""The final model of a kernel and a penalty, and its leave-one-out scores."""

from dataclasses import dataclass

import numpy as np
import torch

from skmlic.kernel_ridge._kernels import Kernel
from skmlic.kernel_ridge._leave_one_out import score_left_out, solve_exactly
from skmlic.kernel_ridge._search import Trial, climb, decompose

# Each distinct pattern of missing labels needs a decomposition of its own, in single precision if
# there are more than this number.
_N_PRECISE_PATTERNS = 16


@dataclass(frozen=True)
class Model:
    """A kernel ridge regression.

    Parameters
    ----------
    kernel : Kernel
    alpha : float
    support : tensor of shape (n_support, n_features)
        Scaled rows that the kernel compares features with.
    coef : tensor of shape (n_support, n_labels)
        Coefficients of the kernel.
    constant : tensor of shape (n_labels,)
        It is added to the scores.
    loo_scores : ndarray of shape (n_rows, n_labels), dtype float64
        Leave-one-out scores of the rows.
    """

    kernel: Kernel
    alpha: float
    support: torch.Tensor
    coef: torch.Tensor
    constant: torch.Tensor
    loo_scores: np.ndarray


def fit_exactly(problem, kernel, alpha):
    """Return the model of all rows.

    Parameters
    ----------
    problem : Problem
    kernel : Kernel
    alpha : float

    Returns
    -------
    model : Model
    """
    X, target, weight = problem.scale(), problem.target, problem.weight
    if torch.unique(target.isnan(), dim=1).shape[1] > _N_PRECISE_PATTERNS:
        X, target, weight = X.float(), target.float(), weight.float()
    matrix = kernel.compute(X, X) + 1
    coef, scores = solve_exactly(matrix, weight, target, alpha, problem.groups)
    return Model(kernel, alpha, X, coef, coef.sum(dim=0), scores.double().cpu().numpy())


def fit_with_landmarks(start, alphas, evaluate, n_landmarks):
    """Return the model with a number of landmarks, of the best penalty near that of a trial.

    Parameters
    ----------
    start : Trial
        The best trial on a part of the rows.
    alphas : sequence of float
    evaluate : callable
        Returns the score and the squared error of leave-one-out scores, for a problem.
    n_landmarks : int

    Returns
    -------
    model : Model
    trials : dict of float to Trial
        The penalties that were scored on all rows.
    """
    candidate, problem = start.candidate, start.candidate.problem
    spectrum, landmarks = decompose(problem, candidate.kernel, n_landmarks)
    trials = {}

    def leave_out(alpha):
        ((scores, imputed),) = score_left_out(spectrum, problem.target, [alpha], problem.groups)
        return scores.double().cpu().numpy(), imputed

    def score(alpha):
        quality = evaluate(problem, leave_out(alpha)[0])
        trials[alpha] = Trial(candidate, alpha, *quality, len(problem.X))
        return trials[alpha].merit

    alpha = start.alpha if np.isnan(start.merit) else climb(alphas, start.alpha, score)
    loo_scores, imputed = leave_out(alpha)
    *coef, constant = spectrum.solve(imputed, alpha)
    dual = landmarks.whitening @ torch.stack(coef)
    model = Model(candidate.kernel, alpha, landmarks.landmarks, dual, constant, loo_scores)
    return model, trials
