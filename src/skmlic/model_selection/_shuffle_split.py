"""Random splits that are stratified by label."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseShuffleSplit
from sklearn.utils import check_random_state, indexable

from skmlic._utils._compat import safe_indexing, validate_params
from skmlic._utils._numbers import check_rows
from skmlic._utils._typing import Labels, RandomState, Rows
from skmlic.model_selection._assignment import (
    assign_groups,
    assign_samples,
    count_items,
    shuffle_parts,
)
from skmlic.model_selection._base_splitter import LabelSplitter
from skmlic.model_selection._split_checks import (
    SIZE,
    check_integer,
    check_order,
    check_parameters,
    check_y_is_given,
    read_groups,
    read_targets,
    resolve_sizes,
)


class MultiLabelStratifiedShuffleSplit(LabelSplitter, BaseShuffleSplit):
    """Random training and test sets with about the same frequency of each label.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits; their test sets overlap.

    test_size : float or int, default=None
        Fraction or exact number of samples in the test set. By default, the complement of
        ``train_size``, or 0.1 if that is ``None`` as well.

    train_size : float or int, default=None
        Fraction or exact number of samples in the training set. By default, the complement of
        ``test_size``.

    random_state : int, RandomState instance or None, default=None
        Determines the splits; an integer gives the same splits in each call.

    order : {1, 2}, default=1
        1 stratifies by label, 2 by label and by pairs of labels; see
        :class:`MultiLabelStratifiedKFold`.

    See Also
    --------
    multilabel_train_test_split : Splits arrays into a training and a test set.

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
        check_integer("n_splits", self.n_splits, 1)
        check_order(self.order)
        check_parameters(self)
        Y = read_targets(y)
        sizes = resolve_sizes(len(Y), self.test_size, self.train_size, default=0.1)
        counts = count_items(Y, self.order)
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            yield shuffle_parts(assign_samples(counts, sizes, rng), rng)


@validate_params({"test_size": SIZE, "train_size": SIZE, "random_state": ["random_state"]})
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
    """Split data into a training and a test set, stratified by label.

    Parameters
    ----------
    X : list, array, frame or sparse matrix of length n_samples
        Paths, features or anything else with rows.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
        0 and 1, or NaN for missing labels. A one-dimensional Y is one label, with any two values.

    *arrays : list, array, frame or sparse matrix of length n_samples
        Further data to split in the same way.

    test_size : float or int, default=None
        Fraction or number of samples in the test set. By default, the complement of
        ``train_size``, or 0.25 if that is ``None`` as well.

    train_size : float or int, default=None
        Fraction or number of samples in the training set. By default, the complement of
        ``test_size``.

    groups : array-like of shape (n_samples,), default=None
        The group of each sample. No group is in both sets, and the sizes are as close to
        ``test_size`` and ``train_size`` as whole groups allow. Without groups they are exact.

    order : {1, 2}, default=1
        1 stratifies by label, 2 by label and by pairs of labels.

    random_state : int, RandomState instance or None, default=None
        Determines the split.

    Returns
    -------
    parts : list
        ``[X_train, X_test, Y_train, Y_test, ...]``, followed by the two parts of each further
        array. Each part has the type of its array, and rows are in random order.

    Raises
    ------
    ValueError
        If Y has other values, lengths are inconsistent, sizes are not possible, or there are too
        few groups.

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
    check_y_is_given(Y, "multilabel_train_test_split", "multilabel_train_test_split(X, Y)")
    for position, array in enumerate((X, *arrays)):
        check_rows(array, f"arrays[{position - 1}]" if position else "X", "rows of data")
    X, Y, groups, *arrays = indexable(X, Y, groups, *arrays)
    targets = read_targets(Y)
    sizes = resolve_sizes(len(targets), test_size, train_size, default=0.25)
    rng = check_random_state(random_state)
    if groups is None:
        parts = assign_samples(count_items(targets, order), sizes, rng)
    else:
        group = read_groups(groups)
        counts = count_items(targets, order, group)
        parts = assign_groups(counts, np.bincount(group), sizes / len(targets), rng)[group]
    train, test = shuffle_parts(parts, rng)
    return [safe_indexing(a, rows) for a in (X, Y, *arrays) for rows in (train, test)]
