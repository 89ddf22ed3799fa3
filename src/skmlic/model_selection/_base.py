"""What meta-estimators of multi-label classifiers share: targets, folds, delegation."""

from collections import namedtuple
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._compat import (
    HasMethods,
    InvalidParameterError,
    StrOptions,
    available_if,
    check_method_params,
    safe_indexing,
)
from skmlic._utils._labels import quote_names, to_label_names
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic._utils._targets import (
    check_binary_target,
    check_targets,
    find_known,
    is_one_dimensional,
)
from skmlic._utils._typing import Floats, Rows
from skmlic.model_selection._split import (
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
)

_PARTS = 5

# Scores of samples by estimators that have not seen them: `rows` are the samples' numbers, `fold`
# the fold that each was held out in (with repeated folds a sample comes several times), `method`
# the response method, `estimator` that of a single split.
HeldOut = namedtuple("HeldOut", ["rows", "fold", "scores", "method", "estimator"])


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
    def predict_proba(self, X: Rows) -> Floats:
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
        probabilities = self._ask(X, "predict_proba")
        return np.hstack([1 - probabilities, probabilities]) if self._is_binary else probabilities

    @available_if(delegates("decision_function"))
    def decision_function(self, X: Rows) -> Floats:
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
        values = self._ask(X, "decision_function")
        return values.ravel() if self._is_binary else values

    def predict_label_names(self, X: Rows) -> list[tuple[Any, ...]]:
        """Return the names of the labels that ``predict`` gives.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.

        Returns
        -------
        names : list of tuple
            For each sample, the ``label_names_`` of its labels; an empty tuple if it has none.
            After fitting with a one-dimensional y, its class.
        """
        return to_label_names(self.predict(X), self.label_names_)

    def get_metadata_routing(self) -> MetadataRouter:
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

    def _forget(self):
        """Drop what an earlier fit left and this one may not set."""
        for name in ("n_features_in_", "feature_names_in_", "cv_results_", "k_"):
            vars(self).pop(name, None)

    def _fit_targets(self, y):
        """Set the attributes that y determines.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_labels), dtype bool
        known : ndarray of shape (n_samples, n_labels), dtype bool, or None
            Which entries are known; None if all are.
        y : as given
            As the wrapped estimator takes it.
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
        # scikit-learn's classifiers take 0 and 1 for labels only if they are no mere objects.
        is_object = any(map(is_object_dtype, dtypes))
        known = find_known(Y)
        if is_object:
            y = y.astype(np.int64 if known is None else np.float64)
        return Y == 1, known, y

    def _copy_input_attributes(self):
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))

    def _as_labels(self, decisions):
        """Return decisions as y was."""
        if self._is_binary:
            return self.classes_[decisions[:, 0].astype(int)]
        return decisions.astype(np.int64)

    @property
    def _positive(self):
        return self.classes_[-1] if self._is_binary else 1

    def _ask(self, X, method):
        """Return the fitted estimator's scores of the labels, whatever their form."""
        return compute_scores(self.estimator_, X, method, self._n_labels, self._positive)

    def _score(self, X, response_method):
        """Return the fitted estimator's finite scores, and the method that gave them."""
        return _score_labels(
            self.estimator_, X, response_method, self._n_labels, self._positive, None
        )

    def _score_out_of_fold(self, X, y, routed, response_method):
        """Score every sample by an estimator that has not seen it."""
        cv = self._resolve_cv(y)
        splits = [
            (_as_rows(train), _as_rows(test))
            for train, test in cv.split(X, y, **routed.splitter.split)
        ]
        refit = getattr(self, "refit", True)
        if not splits or (not refit and len(splits) > 1):
            raise ValueError(
                f"cv gives {len(splits)} splits; expected at least one, and with refit=False just "
                "one, such as cv=0.2, whose estimator is kept."
            )
        answers = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_and_score)(
                clone(self.estimator),
                X,
                y,
                train,
                test,
                check_method_params(X, routed.estimator.fit, indices=train),
                (response_method, self._n_labels, self._positive),
                keep=not refit,
            )
            for train, test in splits
        )
        scores, methods, estimators = zip(*answers, strict=True)
        return HeldOut(
            np.concatenate([test for _, test in splits]),
            np.repeat(np.arange(len(splits)), [len(test) for _, test in splits]),
            np.concatenate(scores),
            methods[0],
            estimators[0],
        )

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
        # An estimator that does not say that it is a classifier has no such tags.
        is_multi_label = inner.classifier_tags is None or inner.classifier_tags.multi_label
        takes_labels = is_multi_label or inner.target_tags.multi_output
        tags.classifier_tags.multi_label = takes_labels
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = takes_labels
        tags.target_tags.single_output = inner.target_tags.single_output
        tags.input_tags = inner.input_tags
        return tags


def as_folds(fold, Y):
    """Return the folds, or, of a single split, its samples dealt out to up to five.

    They show how much what is learnt from the scores varies.
    """
    n_folds = min(_PARTS, len(fold))
    if fold.max() > 0 or n_folds < 2:
        return fold
    parts = np.empty_like(fold)
    for k, (_, test) in enumerate(MultiLabelStratifiedKFold(n_folds).split(Y, Y)):
        parts[test] = k
    return parts


def leave_out(rows, fold, k):
    """Return which scores are of none of a fold's samples; with repeated folds, in no repeat."""
    return ~np.isin(rows, rows[fold == k]) if fold.max() else np.ones(len(rows), dtype=bool)


def _as_rows(part):
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part


def _fit_and_score(estimator, X, y, train, test, fit_params, question, keep):
    try:
        estimator.fit(safe_indexing(X, train), safe_indexing(y, train), **fit_params)
    except Exception as error:
        _explain(error, y, train)
        raise
    try:
        scores, method = _score_labels(estimator, safe_indexing(X, test), *question, test)
    except Exception as error:
        _explain(error, y, test)
        raise
    return scores, method, estimator if keep else None


def _score_labels(estimator, X, response_method, n_labels, positive, rows):
    method = choose_response_method(estimator, response_method)
    scores = compute_scores(estimator, X, method, n_labels, positive)
    _check_are_finite(scores, method, np.arange(len(scores)) if rows is None else rows)
    return scores, method


def _explain(error, y, rows):
    """Add to an error of a fold what only the whole data tell."""
    positions = getattr(error, "indices", None)
    if positions is not None and len(positions):
        error.add_note(
            f"Positions count within the fold; in X they are {rows[positions].tolist()}."
        )
    if positions is not None or not _may_be_of_labels(error):
        return
    constant = _find_constant_labels(safe_indexing(y, rows))
    if constant:
        error.add_note(
            f"In this part of a fold these labels have one value only: {quote_names(constant)}. "
            "Take fewer folds or skmlic.sampling.drop_rare_labels."
        )


def _may_be_of_labels(error):
    return isinstance(error, ValueError) and not isinstance(error, InvalidParameterError)


def _find_constant_labels(y):
    if is_one_dimensional(y):
        return []
    Y, names = check_targets(y)
    return [name for name, column in zip(names, Y.T, strict=True) if not np.ptp(column) > 0]


def _check_are_finite(scores, method, rows):
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if len(bad):
        shown = ", ".join(map(str, rows[bad[:10]])) + (", …" if len(bad) > 10 else "")
        raise ValueError(
            f"{method} gave no finite scores for {len(bad)} of {len(scores)} samples (X[{shown}]), "
            "which can't be decided on; leave these samples out."
        )
