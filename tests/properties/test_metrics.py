"""Scores: equal to slow definitions and to scikit-learn, with ties, weights and missing labels."""

import warnings

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from property_strategies import GRID, label_matrices, predictions, score_matrices, whole_weights

from skmlic import metrics

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")


def f2_score(Y, predicted, **options):
    return metrics.fbeta_score(Y, predicted, beta=2, **options)


def average_precision_voc(Y, scores, **options):
    return metrics.average_precision_score(Y, scores, interpolation="voc", **options)


# Each score with its definition by true and false positives, false and true negatives, as a
# numerator and a denominator. Precision is 0 rather than undefined if there are positives.
RATIOS = {
    metrics.precision_score: lambda tp, fp, fn, tn: (tp, tp + fp or fn),
    metrics.recall_score: lambda tp, fp, fn, tn: (tp, tp + fn),
    metrics.f1_score: lambda tp, fp, fn, tn: (2 * tp, 2 * tp + fp + fn),
    f2_score: lambda tp, fp, fn, tn: (5 * tp, 5 * tp + 4 * fn + fp),
    metrics.jaccard_score: lambda tp, fp, fn, tn: (tp, tp + fp + fn),
}
OF_PREDICTIONS = [*RATIOS, metrics.balanced_accuracy_score, metrics.label_accuracy_score]
OF_SCORES = [metrics.average_precision_score, average_precision_voc, metrics.roc_auc_score]
OF_PROBABILITIES = [
    metrics.log_loss,
    metrics.brier_score_loss,
    metrics.expected_calibration_error,
]
OF_RANKINGS = [
    metrics.one_label_accuracy_score,
    metrics.one_error,
    metrics.coverage_error,
    metrics.label_ranking_loss,
    metrics.label_ranking_average_precision_score,
]
OVERALL = [metrics.subset_accuracy_score, metrics.hamming_loss]
BY_LABEL = OF_PREDICTIONS + OF_SCORES + OF_PROBABILITIES
ALL = BY_LABEL + OF_RANKINGS + OVERALL


@st.composite
def truth_and_scores(draw, missing=True, **sizes):
    Y = draw(label_matrices(missing=missing, **sizes))
    return Y, draw(score_matrices(Y.shape))


def compute(score, Y, scores, **options):
    """Return a score; predictions are the scores that reach 0.5."""
    of_scores = score in OF_SCORES + OF_PROBABILITIES + OF_RANKINGS
    return score(Y, scores if of_scores else (scores >= 0.5).astype(int), **options)


def count(y, predicted, weight):
    """Return true and false positives, false and true negatives of known entries."""
    cells = ((1, 1), (0, 1), (1, 0), (0, 0))
    return [sum(weight[(y == t) & (predicted == p)]) for t, p in cells]


def divide(numerator, denominator):
    return numerator / denominator if denominator else np.nan


