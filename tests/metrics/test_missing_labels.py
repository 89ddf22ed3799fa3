"""Scores of targets with missing labels are those of the known entries."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic import metrics

RNG = np.random.default_rng(0)
Y = (RNG.random((60, 4)) < 0.4).astype(float)
SCORES = np.clip(RNG.normal(0.4 + 0.2 * Y, 0.2), 0.01, 0.99).round(2)
KNOWN = RNG.random(Y.shape) < 0.7
KNOWN[:2] = True
Y[0], Y[1] = 1, 0
PARTIAL = np.where(KNOWN, Y, np.nan)
PREDICTED = (SCORES >= 0.5).astype(int)
WEIGHT = RNG.uniform(0.5, 2, len(Y))

OF_SCORES = (
    "average_precision_score",
    "roc_auc_score",
    "log_loss",
    "brier_score_loss",
    "expected_calibration_error",
)
OF_PREDICTIONS = (
    "precision_score",
    "recall_score",
    "f1_score",
    "jaccard_score",
    "balanced_accuracy_score",
    "label_accuracy_score",
)
OF_SAMPLES = (
    "one_label_accuracy_score",
    "one_error",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("name", OF_SCORES + OF_PREDICTIONS)
def test_scores_of_labels_are_those_of_the_known_samples(name, weight):
    score = getattr(metrics, name)
    response = PREDICTED if name in OF_PREDICTIONS else SCORES
    by_label = score(PARTIAL, response, average=None, sample_weight=weight)
    for j, known in enumerate(KNOWN.T):
        alone = score(
            Y[known][:, [j]],
            response[known][:, [j]],
            average=None,
            sample_weight=None if weight is None else weight[known],
        )
        assert_allclose(by_label[j], alone[0])
    assert_allclose(score(PARTIAL, response, sample_weight=weight), by_label.mean())


@pytest.mark.parametrize("name", ["average_precision_score", "roc_auc_score", "f1_score"])
def test_micro_averages_are_those_of_the_known_entries(name):
    score = getattr(metrics, name)
    response = PREDICTED if name == "f1_score" else SCORES
    expected = score(Y[KNOWN][:, None], response[KNOWN][:, None])
    assert_allclose(score(PARTIAL, response, average="micro"), expected)


@pytest.mark.parametrize("name", OF_SAMPLES)
def test_scores_of_samples_are_those_of_the_known_labels(name):
    score = getattr(metrics, name)
    by_sample = [
        score(Y[[i]][:, known], SCORES[[i]][:, known])
        for i, known in enumerate(KNOWN)
        if known.any()
    ]
    assert_allclose(score(PARTIAL, SCORES), np.nanmean(by_sample))


@pytest.mark.parametrize("name", ["f1_score", "precision_score", "recall_score", "jaccard_score"])
def test_averages_over_samples_are_those_of_the_known_labels(name):
    score = getattr(metrics, name)
    by_sample = [
        score(Y[[i]][:, known], PREDICTED[[i]][:, known], average="samples")
        for i, known in enumerate(KNOWN)
        if known.any()
    ]
    assert_allclose(score(PARTIAL, PREDICTED, average="samples"), np.nanmean(by_sample))


def test_subset_accuracy_and_hamming_loss_count_known_entries():
    right = [(Y[i] == PREDICTED[i])[known].all() for i, known in enumerate(KNOWN) if known.any()]
    assert_allclose(metrics.subset_accuracy_score(PARTIAL, PREDICTED), np.mean(right))
    wrong = (Y != PREDICTED)[KNOWN].mean()
    assert_allclose(metrics.hamming_loss(PARTIAL, PREDICTED), wrong)


def test_confusion_matrices_count_known_entries():
    matrices = metrics.multilabel_confusion_matrix(PARTIAL, PREDICTED)
    assert_array_equal(matrices.sum(axis=(1, 2)), KNOWN.sum(axis=0))


def test_the_report_counts_known_entries():
    frame = metrics.classification_report(PARTIAL, PREDICTED, SCORES, output="frame")
    expected = metrics.average_precision_score(PARTIAL, SCORES, average=None)
    assert_allclose(frame["average_precision"].iloc[:4], expected)
    assert frame.loc["macro", "support"] == (PARTIAL == 1).sum()


def test_the_score_of_a_label_without_annotations_is_undefined():
    partial = pd.DataFrame(PARTIAL, columns=list("abcd"))
    partial["b"] = np.nan
    with pytest.warns(UserWarning, match="Label 'b' has no positives"):
        score = metrics.average_precision_score(partial, SCORES)
    others = [0, 2, 3]
    assert_allclose(score, metrics.average_precision_score(PARTIAL[:, others], SCORES[:, others]))
    rest = metrics.brier_score_loss(PARTIAL[:, others], SCORES[:, others])
    assert_allclose(metrics.brier_score_loss(partial, SCORES), rest)


def test_predictions_can_not_be_missing():
    with pytest.raises(ValueError, match="Y_pred has NaN"):
        metrics.f1_score(Y, PARTIAL)
