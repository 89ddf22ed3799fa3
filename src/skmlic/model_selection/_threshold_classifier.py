"""The base class of classifiers that compare scores with thresholds."""

from typing import Any, Self

from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, indexable
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._alignment import check_same_order
from skmlic._utils._compat import _fit_context, raise_for_params
from skmlic._utils._typing import Bools, Floats, Labels, Rows
from skmlic.model_selection._base import MultiLabelMetaClassifier


class ThresholdClassifier(MultiLabelMetaClassifier):
    """Predict the labels whose score reaches a threshold."""

    thresholds_: Floats

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Rows, y: Labels, **params: Any) -> Self:
        """Fit the estimator, and determine the thresholds.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Input of the estimator.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, or NaN for missing labels. The columns of a frame name the labels. A
            one-dimensional y with two values is one binary target.

        **params : dict
            Passed to the estimator's ``fit`` and, with cross-validation, to the splitter, if
            metadata routing is enabled.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If y has other values, or parameters are incompatible.

        AttributeError
            If ``cv="loo"`` and the estimator has no leave-one-out scores.
        """
        raise_for_params(params, self, None)
        self._reset()
        Y, known, y = self._fit_targets(y)
        X, y = indexable(X, y)
        check_consistent_length(X, Y)
        check_same_order(X, y, ("X", "y"))
        self._fit(X, y, Y, known, **params)
        self._copy_input_attributes()
        return self

    def predict(self, X: Rows) -> NDArray[Any]:
        """Return the labels whose score reaches their threshold.

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
        check_is_fitted(self)
        scores, _ = self._compute_finite_scores(X, self.response_method)
        return self._as_labels(self._apply_thresholds(scores))

    def _apply_thresholds(self, scores):
        return scores >= self.thresholds_


def predict_from_scores(classifier: ThresholdClassifier, scores: Floats) -> Bools:
    """Return the predictions of a fitted threshold classifier for scores, as a bool array.

    Parameters
    ----------
    classifier : ThresholdClassifier
        Fitted.

    scores : ndarray of shape (n_samples, n_labels)
        Scores of its inner estimator.

    Returns
    -------
    predicted : ndarray of shape (n_samples, n_labels), dtype bool
    """
    return classifier._apply_thresholds(scores)
