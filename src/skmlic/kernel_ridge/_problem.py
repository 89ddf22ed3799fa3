"""What is fitted: rows, targets and groups, with a scaling of features and a kernel."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from skmlic.kernel_ridge._distinct_rows import DistinctRows
from skmlic.kernel_ridge._feature_scaling import FeatureScaling
from skmlic.kernel_ridge._kernels import Kernel, Similarity


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows, with their weights, targets and groups, and the scaling of their features.

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

    @cached_property
    def similarity(self):
        """Products and squared lengths of the scaled rows, from which each kernel is computed."""
        Z = self.scale()
        return Similarity.of(Z, Z)

    def scale(self, rows=slice(None)):
        """Return scaled features of some rows."""
        return self.scaling(self.X[rows])

    @cached_property
    def patterns(self):
        """Problem without missing labels, rows and labels of each pattern of missing labels."""
        patterns, label_pattern = np.unique(np.isnan(self.rows.target), axis=1, return_inverse=True)
        parts = []
        for number, missing in enumerate(patterns.T):
            known = np.flatnonzero(~missing)
            labels = np.flatnonzero(label_pattern.ravel() == number)
            if len(labels) == self.rows.target.shape[1] and not missing.any():
                parts.append((self, known, labels))
            elif len(known):
                part = self.take(known)
                rows = replace(part.rows, target=part.rows.target[:, labels])
                parts.append((replace(part, rows=rows), known, labels))
        return parts

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
