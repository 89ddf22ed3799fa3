"""The fit of a linear kernel on batches, of which one at a time is in memory."""

import functools
import itertools
import operator
from dataclasses import dataclass

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.utils import check_array, check_consistent_length, check_random_state

from skmlic._utils._read_targets import Targets, read_known_targets, read_targets
from skmlic._utils._threads import count_threads, torch_threads
from skmlic.kernel_ridge._evaluation import compute_squared_error, evaluate_left_out
from skmlic.kernel_ridge._feature_scaling import list_scalings
from skmlic.kernel_ridge._fit import FittedKernelRidge
from skmlic.kernel_ridge._log_odds import fit_log_odds
from skmlic.kernel_ridge._module import KernelRidgeModule
from skmlic.kernel_ridge._problem import Candidate
from skmlic.kernel_ridge._search import Trial, choose
from skmlic.kernel_ridge._sums import LinearSolution, ProductSums

# Standard deviations, penalty and log-odds are those of this number of samples, from this number of
# batches.
N_SAMPLES = 16384
_N_BATCHES = 64
# Several chunks per worker even out their speeds.
_N_CHUNKS_PER_JOB = 4


@dataclass(frozen=True)
class BatchReader:
    """Batches, checked when they are read.

    Parameters
    ----------
    batches : sequence of tuple (X, y)
    classes, label_names : ndarray
        Those of the first batch.
    n_features : int
    first : int
        Position of the first batch in all batches, for errors.
    """

    batches: object
    classes: np.ndarray
    label_names: np.ndarray
    n_features: int
    first: int = 0

    @classmethod
    def of(cls, batches):
        """Return the reader of all batches."""
        if not len(batches):
            raise ValueError("batches is empty; expected at least one pair (X, y).")
        X, y = batches[0]
        targets = read_targets(y)
        if targets.classes.ndim == 1:
            raise ValueError(
                "y of a batch is one-dimensional; expected shape (n_samples, n_labels). Write "
                "y.reshape(-1, 1) for a single label."
            )
        return cls(batches, targets.classes, targets.label_names, np.shape(X)[1])

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, position):
        """Return features and targets of a batch as arrays in C order.

        Sums of arrays in another order, such as those of frames, are rounded differently.
        """
        X, y = self.batches[position]
        number = self.first + position
        X = check_array(
            X,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_min_samples=0,
            input_name=f"X of batch {number}",
        )
        if X.shape[1] != self.n_features:
            raise ValueError(
                f"Batch {number} has {X.shape[1]} features; expected {self.n_features}, as batch 0."
            )
        Y = read_known_targets(y, f"y of batch {number}", self.classes, self.label_names).Y
        check_consistent_length(X, Y)
        if np.isnan(Y).any():
            raise ValueError(
                f"y of batch {number} has missing labels (NaN), for which sums do not suffice; "
                "expected 0 and 1. Use fit, or partial_fit of "
                "TransferMultiLabelClassifier('precomputed', head='net')."
            )
        return X, np.ascontiguousarray(Y)

    def take(self, start, stop):
        """Return the reader of some of the batches."""
        return BatchReader(
            self.batches[start:stop],
            self.classes,
            self.label_names,
            self.n_features,
            self.first + start,
        )


def fit_batches(reader, settings, *, n_jobs, seed):
    """Fit a kernel ridge classifier with a linear kernel.

    Parameters
    ----------
    reader : BatchReader
    settings : KernelRidgeSettings
    n_jobs : int or None
        Number of jobs of joblib.
    seed : int

    Returns
    -------
    fitted : FittedKernelRidge
        Without ``model`` and ``loo_scores``.
    """
    X, Y = _sample(reader, seed)
    Y = np.asfortranarray(Y)
    weight = np.ones(len(X))
    with torch_threads(count_threads()), torch.no_grad():
        inputs = torch.tensor(X)
        scalings = list_scalings(
            settings.feature_scaling, inputs, torch.tensor(weight), settings.block_widths
        )
    sums = _sum_all(reader, scalings, n_jobs)
    targets = Targets(Y, reader.classes, reader.label_names)
    trials = []
    with torch_threads(count_threads()), torch.no_grad():
        for scaling, of_scaling in zip(scalings, sums, strict=True):
            solution = LinearSolution(of_scaling, scaling)
            candidate = Candidate(solution, solution.kernel)
            for alpha, scores in zip(
                settings.alphas, solution.leave_out(X, Y, settings.alphas), strict=True
            ):
                score = evaluate_left_out(settings.scoring, scores, targets, weight, False)
                error = compute_squared_error(scores, Y, weight)
                trials.append(Trial(candidate, alpha, score, error, len(X)))
        best = choose(trials)
        solution = best.candidate.problem
        (scores,) = solution.leave_out(X, Y, [best.alpha])
        slope, intercept = fit_log_odds(scores, Y, weight)
        coef, constant = (part * torch.tensor(slope) for part in solution.solve(best.alpha))
        constant = constant + torch.tensor(intercept)
        module = KernelRidgeModule(solution.scaling, solution.kernel, None, coef, constant)
    return FittedKernelRidge(None, module, trials, best, None, slope, intercept)


def _sample(reader, seed):
    """Return samples of random batches: all of them if there are few."""
    random_state = check_random_state(seed)
    n_per_batch = -(-N_SAMPLES // min(len(reader), _N_BATCHES))
    parts, n_samples = {}, 0
    for position in random_state.permutation(len(reader)):
        X, Y = reader[position]
        if len(X) > n_per_batch:
            rows = np.sort(random_state.choice(len(X), n_per_batch, replace=False))
            X, Y = X[rows], Y[rows]
        parts[position] = X, Y
        n_samples += len(X)
        if n_samples >= N_SAMPLES:
            break
    if not n_samples:
        raise ValueError("All batches are empty; expected samples.")
    X, Y = zip(*(parts[position] for position in sorted(parts)), strict=True)
    return np.concatenate(X)[:N_SAMPLES], np.concatenate(Y)[:N_SAMPLES]


def _sum_all(reader, scalings, n_jobs):
    """Return the sums of all batches for each scaling."""
    n_chunks = min(len(reader), _N_CHUNKS_PER_JOB * effective_n_jobs(n_jobs))
    bounds = np.linspace(0, len(reader), n_chunks + 1).astype(int).tolist()
    chunks = (
        delayed(_sum_chunk)(reader.take(start, stop), scalings)
        for start, stop in itertools.pairwise(bounds)
    )
    # The order of additions is fixed, and so is the result.
    found = Parallel(n_jobs=n_jobs, return_as="generator")(chunks)
    return functools.reduce(_add, found)


def _sum_chunk(reader, scalings):
    with torch_threads(count_threads()), torch.no_grad():
        parts = (
            [ProductSums.of(X, Y, scaling) for scaling in scalings]
            for X, Y in map(reader.__getitem__, range(len(reader)))
        )
        return functools.reduce(_add, parts)


def _add(sums, others):
    return list(map(operator.iadd, sums, others))
