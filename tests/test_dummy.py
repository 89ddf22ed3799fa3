"""Tests of skmlic.dummy."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlic.dummy import DummyMultiLabelClassifier

STRATEGIES = ["frequency", "most_frequent_set", "all", "none", "stratified"]
Y = (np.random.RandomState(0).uniform(size=(200, 3)) < [0.8, 0.5, 0.1]).astype(int)
X = [f"{i}.jpg" for i in range(len(Y))]

# These checks of scikit-learn cannot pass; another test replaces each of them.
NOT_PASSED = dict.fromkeys(
    ["check_estimator_sparse_array", "check_estimator_sparse_matrix"],
    "pass a y with four classes, although the tag multi_class is False: test_forms_of_x",
)
NOT_PASSED_IF_SAMPLED = NOT_PASSED | dict.fromkeys(
    ["check_methods_subset_invariance", "check_methods_sample_order_invariance"],
    "labels are sampled by position, X is ignored: test_labels_are_sampled_by_position",
)


@parametrize_with_checks(
    [DummyMultiLabelClassifier(strategy, random_state=0) for strategy in STRATEGIES],
    expected_failed_checks=lambda estimator: (
        NOT_PASSED_IF_SAMPLED if estimator.strategy == "stratified" else NOT_PASSED
    ),
)
def test_estimator_checks(estimator, check):
    with warnings.catch_warnings():
        # Data of the checks cause warnings of scikit-learn itself.
        warnings.simplefilter("ignore")
        check(estimator)


def test_labels_are_sampled_by_position():
    clf = DummyMultiLabelClassifier("stratified", random_state=0).fit(X, Y)
    sampled = clf.predict(X)
    assert_array_equal(clf.predict(X[::-1]), sampled)
    assert_array_equal(clf.predict(X[:7]), sampled[:7])
    assert_allclose(clf.predict_proba(X), sampled, atol=1e-12)
    other = DummyMultiLabelClassifier("stratified", random_state=1).fit(X, Y)
    assert (other.predict(X) != sampled).any()


def test_labels_are_sampled_by_frequency_and_independently():
    clf = DummyMultiLabelClassifier("stratified", random_state=0).fit(X, Y)
    sampled = clf.predict(np.zeros(50_000))
    assert_allclose(sampled.mean(axis=0), Y.mean(axis=0), atol=0.01)
    assert_allclose(np.corrcoef(sampled.T), np.eye(3), atol=0.02)


def test_predictions_differ_without_a_seed():
    clf = DummyMultiLabelClassifier("stratified").fit(X, Y)
    assert (clf.predict(X) != clf.predict(X)).any()
    assert get_tags(clf).non_deterministic


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_shapes_and_types(strategy, n_labels):
    targets = (np.random.RandomState(1).uniform(size=(30, n_labels)) < 0.5).astype(int)
    clf = DummyMultiLabelClassifier(strategy).fit(X[:30], targets)
    assert clf.classes_.tolist() == [[0, 1]] * n_labels
    assert clf.n_labels_ == n_labels
    for n in (0, 7):
        probabilities, labels = clf.predict_proba(X[:n]), clf.predict(X[:n])
        assert probabilities.shape == labels.shape == (n, n_labels)
        assert probabilities.dtype == np.float64
        assert labels.dtype == np.int64
        assert np.isin(labels, [0, 1]).all()


def test_frequency():
    clf = DummyMultiLabelClassifier().fit(X, Y)
    assert_allclose(clf.label_frequency_, Y.mean(axis=0))
    assert_allclose(clf.predict_proba(X[:2]), [Y.mean(axis=0)] * 2)
    assert_array_equal(clf.predict(X[:1]), [Y.mean(axis=0) >= 0.5])
    half = DummyMultiLabelClassifier().fit(X[:2], [[0, 1, 0], [1, 1, 0]])
    assert half.predict(X[:1]).tolist() == [[1, 1, 0]]


def test_frequencies_are_the_prior_of_scikit_learn():
    expected = DummyClassifier(strategy="prior").fit(X, Y).predict_proba(X)
    clf = DummyMultiLabelClassifier().fit(X, Y)
    assert_allclose(clf.predict_proba(X), np.column_stack([of[:, 1] for of in expected]))


@pytest.mark.parametrize(("strategy", "value"), [("all", 1), ("none", 0)])
def test_constants(strategy, value):
    clf = DummyMultiLabelClassifier(strategy).fit(X, Y)
    assert_allclose(clf.predict_proba(X), value, atol=1e-12)
    assert (clf.predict(X) == value).all()
    assert np.isfinite(log_loss(Y[:, 0], clf.predict_proba(X)[:, 0]))


def test_most_frequent_set_has_the_best_subset_accuracy():
    clf = DummyMultiLabelClassifier("most_frequent_set").fit(X, Y)
    best = max(accuracy_score(Y, np.tile(row, (len(Y), 1))) for row in np.unique(Y, axis=0))
    assert clf.score(X, Y) == best
    # The most frequent labels do not always occur together.
    apart = [[1, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]
    apart += [[0, 0, 0]]
    clf.fit(X[:9], apart)
    assert clf.predict(X[:1]).tolist() == [[0, 0, 0]]
    tied = clf.fit(X[:4], [[1, 0], [0, 1], [1, 0], [0, 1]])
    assert tied.most_frequent_set_.tolist() == [0, 1]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_weight_2_is_the_sample_twice(strategy):
    weight = np.random.RandomState(1).randint(0, 3, size=len(Y))
    weighted = DummyMultiLabelClassifier(strategy, random_state=0).fit(X, Y, sample_weight=weight)
    repeated = DummyMultiLabelClassifier(strategy, random_state=0)
    repeated.fit(np.repeat(X, weight), np.repeat(Y, weight, axis=0))
    assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X))
    assert_array_equal(weighted.most_frequent_set_, repeated.most_frequent_set_)


@pytest.mark.parametrize(
    "weight",
    [None, np.random.RandomState(1).randint(0, 3, size=len(Y))],
    ids=["unweighted", "weighted"],
)
def test_missing_labels_are_ignored(weight):
    partial = np.where(np.random.RandomState(1).uniform(size=Y.shape) < 0.7, Y, np.nan)
    clf = DummyMultiLabelClassifier("most_frequent_set").fit(X, partial, sample_weight=weight)
    for j, frequency in enumerate(clf.label_frequency_):
        known = ~np.isnan(partial[:, j])
        weight_of_known = None if weight is None else weight[known]
        expected = np.average(Y[known, j], weights=weight_of_known)
        assert frequency == pytest.approx(expected)
    complete = ~np.isnan(partial).any(axis=1)
    assert 20 < complete.sum() < 150
    weight_of_complete = None if weight is None else weight[complete]
    alone = clone(clf).fit(np.asarray(X)[complete], Y[complete], sample_weight=weight_of_complete)
    assert_array_equal(clf.most_frequent_set_, alone.most_frequent_set_)
    # All rows have missing labels, and one label is missing everywhere.
    partial[:, 2] = np.nan
    clf.fit(X, partial, sample_weight=weight)
    assert clf.label_frequency_[2] == 0
    assert clf.predict(X[:1]).tolist() == [(clf.label_frequency_ >= 0.5).tolist()]


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        np.asarray,
        pd.Series,
        lambda X: pl.Series(X),
        lambda X: pd.DataFrame({"path": X, "price": range(len(X))}),
        lambda X: [Path(path) for path in X],
        lambda X: np.zeros((len(X), 4, 4, 3), dtype=np.uint8),
        lambda X: torch.zeros(len(X), 3, 4, 4),
        lambda X: sparse.csr_matrix((len(X), 2)),
        lambda X: np.full((len(X), 2), np.nan),
    ],
)
def test_forms_of_x(form):
    clf = DummyMultiLabelClassifier().fit(form(X), Y)
    assert_allclose(clf.predict_proba(form(X)), np.tile(Y.mean(axis=0), (len(Y), 1)))


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_matrix, lambda Y: Y.tolist(), pd.DataFrame, lambda Y: Y == 1]
)
def test_forms_of_y(form):
    clf = DummyMultiLabelClassifier().fit(X, form(Y))
    assert_allclose(clf.label_frequency_, Y.mean(axis=0))


def test_names_of_labels():
    frame = pd.DataFrame(Y, columns=["sea", "sun", "dog"])
    assert DummyMultiLabelClassifier().fit(X, frame).label_names_.tolist() == list(frame)
    assert DummyMultiLabelClassifier().fit(X, Y).label_names_.tolist() == ["0", "1", "2"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_dimensional_y(strategy):
    y = np.where(Y[:, 0], "yes", "no")
    clf = DummyMultiLabelClassifier(strategy, random_state=0).fit(X, y)
    column = DummyMultiLabelClassifier(strategy, random_state=0).fit(X, Y[:, :1])
    assert clf.classes_.tolist() == ["no", "yes"]
    assert clf.predict_proba(X).shape == (len(X), 2)
    assert_allclose(clf.predict_proba(X).sum(axis=1), 1)
    assert_array_equal(clf.predict_proba(X)[:, 1:], column.predict_proba(X))
    assert_array_equal(clf.predict(X) == "yes", column.predict(X).ravel() == 1)
    tied = clf.fit(X[:2], ["no", "yes"])
    assert_array_equal(tied.predict(X), clf.classes_[tied.predict_proba(X).argmax(axis=1)])


def test_in_cross_validation_and_search():
    scores = cross_val_score(DummyMultiLabelClassifier(), X, Y, scoring="average_precision")
    assert scores.mean() == pytest.approx(Y.mean(), abs=0.02)
    search = GridSearchCV(
        DummyMultiLabelClassifier(), {"strategy": ["all", "most_frequent_set"]}, cv=3
    )
    assert search.fit(np.asarray(X), Y).best_params_ == {"strategy": "most_frequent_set"}


def test_classifier_can_be_cloned_and_pickled():
    clf = DummyMultiLabelClassifier("stratified", random_state=3).fit(X, Y)
    assert is_classifier(clf)
    assert get_tags(clf).classifier_tags.multi_label
    assert clone(clf).get_params() == {"strategy": "stratified", "random_state": 3}
    copied = pickle.loads(pickle.dumps(clf))
    assert_array_equal(copied.predict(X), clf.predict(X))
    with pytest.raises(NotFittedError):
        clone(clf).predict(X)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("a.jpg", TypeError, r"X is a string.*Write \[X\]"),
        (b"abc", TypeError, r"X is 3 bytes.*Write \[X\]"),
        ({"path": X}, TypeError, r"X is a dict.*one of its values"),
        (set(X), TypeError, r"X is a set.*list\(X\)"),
        (X[:5], ValueError, "inconsistent numbers of samples"),
        ([], ValueError, "X is empty"),
        (7, TypeError, "int"),
    ],
)
def test_wrong_x(wrong, error, message):
    with pytest.raises(error, match=message):
        DummyMultiLabelClassifier().fit(wrong, Y)
    if not isinstance(wrong, list):
        with pytest.raises(error, match=message):
            DummyMultiLabelClassifier().fit(X, Y).predict(wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (None, "requires y to be passed"),
        (Y + 1, r"is 2, and \d+ more.*expected 0 or 1"),
        ([["sea"], ["sea", "dog"]] * 100, "MultiLabelBinarizer"),
    ],
)
def test_wrong_y(wrong, message):
    with pytest.raises(ValueError, match=message):
        DummyMultiLabelClassifier().fit(X, wrong)


def test_wrong_parameters():
    with pytest.raises(ValueError, match=r"'strategy' parameter.*'most_frequent_set'"):
        DummyMultiLabelClassifier("prior").fit(X, Y)
    with pytest.raises(ValueError, match="at least one non-zero"):
        DummyMultiLabelClassifier().fit(X, Y, sample_weight=np.zeros(len(X)))
