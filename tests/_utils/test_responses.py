import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from skmlic._utils._responses import as_score_matrix, choose_response_method, compute_scores

P = np.array([[0.1, 0.2, 0.3], [0.9, 0.8, 0.7]])


def stacked(P, n_labels):
    return [np.column_stack([1 - P[:, j], P[:, j]]) for j in range(n_labels)]


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_all_forms_become_one_matrix(n_labels):
    expected = P[:, :n_labels]
    forms = [
        expected,
        stacked(P, n_labels),
        tuple(stacked(P, n_labels)),
        pd.DataFrame(expected),
        expected.tolist(),
        np.asfortranarray(expected),
    ]
    if n_labels == 1:
        forms += [expected[:, 0], expected[:, 0].tolist(), stacked(P, 1)[0]]
    for form in forms:
        result = as_score_matrix(form, n_labels=n_labels)
        assert_array_equal(result, expected)
        assert result.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, bool])
def test_types(dtype):
    for form in (P.astype(dtype), [column.astype(dtype) for column in stacked(P, 3)]):
        result = as_score_matrix(form, n_labels=3)
        assert result.dtype == np.float64
        assert_array_equal(result, P.astype(dtype))


def test_a_constant_label_has_one_column():
    one = np.ones((2, 1))
    response = [stacked(P, 1)[0], one, one]
    classes = [np.array([0, 1]), np.array([0]), np.array([1])]
    result = as_score_matrix(response, n_labels=3, classes=classes)
    assert_array_equal(result, np.column_stack([P[:, 0], [0, 0], [1, 1]]))
    assert_array_equal(as_score_matrix(one, n_labels=1, classes=np.array([0])), [[0], [0]])
    assert_array_equal(as_score_matrix(one, n_labels=1, classes=np.array([1])), [[1], [1]])
    with pytest.raises(ValueError, match="constant in training: leave it out, or stratify"):
        as_score_matrix(response, n_labels=3)


@pytest.mark.parametrize("classes", [None, [np.arange(3)]])
def test_three_classes_are_no_label(classes):
    with pytest.raises(ValueError, match=r"shape \(2, 3\); expected 2 columns, for 0 and 1.$"):
        as_score_matrix([P], n_labels=1, classes=classes)


def test_flat_classes_of_two_labels_are_no_binary_target():
    two = P[:, :2]
    assert_array_equal(as_score_matrix(two, n_labels=2, classes=np.array([0, 1])), two)


def test_choice_of_method():
    X, y = np.arange(4.0)[:, None], [0, 0, 1, 1]
    both, one = LogisticRegression().fit(X, y), LinearSVC().fit(X, y)
    assert choose_response_method(both) == "predict_proba"
    assert choose_response_method(both, "decision_function") == "decision_function"
    assert choose_response_method(one) == "decision_function"
    with pytest.raises(AttributeError, match="LinearSVC has no predict_proba,"):
        choose_response_method(one, "predict_proba")
    with pytest.raises(AttributeError, match="DummyRegressor has no predict_proba and no dec"):
        choose_response_method(DummyRegressor())


def test_scores_of_estimators():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4))
    Y = (X[:, :3] > 0).astype(int)
    Y[:, 1] = 1
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    scores = compute_scores(forest, X, "predict_proba", 3)
    assert scores.shape == (30, 3)
    assert_array_equal(scores[:, 1], 1)
    assert_array_equal(scores[:, 0], forest.predict_proba(X)[0][:, 1])
    single = OneVsRestClassifier(LinearSVC()).fit(X, Y[:, :1])
    assert compute_scores(single, X, "decision_function", 1).shape == (30, 1)
