"""Decisions by thresholds that are known."""

from numbers import Real
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_consistent_length, indexable
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._compat import StrOptions, _fit_context, raise_for_params
from skmlic._utils._labels import find_labels
from skmlic._utils._responses import choose_response_method
from skmlic._utils._typing import Labels, Rows
from skmlic.model_selection._base import MultiLabelMetaClassifier

_DEFAULTS = {"predict_proba": 0.5, "decision_function": 0.0}


class ThresholdClassifier(MultiLabelMetaClassifier):
    """A classifier that sets the labels whose score reaches a threshold."""

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Rows, y: Labels, **params: Any) -> Self:
        """Fit the estimator, and find the thresholds.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown. The columns of a frame name the labels. With shape
            (n_samples,), two values, it is one binary target.

        **params : dict
            Passed to the estimator's ``fit`` and, where there is cross-validation, to the
            splitter, with metadata routing enabled.

        Returns
        -------
        self : object
            Fitted.

        Raises
        ------
        ValueError
            If y is not 0 and 1, or parameters don't go together.
        """
        raise_for_params(params, self, None)
        self._forget()
        Y, known, y = self._fit_targets(y)
        X, y = indexable(X, y)
        check_consistent_length(X, Y)
        self._fit(X, y, Y, known, **params)
        self._copy_input_attributes()
        return self

    def predict(self, X: Rows) -> NDArray[Any]:
        """Return the labels whose score reaches their threshold.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1. After fitting with a one-dimensional y its values, of shape (n_samples,).

        Raises
        ------
        ValueError
            If the estimator gives no score for a sample.
        """
        check_is_fitted(self)
        scores, _ = self._score(X, self.response_method)
        return self._as_labels(self._decide(scores))

    def _decide(self, scores):
        return scores >= self.thresholds_


class FixedThresholdMultiLabelClassifier(ThresholdClassifier):
    """Set the labels whose score reaches a given threshold.

    Parameters
    ----------
    estimator : estimator instance
        A multi-label classifier with ``predict_proba`` or ``decision_function``. To use one that
        is fitted already, wrap it in :class:`sklearn.frozen.FrozenEstimator`.

    threshold : {"auto"}, float, array-like of shape (n_labels,), dict or Series, default="auto"
        "auto" is 0.5 for probabilities and 0 for decision values. A dict or Series gives thresholds
        by the label's name or number; labels left out have that of "auto".

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        What the thresholds are compared with; "auto" prefers ``predict_proba``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    estimator_ : estimator instance
        Fitted.

    feature_names_in_, n_features_in_ : ndarray, int
        As the estimator has them, if it does.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; the second of its values if it
        was one-dimensional.

    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label.

    See Also
    --------
    TunedThresholdMultiLabelClassifierCV : Find the thresholds by cross-validation.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skmlic.model_selection import FixedThresholdMultiLabelClassifier
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> Y = pd.DataFrame(Y, columns=["sea", "sky", "boat"])
    >>> clf = FixedThresholdMultiLabelClassifier(KNeighborsClassifier(), threshold={"boat": 0.3})
    >>> clf.fit(X, Y).thresholds_
    array([0.5, 0.5, 0.3])
    """

    _parameter_constraints = {
        **ThresholdClassifier._parameter_constraints,
        "threshold": [StrOptions({"auto"}), Real, "array-like", dict, pd.Series],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        threshold: Literal["auto"] | ArrayLike | dict[Any, float] | pd.Series = "auto",
        response_method: Literal["auto", "predict_proba", "decision_function"] = "auto",
    ) -> None:
        self.estimator = estimator
        self.threshold = threshold
        self.response_method = response_method

    def _fit(self, X, y, Y, known, **params):
        routed = process_routing(self, "fit", **params)
        self.estimator_ = clone(self.estimator).fit(X, y, **routed.estimator.fit)
        self.thresholds_ = self._resolve_threshold()

    def _resolve_threshold(self):
        default = _DEFAULTS[choose_response_method(self.estimator_, self.response_method)]
        thresholds = np.full(self._n_labels, default)
        if isinstance(self.threshold, (dict, pd.Series)):
            by_label = dict(self.threshold)
            places = find_labels(by_label, self.label_names_, "threshold")
            thresholds[places] = list(by_label.values())
        elif not isinstance(self.threshold, str):
            given = np.asarray(self.threshold, dtype=np.float64)
            if given.shape not in ((), thresholds.shape):
                raise ValueError(
                    f"threshold has shape {given.shape}; expected one number, or one for each of "
                    f"the {self._n_labels} labels."
                )
            thresholds[:] = given
        if np.isnan(thresholds).any():
            raise ValueError(f"threshold={self.threshold!r} holds NaN; expected numbers.")
        return thresholds
