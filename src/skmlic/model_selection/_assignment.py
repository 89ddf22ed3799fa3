"""What splitters by labels are made of: their input, and how units are dealt out to parts.

Every part shall get its share of every item. A unit is a sample, or a group of samples that stay
together; an item is a label, or a pair of labels; a part is a fold, or the test or training set.
"""

import numbers

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.model_selection import ShuffleSplit

from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._utils._typing import Labels, Rows, Splits
from skmlic._utils._warnings import warn_caller

# Each round lets every unit change its part. Later ones change next to nothing.
N_ROUNDS = 2
# How much of a sample a part may be preferred by when all else is equal.
TIE_BREAK = 1e-3


def check_y(y, name, call="split(X, y)"):
    if y is None:
        raise ValueError(
            f"The labels are missing; {name} shares them out and expects them as an array of shape "
            f"(n_samples, n_labels). Write {call}."
        )


def check_groups(groups, name):
    if groups is None:
        raise ValueError(
            f"groups is missing; {name} needs the group of every sample. Write split(X, y, "
            "groups=groups), and groups=groups in cross_validate and fit, or with metadata routing "
            "params={'groups': groups}. Without groups take MultiLabelStratifiedKFold."
        )


def _warn_of_groups(groups, name):
    if groups is not None:
        warn_caller(
            f"The groups parameter is ignored by {name}: samples of one group may be on both "
            "sides. MultiLabelStratifiedGroupKFold and multilabel_train_test_split keep groups "
            "together.",
        )


class LabelSplitter:
    """What splitters by labels alone have in common; comes before scikit-learn's base class."""

    def split(self, X: Rows, y: Labels | None = None, groups: object = None) -> Splits:
        """Return an iterator over the row numbers of training and test parts.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Only its length counts.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
            0 and 1. If one-dimensional, one label, with any two values.

        groups : object, default=None
            Ignored, with a warning.

        Returns
        -------
        splits : iterator of (ndarray of int, ndarray of int)
            The training and the test part's row numbers.

        Raises
        ------
        ValueError
            If y is missing or not 0 and 1, or if there are too few samples.
        """
        check_y(y, type(self).__name__)
        _warn_of_groups(groups, type(self).__name__)
        return super().split(X, y)  # type: ignore[misc]


def read_targets(y):
    """Return an array of shape (n_samples, n_labels), dtype float32, of 0 and 1.

    What is unknown is none of the positives that are shared out.
    """
    if is_one_dimensional(y):
        return check_binary_target(y)[1]
    return np.nan_to_num(check_targets(y)[0])


def read_groups(groups):
    """Return the number of each sample's group, counted from 0 in order of appearance."""
    groups = np.asarray(groups)
    if groups.ndim != 1:
        raise ValueError(f"groups has shape {groups.shape}; expected (n_samples,).")
    numbers_of_groups, _ = pd.factorize(groups)
    missing = np.flatnonzero(numbers_of_groups < 0)
    if len(missing):
        raise ValueError(
            f"groups[{missing[0]}] is missing; expected the group of every sample. Give a sample "
            "that belongs to nothing else a group of its own."
        )
    return numbers_of_groups


def check_number(name, value, least):
    if not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name}={value!r}; expected a whole number, at least {least}.")


def check_order(order):
    if isinstance(order, bool) or order not in (1, 2):
        raise ValueError(
            f"order={order!r}; expected 1, to share out labels, or 2, for pairs of labels too."
        )


def check_enough(n_splits, n_units, what):
    if n_splits > n_units:
        raise ValueError(
            f"n_splits={n_splits} is more than the number of {what}, {n_units}; each fold needs "
            "one of them at least."
        )


