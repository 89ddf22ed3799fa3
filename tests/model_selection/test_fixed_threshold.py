"""Given thresholds."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.svm import LinearSVC

from skmlic.model_selection import FixedThresholdMultiLabelClassifier

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(Y, columns=NAMES)
LINEAR = LogisticRegression(max_iter=1000)
PER_LABEL = MultiOutputClassifier(LINEAR)
FOREST = RandomForestClassifier(n_estimators=10, random_state=0)


def test_default_thresholds_are_those_of_the_estimator():
    for base in (PER_LABEL, OneVsRestClassifier(LinearSVC())):
        clf = FixedThresholdMultiLabelClassifier(base).fit(X, Y)
        assert_array_equal(clf.predict(X), clone(base).fit(X, Y).predict(X))


def test_forms_of_thresholds():
    for threshold, expected in (
        (0.3, [0.3, 0.3, 0.3]),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]),
        ({"boat": 0.2}, [0.5, 0.5, 0.2]),
        (pd.Series([0.1, 0.2, 0.3], index=["boat", "sea", "sky"]), [0.2, 0.3, 0.1]),
        ({0: 0.7, "sky": 0.1}, [0.7, 0.1, 0.5]),
    ):
        clf = FixedThresholdMultiLabelClassifier(PER_LABEL, threshold=threshold).fit(X, FRAME)
        assert_allclose(clf.thresholds_, expected)
        assert_array_equal(clf.predict(X), clf.predict_proba(X) >= expected)


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ([0.1, 0.2], r"shape \(2,\); expected one number, or one for each of the 3 labels"),
        ({"boot": 0.2}, "the label 'boot', which Y does not have. Did you mean 'boat'"),
        ({7: 0.2}, "the label 7; Y has 3 labels"),
        (float("nan"), "contains NaN"),
    ],
)
def test_wrong_thresholds(threshold, message):
    clf = FixedThresholdMultiLabelClassifier(PER_LABEL, threshold=threshold)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, FRAME)


def test_fitted_estimator():
    fitted = clone(PER_LABEL).fit(X[:60], Y[:60])
    clf = FixedThresholdMultiLabelClassifier(FrozenEstimator(fitted), threshold=0.3).fit(X, Y)
    expected = FixedThresholdMultiLabelClassifier(PER_LABEL, threshold=0.3).fit(X[:60], Y[:60])
    assert_array_equal(clf.predict(X), expected.predict(X))
