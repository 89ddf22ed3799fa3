"""The classifier on a matrix of features."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._alignment import check_same_order
from skmlic._utils._compat import Interval, StrOptions, _fit_context
from skmlic._utils._labels import to_label_names
from skmlic._utils._logits import compute_probabilities, predict_classes
from skmlic._utils._numbers import validate_features
from skmlic._utils._read_targets import read_targets, warn_never_negative
from skmlic._utils._sample_weight import check_sample_weight
from skmlic._utils._typing import Floats, Labels, RandomState
from skmlic.embedding._devices import resolve_device
from skmlic.kernel_ridge._batches import BatchReader, fit_batches
from skmlic.kernel_ridge._fit import (
    DEFAULT_ALPHAS,
    DEFAULT_WIDTHS,
    KernelRidgeSettings,
    fit_kernel_ridge,
)
from skmlic.metrics import expected_calibration_error
from skmlic.objectives import Objective

_N_ROWS_PER_PART = 8192


class KernelRidgeMultiLabelClassifierCV(ClassifierMixin, BaseEstimator):
    r"""Kernel ridge classifier of features, whose kernel and penalty leave-one-out scores choose.

    Each label is regressed on its targets -1 and 1. One decomposition of a kernel matrix gives the
    solutions of all labels and penalties, and the score that each sample would have had if it had
    been left out. The kernel and the penalty are those with the best score on these, shared by all
    labels; a logistic function of them gives the probabilities.

    Parameters
    ----------
    kernels : tuple of {"linear", "rbf"}, default=("linear", "rbf")
        The kernels to choose from. The constant 1 is added to each, for an intercept.

    widths : array-like of shape (n_widths,), default=(0.35, 0.5, 1.0, 2.0)
        Widths of the "rbf" kernel :math:`\exp(-\|x - z\|^2 / (w m))`, where :math:`m` is the median
        squared distance of samples.

    alphas : array-like of shape (n_alphas,), default=None
        Penalties to choose from; ``None`` means 16 from 0.001 to 100 on a logarithmic grid. The
        linear kernel is divided by the mean squared length of samples, so that penalties mean the
        same for all kernels.

    feature_scaling : {"root", "standard", None}, default="root"
        "standard" standardizes features; "root" does so after a signed square root. Both clip at
        10 standard deviations, and scale each sample to length 1.

    block_widths : array-like of int, default=None
        Widths of consecutive blocks of features, such as those of the stages of a network
        (``block_widths_`` of :class:`skmlic.ImageEmbedder`). Each block of a sample is scaled, to a
        squared length that is the square root of its width, if this has the better leave-one-out
        score. Not used with ``feature_scaling=None``.

    scoring : str, callable or Objective, default="map"
        What kernel and penalty maximize on the leave-one-out scores: the name of a scorer in
        :func:`skmlic.metrics.get_scorer_names` (with a one-dimensional y, of a scorer of
        scikit-learn), a scorer, or an objective of :mod:`skmlic.objectives`, whose value at the
        best thresholds counts. Of nearly equal scores, that with the smaller squared error is
        preferred: see Notes.

    n_landmarks : int, default=None
        Number of samples, chosen at random, that represent the kernel if there are more samples
        [3]_. ``None`` means that up to 4096 samples are used as they are, and more are represented
        by 2048. Leave-one-out scores are those of the represented kernel, exactly.

    device : str or torch.device, default="cpu"
        Where to compute: "cpu", "cuda", "cuda:N", or "auto", which is CUDA if it is available.

    random_state : int, RandomState instance or None, default=None
        Determines the samples that kernels are compared on, and the landmarks.

    Attributes
    ----------
    alpha_ : float
        The penalty.

    best_score_ : float
        The score of kernel and penalty, ``scoring`` on their leave-one-out scores.

    calibration_error_ : ndarray of shape (n_labels,)
        Expected calibration error of ``loo_predict_proba_``; NaN for labels without annotations.

    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    cv_results_ : dict of str to ndarray of shape (n_kernels * n_alphas,)
        "kernel", "width", "uses_blocks", "alpha", "score" and "squared_error" of all that were
        tried, and the number of distinct samples ("n_samples") that were scored. With more than
        1024 samples, kernels are compared on a third of them, at least 1024 and at most 2048; for
        the best one, penalties are then scored on all of them as long as they improve.

    gamma_ : float or None
        ``gamma`` of the "rbf" kernel.

    intercept_, slope_ : ndarray of shape (n_labels,)
        ``decision_function`` is ``slope_`` times the score of the regression plus ``intercept_``.

    kernel_ : {"linear", "rbf"}
        The kernel.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; with a one-dimensional y,
        ``classes_``.

    loo_decision_function_ : ndarray of shape (n_samples, n_labels) or (n_samples,)
        Log-odds of each training sample, without the sample itself. For a label that is missing,
        they are those of the model.

    loo_predict_proba_ : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
        The probabilities of these.

    loo_scores_ : ndarray of shape (n_samples, n_labels)
        Leave-one-out scores of the regression.

    n_features_in_ : int
        Number of features.

    n_labels_ : int
        Number of labels.

    uses_blocks_ : bool
        Whether blocks of features were scaled.

    width_ : float or None
        The width of the "rbf" kernel.

    See Also
    --------
    sklearn.linear_model.RidgeClassifierCV : A linear kernel, chosen by the error of each label.
    sklearn.kernel_ridge.KernelRidge : One kernel and penalty, without scores.
    skmlic.TransferMultiLabelClassifier : Has this classifier as ``head="kernel"``.

    Notes
    -----
    With the kernel matrix :math:`K`, weights :math:`W` and :math:`A = K + \alpha W^{-1}`, the
    coefficients are :math:`c = A^{-1} y`, and the residual of a sample that is left out is
    :math:`c_i / (A^{-1})_{ii}` [1]_ [2]_. The scaling of features and the median distance are those
    of all samples; they do not depend on y.

    Kernel and penalty maximize the score minus an eighth of the squared error of leave-one-out
    scores, which is relative to that of a constant: scores such as average precision are noisy
    where labels have few positives, and squared errors are less so.

    Identical samples are left out together, since each would otherwise be predicted by the other.
    So are samples of the same group in ``groups``: views of an image, or frames of a video.
    A weight of 2 is the sample twice.

    There is no ``class_weight``: the labels are independent in closed form, so that a weight of a
    label changes nothing. Weights of samples do.

    A missing label (NaN) leaves the sample out for this label, exactly: each distinct pattern of
    missing labels is solved on its own, in single precision if there are more than 16. With
    landmarks, leave-one-out scores are approximated: coefficients are solved by conjugate
    gradients, and the diagonal of the inverse is that of all samples with the fraction of known
    labels as their weight.

    The slope and intercept of a label are fitted on its leave-one-out scores [4]_, with a prior
    that keeps those of labels with few positives near those of all labels together.

    References
    ----------
    .. [1] R. M. Rifkin, R. A. Lippert, "Notes on Regularized Least Squares",
       MIT-CSAIL-TR-2007-025.
    .. [2] S. An, W. Liu, S. Venkatesh, "Fast cross-validation algorithms for least squares support
       vector machine and kernel ridge regression", Pattern Recognition 40, 2007.
    .. [3] C. K. I. Williams, M. Seeger, "Using the Nyström Method to Speed Up Kernel Machines",
       NIPS 2000.
    .. [4] J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
       Regularized Likelihood Methods", Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> clf = KernelRidgeMultiLabelClassifierCV().fit(X, Y)
    >>> clf.predict(X).shape
    (100, 3)
    >>> clf.loo_predict_proba_.shape
    (100, 3)
    """

    alpha_: float
    best_score_: float
    calibration_error_: Floats
    classes_: NDArray[Any]
    cv_results_: dict[str, NDArray[Any]]
    gamma_: float | None
    intercept_: Floats
    kernel_: str
    label_names_: NDArray[Any]
    loo_scores_: Floats
    n_labels_: int
    slope_: Floats
    uses_blocks_: bool
    width_: float | None

    _parameter_constraints = {
        "kernels": ["array-like"],
        "widths": ["array-like"],
        "alphas": ["array-like", None],
        "feature_scaling": [StrOptions({"root", "standard"}), None],
        "block_widths": ["array-like", None],
        "scoring": [str, callable, Objective],
        "n_landmarks": [Interval(Integral, 1, None, closed="left"), None],
        "device": [str, torch.device],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        kernels: tuple[Literal["linear", "rbf"], ...] = ("linear", "rbf"),
        widths: ArrayLike = DEFAULT_WIDTHS,
        alphas: ArrayLike | None = None,
        feature_scaling: Literal["root", "standard"] | None = "root",
        block_widths: ArrayLike | None = None,
        scoring: str | Callable[..., float] | Objective = "map",
        n_landmarks: int | None = None,
        device: str | torch.device = "cpu",
        random_state: RandomState = None,
    ) -> None:
        self.kernels = kernels
        self.widths = widths
        self.alphas = alphas
        self.feature_scaling = feature_scaling
        self.block_widths = block_widths
        self.scoring = scoring
        self.n_landmarks = n_landmarks
        self.device = device
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: Labels,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Choose kernel and penalty, and fit all labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, or NaN for missing labels. A one-dimensional y with two values is one binary
            target.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights, at least 0.

        groups : array-like of shape (n_samples,), default=None
            Samples of the same group are left out together.

        Returns
        -------
        self : KernelRidgeMultiLabelClassifierCV
            Fitted estimator.

        Raises
        ------
        ValueError
            If y has other values, or lengths differ.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        settings = self._make_settings()
        targets = read_targets(y)
        warn_never_negative(targets)
        check_same_order(X, y, ("X", "y"))
        X = validate_features(self, X, dtype=[np.float64, np.float32])
        check_consistent_length(X, targets.Y, groups)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X)
        self.classes_, self.label_names_ = targets.classes, targets.label_names
        self.n_labels_ = targets.Y.shape[1]
        _check_block_widths(settings.block_widths, X.shape[1])
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        fitted = fit_kernel_ridge(X, targets, sample_weight, groups, settings, seed=seed)
        self._set_fitted(fitted)
        self.loo_scores_ = fitted.loo_scores
        self.calibration_error_ = self._compute_calibration_error(targets.Y, sample_weight)
        return self

    def fit_batches(self, batches: Sequence[tuple[Any, Any]], *, n_jobs: int | None = None) -> Self:
        """Fit all labels on batches, of which one at a time is in memory.

        The result is that of ``fit`` with ``kernels=("linear",)``, apart from what is estimated on
        a sample: with more than 16,384 samples, the scaling of features, the penalty and the
        log-odds are those of 16,384 of them, from 64 random batches. The regression itself is that
        of all samples. All batches are read once, and those of the sample twice.

        Parameters
        ----------
        batches : sequence of tuple (X, y)
            X of shape (n_samples, n_features) and y of shape (n_samples, n_labels), 0 and 1
            without missing labels. Its slices must be such sequences, too, as those of a list and
            of :class:`skmlic.distributed.FeatureBatches` are.

        n_jobs : int, default=None
            Number of joblib's jobs, which each sum a part of the batches. Within
            ``joblib.parallel_config("dask")``, these are tasks of a cluster.

        Returns
        -------
        self : KernelRidgeMultiLabelClassifierCV
            Fitted estimator, without ``loo_scores_``, ``loo_decision_function_``,
            ``loo_predict_proba_`` and ``calibration_error_``.

        Raises
        ------
        ValueError
            If ``kernels`` has another kernel than "linear", or batches do not fit together.

        Notes
        -----
        Sums of the products of features, and of features and targets, determine a linear
        regression, and the sums of batches add up. Identical samples are not left out together;
        there are no groups, weights and landmarks.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import make_multilabel_classification
        >>> from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
        >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
        >>> batches = [(X[:50], Y[:50]), (X[50:], Y[50:])]
        >>> clf = KernelRidgeMultiLabelClassifierCV(kernels=("linear",), random_state=0)
        >>> probabilities = clf.fit_batches(batches).predict_proba(X)
        >>> bool(np.allclose(probabilities, clf.fit(X, Y).predict_proba(X), atol=1e-6))
        True
        """
        self._validate_params()
        settings = self._make_settings()
        if settings.kernels != ("linear",):
            raise ValueError(
                f"kernels={self.kernels!r}: expected kernels=('linear',) for fit_batches, since "
                "other kernels compare each sample with others."
            )
        reader = BatchReader.of(batches)
        _check_block_widths(settings.block_widths, reader.n_features)
        validate_features(self, batches[0][0], dtype=[np.float64, np.float32], ensure_min_samples=0)
        self.classes_, self.label_names_ = reader.classes, reader.label_names
        self.n_labels_ = len(reader.classes)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self._set_fitted(fit_batches(reader, settings, n_jobs=n_jobs, seed=seed))
        for name in ("loo_scores_", "calibration_error_"):
            self.__dict__.pop(name, None)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the log-odds of labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        log_odds : ndarray of shape (n_samples, n_labels), dtype float64
            After fitting with a one-dimensional y, the shape is (n_samples,).
        """
        check_is_fitted(self)
        X = validate_features(self, X, dtype=[np.float64, np.float32], reset=False)
        starts = range(0, len(X), _N_ROWS_PER_PART)
        parts = [torch.tensor(X[i : i + _N_ROWS_PER_PART], dtype=torch.float64) for i in starts]
        with torch.no_grad():
            logits = [self._module(part) for part in parts]
        return self._flatten(torch.cat(logits).numpy())

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probabilities of labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            Strictly between 0 and 1. After fitting with a one-dimensional y, the shape is
            (n_samples, 2).
        """
        return compute_probabilities(self.decision_function(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the labels whose probability is at least 0.5.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1. After fitting with a one-dimensional y, its values, of shape (n_samples,).
        """
        return predict_classes(self.predict_proba(X), self.classes_)

    def predict_label_names(self, X: ArrayLike) -> list[tuple[Any, ...]]:
        """Return the names of the predicted labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        names : list of tuple
            For each sample, the ``label_names_`` of its predicted labels; an empty tuple if there
            are none. After fitting with a one-dimensional y, the predicted class.
        """
        return to_label_names(self.predict(X), self.label_names_)

    @property
    def loo_decision_function_(self) -> Floats:
        """Log-odds of each training sample, without the sample itself."""
        check_is_fitted(self)
        if not hasattr(self, "loo_scores_"):
            raise AttributeError(
                "There are no leave-one-out scores after fit_batches; expected fit. Tune "
                "thresholds on other samples: "
                "TunedThresholdMultiLabelClassifierCV(clf, cv='prefit')."
            )
        return self._flatten(self.slope_ * self.loo_scores_ + self.intercept_)

    @property
    def loo_predict_proba_(self) -> Floats:
        """Probabilities of each training sample, without the sample itself."""
        return compute_probabilities(self.loo_decision_function_)

    def _make_settings(self):
        kernels = tuple(np.ravel(self.kernels).tolist())
        if not kernels or not {"linear", "rbf"}.issuperset(kernels):
            raise ValueError(f"kernels={self.kernels!r}: expected 'linear', 'rbf' or both.")
        alphas = DEFAULT_ALPHAS if self.alphas is None else _check_positive("alphas", self.alphas)
        return KernelRidgeSettings(
            kernels=kernels,
            widths=_check_positive("widths", self.widths),
            alphas=alphas,
            feature_scaling=self.feature_scaling,
            scoring=self.scoring,
            n_landmarks=self.n_landmarks,
            block_widths=None if self.block_widths is None else _as_widths(self.block_widths),
            device=resolve_device(self.device),
        )

    def _set_fitted(self, fitted):
        best, kernel = fitted.best, fitted.best.candidate.kernel
        self.kernel_, self.width_, self.alpha_ = kernel.name, kernel.width, best.alpha
        self.gamma_ = kernel.factor if kernel.name == "rbf" else None
        self.uses_blocks_ = fitted.module.scaling.block_widths is not None
        self.best_score_ = best.score
        self.cv_results_ = _tabulate(fitted.trials)
        self.slope_, self.intercept_ = fitted.slope, fitted.intercept
        self._module = fitted.module

    def _compute_calibration_error(self, Y, weight):
        probabilities = self.loo_predict_proba_
        errors = np.full(self.n_labels_, np.nan)
        columns = probabilities[:, 1:] if self._is_binary else probabilities
        for j, y in enumerate(Y.T):
            known = ~np.isnan(y)
            if weight is not None:
                known &= weight > 0
            if known.any():
                errors[j] = expected_calibration_error(
                    y[known][:, None],
                    columns[known, j : j + 1],
                    sample_weight=None if weight is None else weight[known],
                )
        return errors

    def _flatten(self, scores):
        return scores.ravel() if self._is_binary else scores

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = True
        return tags


