"""What meta-estimators of multi-label classifiers share: targets, folds, delegation."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skmlic._compat import HasMethods, StrOptions, check_method_params, safe_indexing
from skmlic._responses import choose_response_method, compute_scores
from skmlic._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic.model_selection._split import (
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
)


def delegates(method):
    """Return a check, for ``available_if``, that the wrapped estimator has a method."""

    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class MultiLabelMetaClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier around a classifier, with one matrix of scores whatever is inside."""

    _parameter_constraints = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "response_method": [StrOptions({"auto", "predict_proba", "decision_function"})],
    }

    @available_if(delegates("predict_proba"))
    def predict_proba(self, X):
        """Return the probabilities of labels, as the wrapped estimator gives them.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            In one matrix also where the estimator returns a list. After fitting with a
            one-dimensional y, of shape (n_samples, 2).
        """
        check_is_fitted(self)
        probabilities = compute_scores(self.estimator_, X, "predict_proba", self._n_labels)
        return np.hstack([1 - probabilities, probabilities]) if self._is_binary else probabilities

    @available_if(delegates("decision_function"))
    def decision_function(self, X):
        """Return the decision values of labels, as the wrapped estimator gives them.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.

        Returns
        -------
        values : ndarray of shape (n_samples, n_labels), dtype float64
            After fitting with a one-dimensional y, of shape (n_samples,).
        """
        check_is_fitted(self)
        values = compute_scores(self.estimator_, X, "decision_function", self._n_labels)
        return values.ravel() if self._is_binary else values

    def get_metadata_routing(self):
        """Return how metadata is passed on; see scikit-learn's guide on metadata routing.

        Returns
        -------
        router : MetadataRouter
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

    def _fit_targets(self, y):
        """Set the attributes that y determines; return it as bool of shape (n, n_labels)."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        if is_one_dimensional(y):
            self.classes_, Y = check_binary_target(y)
            self.label_names_ = self.classes_[1:].astype(object)
        else:
            Y, self.label_names_ = check_targets(y)
            self.classes_ = np.tile([0, 1], (Y.shape[1], 1))
        return Y == 1

    def _copy_input_attributes(self):
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))

    def _score_out_of_fold(self, X, y, routed, response_method):
        """Score every sample by an estimator that has not seen it.

        Returns
        -------
        rows : ndarray of shape (n_scored,)
            Numbers of the samples scored; with repeated folds some come several times.
        fold : ndarray of shape (n_scored,)
            The fold that each was held out in.
        scores : ndarray of shape (n_scored, n_labels)
        method : str
            The response method used.
        estimators : list
            Each fold's.
        """
        cv = self._resolve_cv(y)
        splits = list(cv.split(X, y, **routed.splitter.split))
        if not getattr(self, "refit", True) and len(splits) > 1:
            raise ValueError(
                f"refit=False with {len(splits)} folds leaves no one estimator to keep; expected "
                "refit=True, or a single split such as cv=0.2."
            )
        answers = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_and_score)(
                clone(self.estimator),
                X,
                y,
                train,
                test,
                check_method_params(X, routed.estimator.fit, indices=train),
                response_method,
                self._n_labels,
            )
            for train, test in splits
        )
        estimators, methods, scores = zip(*answers, strict=True)
        rows = [np.asarray(test) for _, test in splits]
        fold = np.repeat(np.arange(len(rows)), [len(test) for test in rows])
        return np.concatenate(rows), fold, np.concatenate(scores), methods[0], estimators

    def _resolve_cv(self, y):
        if self.cv is None or (isinstance(self.cv, (int, np.integer)) and self.cv >= 2):
            return MultiLabelStratifiedKFold(5 if self.cv is None else int(self.cv))
        if isinstance(self.cv, Real) and 0 < self.cv < 1:
            return MultiLabelStratifiedShuffleSplit(
                1, test_size=self.cv, random_state=self.random_state
            )
        return check_cv(self.cv, y=y)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        takes_labels = inner.classifier_tags.multi_label or inner.target_tags.multi_output
        tags.classifier_tags.multi_label = takes_labels
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = takes_labels
        tags.target_tags.single_output = inner.target_tags.single_output
        tags.input_tags = inner.input_tags
        return tags


def _fit_and_score(estimator, X, y, train, test, fit_params, response_method, n_labels):
    try:
        estimator.fit(safe_indexing(X, train), safe_indexing(y, train), **fit_params)
    except Exception as error:
        constant = _constant_labels(safe_indexing(y, train))
        if constant:
            error.add_note(
                f"In the training part of a fold these labels have one value only: {constant}. "
                "Take fewer folds or skmlic.sampling.drop_rare_labels."
            )
        raise
    method = choose_response_method(estimator, response_method)
    scores = compute_scores(estimator, safe_indexing(X, test), method, n_labels)
    check_scores_are_finite(scores, method)
    return estimator, method, scores


def _constant_labels(y):
    if is_one_dimensional(y):
        return []
    Y, names = check_targets(y)
    return [str(name) for name, column in zip(names, Y.T, strict=True) if np.ptp(column) == 0]


def check_scores_are_finite(scores, method):
    """Raise an error for samples that the estimator has no score for."""
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if len(bad):
        shown = ", ".join(map(str, bad[:10])) + (", …" if len(bad) > 10 else "")
        raise ValueError(
            f"{method} gave no finite scores for {len(bad)} of {len(scores)} samples (rows "
            f"{shown}), which can't be decided on; leave these samples out."
        )
