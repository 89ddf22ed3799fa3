"""Selection of labels and resampling of samples before training."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, check_random_state

from skmlic._utils._compat import Interval, _fit_context, safe_indexing, validate_params
from skmlic._utils._labels import find_labels, quote_names
from skmlic._utils._numbers import check_rows
from skmlic._utils._targets import check_targets
from skmlic._utils._typing import Labels, RandomState, Rows

__all__ = [
    "MultiLabelRandomOverSampler",
    "MultiLabelRandomUnderSampler",
    "drop_rare_labels",
    "select_labels",
    "undersample_unlabelled",
]

_ROWS = "images, paths or features, one for each row of Y"


@validate_params({"min_count": [Interval(Integral, 0, None, closed="left")]})
def drop_rare_labels(Y: Labels, min_count: int = 100) -> Any:
    """Drop labels that have fewer than ``min_count`` positives.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which count as 0.

    min_count : int, default=100
        Minimum number of positives of a label.

    Returns
    -------
    Y : same type, of shape (n_samples, n_kept_labels)
        The other labels, in the same order. A list is returned as an array.

    Raises
    ------
    ValueError
        If no label has that many positives, if min_count is not a whole number of at least 0, or
        if Y has other values than 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.sampling import drop_rare_labels
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 0], "dog": [1, 0, 0, 0], "cat": [0, 1, 1, 0]})
    >>> list(drop_rare_labels(Y, min_count=2).columns)
    ['person', 'cat']
    """
    targets, label_names = check_targets(Y)
    targets = np.nan_to_num(targets)
    counts = _counts(targets)
    places = np.flatnonzero(counts >= min_count)
    if len(places) == 0:
        most = int(counts.argmax())
        raise ValueError(
            f"No label has min_count={min_count} positives: the most frequent, "
            f"{label_names[most]!r}, has {counts[most]}. Write min_count={counts[most]}."
        )
    return _take_columns(Y, places)


def select_labels(Y: Labels, labels: Sequence[Any]) -> Any:
    """Select labels by name or number.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels.

    labels : list of str or int, of shape (n_selected_labels,)
        Column names of a frame, or numbers from 0.

    Returns
    -------
    Y : same type, of shape (n_samples, n_selected_labels)
        These labels, in the given order. A list is returned as an array.

    Raises
    ------
    ValueError
        If a label is unknown or given twice, if none is given, or if Y has other values than 0 and
        1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.sampling import select_labels
    >>> Y = pd.DataFrame({"person": [1, 1], "dog": [1, 0], "cat": [0, 1]})
    >>> select_labels(Y, ["cat", "dog"])
       cat  dog
    0    0    1
    1    1    0
    """
    if isinstance(labels, (str, Integral)):
        raise ValueError(f"labels={labels!r} is one label; expected a list: write [{labels!r}].")
    _, label_names = check_targets(Y)
    places = find_labels(labels, label_names, "labels")
    if not places:
        raise ValueError("labels is empty; expected at least one name or number.")
    twice = {label_names[place] for place in places if places.count(place) > 1}
    if twice:
        raise ValueError(f"labels has {quote_names(sorted(twice, key=str))} more than once.")
    return _take_columns(Y, places)


@validate_params(
    {"n_max": [Interval(Integral, 0, None, closed="left")], "random_state": ["random_state"]}
)
def undersample_unlabelled(
    X: Rows, Y: Labels, n_max: int = 260, *, random_state: RandomState = None
) -> tuple[Any, Any]:
    """Keep at most ``n_max`` of the samples without any label.

    Parameters
    ----------
    X : array-like, sparse matrix, frame or list of shape (n_samples, ...)
        Images, paths or features: anything that scikit-learn can select rows of.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which count as 0.

    n_max : int, default=260
        Maximum number of samples without any label to keep.

    random_state : int, RandomState instance or None, default=None
        Determines which of them are kept. Pass an int for reproducible results.

    Returns
    -------
    X, Y : same types, of shape (n_kept_samples, ...) and (n_kept_samples, n_labels)
        All samples with a label and the selected ones without, in the same order.

    Raises
    ------
    ValueError
        If n_max is not a whole number of at least 0, if X and Y differ in length, or if Y has other
        values than 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.sampling import undersample_unlabelled
    >>> paths = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    >>> Y = np.array([[0, 0], [1, 0], [0, 0], [1, 1]])
    >>> undersample_unlabelled(paths, Y, n_max=1, random_state=0)
    (['b.jpg', 'c.jpg', 'd.jpg'], array([[1, 0],
           [0, 0],
           [1, 1]]))
    """
    targets = np.nan_to_num(check_targets(Y)[0])
    check_rows(X, "X", _ROWS)
    check_consistent_length(X, targets)
    keep = targets.any(axis=1)
    unlabelled = np.flatnonzero(~keep)
    rng = check_random_state(random_state)
    keep[rng.permutation(unlabelled)[:n_max]] = True
    rows = np.flatnonzero(keep)
    return _take_rows(X, rows), _take_rows(Y, rows)


class _RandomSampler(BaseEstimator):
    """Base class of random resampling; a subclass defines ``_sample``."""

    sample_indices_: NDArray[np.intp]

    _parameter_constraints: dict = {
        "ratio": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, ratio: float = 0.25, *, random_state: RandomState = None) -> None:
        self.ratio = ratio
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: Rows, Y: Labels) -> tuple[Any, Any]:
        """Resample X and Y.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or list of shape (n_samples, ...)
            Images, paths or features: anything that scikit-learn can select rows of.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1; NaN for missing labels, which count as 0.

        Returns
        -------
        X_resampled, Y_resampled : same types, of shape (n_resampled, ...), (n_resampled, n_labels)
            Rows ``sample_indices_`` of X and Y. Frames keep their index.

        Raises
        ------
        ValueError
            If X and Y differ in length, or Y has other values than 0 and 1.
        """
        targets = np.nan_to_num(check_targets(Y)[0])
        check_rows(X, "X", _ROWS)
        check_consistent_length(X, targets)
        counts = _counts(targets)
        present = counts > 0
        # A label without positives has no sample to clone or to keep, and its ratio is infinite, so
        # it is excluded.
        ratios = np.ones(len(counts))
        ratios[present] = counts.max() / counts[present]
        mean_ir = ratios[present].mean() if present.any() else 1.0
        self.sample_indices_ = self._sample(
            targets.astype(bool),
            np.flatnonzero(present & (ratios > mean_ir)),
            mean_ir,
            round(self.ratio * len(targets)),
            check_random_state(self.random_state),
        )
        return _take_rows(X, self.sample_indices_), _take_rows(Y, self.sample_indices_)


class MultiLabelRandomOverSampler(_RandomSampler):
    r"""Multi-label random oversampling (ML-ROS): clone samples that have rare labels.

    With :math:`n_l` positives of label :math:`l`, :math:`\mathrm{IRLbl}(l) = \max_k n_k / n_l`.
    Labels whose IRLbl is above its mean, MeanIR, are minority labels [1]_. They take turns in
    which one of their samples, drawn at random, is cloned, until ``ratio * n_samples`` samples are
    added. After each clone the IRLbl of its label is recomputed with all labels of the clones;
    once it has fallen to the initial MeanIR, the label takes no more turns.

    Parameters
    ----------
    ratio : float, default=0.25
        Maximum number of samples to add, as a fraction of ``n_samples``. It may be above 1.

    random_state : int, RandomState instance or None, default=None
        Determines the random sampling. Pass an int for reproducible results.

    Attributes
    ----------
    sample_indices_ : ndarray of shape (n_resampled,), dtype int64
        Row numbers of the samples: all original ones in order, then the clones.

    See Also
    --------
    MultiLabelRandomUnderSampler : Leave out samples instead.
    skmlic.class_weight.compute_label_weight : Weight labels in the loss instead.

    Notes
    -----
    Resample training data only: clones on both sides of a split leak information. As a step of
    ``imblearn.pipeline.Pipeline`` it acts in ``fit`` and not in ``predict``, also within
    cross-validation.

    A clone has all labels of its sample. Where rare labels come with frequent ones, the imbalance
    hardly falls; see :func:`skmlic.metrics.imbalance_summary`.

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in
       multilabel classification: Measures and random resampling algorithms", Neurocomputing 163,
       2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.sampling import MultiLabelRandomOverSampler
    >>> X = [f"{number}.jpg" for number in range(8)]
    >>> Y = np.array([[1, 0]] * 6 + [[0, 1]] * 2)
    >>> sampler = MultiLabelRandomOverSampler(0.25, random_state=0)
    >>> X_resampled, Y_resampled = sampler.fit_resample(X, Y)
    >>> Y.sum(axis=0), Y_resampled.sum(axis=0)
    (array([6, 2]), array([6, 3]))
    """

    @staticmethod
    def _sample(positive, minority, mean_ir, n_draws, rng):
        counts = positive.sum(axis=0)
        bags = {label: np.flatnonzero(positive[:, label]) for label in minority}
        clones = []
        while bags and len(clones) < n_draws:
            for label in list(bags)[: n_draws - len(clones)]:
                row = rng.choice(bags[label])
                clones.append(row)
                counts += positive[row]
                if counts.max() <= mean_ir * counts[label]:
                    del bags[label]
        return np.concatenate([np.arange(len(positive)), np.array(clones, dtype=np.int64)])


class MultiLabelRandomUnderSampler(_RandomSampler):
    r"""Multi-label random undersampling (ML-RUS): leave out samples without rare labels.

    With :math:`n_l` positives of label :math:`l`, :math:`\mathrm{IRLbl}(l) = \max_k n_k / n_l`.
    Labels whose IRLbl is above its mean, MeanIR, are minority labels [1]_. Of the samples without
    minority labels, ``ratio * n_samples`` are drawn at random and left out; if there are fewer,
    all of them. If all labels are equally frequent, no sample is left out.

    Parameters
    ----------
    ratio : float, default=0.25
        Maximum number of samples to leave out, as a fraction of ``n_samples``, in [0, 1).

    random_state : int, RandomState instance or None, default=None
        Determines the random sampling. Pass an int for reproducible results.

    Attributes
    ----------
    sample_indices_ : ndarray of shape (n_resampled,), dtype int64
        Row numbers of the samples kept, in order.

    See Also
    --------
    MultiLabelRandomOverSampler : Clone samples instead.
    undersample_unlabelled : Leave out samples without any label only.

    Notes
    -----
    Samples without any label may be left out, too. The samples to draw from are defined as in
    mldr.resampling [2]_, the implementation of the authors. Other implementations draw from the
    samples of each label whose IRLbl is below MeanIR, and lose positives of rare labels, too.

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in
       multilabel classification: Measures and random resampling algorithms", Neurocomputing 163,
       2015.
    .. [2] A. J. Rivera, M. A. Dávila, D. Elizondo, M. J. del Jesus, F. Charte, "mldr.resampling:
       Efficient reference implementations of multilabel resampling algorithms", Neurocomputing,
       2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.sampling import MultiLabelRandomUnderSampler
    >>> X = [f"{number}.jpg" for number in range(8)]
    >>> Y = np.array([[1, 0]] * 6 + [[0, 1]] * 2)
    >>> sampler = MultiLabelRandomUnderSampler(0.25, random_state=0)
    >>> X_resampled, Y_resampled = sampler.fit_resample(X, Y)
    >>> Y.sum(axis=0), Y_resampled.sum(axis=0)
    (array([6, 2]), array([4, 2]))
    """

    _parameter_constraints: dict = {
        **_RandomSampler._parameter_constraints,
        "ratio": [Interval(Real, 0, 1, closed="left")],
    }

    @staticmethod
    def _sample(positive, minority, mean_ir, n_draws, rng):
        keep = np.ones(len(positive), dtype=bool)
        if len(minority):
            without = np.flatnonzero(~positive[:, minority].any(axis=1))
            keep[rng.permutation(without)[:n_draws]] = False
        return np.flatnonzero(keep)


def _counts(targets):
    # float32 cannot count beyond 2 ** 24.
    return targets.sum(axis=0, dtype=np.float64).astype(np.int64)


def _take_columns(Y, places):
    if sparse.issparse(Y):
        return Y.tocsc()[:, places].asformat(Y.format)
    return safe_indexing(Y if hasattr(Y, "shape") else np.asarray(Y), places, axis=1)


def _take_rows(X, rows):
    # Some formats of scipy cannot be indexed.
    if sparse.issparse(X):
        return X.tocsr()[rows].asformat(X.format)
    return safe_indexing(X, rows)
