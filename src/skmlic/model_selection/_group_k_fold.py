"""Folds of whole groups that are stratified by label."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skmlic._utils._typing import Labels, Rows, Splits
from skmlic.model_selection._assignment import assign_groups, count_items
from skmlic.model_selection._base_splitter import LabelKFold
from skmlic.model_selection._split_checks import (
    check_groups_are_given,
    check_integer,
    check_n_splits,
    check_order,
    check_parameters,
    check_y_is_given,
    read_groups,
    read_targets,
)


class MultiLabelStratifiedGroupKFold(LabelKFold):
    """K-fold cross-validator that stratifies by label and keeps each group in one fold.

    A group is, for example, the images of one patient, place or video. If some of them are in the
    training set, the score on the others says little about new groups.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether ``random_state`` breaks ties. Folds are the same in each call if ``shuffle`` is
        False or ``random_state`` is an integer.

    random_state : int, RandomState instance or None, default=None
        Determines the folds if ``shuffle`` is True; otherwise ignored.

    order : {1, 2}, default=1
        1 stratifies by label, 2 by label and by pairs of labels.

    Notes
    -----
    Groups are assigned as the samples of :class:`MultiLabelStratifiedKFold` are with order 2, large
    groups first. Labels, pairs and numbers of samples are as even as whole groups allow: a group
    that is larger than its fold should be makes that fold large.

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

    # This is scikit-learn's documented way to request groups from cross_validate.
    __metadata_request__split = {"groups": True}

    def split(self, X: Rows, y: Labels | None = None, groups: ArrayLike | None = None) -> Splits:
        """Return an iterator over the row numbers of training and test sets.

        Parameters
        ----------
        X, y : array-like
            See :meth:`MultiLabelStratifiedKFold.split`.

        groups : array-like of shape (n_samples,)
            The group of each sample: numbers, strings or other hashable values.

        Returns
        -------
        splits : iterator of (ndarray of int, ndarray of int)
            The row numbers of the training and the test set.

        Raises
        ------
        ValueError
            If y or groups is missing, y has other values, or there are fewer groups than folds.
        """
        check_y_is_given(y, type(self).__name__)
        check_groups_are_given(groups, type(self).__name__)
        return super().split(X, y, groups)

    def _iter_test_indices(self, X=None, y=None, groups=None):
        check_integer("n_splits", self.n_splits, 2)
        check_order(self.order)
        check_parameters(self)
        group = read_groups(groups)
        check_n_splits(self.n_splits, len(np.unique(group)), "groups")
        fractions = np.full(self.n_splits, 1 / self.n_splits)
        rng = check_random_state(self.random_state if self.shuffle else 0)
        counts = count_items(read_targets(y), self.order, group)
        fold = assign_groups(counts, np.bincount(group), fractions, rng)[group]
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)
