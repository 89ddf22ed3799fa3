"""Calibration of probabilities."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.utils import check_consistent_length, indexable
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._alignment import check_same_order
from skmlic._utils._compat import (
    N_JOBS,
    Interval,
    RealNotInt,
    SigmoidCalibration,
    StrOptions,
    TemperatureScaling,
    _fit_context,
    raise_for_params,
)
from skmlic._utils._labels import DEFAULT_THRESHOLD, quote_names
from skmlic._utils._responses import choose_response_method
from skmlic._utils._typing import CV, Estimator, Floats, Labels, RandomState, Rows
from skmlic._utils._warnings import warn_caller
from skmlic.metrics import brier_score_loss, expected_calibration_error
from skmlic.model_selection import MultiLabelMetaClassifier, as_folds, exclude_fold

__all__ = ["CalibratedMultiLabelClassifierCV"]

# Calibrators fit decision values better than probabilities, many of which are close to 0 or 1.
_PREFERENCE = ("decision_function", "predict_proba")
# Forests and nearest neighbours predict 0 and 1, whose log-odds must not dominate all others.
_SMALLEST = 1e-3


class CalibratedMultiLabelClassifierCV(MultiLabelMetaClassifier):
    """Calibrate the probabilities of a multi-label classifier per label by cross-validation.

    Probabilities are calibrated if, for example, 80 % of the samples with a probability of 0.8 have
    the label. The classifier is fitted on the training set of each fold and scores the test set.
    One calibrator per label is fitted on these out-of-fold scores; then the classifier is fitted
    on all samples.

    Parameters
    ----------
    estimator : estimator instance
        A multi-label classifier with ``decision_function`` or ``predict_proba``. To use a fitted
        classifier, wrap it in :class:`sklearn.frozen.FrozenEstimator`; X and y must not be its
        training data.

    method : {"sigmoid", "isotonic", "temperature"}, default="sigmoid"
        "sigmoid" fits slope and intercept of a logistic function [1]_. "isotonic" fits any
        non-decreasing step function, which needs hundreds of positives per label [2]_.
        "temperature" fits the slope alone, which changes no prediction at the threshold 0.5 [3]_;
        it requires scikit-learn 1.8. All three are scikit-learn's calibrators. They are fitted on
        decision values or, if the estimator has none, on probabilities; in that case a temperature
        has little effect on probabilities of exactly 0 and 1, such as those of few neighbours.

    cv : int, float, splitter, iterable or "loo", default=5
        An integer is the number of folds of
        :class:`skmlic.model_selection.MultiLabelStratifiedKFold`. A number between 0 and 1 is the
        fraction of samples in the test set of a single split. With "loo", the estimator is fitted
        once, on all samples, and calibrators are fitted on its own leave-one-out scores:
        ``loo_decision_function_`` or, if it has no ``decision_function``, ``loo_predict_proba_``
        (see :ref:`leave_one_out`).

    n_jobs : int, default=None
        Number of folds that are fitted in parallel. ``None`` means 1 unless in a joblib context.
        Processes do not share the feature store in memory: with images as X, set ``memory`` of the
        classifier to a directory.

    random_state : int, RandomState instance or None, default=None
        Determines the split if ``cv`` is a float.

    store_cv_results : bool, default=False
        Whether to store ``cv_results_``.

    Attributes
    ----------
    calibrators_ : list of length n_labels
        The calibrator of each label. It is ``None`` for labels without positives or without
        negatives, whose probabilities are not calibrated.

    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    cv_results_ : dict
        With ``store_cv_results=True``, arrays of shape (n_labels,): "brier_before" and
        "brier_after" are Brier scores, "ece_before" and "ece_after" expected calibration errors of
        out-of-fold probabilities. For "after", each fold is calibrated by calibrators that were
        fitted on the other folds. A single split, or leave-one-out, is divided into five folds.

    estimator_ : estimator instance
        The estimator, fitted on all samples.

    feature_names_in_, n_features_in_ : ndarray, int
        Those of the fitted estimator, if it has them.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; with a one-dimensional y, the
        second of its values.

    loo_predict_proba_ : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
        Calibrated leave-one-out probabilities of the training samples, if the estimator has
        leave-one-out scores. The estimator did not see the sample, but the calibrator of each label
        did: it was fitted on the scores of all samples.

    Warns
    -----
    UserWarning
        If labels have no positives or no negatives, and therefore cannot be calibrated.

    See Also
    --------
    skmlic.metrics.expected_calibration_error : Measures the calibration of probabilities.
    skmlic.model_selection.TunedThresholdMultiLabelClassifierCV : Tunes decision thresholds.

    References
    ----------
    .. [1] J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
       Regularized Likelihood Methods", 1999.
    .. [2] B. Zadrozny, C. Elkan, "Transforming Classifier Scores into Accurate Multiclass
       Probability Estimates", KDD 2002.
    .. [3] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
       ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.multioutput import MultiOutputClassifier
    >>> from skmlic.calibration import CalibratedMultiLabelClassifierCV
    >>> X, Y = make_multilabel_classification(500, n_classes=3, random_state=0)
    >>> bayes = MultiOutputClassifier(GaussianNB())
    >>> clf = CalibratedMultiLabelClassifierCV(bayes, store_cv_results=True).fit(X, Y)
    >>> clf.cv_results_["ece_before"].round(2), clf.cv_results_["ece_after"].round(2)
    (array([0.08, 0.11, 0.12]), array([0.04, 0.05, 0.05]))
    """

    calibrators_: list[Any]
    cv_results_: dict[str, Floats]
    estimator_: Any

    _parameter_constraints = {
        "estimator": MultiLabelMetaClassifier._parameter_constraints["estimator"],
        "method": [StrOptions({"sigmoid", "isotonic", "temperature"})],
        "cv": [
            "cv_object",
            StrOptions({"loo"}),
            Interval(RealNotInt, 0.0, 1.0, closed="neither"),
        ],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
        "store_cv_results": ["boolean"],
    }

    def __init__(
        self,
        estimator: Estimator,
        *,
        method: Literal["sigmoid", "isotonic", "temperature"] = "sigmoid",
        cv: CV | float | Literal["loo"] = 5,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        store_cv_results: bool = False,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.store_cv_results = store_cv_results

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Rows, y: Labels, **params: Any) -> Self:
        """Fit the estimator and a calibrator for each label.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, or NaN for missing labels. The columns of a frame name the labels. A
            one-dimensional y with two values is one binary target.

        **params : dict
            Passed to the estimator's ``fit`` and to the splitter if metadata routing is enabled.
            Calibrators are fitted without sample weights.

        Returns
        -------
        self : CalibratedMultiLabelClassifierCV
            Fitted estimator.

        Raises
        ------
        ValueError
            If y has other values, or the method requires a later version of scikit-learn.

        AttributeError
            If ``cv="loo"`` and the estimator has no leave-one-out scores.
        """
        raise_for_params(params, self, None)
        if self.method == "temperature" and TemperatureScaling is None:
            raise ValueError(
                "method='temperature' requires scikit-learn 1.8 or later; expected 'sigmoid' or "
                "'isotonic'. To upgrade, run: pip install -U scikit-learn"
            )
        self._reset()
        Y, known, y = self._fit_targets(y)
        X, y = indexable(X, y)
        check_consistent_length(X, Y)
        check_same_order(X, y, ("X", "y"))
        routed = process_routing(self, "fit", **params)
        held_out = self._score_out_of_fold(X, y, routed, _PREFERENCE)
        Y = (Y if known is None else np.where(known, Y, np.nan))[held_out.rows].astype(np.float64)
        values = _as_values(held_out.scores, held_out.method, self.method)
        self.calibrators_ = _fit_calibrators(values, Y, self.method)
        if self.store_cv_results:
            self.cv_results_ = self._evaluate(held_out, values, Y)
        self._warn_of_constant_labels()
        if self._is_leave_one_out:
            self.estimator_ = held_out.estimator
        else:
            self.estimator_ = clone(self.estimator).fit(X, y, **routed.estimator.fit)
        self._copy_input_attributes()
        return self

    def predict_proba(self, X: Rows) -> Floats:
        """Return the calibrated probabilities of labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            After fitting with a one-dimensional y, the shape is (n_samples, 2).

        Raises
        ------
        ValueError
            If the estimator returns no finite score for a sample.
        """
        return self._as_probabilities(self._compute_probabilities(X))

    @property
    def loo_predict_proba_(self) -> Floats:
        """Calibrated leave-one-out probabilities, if the estimator has leave-one-out scores."""
        check_is_fitted(self)
        response_method = choose_response_method(self.estimator_, _PREFERENCE)
        scores = self._read_leave_one_out_scores(response_method)
        return self._as_probabilities(self._calibrate(scores, response_method))

    def predict(self, X: Rows) -> NDArray[Any]:
        """Return the labels whose calibrated probability is at least 0.5.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1. After fitting with a one-dimensional y, its values, of shape (n_samples,).

        Raises
        ------
        ValueError
            If the estimator returns no finite score for a sample.
        """
        return self._as_labels(self._compute_probabilities(X) >= DEFAULT_THRESHOLD)

    def _compute_probabilities(self, X):
        check_is_fitted(self)
        return self._calibrate(*self._compute_finite_scores(X, _PREFERENCE))

    def _calibrate(self, scores, response_method):
        values = _as_values(scores, response_method, self.method)
        uncalibrated = _to_probabilities(scores, response_method)
        return _calibrate(self.calibrators_, values, uncalibrated)

    def _evaluate(self, held_out, values, Y):
        before = _to_probabilities(held_out.scores, held_out.method)
        after = np.empty(values.shape)
        fold = as_folds(held_out.fold, Y)
        for k in range(fold.max() + 1):
            others, part = exclude_fold(held_out.rows, fold, k), fold == k
            calibrators = _fit_calibrators(values[others], Y[others], self.method)
            after[part] = _calibrate(calibrators, values[part], before[part])
        results = {}
        for name, score in (("brier", brier_score_loss), ("ece", expected_calibration_error)):
            for when, probabilities in (("before", before), ("after", after)):
                results[f"{name}_{when}"] = score(Y, probabilities, average=None)
        return results

    def _warn_of_constant_labels(self):
        constant = [calibrator is None for calibrator in self.calibrators_]
        if any(constant):
            warn_caller(
                "These labels have no positives or no negatives and cannot be calibrated: "
                f"{quote_names(self.label_names_[constant])}. Their probabilities are unchanged."
            )


def _as_values(scores, response_method, method):
    """Return the input of calibrators: scores, or the log-odds that a temperature multiplies."""
    if method != "temperature" or response_method == "decision_function":
        return scores
    return logit(np.clip(scores, _SMALLEST, 1 - _SMALLEST))


def _to_probabilities(scores, response_method):
    return expit(scores) if response_method == "decision_function" else scores


def _fit_calibrators(values, Y, method):
    calibrators = []
    for column, y in zip(values.T, Y.T, strict=True):
        known = ~np.isnan(y)
        is_constant = len(np.unique(y[known])) < 2
        calibrator = None if is_constant else _make_calibrator(method)
        calibrators.append(calibrator and calibrator.fit(column[known], y[known]))
    return calibrators


def _make_calibrator(method):
    if method == "sigmoid":
        return SigmoidCalibration()
    if method == "temperature":
        return TemperatureScaling()
    return IsotonicRegression(out_of_bounds="clip")


def _calibrate(calibrators, values, uncalibrated):
    columns = []
    for calibrator, column, unchanged in zip(calibrators, values.T, uncalibrated.T, strict=True):
        probability = unchanged if calibrator is None else calibrator.predict(column)
        # TemperatureScaling of scikit-learn returns a column per class.
        columns.append(probability[:, 1] if probability.ndim == 2 else probability)
    return np.column_stack(columns)
