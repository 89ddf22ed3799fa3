"""Scores, predictions and label names of any estimator."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.inspection._predictions import match_target, predict_labels
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)

RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4))
Y = pd.DataFrame((X[:, :2] + 0.3 * X[:, 2:] > 0).astype(int), columns=["sea", "sky"])
LINEAR = OneVsRestClassifier(LogisticRegression())
ESTIMATORS = {
    "probabilities": LINEAR,
    "list": MultiOutputClassifier(LogisticRegression()),
    "decision_values": OneVsRestClassifier(LinearSVC(random_state=0)),
    "pipeline": make_pipeline(StandardScaler(), LINEAR),
    "search": GridSearchCV(LINEAR, {"estimator__C": [0.1, 1]}, cv=2),
    "tuned": TunedThresholdMultiLabelClassifierCV(LINEAR, cv=2),
    "tuned_decision_values": TunedThresholdMultiLabelClassifierCV(
        LINEAR, cv=2, response_method="decision_function"
    ),
    "top_k": TunedThresholdMultiLabelClassifierCV(LINEAR, cv=2, strategy="top_k"),
    "fixed": FixedThresholdMultiLabelClassifier(LINEAR, threshold=[0.2, 0.7]),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_predictions_are_those_of_predict(name):
    estimator = ESTIMATORS[name].fit(X, Y)
    for around in (estimator, FrozenEstimator(estimator)):
        scores, predictions, method = predict_labels(around, X, 2)
        assert_array_equal(predictions, estimator.predict(X))
        is_decision_value = name in ("decision_values", "tuned_decision_values")
        assert method == ("decision_function" if is_decision_value else "predict_proba")
        response = getattr(estimator, method)(X)
        if isinstance(response, list):
            response = np.column_stack([of_label[:, 1] for of_label in response])
        assert_allclose(scores, response)


@pytest.mark.parametrize(
    "y", [Y["sea"].to_numpy(), np.where(Y["sea"], "yes", "no")], ids=["int", "text"]
)
def test_predictions_of_a_binary_target(y):
    for estimator in (LogisticRegression(), DecisionTreeClassifier(max_depth=2)):
        estimator.fit(X, y)
        scores, predictions, _ = predict_labels(estimator, X, 1)
        assert_allclose(scores[:, 0], estimator.predict_proba(X)[:, 1])
        assert_array_equal(predictions[:, 0], estimator.predict(X) == estimator.classes_[1])


def test_names_of_labels():
    named = DummyMultiLabelClassifier().fit(X, Y)
    for estimator in (named, make_pipeline(StandardScaler(), named)):
        assert list(match_target(estimator, Y.to_numpy())[1]) == ["sea", "sky"]
        assert match_target(estimator, Y)[1] is None
        assert match_target(estimator, Y, ["a", "b"])[1] == ["a", "b"]
    assert match_target(LINEAR, Y.to_numpy())[1] is None
    with pytest.raises(ValueError, match="There are 2 label names, but Y has 1 label"):
        match_target(named, Y[["sea"]], ["a", "b"])


def test_names_of_a_binary_target():
    text = np.where(Y["sea"], "yes", "no")
    estimator = LogisticRegression().fit(X, text)
    matrix, names = match_target(estimator, text)
    assert_array_equal(matrix[:, 0], Y["sea"])
    assert names == ["yes"]
    assert match_target(estimator, pd.Series(text, name="sea"))[1] == ["sea"]
