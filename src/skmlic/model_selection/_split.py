"""Folds that share out every label."""

import numpy as np
from iterstrat.ml_stratifiers import IterativeStratification
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_consistent_length, check_random_state

from skmlic._targets import check_targets


class MultiLabelStratifiedKFold(BaseCrossValidator):
    """K folds with about the same number of positives of each label.

    Iterative stratification [1]_: labels are dealt with from the rarest, and each sample goes to
    the fold that lacks its label most.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    shuffle : bool, default=False
        Whether to shuffle the samples first. The folds are the same in each call without it, and
        with an integer ``random_state``.

    random_state : int, RandomState instance or None, default=None
        With ``shuffle=True``, determines the folds. Ignored otherwise.

    Notes
    -----
    ``cv=5`` in scikit-learn's own functions is a plain ``KFold`` for multi-label Y: without
    shuffling, rare labels are often missing from a fold.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
       ECML PKDD 2011.

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

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def split(self, X, y, groups=None):
        """Yield the row numbers of each fold's training and test part.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Only its length counts.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1.

        groups : Ignored
            Present by scikit-learn's convention.

        Yields
        ------
        train, test : ndarray of int
            Row numbers, ascending.

        Raises
        ------
        ValueError
            If there are fewer samples than folds, or y is not 0 and 1.
        """
        return super().split(X, y, groups)

    def _iter_test_indices(self, X=None, y=None, groups=None):
        Y, _ = check_targets(y)
        check_consistent_length(X, Y)
        n_samples = len(Y)
        if self.n_splits < 2:
            raise ValueError(f"n_splits={self.n_splits}; expected at least 2.")
        if self.n_splits > n_samples:
            raise ValueError(
                f"n_splits={self.n_splits} is more than the number of samples, {n_samples}."
            )
        # The stratifier draws to break ties, shuffled or not.
        rng = check_random_state(self.random_state if self.shuffle else 0)
        order = np.arange(n_samples)
        if self.shuffle:
            rng.shuffle(order)
        share = np.full(self.n_splits, 1 / self.n_splits)
        fold = np.empty(n_samples, dtype=int)
        fold[order] = IterativeStratification(Y[order] == 1, share, rng)
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)

    def get_n_splits(self, X=None, y=None, groups=None):
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
