"""Scorers for the ``scoring`` parameter of cross-validation and searches."""

from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic._utils._compat import BaseScorer
from skmlic._utils._names import did_you_mean
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic._utils._typing import Undefined
from skmlic.metrics._scorer_table import OTHER_NAMES, RESPONSES, SCORERS
from skmlic.metrics._validation import check_truth

# Parameters of score functions that scorers set themselves.
_RESERVED = {"Y_true", "Y_pred", "Y_score", "Y_proba", "sample_weight", "name"}


class MultiLabelScorer(BaseScorer):
    """A scorer of multi-label classifiers, called as ``scorer(estimator, X, Y)``.

    :func:`get_scorer` creates it. Unlike scikit-learn's scorers, it accepts ``predict_proba`` in
    any form, with two labels as with twenty and with labels that were constant in training, and
    names labels whose score is undefined.
    """

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        function, sign, response_method, defaults = SCORERS[name]
        super().__init__(function, sign, {**defaults, **options}, response_method)
        self._call = ", ".join([repr(name), *(f"{key}={options[key]!r}" for key in options)])

    def __repr__(self) -> str:
        return f"get_scorer({self._call})"

    def _score(self, method_caller, estimator, X, y_true, **kwargs):
        Y, *_ = check_truth(y_true)
        options = {**self._kwargs, **kwargs}
        names = getattr(estimator, "label_names_", None)
        takes_names = "label_names" in signature(self._score_func).parameters
        if takes_names and not hasattr(y_true, "columns") and names is not None:
            options.setdefault("label_names", names)
        response = self._respond(method_caller, estimator, X, Y.shape[1])
        return self._sign * self._score_func(y_true, response, **options)

    def _respond(self, method_caller, estimator, X, n_labels):
        method = self._response_method
        if method == RESPONSES:
            method = choose_response_method(estimator)
        # scikit-learn's method caller caches the response for the other scorers of a search.
        return method_caller(_ResponseMatrices(estimator, n_labels), f"{method}_of_labels", X)


class _ResponseMatrices(ClassifierMixin, BaseEstimator):
    """An estimator whose responses are matrices of shape (n_samples, n_labels).

    Its methods have names of their own, so that scikit-learn does not change their results, and
    does not confuse them with the responses that its own scorers cache in the same search.
    """

    # scikit-learn only checks that there are several labels.
    classes_ = np.array([[0, 1], [0, 1]])

    def __init__(self, estimator, n_labels):
        self.estimator = estimator
        self.n_labels = n_labels

    def predict_of_labels(self, X):
        predictions = self.estimator.predict(X)
        if self.n_labels == 1 and getattr(predictions, "ndim", 2) == 1:
            return predictions[:, np.newaxis]
        return predictions

    def predict_proba_of_labels(self, X):
        return compute_scores(self.estimator, X, "predict_proba", self.n_labels)

    def decision_function_of_labels(self, X):
        return compute_scores(self.estimator, X, "decision_function", self.n_labels)


def get_scorer(name: str, **options: Any) -> MultiLabelScorer:
    """Return a scorer for cross-validation and searches.

    Parameters
    ----------
    name : str
        One of :func:`get_scorer_names`.

    **options : dict
        Passed to the score function, for example ``undefined="nan"``.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, Y)`` returns a float. Larger values are better.

    Raises
    ------
    ValueError
        If there is no such scorer.
    TypeError
        If the score function has no such parameter.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import cross_val_score
    >>> from skmlic.metrics import get_scorer
    >>> from skmlic.model_selection import MultiLabelStratifiedKFold
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> clf = RandomForestClassifier(random_state=0)
    >>> cv = MultiLabelStratifiedKFold(3)
    >>> cross_val_score(clf, X, Y, scoring=get_scorer("map"), cv=cv).round(2)
    array([0.86, 0.84, 0.93])
    """
    if not isinstance(name, str) or name not in SCORERS:
        by_lower = {**{known.lower(): known for known in SCORERS}, **OTHER_NAMES}
        hint = did_you_mean(str(name).lower(), by_lower, spell=lambda key: repr(by_lower[key]))
        raise ValueError(
            f"There is no scorer {name!r}.{hint} skmlic.metrics.get_scorer_names() lists them all."
        )
    function = SCORERS[name][0]
    unknown = set(options) - (set(signature(function).parameters) - _RESERVED)
    if unknown:
        raise TypeError(f"The scorer {name!r} has no option {sorted(unknown)[0]!r}.")
    if options.get("average", "macro") is None:
        raise ValueError(
            "average=None gives a score per label; expected an average, since a scorer returns a "
            "single number."
        )
    scorer = MultiLabelScorer(name, options)
    _try_options(scorer, options)
    return scorer


def _try_options(scorer, options):
    """Score two samples, so that options of wrong values raise an error before the first fit."""
    tried = {key: value for key, value in options.items() if key != "label_names"}
    if tried:
        Y = np.array([[0.0, 1.0], [1.0, 0.0]])
        scorer._score_func(Y, Y, **{**scorer._kwargs, **tried})


def get_scorer_names() -> list[str]:
    """Return the names of all scorers.

    Returns
    -------
    names : list of str
        Names in alphabetical order. Those that begin with "neg" are losses with a negative sign.

    Examples
    --------
    >>> from skmlic.metrics import get_scorer_names
    >>> [name for name in get_scorer_names() if name.startswith("map")]
    ['map', 'map_coco', 'map_micro', 'map_voc', 'map_voc11', 'map_weighted']
    """
    return sorted(SCORERS)


def multilabel_scorers(*names: str, undefined: Undefined = "skip") -> dict[str, MultiLabelScorer]:
    """Return several scorers, for a search or cross-validation with many metrics.

    Probabilities and predictions of each estimator are computed only once, whatever the number of
    scorers.

    Parameters
    ----------
    *names : str
        Names from :func:`get_scorer_names`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with labels for which a score is undefined, for the scores with this parameter.

    Returns
    -------
    scorers : dict
        The scorers by name.

    Raises
    ------
    ValueError
        If there is no such scorer, or no name is given.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skmlic.metrics import multilabel_scorers
    >>> from skmlic.model_selection import MultiLabelStratifiedKFold
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> search = GridSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": [1, 5]},
    ...     scoring=multilabel_scorers("map", "f1_macro"),
    ...     refit="map",
    ...     cv=MultiLabelStratifiedKFold(3),
    ... ).fit(X, Y)
    >>> search.best_params_
    {'n_neighbors': 5}
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f"names={names!r}: expected names of scorers, as in multilabel_scorers('map', 'OF1')."
        )
    scorers = {}
    for name in names:
        scorer = get_scorer(name)
        if "undefined" in signature(scorer._score_func).parameters:
            scorer = get_scorer(name, undefined=undefined)
        scorers[name] = scorer
    return scorers