def _check_block_widths(widths, n_features):
    if widths is not None and sum(widths) != n_features:
        raise ValueError(
            f"block_widths={widths} have the sum {sum(widths)}; expected {n_features}, the number "
            "of features."
        )


def _as_widths(block_widths):
    widths = np.ravel(block_widths)
    if widths.dtype.kind not in "iu" or not len(widths) or (widths < 1).any():
        raise ValueError(f"block_widths={block_widths!r}: expected numbers of features > 0.")
    return tuple(widths.tolist())


def _check_positive(name, values):
    values = tuple(np.ravel(values).astype(float).tolist())
    if not values or not all(0 < value < np.inf for value in values):
        raise ValueError(f"{name}={values}: expected one or more positive numbers.")
    return values


def _tabulate(trials):
    """Return trials as columns."""
    kernels = [trial.candidate.kernel for trial in trials]
    scalings = [trial.candidate.problem.scaling for trial in trials]
    return {
        "kernel": np.array([kernel.name for kernel in kernels]),
        "width": np.array([kernel.width or np.nan for kernel in kernels]),
        "uses_blocks": np.array([scaling.block_widths is not None for scaling in scalings]),
        "alpha": np.array([trial.alpha for trial in trials]),
        "score": np.array([trial.score for trial in trials]),
        "squared_error": np.array([trial.squared_error for trial in trials]),
        "n_samples": np.array([trial.n_rows for trial in trials]),
    }
