"""Base classes of splitters that stratify by label."""

from typing import Literal

from sklearn.model_selection import BaseCrossValidator

from skmlic._utils._typing import Labels, RandomState, Rows, Splits
from skmlic.model_selection._split_checks import check_y_is_given, warn_ignored_groups


class LabelSplitter:
    """Mixin of splitters without groups; it must precede the base class of scikit-learn."""

    def split(self, X: Rows, y: Labels | None = None, groups: object = None) -> Splits:
        """Return an iterator over the row numbers of training and test sets.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Only its length is used.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels) or (n_samples,)
            0 and 1, or NaN for missing labels. A one-dimensional y is one label, with any two
            values.

        groups : object, default=None
            Ignored, with a warning.

        Returns
        -------
        splits : iterator of (ndarray of int, ndarray of int)
            The row numbers of the training and the test set.

        Raises
        ------
        ValueError
            If y is missing or has other values, or if there are too few samples.
        """
        check_y_is_given(y, type(self).__name__)
        warn_ignored_groups(groups, type(self).__name__)
        return super().split(X, y)  # type: ignore[misc]


class LabelKFold(BaseCrossValidator):
    """Base class of splitters into folds."""

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
            Present for compatibility with scikit-learn.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits
