"""Assignment of samples to folds, stratified by label."""

import numpy as np
from scipy import sparse


def assign_by_label(Y, fractions, rng):
    """Return the fold of each sample, by iterative stratification [1]_.

    The samples with the rarest label are assigned first, each to the fold that needs this label
    most. The result and the random numbers drawn are those of ``IterativeStratification`` in the
    package iterative-stratification, which takes several times as long.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels), dtype bool
        True labels.

    fractions : ndarray of shape (n_folds,)
        The fraction of all samples for each fold.

    rng : RandomState instance
        Breaks ties.

    Returns
    -------
    folds : ndarray of int of shape (n_samples,)

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
       ECML PKDD 2011.
    """
    by_sample, by_label = sparse.csr_array(Y), sparse.csc_array(Y)
    n_left = Y.sum(axis=0)
    is_left = np.ones(len(Y), dtype=bool)
    # In this loop over samples, lists are several times as fast as arrays.
    needs = np.outer(n_left, fractions).tolist()
    sizes = (fractions * len(Y)).tolist()
    labels, bounds = by_sample.indices.tolist(), by_sample.indptr.tolist()
    folds = np.zeros(len(Y), dtype=int)
    while n_left.any():
        label = _draw(np.flatnonzero(n_left == n_left[n_left > 0].min()), rng)
        samples = by_label.indices[by_label.indptr[label] : by_label.indptr[label + 1]]
        samples = samples[is_left[samples]]
        is_left[samples] = False
        n_left -= Y[samples].sum(axis=0)
        for sample in samples.tolist():
            fold = _find_largest(needs[label], sizes, rng)
            for own in labels[bounds[sample] : bounds[sample + 1]]:
                needs[own][fold] -= 1
            sizes[fold] -= 1
            folds[sample] = fold
    for sample in np.flatnonzero(is_left).tolist():
        folds[sample] = fold = _find_largest(sizes, sizes, rng)
        sizes[fold] -= 1
    return folds


def _find_largest(needs, sizes, rng):
    """Return the fold with the largest need; ties are broken by size, and then at random."""
    keys = list(zip(needs, sizes, strict=True))
    largest = max(keys)
    if keys.count(largest) == 1:
        return keys.index(largest)
    return _draw([fold for fold, key in enumerate(keys) if key == largest], rng)


def _draw(values, rng):
    return values[rng.randint(len(values))] if len(values) > 1 else values[0]
