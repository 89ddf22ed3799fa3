"""Folds that are stratified by label."""

from typing import Literal

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from skmlic._utils._typing import RandomState
from skmlic.model_selection._assignment import assign_samples, count_items
from skmlic.model_selection._base_splitter import LabelKFold, LabelSplitter
from skmlic.model_selection._iterative_stratification import assign_by_label
from skmlic.model_selection._split_checks import (
    check_integer,
    check_n_splits,
    check_order,
    check_parameters,
    read_targets,
)


class MultiLabelStratifiedKFold(LabelSplitter, LabelKFold):
    """K-fold cross-validator with about the same number of positives of each label in each fold.

    Iterative stratification [1]_ takes the labels in order of increasing frequency, and assigns
    each sample to the fold that needs its label most. With ``order=2``, folds are stratified by
    pairs of labels as well [2]_; with order 1, pairs are no more even than in a plain ``KFold``.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether to shuffle the samples first. Folds are the same in each call if ``shuffle`` is
        False or ``random_state`` is an integer.

    random_state : int, RandomState instance or None, default=None
        Determines the folds if ``shuffle`` is True; otherwise ignored.

    order : {1, 2}, default=1
        1 stratifies by label, 2 by label and by pairs of labels. With 2, the sizes of folds differ
        by at most one sample.

    See Also
    --------
    MultiLabelStratifiedGroupKFold : Keeps groups of samples together.
    RepeatedMultiLabelStratifiedKFold : Repeats the folds with different shuffling.

    Notes
    -----
    ``cv=5`` in scikit-learn's own functions is a plain ``KFold`` for multi-label Y. Without
    shuffling, rare labels are often missing from a fold.

    With order 2, each sample is assigned to the fold for which Pearson's chi-square of the table of
    folds and items grows least, where an item is a label or a pair of labels. The paper assigns it
    to the fold that needs its rarest pair most, regardless of its other pairs and labels. Then each
    sample may change its fold, in two rounds. Time and memory grow with the number of pairs per
    sample.

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
        check_integer("n_splits", self.n_splits, 2)
        check_order(self.order)
        check_parameters(self)
        Y = read_targets(y)
        check_n_splits(self.n_splits, len(Y), "samples")
        # Ties are broken at random even without shuffling, so the seed is fixed then.
        rng = check_random_state(self.random_state if self.shuffle else 0)
        assign = self._assign_by_label if self.order == 1 else self._assign_by_pair
        fold = assign(Y, rng)
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)

    def _assign_by_label(self, Y, rng):
        # No fold stays empty, because an empty fold needs each label, and samples, most.
        order = np.arange(len(Y))
        if self.shuffle:
            rng.shuffle(order)
        fractions = np.full(self.n_splits, 1 / self.n_splits)
        fold = np.empty(len(Y), dtype=int)
        fold[order] = assign_by_label(Y[order] == 1, fractions, rng)
        return fold

    def _assign_by_pair(self, Y, rng):
        sizes = np.full(self.n_splits, len(Y) // self.n_splits)
        sizes[: len(Y) % self.n_splits] += 1
        return assign_samples(count_items(Y, 2), sizes, rng)


class RepeatedMultiLabelStratifiedKFold(LabelSplitter, BaseCrossValidator):
    """Repeated :class:`MultiLabelStratifiedKFold`, shuffled differently in each repetition.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    n_repeats : int, default=10
        Number of repetitions.

    random_state : int, RandomState instance or None, default=None
        Determines the folds; an integer gives the same folds in each call.

    order : {1, 2}, default=1
        1 stratifies by label, 2 by label and by pairs of labels.

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
        check_integer("n_repeats", self.n_repeats, 1)
        check_parameters(self)
        rng = check_random_state(self.random_state)
        cv = MultiLabelStratifiedKFold(
            self.n_splits, shuffle=True, random_state=rng, order=self.order
        )
        for _ in range(self.n_repeats):
            yield from cv._iter_test_indices(X, y)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds in all repetitions.

        Parameters
        ----------
        X, y, groups : Ignored
            Present for compatibility with scikit-learn.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits * self.n_repeats