@pytest.mark.parametrize("score", RATIOS)
@given(truth_and_scores(), st.data())
def test_ratios_follow_their_definition(score, truth, data):
    Y, scores = truth
    predicted = (scores >= 0.5).astype(int)
    weight = data.draw(whole_weights(len(Y))).astype(float)
    ratio = RATIOS[score]
    options = {"sample_weight": weight, "undefined": "skip"}
    by_label = [divide(*ratio(*count(Y[:, j], predicted[:, j], weight))) for j in range(Y.shape[1])]
    found = score(Y, predicted, average=None, **options)
    assert_allclose(found, by_label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert_allclose(score(Y, predicted, **options), np.nanmean(by_label))
    together = np.repeat(weight, Y.shape[1])
    micro = divide(*ratio(*count(Y.ravel(), predicted.ravel(), together)))
    assert_allclose(score(Y, predicted, average="micro", **options), micro)
    by_sample = np.array(
        [divide(*ratio(*count(y, p, np.ones(len(y))))) for y, p in zip(Y, predicted, strict=True)]
    )
    defined = ~np.isnan(by_sample) & (weight > 0)
    mean = divide(weight[defined] @ by_sample[defined], weight[defined].sum())
    assert_allclose(score(Y, predicted, average="samples", **options), mean)
    support = weight @ (Y == 1)
    defined = ~np.isnan(by_label) & (support > 0)
    mean = divide(support[defined] @ np.array(by_label)[defined], support.sum())
    assert_allclose(score(Y, predicted, average="weighted", **options), mean)


@pytest.mark.parametrize("name", ["recall_score", "f1_score"])
@pytest.mark.parametrize("average", ["macro", "micro", "samples", None])
@given(truth_and_scores(missing=False, min_labels=2))
def test_ratios_are_those_of_scikit_learn(name, average, truth):
    Y, scores = truth
    predicted = (scores >= 0.5).astype(int)
    theirs = getattr(sklearn.metrics, name)(Y, predicted, average=average, zero_division=np.nan)
    assert_allclose(getattr(metrics, name)(Y, predicted, average=average), theirs)


@given(truth_and_scores(missing=False, min_labels=2), st.data())
def test_accuracies_and_confusion_matrices_are_those_of_scikit_learn(truth, data):
    Y, scores = truth
    predicted = (scores >= 0.5).astype(int)
    weight = data.draw(whole_weights(len(Y))).astype(float)
    for ours, theirs in (
        (metrics.hamming_loss, sklearn.metrics.hamming_loss),
        (metrics.subset_accuracy_score, sklearn.metrics.accuracy_score),
        (metrics.multilabel_confusion_matrix, sklearn.metrics.multilabel_confusion_matrix),
    ):
        options = {"sample_weight": weight}
        assert_allclose(ours(Y, predicted, **options), theirs(Y, predicted, **options))


@given(truth_and_scores(missing=False, max_labels=1), st.data())
def test_curves_and_losses_of_a_label_are_those_of_scikit_learn(truth, data):
    Y, scores = truth
    assume(0 < Y.sum() < len(Y))
    weight = data.draw(whole_weights(len(Y))).astype(float)
    assume(weight @ Y and weight @ (1 - Y))
    options = {"sample_weight": weight}
    for ours, theirs in (
        (metrics.average_precision_score, sklearn.metrics.average_precision_score),
        (metrics.roc_auc_score, sklearn.metrics.roc_auc_score),
        (metrics.log_loss, sklearn.metrics.log_loss),
        (metrics.brier_score_loss, sklearn.metrics.brier_score_loss),
        (metrics.balanced_accuracy_score, sklearn.metrics.balanced_accuracy_score),
    ):
        given_scores = scores >= 0.5 if "accuracy" in theirs.__name__ else scores
        given_scores = np.asarray(given_scores, dtype=float)
        expected = theirs(Y[:, 0], given_scores[:, 0], **options)
        assert_allclose(ours(Y, given_scores, **options), expected, err_msg=theirs.__name__)


@pytest.mark.parametrize("interpolation", ["voc", "voc11", "coco"])
@given(truth_and_scores(max_labels=1))
def test_interpolated_precision_follows_its_definition(interpolation, truth):
    # Everingham et al., 2015: the largest precision at any recall that is at least r.
    Y, scores = truth
    y, s = Y[~np.isnan(Y)], scores[~np.isnan(Y)]
    assume((y == 1).any())
    n = (y == 1).sum()
    points = [(((s >= t) & (y == 1)).sum(), (s >= t).sum()) for t in np.unique(s)]

    def interpolate(hits):
        return max(got / taken for got, taken in points if got >= hits)

    if interpolation == "voc":
        expected = np.mean([interpolate(hits) for hits in range(1, n + 1)])
    else:
        steps = 10 if interpolation == "voc11" else 100
        expected = np.mean([interpolate(-(-k * n // steps)) for k in range(steps + 1)])
    found = metrics.average_precision_score(Y, scores, interpolation=interpolation)
    assert_allclose(found, expected)


@given(truth_and_scores(missing=False, min_labels=2, min_samples=2), st.data())
def test_rankings_are_those_of_scikit_learn(truth, data):
    Y, scores = truth
    weight = data.draw(whole_weights(len(Y), smallest=1)).astype(float)
    for name, has_pair in (
        ("coverage_error", Y.any(axis=1)),
        ("label_ranking_average_precision_score", Y.any(axis=1)),
        ("label_ranking_loss", Y.any(axis=1) & ~Y.all(axis=1)),
    ):
        if not has_pair.any():
            continue
        found = getattr(metrics, name)(Y, scores, sample_weight=weight)
        theirs = getattr(sklearn.metrics, name)
        kept = {"sample_weight": weight[has_pair]}
        assert_allclose(found, theirs(Y[has_pair], scores[has_pair], **kept), err_msg=name)


@pytest.mark.parametrize("score", OF_RANKINGS)
@given(truth_and_scores(min_labels=2))
def test_rankings_leave_missing_labels_out(score, truth):
    Y, scores = truth
    values = [
        score(row[None, ~np.isnan(row)], s[None, ~np.isnan(row)]) if (row == 1).any() else np.nan
        for row, s in zip(Y, scores, strict=True)
    ]
    defined = ~np.isnan(values)
    expected = np.mean(np.array(values)[defined]) if defined.any() else np.nan
    assert_allclose(score(Y, scores), expected)


@pytest.mark.parametrize("score", BY_LABEL)
@given(truth_and_scores())
def test_missing_labels_are_rows_left_out(score, truth):
    Y, scores = truth
    found = compute(score, Y, scores, average=None)
    for label, value in enumerate(found):
        known = ~np.isnan(Y[:, label])
        expected = np.nan
        if known.any():
            column = (Y[known, label, None], scores[known, label, None])
            expected = compute(score, *column, average=None)[0]
        assert_allclose(value, expected)


@pytest.mark.parametrize("score", ALL)
@given(truth_and_scores(), st.data())
def test_weights_are_repetitions_and_order_does_not_matter(score, truth, data):
    Y, scores = truth
    weight = data.draw(whole_weights(len(Y)))
    found = compute(score, Y, scores, sample_weight=weight)
    repeated = (np.repeat(part, weight, axis=0) for part in (Y, scores))
    assert_allclose(found, compute(score, *repeated))
    rows = data.draw(st.permutations(range(len(Y))))
    shuffled = compute(score, Y[rows], scores[rows], sample_weight=weight[rows])
    assert_allclose(found, shuffled)


@pytest.mark.parametrize("score", BY_LABEL + OVERALL)
@given(truth_and_scores(min_labels=2), st.data())
def test_the_order_of_labels_does_not_matter(score, truth, data):
    Y, scores = truth
    columns = data.draw(st.permutations(range(Y.shape[1])))
    found = compute(score, Y, scores)
    assert_allclose(found, compute(score, Y[:, columns], scores[:, columns]))


@pytest.mark.parametrize("score", OF_SCORES + OF_RANKINGS)
@given(truth_and_scores())
def test_increasing_functions_of_scores_do_not_matter(score, truth):
    Y, scores = truth
    for transform in (np.exp, lambda s: 1e6 * s - 3, lambda s: s**3):
        assert_allclose(score(Y, transform(scores)), score(Y, scores))


@given(truth_and_scores(), st.integers(1, 5), st.none() | st.sampled_from(GRID))
def test_top_k_takes_the_largest_scores(truth, k, threshold):
    _, scores = truth
    predicted = metrics.top_k_labels(scores, k, threshold=threshold)
    for row, taken in zip(scores, predicted, strict=True):
        largest = sorted(range(len(row)), key=lambda label: -row[label])[:k]
        expected = {j for j in largest if threshold is None or row[j] >= threshold}
        assert set(np.flatnonzero(taken)) == expected


@given(label_matrices(missing=True), st.data())
def test_overall_and_class_scores_are_harmonic_means(Y, data):
    predicted = data.draw(predictions(Y.shape))
    scores = metrics.overall_and_class_scores(Y, predicted, undefined=0.0)
    for letter, average in (("O", "micro"), ("C", "macro")):
        options = {"average": average, "undefined": 0.0}
        precision = metrics.precision_score(Y, predicted, **options)
        recall = metrics.recall_score(Y, predicted, **options)
        harmonic = divide(2 * precision * recall, precision + recall)
        assert_allclose(scores[f"{letter}F1"], np.nan_to_num(harmonic))
