"""Sums of products of features, which add up over batches, and the regression that they give."""

from dataclasses import dataclass

import numpy as np
import torch

from skmlic.kernel_ridge._feature_scaling import FeatureScaling
from skmlic.kernel_ridge._kernels import Kernel


@dataclass
class ProductSums:
    """Products of features and of targets, summed over samples.

    The sums of two sets of samples are added by ``+=``.

    Parameters
    ----------
    n_samples : int
    features : tensor of shape (n_features + 1, n_features + 1), dtype float64
        Products of scaled features; the last feature is 1.
    targets : tensor of shape (n_features + 1, n_labels), dtype float64
        Products of scaled features and the targets -1 and 1.
    """

    n_samples: int
    features: torch.Tensor
    targets: torch.Tensor

    @classmethod
    def of(cls, X, Y, scaling):
        """Return the sums of some samples.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
        Y : ndarray of shape (n_samples, n_labels)
            0 and 1.
        scaling : FeatureScaling
        """
        Z = add_constant(scaling(torch.tensor(X, dtype=torch.float64)))
        T = 2 * torch.tensor(Y, dtype=torch.float64) - 1
        return cls(len(X), Z.T @ Z, Z.T @ T)

    def __iadd__(self, other):
        self.n_samples += other.n_samples
        self.features += other.features
        self.targets += other.targets
        return self


class LinearSolution:
    """Ridge regression with a linear kernel, for all penalties, from sums.

    Parameters
    ----------
    sums : ProductSums
    scaling : FeatureScaling
        The scaling of the features of the sums.
    """

    def __init__(self, sums: ProductSums, scaling: FeatureScaling) -> None:
        self.scaling = scaling
        squares = sums.features.diagonal()[:-1].sum()
        factor = float(sums.n_samples / squares) if squares > 0 else 1.0
        self.kernel = Kernel("linear", None, factor)
        self._root = torch.full((len(sums.features),), factor**0.5, dtype=torch.float64)
        self._root[-1] = 1
        s, self._V = torch.linalg.eigh(sums.features * self._root[:, None] * self._root)
        self._s = s.clamp(min=0)
        self._projected = self._V.T @ (self._root[:, None] * sums.targets)

    def solve(self, alpha):
        """Return coefficients of scaled features, and constants, for one penalty.

        Returns
        -------
        coef : tensor of shape (n_features, n_labels)
        constant : tensor of shape (n_labels,)
        """
        coef = self._V @ (self._projected / (self._s + alpha)[:, None])
        coef = coef * self._root[:, None]
        return coef[:-1], coef[-1]

    def leave_out(self, X, Y, alphas):
        """Yield scores of samples of the sums for each penalty, each without the sample itself.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
        Y : ndarray of shape (n_samples, n_labels)
            0 and 1.
        alphas : sequence of float

        Yields
        ------
        scores : ndarray of shape (n_samples, n_labels)
        """
        Z = add_constant(self.scaling(torch.tensor(X, dtype=torch.float64)))
        rows = Z.mul_(self._root) @ self._V
        squares = rows.square()
        target = 2 * torch.tensor(Y, dtype=torch.float64) - 1
        for alpha in alphas:
            shrunk = 1 / (self._s + alpha)
            leverage = (squares @ shrunk)[:, None]
            scores = rows @ (self._projected * shrunk[:, None])
            tiny = torch.finfo(scores.dtype).eps
            scores = target - (target - scores) / (1 - leverage).clamp(min=tiny)
            # Scores are computed label by label.
            yield np.asfortranarray(scores.numpy())


def add_constant(rows):
    """Return rows with a last column of ones."""
    return torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
