"""Assignment of units to parts, stratified by item.

A unit is a sample, or a group of samples that stay together. An item is a label, or a pair of
labels. A part is a fold, or the training or test set. Each part should get a number of units with
each item that is proportional to its size.
"""

import numpy as np
from scipy import sparse

# In each round, every unit may change its part. Further rounds change almost nothing.
N_ROUNDS = 2
# The largest preference for a part, in samples, when the parts are equally good for a unit.
TIE_BREAK = 1e-3


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
        All labels are among the items, but only the pairs of labels that occur.
    """
    counts = sparse.csr_matrix(Y, dtype=np.float64)
    if order == 2:
        counts = sparse.csr_matrix(sparse.hstack([counts, _find_pairs(counts)]))
    if groups is None:
        return counts
    rows = np.arange(len(groups))
    membership = sparse.csr_matrix((np.ones(len(groups)), (groups, rows)))
    return sparse.csr_matrix(membership @ counts)


def assign_samples(counts, part_sizes, random_state):
    """Return the part of each sample; the parts have exactly the given sizes.

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
    fractions = part_sizes / part_sizes.sum()
    assignment = _assign(counts, np.ones(counts.shape[0]), fractions, random_state)
    while (surplus := assignment.count_units() - part_sizes).any():
        assignment.move_unit(surplus.argmax(), surplus.argmin())
    return assignment.parts


def assign_groups(counts, group_sizes, fractions, random_state):
    """Return the part of each group; no part is empty.

    Parameters
    ----------
    counts : csr_matrix of shape (n_groups, n_items)
        Number of samples of each group that have each item.

    group_sizes : ndarray of shape (n_groups,)
        Number of samples of each group.

    fractions : ndarray of shape (n_parts,)
        The fraction of all samples for each part: positive, with the sum 1.

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
    if len(group_sizes) < len(fractions):
        raise ValueError(
            f"The number of groups is {len(group_sizes)}; expected at least {len(fractions)}, one "
            "for each part."
        )
    assignment = _assign(counts, group_sizes, fractions, random_state)
    while not (n_units := assignment.count_units()).all():
        assignment.move_unit(n_units.argmax(), n_units.argmin())
    return assignment.parts


def shuffle_parts(parts, random_state):
    """Return the row numbers of part 1, the training set, and of part 0, the test set, shuffled."""
    rows = random_state.permutation(len(parts))
    return rows[parts[rows] == 1], rows[parts[rows] == 0]


def _assign(counts, sizes, fractions, rng):
    order = _order_units(counts, sizes, rng)
    assignment = _Assignment(counts, sizes, fractions, rng)
    for unit in order:
        assignment.add(unit, assignment.find_part(unit))
    for _ in range(N_ROUNDS):
        before = assignment.parts.copy()
        for unit in order:
            assignment.remove(unit)
            assignment.add(unit, assignment.find_part(unit))
        if (assignment.parts == before).all():
            break
    return assignment


class _Assignment:
    """The part of each unit, and how many samples with each item each part still needs.

    A unit is assigned to the part where Pearson's chi-square of the table of parts and items grows
    least, the number of samples being one more item. Chi-square is the sum over the table of
    (count - fraction * total)² / (fraction * total), so needs of rare items and of small parts
    have more weight.
    """

    def __init__(self, counts, sizes, fractions, rng):
        samples = sparse.csr_matrix(sizes[:, np.newaxis], dtype=np.float64)
        table = sparse.csr_matrix(sparse.hstack([counts, samples]))
        totals = np.asarray(table.sum(axis=0)).ravel()
        self.parts = np.full(len(sizes), -1)
        self.fractions = fractions
        # Needs have the shape (n_items + 1, n_parts).
        self.needs = np.outer(totals, fractions)
        self.needs[-1] += rng.uniform(0, TIE_BREAK, len(fractions))
        self.bounds = table.indptr.tolist()
        self.items = table.indices
        self.counts = table.data
        self.weighted = table.data / totals[table.indices]
        self.weights = sparse.csr_matrix((self.weighted, table.indices, table.indptr), table.shape)
        self.halves = np.asarray(self.weights.multiply(table).sum(axis=1)).ravel() / 2

    def find_part(self, unit):
        """Return the part where an unassigned unit is needed most."""
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        gains = self.weighted[own] @ self.needs[self.items[own]] - self.halves[unit]
        return (gains / self.fractions).argmax()

    def add(self, unit, part):
        """Assign a unit to a part."""
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        self.needs[self.items[own], part] -= self.counts[own]
        self.parts[unit] = part

    def remove(self, unit):
        """Remove a unit from its part, before it is added to another."""
        own = slice(self.bounds[unit], self.bounds[unit + 1])
        self.needs[self.items[own], self.parts[unit]] += self.counts[own]

    def count_units(self):
        """Return the number of units in each part."""
        return np.bincount(self.parts, minlength=len(self.fractions))

    def move_unit(self, source, target):
        """Move the unit from one part to another for which chi-square is smallest afterwards."""
        units = np.flatnonzero(self.parts == source)
        gains = self.weights[units] @ self.needs[:, [source, target]]
        halves = self.halves[units]
        loss = (gains[:, 0] + halves) / self.fractions[source]
        gain = (gains[:, 1] - halves) / self.fractions[target]
        unit = units[(gain - loss).argmax()]
        self.remove(unit)
        self.add(unit, target)


def _order_units(counts, sizes, rng):
    """Return the units with the rarest item, then those with the rarest remaining item, and so on.

    Deviations of common items can be corrected with many units, so these come last. Among units
    with the same item, large ones come first and small ones fill the gaps.
    """
    n_units, n_items = counts.shape
    rank = np.empty(n_units, dtype=int)
    rank[np.lexsort((rng.permutation(n_units), -sizes))] = np.arange(n_units)
    columns = counts.tocsc()
    bounds = counts.indptr.tolist()
    # The added fractions break ties between items.
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


def _find_pairs(Y):
    """Return which samples have which pairs of labels, with a column per pair that occurs."""
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
