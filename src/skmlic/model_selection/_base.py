"""The base class of meta-estimators of multi-label classifiers."""

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_object_dtype
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.model_selection import check_cv
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._compat import HasMethods, StrOptions, available_if
from skmlic._utils._labels import to_label_names
from skmlic._utils._responses import compute_scores, read_leave_one_out_scores
from skmlic._utils._targets import (
    check_binary_target,
    check_targets,
    find_known,
    is_one_dimensional,
)
from skmlic._utils._typing import Floats, Rows
from skmlic.model_selection._k_fold import MultiLabelStratifiedKFold
from skmlic.model_selection._leave_one_out import score_leave_one_out
from skmlic.model_selection._out_of_fold import (
    Response,
    compute_finite_scores,
    score_out_of_fold,
)
from skmlic.model_selection._shuffle_split import MultiLabelStratifiedShuffleSplit


def delegates(method):
    """Return a check, for ``available_if``, that the wrapped estimator has a method."""

    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class MultiLabelMetaClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base class of classifiers that wrap a classifier and use its scores as one matrix."""

    classes_: NDArray[Any]
    estimator_: Any
    label_names_: NDArray[Any]

    _parameter_constraints = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function"})],
    }

    @available_if(delegates("predict_proba"))
    def predict_proba(self, X: Rows) -> Floats:
        """Return the probabilities of labels that the wrapped estimator predicts.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            One matrix, even if the estimator returns a list. After fitting with a one-dimensional
            y, the shape is (n_samples, 2).
        """
        check_is_fitted(self)
        return self._as_probabilities(self._compute_scores(X, "predict_proba"))

    @available_if(delegates("decision_function"))
    def decision_function(self, X: Rows) -> Floats:
        """Return the decision values of labels that the wrapped estimator computes.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        Returns
        -------
        values : ndarray of shape (n_samples, n_labels), dtype float64
            After fitting with a one-dimensional y, the shape is (n_samples,).
        """
        check_is_fitted(self)
        values = self._compute_scores(X, "decision_function")
        return values.ravel() if self._is_binary else values

    @property
    def loo_predict_proba_(self) -> Floats:
        """Leave-one-out probabilities of the training samples, if the estimator has them."""
        return self._as_probabilities(self._read_leave_one_out_scores("predict_proba"))

    @property
    def loo_decision_function_(self) -> Floats:
        """Leave-one-out decision values of the training samples, if the estimator has them."""
        values = self._read_leave_one_out_scores("decision_function")
        return values.ravel() if self._is_binary else values

    def predict_label_names(self, X: Rows) -> list[tuple[Any, ...]]:
        """Return the names of the predicted labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        Returns
        -------
        names : list of tuple
            For each sample, the ``label_names_`` of its predicted labels; an empty tuple if there
            are none. After fitting with a one-dimensional y, the predicted class.
        """
        return to_label_names(self.predict(X), self.label_names_)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata routing; see scikit-learn's guide on metadata routing.

        Returns
        -------
        router : MetadataRouter
            Routes metadata of ``fit`` to the estimator's ``fit`` and the splitter's ``split``.
        """
        router = MetadataRouter(owner=self).add(
            estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
        )
        if "cv" in self.get_params(deep=False):
            router.add(
                splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split")
            )
        return router

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    @property
    def _n_labels(self):
        return len(self.label_names_)

    def _reset(self):
        """Delete the attributes of an earlier fit that the next one may not set."""
        for name in ("n_features_in_", "feature_names_in_", "cv_results_", "k_"):
            vars(self).pop(name, None)

    def _fit_targets(self, y):
        """Set the attributes that y determines.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_labels), dtype bool
        known : ndarray of shape (n_samples, n_labels), dtype bool, or None
            Mask of the labels that are not missing; None if no label is missing.
        y : array-like
            The labels to fit the wrapped estimator on.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        if is_one_dimensional(y):
            self.classes_, Y = check_binary_target(y)
            self.label_names_ = self.classes_[1:].astype(object)
            return Y == 1, None, y
        Y, self.label_names_ = check_targets(y)
        self.classes_ = np.tile([0, 1], (Y.shape[1], 1))
        dtypes = y.dtypes if isinstance(y, pd.DataFrame) else [getattr(y, "dtype", None)]
        known = find_known(Y)
        # scikit-learn's classifiers do not recognize labels of dtype object.
        if any(map(is_object_dtype, dtypes)):
            y = y.astype(np.int64 if known is None else np.float64)
        return Y == 1, known, y

    def _copy_input_attributes(self):
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))

    def _as_labels(self, predicted):
        """Convert a bool matrix of predictions to the form of y."""
        if self._is_binary:
            return self.classes_[predicted[:, 0].astype(int)]
        return predicted.astype(np.int64)

    @property
    def _positive(self):
        return self.classes_[-1] if self._is_binary else 1

    def _as_probabilities(self, probabilities):
        """Return a matrix of probabilities in the form that ``predict_proba`` has for y."""
        return np.hstack([1 - probabilities, probabilities]) if self._is_binary else probabilities

    def _read_leave_one_out_scores(self, method):
        """Return the leave-one-out scores of the fitted estimator as a matrix."""
        check_is_fitted(self)
        return read_leave_one_out_scores(self.estimator_, method, self._n_labels, self._positive)

    def _compute_scores(self, X, method):
        """Return the scores of the fitted estimator as a matrix."""
        return compute_scores(self.estimator_, X, method, self._n_labels, self._positive)

    def _compute_finite_scores(self, X, response_method):
        """Return finite scores of the fitted estimator, and the method that returned them."""
        return compute_finite_scores(self.estimator_, X, self._respond_with(response_method))

    @property
    def _is_leave_one_out(self):
        return isinstance(self.cv, str) and self.cv == "loo"

    def _score_out_of_fold(self, X, y, routed, response_method):
        """Return the scores of samples by estimators that were not fitted on them."""
        response = self._respond_with(response_method)
        if self._is_leave_one_out:
            fit_params = routed.estimator.fit
            return score_leave_one_out(self.estimator, X, y, response, fit_params=fit_params)
        cv = self._resolve_cv(y)
        splits = [
            (_as_row_numbers(train), _as_row_numbers(test))
            for train, test in cv.split(X, y, **routed.splitter.split)
        ]
        refit = getattr(self, "refit", True)
        if not splits or (not refit and len(splits) > 1):
            raise ValueError(
                f"cv yields {len(splits)} splits; expected at least one, and exactly one with "
                "refit=False, for example cv=0.2, because its estimator is kept."
            )
        return score_out_of_fold(
            self.estimator,
            X,
            y,
            splits,
            response,
            fit_params=routed.estimator.fit,
            n_jobs=self.n_jobs,
            keep=not refit,
        )

    def _respond_with(self, response_method):
        return Response(response_method, self._n_labels, self._positive)

    def _resolve_cv(self, y):
        if self.cv is None or (isinstance(self.cv, (int, np.integer)) and self.cv >= 2):
            return MultiLabelStratifiedKFold(5 if self.cv is None else int(self.cv))
        if isinstance(self.cv, Real) and 0 < self.cv < 1:
            return MultiLabelStratifiedShuffleSplit(
                1, test_size=self.cv, random_state=self.random_state
            )
        return check_cv(self.cv, y=y)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        # Estimators that are not tagged as classifiers have no classifier tags.
        is_multi_label = inner.classifier_tags is None or inner.classifier_tags.multi_label
        takes_labels = is_multi_label or inner.target_tags.multi_output
        tags.classifier_tags.multi_label = takes_labels
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = takes_labels
        tags.target_tags.single_output = inner.target_tags.single_output
        tags.input_tags = inner.input_tags
        return tags


def _as_row_numbers(part):
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part
