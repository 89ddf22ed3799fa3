"""The fit of a kernel ridge classifier: scaling, search, model and log-odds."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from skmlic._utils._read_targets import Targets
from skmlic._utils._threads import count_threads, torch_threads
from skmlic.kernel_ridge._distinct_rows import merge_rows
from skmlic.kernel_ridge._evaluation import compute_squared_error, evaluate_left_out
from skmlic.kernel_ridge._feature_scaling import list_scalings
from skmlic.kernel_ridge._kernels import list_kernels
from skmlic.kernel_ridge._log_odds import fit_log_odds
from skmlic.kernel_ridge._model import Model, fit_exactly, fit_with_landmarks
from skmlic.kernel_ridge._module import KernelRidgeModule, make_module
from skmlic.kernel_ridge._problem import Candidate, Problem
from skmlic.kernel_ridge._search import Trial, search

DEFAULT_WIDTHS = (0.35, 0.5, 1.0, 2.0)
DEFAULT_ALPHAS = tuple(np.logspace(-3, 2, 16).tolist())
# Up to this number of rows, the kernel matrix of all rows is inverted; it takes 134 MB.
_N_EXACT = 4096
_N_LANDMARKS = 2048
_N_ROWS_OF_KERNELS = 1000


@dataclass(frozen=True)
class KernelRidgeSettings:
    """Settings of a fit; see :class:`KernelRidgeMultiLabelClassifierCV`."""

    kernels: tuple = ("linear", "rbf")
    widths: tuple = DEFAULT_WIDTHS
    alphas: tuple = DEFAULT_ALPHAS
    feature_scaling: str | None = "root"
    scoring: str | Callable | Any = "map"
    n_landmarks: int | None = None
    block_widths: tuple | None = None
    device: str | torch.device = "cpu"


@dataclass(frozen=True)
class FittedKernelRidge:
    """The result of a fit.

    Parameters
    ----------
    model : Model or None
        ``None`` after a fit on batches.
    module : KernelRidgeModule
        Returns log-odds.
    trials : list of Trial
        All kernels and penalties that were scored.
    best : Trial
        The one that was chosen.
    loo_scores : ndarray of shape (n_samples, n_labels), dtype float64, or None
        Leave-one-out scores of the samples; ``None`` after a fit on batches.
    slope, intercept : ndarray of shape (n_labels,)
        Log-odds are ``slope * score + intercept``.
    """

    model: Model | None
    module: KernelRidgeModule
    trials: list
    best: Trial
    loo_scores: np.ndarray | None
    slope: np.ndarray
    intercept: np.ndarray


def fit_kernel_ridge(X, targets, sample_weight, groups, settings, *, seed):
    """Fit a kernel ridge classifier.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    targets : Targets
    sample_weight : ndarray of shape (n_samples,) or None
        Weights, at least 0. Samples of weight 0 have no influence; their leave-one-out scores are
        those of the model.
    groups : array-like of shape (n_samples,) or None
        Samples of the same group are left out together.
    settings : KernelRidgeSettings
    seed : int

    Returns
    -------
    fitted : FittedKernelRidge
    """
    with torch_threads(count_threads()), torch.no_grad():
        if sample_weight is None or (sample_weight > 0).all():
            return _fit(X, targets, sample_weight, groups, settings, seed)
        kept = sample_weight > 0
        part = Targets(targets.Y[kept], targets.classes, targets.label_names)
        groups = None if groups is None else np.asarray(groups)[kept]
        fitted = _fit(X[kept], part, sample_weight[kept], groups, settings, seed)
        logits = fitted.module(torch.tensor(X[~kept]).to(fitted.module.bias.dtype)).numpy()
        loo_scores = np.empty(targets.Y.shape)
        loo_scores[kept] = fitted.loo_scores
        loo_scores[~kept] = (logits - fitted.intercept) / fitted.slope
        return FittedKernelRidge(**{**vars(fitted), "loo_scores": loo_scores})


def _fit(X, targets, sample_weight, groups, settings, seed):
    weight = np.ones(len(X)) if sample_weight is None else sample_weight.astype(np.float64)
    rows = merge_rows(X, targets.Y, weight, groups, seed)
    # torch takes no read-only arrays.
    distinct = X if len(rows.first) == len(X) else X[rows.first]
    inputs = torch.as_tensor(np.require(distinct, requirements="W"))
    device = settings.device
    inputs = inputs.to(device)
    row_weight = torch.as_tensor(rows.weight, device=device)
    scalings = list_scalings(settings.feature_scaling, inputs, row_weight, settings.block_widths)
    n_exact = settings.n_landmarks or _N_EXACT
    is_exact = len(inputs) <= n_exact
    # A search among a few thousand rows is precise enough, and quicker, in single precision.
    dtype = torch.float32 if is_exact or len(inputs) > _N_EXACT else torch.float64

    def evaluate(problem, scores):
        samples, scores = problem.rows.samples, scores[problem.rows.inverse]
        part = Targets(targets.Y[samples], targets.classes, targets.label_names)
        is_weighted = sample_weight is not None
        return (
            evaluate_left_out(settings.scoring, scores, part, weight[samples], is_weighted),
            compute_squared_error(scores, part.Y, weight[samples]),
        )

    candidates = []
    sample = torch.as_tensor(rows.sample(_N_ROWS_OF_KERNELS), device=device)
    for scaling in scalings:
        problem = Problem(inputs.to(dtype), rows, copy.deepcopy(scaling).to(dtype))
        kernels = list_kernels(
            settings.kernels,
            settings.widths,
            scaling(inputs[sample].double()),
            row_weight[sample],
        )
        candidates += [Candidate(problem, kernel) for kernel in kernels]
    trials, best = search(candidates, settings.alphas, evaluate, n_exact=n_exact)
    chosen = best.candidate
    scaling = chosen.problem.scaling
    if is_exact:
        scaling = next(s for s in scalings if s.block_widths == scaling.block_widths)
        model = fit_exactly(Problem(inputs.double(), rows, scaling), chosen.kernel, best.alpha)
    else:
        n_landmarks = settings.n_landmarks or _N_LANDMARKS
        model, scored = fit_with_landmarks(best, settings.alphas, evaluate, n_landmarks)
        trials = [
            scored.get(trial.alpha, trial) if trial.candidate is chosen else trial
            for trial in trials
        ]
        best = scored.get(model.alpha, best)
    loo_scores = model.loo_scores[rows.inverse]
    slope, intercept = fit_log_odds(loo_scores, targets.Y, weight)
    module = make_module(scaling, model, slope, intercept)
    return FittedKernelRidge(model, module, trials, best, loo_scores, slope, intercept)