def find_sizes(n_samples, test_size, train_size, default):
    """Return the sizes of test, training and, unless it is empty, unused part."""
    if test_size is None and train_size is None:
        test_size = default
    # scikit-learn knows what the sizes mean, and which are wrong.
    plain = ShuffleSplit(1, test_size=test_size, train_size=train_size, random_state=0)
    train, test = next(plain.split(np.empty(n_samples)))
    sizes = np.array([len(test), len(train), n_samples - len(test) - len(train)])
    return sizes[sizes > 0]


def count_items(Y, order, groups=None):
    """Return how often each unit has each label and, with order 2, each pair of labels.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1.

    order : {1, 2}
        1 for labels, 2 for labels and pairs of labels.

    groups : ndarray of int of shape (n_samples,), default=None
        The number of each sample's group, from 0. By default each sample is a unit.

    Returns
    -------
    counts : csr_matrix of shape (n_units, n_items), dtype float64
        Items that occur nowhere may be among the labels, not among the pairs.
    """
    counts = sparse.csr_matrix(Y, dtype=np.float64)
    if order == 2:
        counts = sparse.csr_matrix(sparse.hstack([counts, _pair_labels(counts)]))
    if groups is None:
        return counts
    rows = np.arange(len(groups))
    membership = sparse.csr_matrix((np.ones(len(groups)), (groups, rows)))
    return sparse.csr_matrix(membership @ counts)


def deal_samples(counts, part_sizes, random_state):
    """Return the part of each sample; the parts have exactly the sizes asked for.

    Parameters
    ----------
    counts : csr_matrix of shape (n_samples, n_items)
        1 where a sample has an item.

    part_sizes : ndarray of int of shape (n_parts,)
        Positive, with the sum n_samples.

    random_state : RandomState instance
        Breaks ties.

    Returns
    -------
    parts : ndarray of int of shape (n_samples,)
        From 0 to n_parts - 1.
    """
    deal = _deal(counts, np.ones(counts.shape[0]), part_sizes / part_sizes.sum(), random_state)
    while (surplus := deal.count_units() - part_sizes).any():
        deal.move_one(surplus.argmax(), surplus.argmin())
    return deal.parts


def deal_groups(counts, group_sizes, shares, random_state):
    """Return the part of each group; no part is empty if there are enough groups.

    Parameters
    ----------
    counts : csr_matrix of shape (n_groups, n_items)
        In how many samples of a group each item occurs.

    group_sizes : ndarray of shape (n_groups,)
        Numbers of samples.

    shares : ndarray of shape (n_parts,)
        The parts' fractions of all samples, positive, with the sum 1.

    random_state : RandomState instance
        Breaks ties.

    Returns
    -------
    parts : ndarray of int of shape (n_groups,)
        From 0 to n_parts - 1.

    Raises
    ------
    ValueError
        If there are fewer groups than parts.
    """
    if len(group_sizes) < len(shares):
        raise ValueError(
            f"The number of groups is {len(group_sizes)}; expected at least {len(shares)}, one for "
            "each part."
        )
    deal = _deal(counts, group_sizes, shares, random_state)
    while not (n_units := deal.count_units()).all():
        deal.move_one(n_units.argmax(), n_units.argmin())
    return deal.parts


def shuffle_parts(parts, rng):
    """Return the training and the test set's row numbers in random order; these are 1 and 0."""
    rows = rng.permutation(len(parts))
    return rows[parts[rows] == 1], rows[parts[rows] == 0]


def _deal(counts, sizes, shares, rng):
    order = _order_units(counts, sizes, rng)
    deal = _Deal(counts, sizes, shares, rng)
    for unit in order:
        deal.put(unit, deal.find_part(unit))
    for _ in range(N_ROUNDS):
        before = deal.parts.copy()
        for unit in order:
            deal.take_back(unit)
            deal.put(unit, deal.find_part(unit))
        if (deal.parts == before).all():
            break
    return deal


