"""Annotations that are probably wrong."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit
from sklearn.metrics import average_precision_score

from skmlic.label_issues import find_label_issues


def simulate(n_samples=2000, n_labels=3, *, false_rate=0.03, missing_rate=0.03, seed=0):
    """Return given labels, where they are wrong, and probabilities without label noise."""
    rng = np.random.default_rng(seed)
    frequency = np.geomspace(0.4, 0.05, n_labels)
    truth = rng.random((n_samples, n_labels)) < frequency
    values = 4 * truth - 2 + rng.normal(size=truth.shape)
    wrong = rng.random(truth.shape) < np.where(truth, missing_rate, false_rate)
    return (truth ^ wrong).astype(int), wrong, expit(values)


def to_matrix(issues, shape):
    matrix = np.full(shape, np.nan)
    matrix[issues["sample"], issues["label"].astype(int)] = issues["error_probability"]
    return matrix


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("rates", [(0.05, 0.05), (0.0, 0.2)])
def test_wrong_annotations_come_first(n_labels, rates):
    false_rate, missing_rate = rates
    Y, wrong, scores = simulate(
        n_labels=n_labels, false_rate=false_rate, missing_rate=missing_rate, seed=1
    )
    issues = find_label_issues(Y, scores, threshold=0)
    assert len(issues) == Y.size
    assert (issues["error_probability"].diff().dropna() <= 0).all()
    probability = to_matrix(issues, Y.shape)
    assert average_precision_score(wrong.ravel(), probability.ravel()) > 0.7
    # The sum of the probabilities estimates the number of errors.
    assert_allclose(probability.sum(), wrong.sum(), rtol=0.25)


def test_columns():
    Y, _, scores = simulate()
    frame = pd.DataFrame(Y, columns=["sea", "sunset", "boat"])
    issues = find_label_issues(frame, scores)
    columns = ["sample", "label", "given", "score", "error_probability", "label_rank"]
    assert issues.columns.tolist() == columns
    assert (issues["error_probability"] >= 0.5).all()
    for label, group in issues.groupby("label"):
        column = frame.columns.get_loc(label)
        assert (group["given"] == Y[group["sample"], column]).all()
        assert_allclose(group["score"], scores[group["sample"], column])
        assert group["label_rank"].tolist() == list(range(1, len(group) + 1))
    everything = find_label_issues(frame, scores, threshold=0)
    pd.testing.assert_frame_equal(everything.head(len(issues)), issues)


@pytest.mark.slow
def test_missing_annotations_are_left_out():
    Y, _, scores = simulate()
    erased = np.random.default_rng(0).random(Y.shape) < 0.3
    issues = find_label_issues(np.where(erased, np.nan, Y), scores, threshold=0)
    assert len(issues) == (~erased).sum()
    assert not erased[issues["sample"], issues["label"].astype(int)].any()
    # Scores of missing annotations change the scale of a label, but hardly its result.
    other = np.where(erased, 0.5, scores)
    changed = find_label_issues(np.where(erased, np.nan, Y), other, threshold=0)
    assert_allclose(
        to_matrix(issues, Y.shape), to_matrix(changed, Y.shape), atol=0.01, equal_nan=True
    )


@pytest.mark.slow
def test_scores_of_any_scale_give_the_same():
    Y, _, scores = simulate()
    values = np.log(scores / (1 - scores))
    expected = find_label_issues(Y, scores).drop(columns="score")
    found = find_label_issues(Y, values, response_method="decision_function")
    pd.testing.assert_frame_equal(found.drop(columns="score"), expected)
    found = find_label_issues(Y, 3 * values - 1, response_method="decision_function")
    assert found["sample"].tolist() == expected["sample"].tolist()


def test_calibrated_self_confidence_ranks_errors_of_equal_rates():
    Y, _, scores = simulate(n_labels=1, false_rate=0.05, missing_rate=0.05, seed=3)
    probability = to_matrix(find_label_issues(Y, scores, threshold=0), Y.shape)
    for value in (0, 1):
        chosen = value == Y
        self_confidence = np.where(Y == 1, scores, 1 - scores)[chosen]
        order = np.argsort(-probability[chosen], kind="stable")
        assert (np.diff(self_confidence[order]) >= -1e-9).all()


def test_only_missing_positives():
    Y, wrong, scores = simulate(false_rate=0.0, missing_rate=0.3)
    issues = find_label_issues(Y, scores)
    assert (issues["given"] == 0).mean() > 0.95
    assert wrong[issues["sample"], issues["label"].astype(int)].mean() > 0.7


def test_rare_labels_are_found():
    Y, wrong, scores = simulate(20_000, 2, false_rate=0.0, missing_rate=0.2)
    Y[:, 1] &= np.random.default_rng(0).random(len(Y)) < 0.9
    issues = find_label_issues(Y, scores)
    found = np.zeros(Y.shape, dtype=bool)
    found[issues["sample"], issues["label"].astype(int)] = True
    recall = (found & wrong).sum(axis=0) / wrong.sum(axis=0)
    assert recall[1] > 0.7 * recall[0]


@pytest.mark.parametrize("value", [0, 1])
def test_constant_labels_are_not_suspicious(value):
    Y, _, scores = simulate()
    Y[:, 1] = value
    issues = find_label_issues(Y, scores, threshold=0)
    of_constant = issues[issues["label"] == "1"]
    assert np.isfinite(of_constant["error_probability"]).all()
    assert (of_constant["error_probability"] < 0.01).all()


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.0, 0.3, None])
def test_scores_that_say_nothing(value):
    Y, *_ = simulate()
    scores = np.random.default_rng(0).random(Y.shape) if value is None else np.full(Y.shape, value)
    assert len(find_label_issues(Y, scores)) == 0


def test_one_dimensional_target():
    Y, _, scores = simulate(n_labels=1)
    expected = find_label_issues(Y, scores).drop(columns="label")
    found = find_label_issues(Y[:, 0], scores[:, 0])
    pd.testing.assert_frame_equal(found.drop(columns="label"), expected)
    named = pd.Series(np.where(Y[:, 0] == 1, "yes", "no"), name="sea")
    found = find_label_issues(named, scores[:, 0])
    assert set(found["label"]) == {"sea"}
    pd.testing.assert_frame_equal(found.drop(columns="label"), expected)


def test_wrong_parameters():
    Y, _, scores = simulate(20)
    with pytest.raises(
        ValueError, match="'threshold' parameter of find_label_issues must be a float"
    ):
        find_label_issues(Y, scores, threshold=2)
    with pytest.raises(
        ValueError, match="'response_method' parameter of find_label_issues must be a str"
    ):
        find_label_issues(Y, scores, response_method="predict")
    with pytest.raises(ValueError, match="expected probabilities"):
        find_label_issues(Y, scores - 1)
    with pytest.raises(ValueError, match="label_names has 2 names"):
        find_label_issues(Y, scores, label_names=["a", "b"])
