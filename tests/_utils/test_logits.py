"""Probabilities and predictions from logits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.metrics import get_scorer as get_binary_scorer
from sklearn.utils import get_tags

from skmlic._utils._logits import LogitsEstimator, compute_probabilities, predict_classes
from skmlic.metrics import get_scorer

LOGITS = np.array([[-1e4, 0.0], [2.0, -0.5], [1e4, 3.0]], dtype=np.float32)
CLASSES = np.tile([0, 1], (2, 1))


def test_probabilities_stay_between_0_and_1():
    probabilities = compute_probabilities(LOGITS)
    assert probabilities.dtype == np.float64
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert_allclose(probabilities, expit(LOGITS.astype(float)), atol=1e-15)


def test_probabilities_of_a_one_dimensional_y_have_a_column_per_class():
    probabilities = compute_probabilities(LOGITS[:, 1])
    assert_allclose(probabilities.sum(axis=1), 1)
    assert_array_equal(probabilities[:, 1], compute_probabilities(LOGITS)[:, 1])


def test_predictions():
    predicted = predict_classes(compute_probabilities(LOGITS), CLASSES)
    assert predicted.dtype == np.int64
    assert_array_equal(predicted, [[0, 1], [1, 0], [1, 1]])
    classes = np.array(["cat", "dog"])
    names = predict_classes(compute_probabilities(LOGITS[:, 1]), classes)
    assert names.tolist() == ["dog", "cat", "dog"]


@pytest.mark.parametrize("name", ["map", "f1_macro", "label_accuracy"])
def test_a_scorer_gets_the_same_from_given_logits_as_from_the_classifier(frozen_classifier, name):
    clf, X, Y = frozen_classifier
    given = LogitsEstimator(clf.decision_function(X), clf.classes_, clf.label_names_)
    scorer = get_scorer(name)
    assert scorer(given, None, Y) == scorer(clf, X, Y)
    assert_array_equal(given.predict_proba(None), clf.predict_proba(X))
    assert get_tags(given).classifier_tags.multi_label


def test_given_logits_of_a_one_dimensional_y():
    classes = np.array(["cat", "dog"])
    y = np.array(["cat", "cat", "dog"])
    given = LogitsEstimator(LOGITS[:, [0]], classes, classes)
    assert given.decision_function(None).shape == (3,)
    assert given.predict(None).tolist() == ["cat", "dog", "dog"]
    assert get_binary_scorer("accuracy")(given, None, y) == pytest.approx(2 / 3)
    assert get_binary_scorer("roc_auc")(given, None, y) == 1
