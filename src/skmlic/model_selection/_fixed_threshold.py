"""Classifier with given decision thresholds."""

from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.metadata_routing import process_routing

from skmlic._utils._compat import StrOptions
from skmlic._utils._labels import find_labels, read_values
from skmlic._utils._numbers import as_numbers
from skmlic._utils._responses import DEFAULT_THRESHOLDS, choose_response_method
from skmlic._utils._typing import Estimator
from skmlic.model_selection._threshold_classifier import ThresholdClassifier


class FixedThresholdMultiLabelClassifier(ThresholdClassifier):
    """Predict the labels whose score reaches a given threshold.

    Parameters
    ----------
    estimator : estimator instance
        A multi-label classifier with ``predict_proba`` or ``decision_function``. To use a fitted
        classifier, wrap it in :class:`sklearn.frozen.FrozenEstimator`.

    threshold : {"auto"}, float, array-like of shape (n_labels,), dict or Series, default="auto"
        "auto" is 0.5 for probabilities and 0 for decision values. A dict or Series gives thresholds
        by name or index of the label; all other labels have the threshold of "auto".

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method whose scores are compared with the thresholds; "auto" prefers ``predict_proba``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    estimator_ : estimator instance
        The fitted estimator.

    feature_names_in_, n_features_in_ : ndarray, int
        Those of the fitted estimator, if it has them.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; with a one-dimensional y, the
        second of its values.

    loo_decision_function_, loo_predict_proba_ : ndarray
        Leave-one-out scores of the training samples, if the estimator has them. They are as
        ``decision_function`` and ``predict_proba`` return them.

    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label.

    See Also
    --------
    TunedThresholdMultiLabelClassifierCV : Tunes the thresholds by cross-validation.

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
        estimator: Estimator,
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
        default = DEFAULT_THRESHOLDS[choose_response_method(self.estimator_, self.response_method)]
        thresholds = np.full(self._n_labels, default)
        if isinstance(self.threshold, (dict, pd.Series)):
            by_label = dict(self.threshold)
            indices = find_labels(by_label, self.label_names_, "threshold")
            thresholds[indices] = read_values(by_label, "threshold")
        elif not isinstance(self.threshold, str):
            given = as_numbers(self.threshold, "threshold", "one number, or one per label")
            if given.dtype.kind == "b":
                raise TypeError("threshold is a bool; expected one number, or one per label.")
            if given.shape not in ((), thresholds.shape):
                raise ValueError(
                    f"threshold has shape {given.shape}; expected one number, or one for each of "
                    f"the {self._n_labels} labels."
                )
            thresholds[:] = given
        if np.isnan(thresholds).any():
            raise ValueError(f"threshold={self.threshold!r} contains NaN; expected numbers.")
        return thresholds
