"""Scores as scorers: what cross-validation and searches take as `scoring`."""

import difflib
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic._utils._compat import BaseScorer
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic._utils._typing import Undefined
from skmlic.metrics._accuracy import (
    balanced_accuracy_score,
    hamming_loss,
    label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.metrics._curves import average_precision_score, roc_auc_score
from skmlic.metrics._decisions import (
    f1_score,
    fbeta_score,
    jaccard_score,
    overall_and_class_scores,
    precision_score,
    recall_score,
    top_k_labels,
)
from skmlic.metrics._probabilities import brier_score_loss, expected_calibration_error, log_loss
from skmlic.metrics._ranking import (
    coverage_error,
    label_ranking_average_precision_score,
    label_ranking_loss,
    one_error,
    one_label_accuracy_score,
)
from skmlic.metrics._validation import check_truth, check_undefined

# Probabilities, or else decision values: a ranking needs no more.
_RESPONSES = ("predict_proba", "decision_function")
# What scorers pass to score functions themselves.
_GIVEN = {"Y_true", "Y_pred", "Y_score", "Y_proba", "sample_weight", "name"}


class MultiLabelScorer(BaseScorer):
    """A scorer of multi-label classifiers, called as ``scorer(estimator, X, Y)``.

    Made by :func:`get_scorer`. Unlike scikit-learn's, it takes ``predict_proba`` in any form, with
    two labels as with twenty and with labels that were constant in training, and names labels
    whose score is undefined.
    """

    def __init__(self, name, options):
        function, sign, response_method, defaults = _SCORERS[name]
        super().__init__(function, sign, {**defaults, **options}, response_method)
        self._call = ", ".join([repr(name), *(f"{key}={options[key]!r}" for key in options)])

    def __repr__(self):
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
        if method == _RESPONSES:
            method = choose_response_method(estimator)
        # scikit-learn's caller remembers the answer for the other scorers of a search.
        return method_caller(_Answers(estimator, n_labels), f"{method}_of_labels", X)


class _Answers(ClassifierMixin, BaseEstimator):
    """An estimator's answers as matrices.

    Under names of their own, so that scikit-learn leaves them as they are, and that its scorers in
    the same search don't take them for theirs, nor the other way round.
    """

    # All that is asked of it is that there are several labels.
    classes_ = np.array([[0, 1], [0, 1]])

    def __init__(self, estimator, n_labels):
        self.estimator = estimator
        self.n_labels = n_labels

    def predict_of_labels(self, X):
        decisions = self.estimator.predict(X)
        if self.n_labels == 1 and getattr(decisions, "ndim", 2) == 1:
            return decisions[:, np.newaxis]
        return decisions

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
        ``scorer(estimator, X, Y)`` returns a float of which larger is better.

    Raises
    ------
    ValueError
        If there is no such scorer.
    TypeError
        If the score has no such option.

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
    if name not in _SCORERS:
        by_lower = {**{known.lower(): known for known in _SCORERS}, **_OTHER_NAMES}
        near = difflib.get_close_matches(str(name).lower(), by_lower, n=3, cutoff=0.5)
        near = " or ".join(repr(found) for found in dict.fromkeys(by_lower[key] for key in near))
        hint = f" Did you mean {near}?" if near else ""
        raise ValueError(
            f"There is no scorer {name!r}.{hint} skmlic.metrics.get_scorer_names() lists them all."
        )
    function = _SCORERS[name][0]
    unknown = set(options) - (set(signature(function).parameters) - _GIVEN)
    if unknown:
        raise TypeError(f"The scorer {name!r} has no option {sorted(unknown)[0]!r}.")
    if "undefined" in options:
        check_undefined(options["undefined"])
    if options.get("average", "macro") is None:
        raise ValueError("average=None gives a score for each label; a scorer gives one number.")
    return MultiLabelScorer(name, options)


def get_scorer_names() -> list[str]:
    """Return the names of all scorers.

    Returns
    -------
    names : list of str
        In alphabetical order. Those that begin with "neg" are losses with their sign turned.

    Examples
    --------
    >>> from skmlic.metrics import get_scorer_names
    >>> [name for name in get_scorer_names() if name.startswith("map")]
    ['map', 'map_coco', 'map_micro', 'map_voc', 'map_voc11', 'map_weighted']
    """
    return sorted(_SCORERS)


def multilabel_scorers(*names: str, undefined: Undefined = "skip") -> dict[str, MultiLabelScorer]:
    """Return several scorers, for a search or cross-validation with many metrics.

    However many they are, each estimator is asked once for its probabilities and once for its
    decisions.

    Parameters
    ----------
    *names : str
        Of :func:`get_scorer_names`.

    undefined : {"skip", "nan", "raise"} or float, default="skip"
        What to do with labels for which a score is undefined, for those scores that ask.

    Returns
    -------
    scorers : dict
        Scorer by name.

    Raises
    ------
    ValueError
        If there is no such scorer, or none is named.

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


def _cf1_score(Y_true, Y_pred, *, undefined="skip", sample_weight=None, label_names=None):
    """Compute CF1, the harmonic mean of the labels' mean precision and mean recall."""
    scores = overall_and_class_scores(
        Y_true,
        Y_pred,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )
    return scores["CF1"]


def _top_k_score(
    Y_true, Y_score, *, name, k=3, undefined="skip", sample_weight=None, label_names=None
):
    """Compute one of the papers' scores for the k labels of largest score."""
    function, _, _, options = _PAPERS[name]
    return function(
        Y_true,
        top_k_labels(Y_score, k),
        **options,
        undefined=undefined,
        sample_weight=sample_weight,
        label_names=label_names,
    )


def _averages(name, function, averages, **options):
    return {
        f"{name}_{average}": (function, 1, "predict", {**options, "average": average})
        for average in averages
    }


# What scikit-learn calls them.
_OTHER_NAMES = {
    "accuracy": "subset_accuracy",
    "average_precision": "map",
    **{name: f"{name}_macro" for name in ("precision", "recall", "f1", "jaccard")},
}
_ALL = ("macro", "micro", "samples", "weighted")
_PAPERS = {
    "OP": (precision_score, 1, "predict", {"average": "micro"}),
    "OR": (recall_score, 1, "predict", {"average": "micro"}),
    "OF1": (f1_score, 1, "predict", {"average": "micro"}),
    "CP": (precision_score, 1, "predict", {"average": "macro"}),
    "CR": (recall_score, 1, "predict", {"average": "macro"}),
    "CF1": (_cf1_score, 1, "predict", {}),
}
_SCORERS = {
    "map": (average_precision_score, 1, _RESPONSES, {}),
    "map_micro": (average_precision_score, 1, _RESPONSES, {"average": "micro"}),
    "map_weighted": (average_precision_score, 1, _RESPONSES, {"average": "weighted"}),
    "map_voc": (average_precision_score, 1, _RESPONSES, {"interpolation": "voc"}),
    "map_voc11": (average_precision_score, 1, _RESPONSES, {"interpolation": "voc11"}),
    "map_coco": (average_precision_score, 1, _RESPONSES, {"interpolation": "coco"}),
    "roc_auc": (roc_auc_score, 1, _RESPONSES, {}),
    "roc_auc_micro": (roc_auc_score, 1, _RESPONSES, {"average": "micro"}),
    "roc_auc_weighted": (roc_auc_score, 1, _RESPONSES, {"average": "weighted"}),
    "one_label_accuracy": (one_label_accuracy_score, 1, _RESPONSES, {}),
    "neg_one_error": (one_error, -1, _RESPONSES, {}),
    "neg_coverage_error": (coverage_error, -1, _RESPONSES, {}),
    "neg_label_ranking_loss": (label_ranking_loss, -1, _RESPONSES, {}),
    "lrap": (label_ranking_average_precision_score, 1, _RESPONSES, {}),
    "neg_log_loss": (log_loss, -1, "predict_proba", {}),
    "neg_brier_score": (brier_score_loss, -1, "predict_proba", {}),
    "neg_expected_calibration_error": (expected_calibration_error, -1, "predict_proba", {}),
    "subset_accuracy": (subset_accuracy_score, 1, "predict", {}),
    "label_accuracy": (label_accuracy_score, 1, "predict", {}),
    "neg_hamming_loss": (hamming_loss, -1, "predict", {}),
    "balanced_accuracy": (balanced_accuracy_score, 1, "predict", {}),
    **_averages("precision", precision_score, _ALL),
    **_averages("recall", recall_score, _ALL),
    **_averages("f1", f1_score, _ALL),
    **_averages("f2", fbeta_score, _ALL, beta=2),
    **_averages("f0.5", fbeta_score, _ALL, beta=0.5),
    **_averages("jaccard", jaccard_score, _ALL),
    **_PAPERS,
    **{f"{name}_top3": (_top_k_score, 1, _RESPONSES, {"name": name}) for name in _PAPERS},
}