class _Deal:
    """Who has been given what.

    A unit goes where Pearson's chi-square of the table of parts and items, the number of samples
    being one more item, grows least: the sum over both of (count - share * total)² / (share *
    total). So what a part lacks of a rare item counts for more, as does what a small part lacks.
    """

    def __init__(self, counts, sizes, shares, rng):
        samples = sparse.csr_matrix(sizes[:, np.newaxis], dtype=np.float64)
        table = sparse.csr_matrix(sparse.hstack([counts, samples]))
        totals = np.asarray(table.sum(axis=0)).ravel()
        self.parts = np.full(len(sizes), -1)
        self.shares = shares
        # What each part lacks of each item.
        self.needs = np.outer(totals, shares)
        self.needs[-1] += rng.uniform(0, TIE_BREAK, len(shares))
        self.bounds = table.indptr.tolist()
        self.items = table.indices
        self.counts = table.data
        self.weighted = table.data / totals[table.indices]
        self.weights = sparse.csr_matrix((self.weighted, table.indices, table.indptr), table.shape)
        self.halves = np.asarray(self.weights.multiply(table).sum(axis=1)).ravel() / 2

    def find_part(self, unit):
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        gains = self.weighted[own] @ self.needs[self.items[own]] - self.halves[unit]
        return (gains / self.shares).argmax()

    def put(self, unit, part):
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        self.needs[self.items[own], part] -= self.counts[own]
        self.parts[unit] = part

    def take_back(self, unit):
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        self.needs[self.items[own], self.parts[unit]] += self.counts[own]

    def count_units(self):
        return np.bincount(self.parts, minlength=len(self.shares))

    def move_one(self, source, target):
        """Move the unit that is missed least."""
        units = np.flatnonzero(self.parts == source)
        gains = self.weights[units] @ self.needs[:, [source, target]]
        halves = self.halves[units]
        kept = (gains[:, 0] + halves) / self.shares[source]
        given = (gains[:, 1] - halves) / self.shares[target]
        unit = units[(given - kept).argmax()]
        self.take_back(unit)
        self.put(unit, target)


def _order_units(counts, sizes, rng):
    """Return the units with the rarest item first, then with the rarest that is left, and so on.

    So the common items, that can be put right with many units, come last. Of the units with an
    item the large ones are first, since small ones fill gaps.
    """
    n_units, n_items = counts.shape
    rank = np.empty(n_units, dtype=int)
    rank[np.lexsort((rng.permutation(n_units), -sizes))] = np.arange(n_units)
    columns = counts.tocsc()
    bounds = counts.indptr.tolist()
    # Fractions break the ties between items.
    n_left = np.diff(columns.indptr) + rng.uniform(0, 0.5, n_items)
    is_left = np.ones(n_units, dtype=bool)
    batches = []
    while True:
        n_left[n_left < 1] = np.inf
        item = n_left.argmin()
        if n_left[item] == np.inf:
            break
        units = columns.indices[columns.indptr[item] : columns.indptr[item + 1]]
        units = units[is_left[units]]
        is_left[units] = False
        for unit in units:
            n_left[counts.indices[bounds[unit] : bounds[unit + 1]]] -= 1
        batches.append(units[rank[units].argsort()])
    units = np.flatnonzero(is_left)
    return np.concatenate([*batches, units[rank[units].argsort()]])


def _pair_labels(Y):
    """Return which samples have which pairs of labels, of those that occur together."""
    n_samples, n_labels = Y.shape
    n_own = np.diff(Y.indptr)
    row = np.repeat(np.arange(n_samples), n_own)
    end = Y.indptr[row + 1]
    rows, pairs = [np.empty(0, dtype=int)], [np.empty(0, dtype=int)]
    for distance in range(1, n_own.max(initial=0)):
        first = np.flatnonzero(np.arange(Y.nnz) + distance < end)
        rows.append(row[first])
        pairs.append(Y.indices[first].astype(np.int64) * n_labels + Y.indices[first + distance])
    rows = np.concatenate(rows)
    names, columns = np.unique(np.concatenate(pairs), return_inverse=True)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (n_samples, len(names)))
