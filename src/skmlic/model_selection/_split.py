"""Splits that share out every label."""

from typing import Any, Literal

import numpy as np
from iterstrat.ml_stratifiers import IterativeStratification
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit

# Underscored, but in scikit-learn's API reference.
from sklearn.utils import check_random_state, indexable

from skmlic._utils._compat import safe_indexing
from skmlic._utils._typing import Labels, RandomState, Rows, Splits
from skmlic.model_selection._assignment import (
    LabelSplitter,
    check_enough,
    check_groups,
    check_number,
    check_order,
    check_y,
    count_items,
    deal_groups,
    deal_samples,
    find_sizes,
    read_groups,
    read_targets,
    shuffle_parts,
)


class _LabelKFold(BaseCrossValidator):
    def __init__(
        self,
        n_splits: int = 5,
        *,
        shuffle: bool = False,
        random_state: RandomState = None,
        order: Literal[1, 2] = 1,
    ) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.order = order

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : Ignored
            Present by scikit-learn's convention.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits


class MultiLabelStratifiedKFold(LabelSplitter, _LabelKFold):
    """K folds with about the same number of positives of each label.

    Iterative stratification [1]_: labels are dealt with from the rarest, and each sample goes to
    the fold that lacks its label most. With ``order=2`` pairs of labels are shared out as well
    [2]_, which order 1 does no better than a plain ``KFold``.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether to shuffle the samples first. The folds are the same in each call without it, and
        with an integer ``random_state``.

    random_state : int, RandomState instance or None, default=None
        With ``shuffle=True``, determines the folds. Ignored otherwise.

    order : {1, 2}, default=1
        1 shares out labels; 2 labels and pairs of labels, and the folds' sizes differ by one
        sample at most.

    See Also
    --------
    MultiLabelStratifiedGroupKFold : Keeps groups of samples together.
    RepeatedMultiLabelStratifiedKFold : Several times, shuffled anew.

    Notes
    -----
    ``cv=5`` in scikit-learn's own functions is a plain ``KFold`` for multi-label Y: without
    shuffling, rare labels are often missing from a fold.

    With order 2 each sample goes where Pearson's chi-square of the table of folds and items grows
    least, an item being a label or a pair; the paper sends it where its rarest pair is lacking
    most, whatever its other pairs and labels. Then each sample may change its fold, twice. Time
    and memory grow with the number of pairs a sample has.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
       ECML PKDD 2011.
    .. [2] P. Szymański, T. Kajdanowicz, "A Network Perspective on Stratification of Multi-Label
       Data", PMLR 74:22-35, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.model_selection import MultiLabelStratifiedKFold
    >>> Y = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])
    >>> for train, test in MultiLabelStratifiedKFold(3).split(Y, Y):
    ...     print(Y[test].sum(axis=0))
    [1 1]
    [1 1]
    [1 1]
    """

    def _iter_test_indices(self, X=None, y=None, groups=None):
        check_number("n_splits", self.n_splits, 2)
        check_order(self.order)
        Y = read_targets(y)
        check_enough(self.n_splits, len(Y), "samples")
        # Ties are drawn for, shuffled or not.
        rng = check_random_state(self.random_state if self.shuffle else 0)
        deal = self._deal_labels if self.order == 1 else self._deal_pairs
        fold = deal(Y, rng)
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)

    def _deal_labels(self, Y, rng):
        # No fold stays empty: an empty one lacks every label most, and samples more than others.
        order = np.arange(len(Y))
        if self.shuffle:
            rng.shuffle(order)
        share = np.full(self.n_splits, 1 / self.n_splits)
        fold = np.empty(len(Y), dtype=int)
        fold[order] = IterativeStratification(Y[order] == 1, share, rng)
        return fold

    def _deal_pairs(self, Y, rng):
        sizes = np.full(self.n_splits, len(Y) // self.n_splits)
        sizes[: len(Y) % self.n_splits] += 1
        return deal_samples(count_items(Y, 2), sizes, rng)


class RepeatedMultiLabelStratifiedKFold(LabelSplitter, BaseCrossValidator):
    """:class:`MultiLabelStratifiedKFold` several times, shuffled anew each time.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    n_repeats : int, default=10
        How many times.

    random_state : int, RandomState instance or None, default=None
        Determines the folds; an integer gives the same ones in each call.

    order : {1, 2}, default=1
        1 shares out labels, 2 labels and pairs of labels.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.model_selection import RepeatedMultiLabelStratifiedKFold
    >>> Y = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])
    >>> cv = RepeatedMultiLabelStratifiedKFold(3, n_repeats=2, random_state=0)
    >>> [Y[test].sum(axis=0).tolist() for train, test in cv.split(Y, Y)]
    [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [1, 1]]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        n_repeats: int = 10,
        random_state: RandomState = None,
        order: Literal[1, 2] = 1,
    ) -> None:
        self.n_splits = n_splits
        self.n_repeats = n_repeats
        self.random_state = random_state
        self.order = order

    def _iter_test_indices(self, X=None, y=None, groups=None):
        check_number("n_repeats", self.n_repeats, 1)
        rng = check_random_state(self.random_state)
        once = MultiLabelStratifiedKFold(
            self.n_splits, shuffle=True, random_state=rng, order=self.order
        )
        for _ in range(self.n_repeats):
            yield from once._iter_test_indices(X, y)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds of all repeats together.

        Parameters
        ----------
        X, y, groups : Ignored
            Present by scikit-learn's convention.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits * self.n_repeats


class MultiLabelStratifiedShuffleSplit(LabelSplitter, BaseShuffleSplit):
    """Random training and test sets with about the same frequency of each label.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits; their test sets overlap.

    test_size : float or int, default=None
        Fraction or number of samples in the test set, exactly. By default what ``train_size``
        leaves, and 0.1 without it.

    train_size : float or int, default=None
        Fraction or number of samples in the training set, by default what ``test_size`` leaves.

    random_state : int, RandomState instance or None, default=None
        Determines the splits; an integer gives the same ones in each call.

    order : {1, 2}, default=1
        1 shares out labels, 2 labels and pairs of labels, as :class:`MultiLabelStratifiedKFold`
        does with order 2.

    See Also
    --------
    multilabel_train_test_split : Cuts arrays in two.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.model_selection import MultiLabelStratifiedShuffleSplit
    >>> Y = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])
    >>> cv = MultiLabelStratifiedShuffleSplit(2, test_size=2, random_state=0)
    >>> [Y[test].sum(axis=0).tolist() for train, test in cv.split(Y, Y)]
    [[1, 1], [1, 1]]
    """

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | None = None,
        train_size: float | None = None,
        random_state: RandomState = None,
        order: Literal[1, 2] = 1,
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state
        self.order = order

    def _iter_indices(self, X, y=None, groups=None):
        check_number("n_splits", self.n_splits, 1)
        check_order(self.order)
        Y = read_targets(y)
        sizes = find_sizes(len(Y), self.test_size, self.train_size, default=0.1)
        counts = count_items(Y, self.order)
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            yield shuffle_parts(deal_samples(counts, sizes, rng), rng)


class MultiLabelStratifiedGroupKFold(_LabelKFold):
    """K folds with about the same number of positives of each label, and no group in two folds.

    A group is, for example, the pictures of one patient, place or video: with some of them in the
    training set, the score on the others says little about new groups.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether ``random_state`` breaks ties. The folds are the same in each call without it, and
        with an integer ``random_state``.

    random_state : int, RandomState instance or None, default=None
        With ``shuffle=True``, determines the folds. Ignored otherwise.

    order : {1, 2}, default=1
        1 shares out labels, 2 labels and pairs of labels.

    Notes
    -----
    Groups are dealt like the samples of :class:`MultiLabelStratifiedKFold` with order 2, the large
    ones first. Labels, pairs and numbers of samples are as even as whole groups allow: a group
    that is larger than a fold's share makes a large fold.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.model_selection import MultiLabelStratifiedGroupKFold
    >>> Y = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])
    >>> patients = np.array(["a", "a", "b", "b", "c", "c"])
    >>> for train, test in MultiLabelStratifiedGroupKFold(3).split(Y, Y, groups=patients):
    ...     print(*np.unique(patients[test]))
    a
    b
    c
    """

    # scikit-learn's documented way to say that cross_validate should pass groups.
    __metadata_request__split = {"groups": True}

    def split(self, X: Rows, y: Labels | None = None, groups: ArrayLike | None = None) -> Splits:
        """Return an iterator over the row numbers of training and test parts.

        Parameters
        ----------
        X, y : array-like
            As in :meth:`MultiLabelStratifiedKFold.split`.

        groups : array-like of shape (n_samples,)
            The group of each sample: numbers, texts or other values that can be told apart.

        Returns
        -------
        splits : iterator of (ndarray of int, ndarray of int)
            The training and the test part's row numbers.

        Raises
        ------
        ValueError
            If y or groups is missing, y is not 0 and 1, or there are fewer groups than folds.
        """
        check_y(y, type(self).__name__)
        check_groups(groups, type(self).__name__)
        return super().split(X, y, groups)

    def _iter_test_indices(self, X=None, y=None, groups=None):
        check_number("n_splits", self.n_splits, 2)
        check_order(self.order)
        group = read_groups(groups)
        check_enough(self.n_splits, len(np.unique(group)), "groups")
        shares = np.full(self.n_splits, 1 / self.n_splits)
        rng = check_random_state(self.random_state if self.shuffle else 0)
        counts = count_items(read_targets(y), self.order, group)
        fold = deal_groups(counts, np.bincount(group), shares, rng)[group]
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)


def multilabel_train_test_split(
    X: Rows,
    Y: Labels,
    *arrays: Rows,
    test_size: float | None = None,
    train_size: float | None = None,
    groups: ArrayLike | None = None,
    order: Literal[1, 2] = 1,
    random_state: RandomState = None,
) -> list[Any]:
    """Cut data in two, with about the same frequency of each label on both sides.

    Parameters
    ----------
    X : list, array, frame or sparse matrix of length n_samples
        Features, paths or anything else that can be cut.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        0 and 1. If one-dimensional, one label, with any two values.

    *arrays : list, array, frame or sparse matrix of length n_samples
        More to cut in the same way.

    test_size : float or int, default=None
        Fraction or number of samples in the test set. By default what ``train_size`` leaves, and
        0.25 without it.

    train_size : float or int, default=None
        Fraction or number of samples in the training set, by default what ``test_size`` leaves.

    groups : array-like of shape (n_samples,), default=None
        The group of each sample. No group is on both sides, and the sizes are as near to those
        asked for as whole groups allow; without groups they are exact.

    order : {1, 2}, default=1
        1 shares out labels, 2 labels and pairs of labels.

    random_state : int, RandomState instance or None, default=None
        Determines the split.

    Returns
    -------
    parts : list
        ``[X_train, X_test, Y_train, Y_test, ...]``, then the two parts of each further array, of
        the type that came, in random order.

    Raises
    ------
    ValueError
        If Y is not 0 and 1, lengths or sizes do not fit, or there are too few groups.

    See Also
    --------
    MultiLabelStratifiedShuffleSplit : Several such splits, for cross-validation.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.model_selection import multilabel_train_test_split
    >>> paths = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"]
    >>> Y = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [0, 1]])
    >>> paths_train, paths_test, Y_train, Y_test = multilabel_train_test_split(
    ...     paths, Y, test_size=2, random_state=0
    ... )
    >>> len(paths_train), len(paths_test), Y_test.sum(axis=0)
    (4, 2, array([1, 1]))
    """
    check_order(order)
    check_y(Y, "multilabel_train_test_split", "multilabel_train_test_split(X, Y)")
    X, Y, groups, *arrays = indexable(X, Y, groups, *arrays)
    targets = read_targets(Y)
    sizes = find_sizes(len(targets), test_size, train_size, default=0.25)
    rng = check_random_state(random_state)
    if groups is None:
        parts = deal_samples(count_items(targets, order), sizes, rng)
    else:
        group = read_groups(groups)
        counts = count_items(targets, order, group)
        parts = deal_groups(counts, np.bincount(group), sizes / len(targets), rng)[group]
    train, test = shuffle_parts(parts, rng)
    return [safe_indexing(a, rows) for a in (X, Y, *arrays) for rows in (train, test)]
