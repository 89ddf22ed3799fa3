"""Classifiers that ignore the images, as baselines."""

from collections.abc import Mapping, Set
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.validation import _num_samples, check_is_fitted

from skmlic._utils._alignment import check_same_order
from skmlic._utils._compat import StrOptions, _fit_context
from skmlic._utils._labels import DEFAULT_THRESHOLD
from skmlic._utils._sample_weight import check_sample_weight
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._utils._typing import Floats, Integers, Labels, RandomState, Rows

__all__ = ["DummyMultiLabelClassifier"]


class DummyMultiLabelClassifier(ClassifierMixin, BaseEstimator):
    """Multi-label classifier that ignores X, as a baseline for other classifiers.

    Its predictions depend on the frequencies of labels alone. The score of a classifier can only
    be judged in comparison with the score of this one.

    Parameters
    ----------
    strategy : {"frequency", "most_frequent_set", "all", "none", "stratified"}, \
default="frequency"
        How labels are predicted. Except with "stratified", predictions are the same for all images.

        - "frequency": the probability of a label is its frequency, so the labels of at least half
          of the images are predicted.
        - "most_frequent_set": predicts the most frequent combination of labels, which may be
          empty. It has the highest subset accuracy of all constant predictions.
        - "all": predicts all labels, which has the highest recall.
        - "none": predicts no label, which has a high label accuracy if labels are rare.
        - "stratified": samples each label with its frequency as probability, independently of the
          other labels.

    random_state : int, RandomState instance or None, default=None
        Determines the labels that "stratified" samples for the first, second, … image. Pass an int
        for the same labels in each call.

    Attributes
    ----------
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    label_frequency_ : ndarray of shape (n_labels,)
        Fraction of images with each label, among the images for which it is not missing. It is
        weighted if there were sample weights, and 0 for a label that is missing for all images.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; with a one-dimensional y,
        ``classes_``.

    most_frequent_set_ : ndarray of shape (n_labels,), dtype int64
        The most frequent row of y without missing labels; among equally frequent rows, the first
        in lexicographic order. If each row has missing labels, the labels with a frequency of at
        least 0.5.

    n_labels_ : int
        Number of labels.

    See Also
    --------
    sklearn.dummy.DummyClassifier : The same for one target. With several targets, it returns a
        list of probabilities.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.dummy import DummyMultiLabelClassifier
    >>> paths = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    >>> Y = pd.DataFrame({"sea": [1, 1, 0, 1], "dog": [0, 0, 1, 0]})
    >>> clf = DummyMultiLabelClassifier().fit(paths, Y)
    >>> clf.predict_proba(["new.jpg"])
    array([[0.75, 0.25]])
    >>> clf.predict(["new.jpg"])
    array([[1, 0]])
    """

    classes_: NDArray[Any]
    label_frequency_: Floats
    label_names_: NDArray[Any]
    most_frequent_set_: Integers
    n_labels_: int

    _parameter_constraints = {
        "strategy": [
            StrOptions({"frequency", "most_frequent_set", "all", "none", "stratified"}),
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        strategy: Literal[
            "frequency", "most_frequent_set", "all", "none", "stratified"
        ] = "frequency",
        *,
        random_state: RandomState = None,
    ) -> None:
        self.strategy = strategy
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Rows, y: Labels, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the frequencies of labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or list of shape (n_samples, ...)
            Paths, images or features, of which only the number is used.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, or NaN for missing labels. A one-dimensional y with two values is one binary
            target.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        self : DummyMultiLabelClassifier
            Fitted estimator.

        Raises
        ------
        ValueError
            If y has other values, or its length differs from that of X.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        n_samples = _count_images(X)
        if n_samples == 0:
            raise ValueError("Found array with 0 sample(s): X is empty; expected images.")
        if is_one_dimensional(y):
            self.classes_, Y = check_binary_target(y)
            self.label_names_ = self.classes_
        else:
            Y, self.label_names_ = check_targets(y)
            self.classes_ = np.tile([0, 1], (len(self.label_names_), 1))
        check_consistent_length(X, Y)
        check_same_order(X, y, ("X", "y"))
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, Y)
        self.n_labels_ = Y.shape[1]
        weight = np.ones(len(Y)) if sample_weight is None else sample_weight
        self.label_frequency_ = _compute_frequencies(Y, weight)
        self.most_frequent_set_ = self._find_most_frequent_set(Y, weight)
        return self

    def predict_proba(self, X: Rows) -> Floats:
        """Return the probabilities of labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or list of shape (n_samples, ...)
            Paths, images or features, of which only the number is used.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            Frequencies of labels with the strategy "frequency", otherwise values close to 0 and 1.
            They are strictly between 0 and 1. After fitting with a one-dimensional y, the shape is
            (n_samples, 2).
        """
        limits = np.finfo(np.float64)
        probabilities = np.clip(self._compute(X), limits.tiny, 1 - limits.epsneg)
        if self._is_binary:
            return np.column_stack([1 - probabilities, probabilities])
        return probabilities

    def predict(self, X: Rows) -> NDArray[Any]:
        """Return the labels whose probability is at least 0.5.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or list of shape (n_samples, ...)
            Paths, images or features, of which only the number is used.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1. After fitting with a one-dimensional y, its values, of shape (n_samples,).
        """
        probabilities = self._compute(X)
        if self._is_binary:
            # Of two equally frequent values, the first is predicted, as in all of scikit-learn.
            return self.classes_[(probabilities.ravel() > DEFAULT_THRESHOLD).astype(int)]
        return (probabilities >= DEFAULT_THRESHOLD).astype(np.int64)

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    def _find_most_frequent_set(self, Y, weight):
        is_complete = ~np.isnan(Y).any(axis=1) & (weight > 0)
        if not is_complete.any():
            return (self.label_frequency_ >= DEFAULT_THRESHOLD).astype(np.int64)
        sets, number = np.unique(Y[is_complete].astype(np.int64), axis=0, return_inverse=True)
        # NumPy 2.0 returns a two-dimensional inverse.
        return sets[np.bincount(number.ravel(), weights=weight[is_complete]).argmax()]

    def _compute(self, X):
        """Return probabilities, which may be 0 and 1, of shape (n_samples, n_labels)."""
        check_is_fitted(self)
        shape = _count_images(X), self.n_labels_
        if self.strategy == "stratified":
            uniform = check_random_state(self.random_state).uniform(size=shape)
            return (uniform < self.label_frequency_).astype(np.float64)
        constants = {
            "frequency": self.label_frequency_,
            "most_frequent_set": self.most_frequent_set_,
            "all": 1.0,
            "none": 0.0,
        }
        return np.full(shape, constants[self.strategy], dtype=np.float64)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True
        tags.target_tags.multi_output = True
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.no_validation = True
        tags.non_deterministic = self.strategy == "stratified" and self.random_state is None
        return tags


def _compute_frequencies(Y, weight):
    """Return the fraction of positives among the known entries of each label, or 0 without any."""
    positives = weight @ (Y == 1)
    known = weight @ ~np.isnan(Y)
    return np.divide(positives, known, out=np.zeros_like(known), where=known > 0)


def _count_images(X):
    """Return the number of images in X."""
    if isinstance(X, (str, bytes, bytearray)):
        kind = "a string" if isinstance(X, str) else f"{len(X)} bytes"
        raise TypeError(
            f"X is {kind}; expected a collection of images. Write [X] for a single one."
        )
    if isinstance(X, (Mapping, Set)):
        raise TypeError(
            f"X is a {type(X).__name__}; expected a list, an array or a frame of images. Pass one "
            "of its values, or list(X)."
        )
    return _num_samples(X)
