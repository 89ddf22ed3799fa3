"""Samples with identical features as one row each, and the groups that are left out together."""

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class DistinctRows:
    """Distinct rows, with the weights and mean targets of the samples that they stand for.

    For squared errors, one row with the summed weight and the mean target is equivalent to the
    samples.

    Parameters
    ----------
    first : ndarray of int of shape (n_rows,)
        The first sample of each row.
    samples, inverse : ndarray of int of shape (n_samples,)
        The samples, and the row of each.
    weight : ndarray of shape (n_rows,)
        Positive weights.
    target : ndarray of shape (n_rows, n_labels)
        Weighted means of -1 and 1; NaN for missing labels.
    group : ndarray of int of shape (n_rows,) or None
        Rows of the same group are left out together; ``None`` if each row is a group.
    random_order : ndarray of int of shape (n_rows,)
        The rows in an order that their content and a seed determine, not their positions.
    """

    first: np.ndarray
    samples: np.ndarray
    inverse: np.ndarray
    weight: np.ndarray
    target: np.ndarray
    group: np.ndarray | None
    random_order: np.ndarray

    def sample(self, n_rows):
        """Return some of the rows, in ascending order."""
        return np.sort(self.random_order[:n_rows])

    def take(self, chosen):
        """Return some of the rows, as one sample each."""
        position = np.full(len(self.first), -1)
        position[chosen] = np.arange(len(chosen))
        order = position[self.random_order]
        return DistinctRows(
            self.first[chosen],
            self.first[chosen],
            np.arange(len(chosen)),
            self.weight[chosen],
            self.target[chosen],
            None if self.group is None else self.group[chosen],
            order[order >= 0],
        )


def merge_rows(X, Y, weight, groups=None, seed=0):
    """Merge samples whose features, and whose missing labels, are identical.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels.
    weight : ndarray of shape (n_samples,)
        Positive weights.
    groups : array-like of shape (n_samples,), default=None
        Groups of samples. Groups with a row in common are one.
    seed : int, default=0
        Determines ``random_order``.

    Returns
    -------
    rows : DistinctRows
    """
    digests = _digest_rows(X, seed)
    _, content = np.unique(digests, return_inverse=True)
    _, missing = np.unique(_digest_rows(np.isnan(Y)), return_inverse=True)
    pairs = np.column_stack([content, missing])
    _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    # Rows are numbered in the order of their first samples.
    order = np.argsort(first)
    inverse = np.argsort(order)[inverse.ravel()]
    first = first[order]
    total = np.bincount(inverse, weights=weight)
    target = np.empty((len(first), Y.shape[1]))
    for j, y in enumerate(Y.T):
        target[:, j] = np.bincount(inverse, weights=weight * (2 * y - 1)) / total
    group = _join(content, content if groups is None else groups)[first]
    is_single = len(np.unique(group)) == len(first)
    samples = np.arange(len(X))
    group = None if is_single else group
    order = np.argsort(digests[first], kind="stable")
    return DistinctRows(first, samples, inverse, total, target, group, order)


def _digest_rows(X, seed=0):
    """Return the digest of each row."""
    key = seed.to_bytes(8, "little")
    # Adding 0 turns -0.0 into 0.0, which is another sequence of bytes.
    rows = ((row + X.dtype.type(0)).tobytes() for row in X)
    digests = (hashlib.blake2b(row, digest_size=16, key=key).digest() for row in rows)
    return np.array([*digests], dtype="V16")


def _join(content, groups):
    """Return the connected components of samples with the same content or the same group."""
    _, groups = np.unique(np.asarray(groups), return_inverse=True)
    n_contents = content.max() + 1
    n_nodes = n_contents + groups.max() + 1
    edges = coo_array((np.ones(len(content)), (content, n_contents + groups)), (n_nodes, n_nodes))
    _, component = connected_components(edges, directed=False)
    return component[content]
