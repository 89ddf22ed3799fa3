"""Tuned thresholds: optimal among all cuts, whatever the search does to find them."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from property_strategies import GRID, label_matrices, score_matrices, whole_weights
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV, TuningData
from skmlic.model_selection._shared_threshold import maximize_shared
from skmlic.model_selection._threshold_search import (
    maximize_macro,
    maximize_micro,
    maximize_samples,
)
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    PrecisionAtRecall,
    RecallAtPrecision,
    SubsetAccuracy,
)

MACRO = [FBeta(), FBeta(0.5), FBeta(3), Jaccard(), BalancedAccuracy()]
MICRO = [
    FBeta(average="micro"),
    Jaccard("micro"),
    LabelAccuracy(),
    ExpectedCost([[0, 1], [5, 0]]),
]
SAMPLES = [FBeta(average="samples"), FBeta(2, "samples"), Jaccard("samples"), SubsetAccuracy()]


class Scores(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose scores are X."""

    classes_ = np.array([[0, 1]])

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def decision_function(self, X):
        return X


@st.composite
def tuning_data(draw, max_labels=3, missing=True, is_probability=None):
    """Return data in which each label has a positive, a negative and two distinct scores."""
    Y = draw(label_matrices(3, 7, 1, max_labels, missing=missing))
    scores = draw(score_matrices(Y.shape))
    weight = draw(st.none() | whole_weights(len(Y), smallest=1))
    data = TuningData(
        Y == 1,
        scores,
        draw(st.booleans()) if is_probability is None else is_probability,
        weight=None if weight is None else weight.astype(float),
        known=~np.isnan(Y),
    )
    assume(data.is_tunable.all())
    return data


def list_cuts(scores):
    """Return a threshold for each set of entries that a threshold can predict."""
    return [*np.unique(scores), np.inf]


def find_best(data, objective, all_thresholds):
    values = [data.evaluate(objective, data.scores >= np.array(t)) for t in all_thresholds]
    return max(value for value in values if not np.isnan(value))


def list_per_label(data):
    return itertools.product(*map(list_cuts, data.scores.T))


def list_shared(data):
    return ([threshold] * data.n_labels for threshold in list_cuts(data.scores))


@pytest.mark.parametrize("objective", MACRO + MICRO, ids=repr)
@given(tuning_data())
def test_thresholds_per_label_are_optimal(objective, data):
    maximize = maximize_macro if objective.average == "macro" else maximize_micro
    found = data.evaluate(objective, data.scores >= maximize(data, objective))
    if objective.average == "macro":
        # Labels are independent, and those with neither positives nor predictions do not count.
        by_label = (
            max(
                objective.terms(candidates.counts)[0],
            )
            for candidates in data.candidates
        )
        expected = np.mean(list(by_label))
    else:
        expected = find_best(data, objective, list_per_label(data))
    assert found == pytest.approx(expected, abs=1e-9)
    assert found >= data.evaluate(objective, data.scores >= 0.5) - 1e-12


@pytest.mark.parametrize("objective", MACRO + MICRO + SAMPLES, ids=repr)
@given(tuning_data())
def test_the_shared_threshold_is_optimal(objective, data):
    threshold = maximize_shared(data, objective)
    found = data.evaluate(objective, data.scores >= threshold)
    assert found == pytest.approx(find_best(data, objective, list_shared(data)), abs=1e-9)


@pytest.mark.parametrize("objective", SAMPLES, ids=repr)
@given(tuning_data())
def test_no_threshold_of_a_label_improves_means_over_samples(objective, data):
    start = np.full(data.n_labels, maximize_shared(data, objective))
    thresholds = maximize_samples(data, objective, start)
    found = data.evaluate(objective, data.scores >= thresholds)
    assert found >= data.evaluate(objective, data.scores >= start) - 1e-12
    for label, scores in enumerate(data.scores.T):
        for cut in list_cuts(scores):
            other = np.where(np.arange(data.n_labels) == label, cut, thresholds)
            assert data.evaluate(objective, data.scores >= other) <= found + 1e-9


@given(tuning_data(), st.sampled_from([0.3, 0.5, 1.0]), st.booleans())
def test_constraints_hold(data, least, is_precision):
    cls = RecallAtPrecision if is_precision else PrecisionAtRecall
    for label, threshold in enumerate(maximize_macro(data, cls(least))):
        known = data.known[:, label]
        weight = np.ones(known.sum()) if data.weight is None else data.weight[known]
        truth, scores = data.Y[known, label], data.scores[known, label]

        def compute(cut, truth=truth, scores=scores, weight=weight):
            hits = weight @ (truth & (scores >= cut))
            precision = hits / max(weight @ (scores >= cut), 1e-9)
            recall = hits / (weight @ truth)
            return (precision, recall) if is_precision else (recall, precision)

        possible = [compute(cut) for cut in np.unique(scores)]
        values = [value for kept, value in possible if kept >= least - 1e-12]
        if not values:
            assert threshold == np.inf
        else:
            kept, value = compute(threshold)
            assert kept >= least - 1e-12
            assert value == pytest.approx(max(values), abs=1e-9)


@given(tuning_data(max_labels=1, is_probability=True), st.sampled_from(MACRO))
def test_a_threshold_is_the_middle_of_its_gap(data, objective):
    (threshold,) = maximize_macro(data, objective)
    scores = data.scores[data.known]
    if scores.min() < threshold <= scores.max():
        below, above = scores[scores < threshold].max(), scores[scores >= threshold].min()
        assert threshold == (below + above) / 2


@given(tuning_data(missing=False, is_probability=False), st.sampled_from(MACRO + MICRO + SAMPLES))
def test_increasing_functions_of_scores_do_not_matter(data, objective):
    # The value of a cut depends on the order of scores; the midpoint of a gap on their distances,
    # which a linear function keeps.
    best = []
    for transform in (np.asarray, lambda s: 4 * s - 8, np.exp, lambda s: s**3):
        scores = transform(data.scores)
        clf = TunedThresholdMultiLabelClassifierCV(
            Scores(), objective=objective, cv="prefit", refit=False, strategy="per_label"
        )
        best.append(clf.fit(scores, data.Y.astype(int)))
    assert_allclose([clf.best_score_ for clf in best], best[0].best_score_, atol=1e-12)
    assert_allclose(4 * best[0].thresholds_ - 8, best[1].thresholds_)


@given(tuning_data(max_labels=1), st.sampled_from(MACRO + MICRO))
def test_missing_labels_are_rows_left_out(data, objective):
    rows = np.flatnonzero(data.known[:, 0])
    kept = TuningData(
        data.Y[rows],
        data.scores[rows],
        data.is_probability,
        weight=None if data.weight is None else data.weight[rows],
    )
    maximize = maximize_macro if objective.average == "macro" else maximize_micro
    assert_array_equal(maximize(data, objective), maximize(kept, objective))


@given(tuning_data(), st.sampled_from(MACRO + MICRO))
def test_weight_2_is_the_sample_twice(data, objective):
    weight = np.ones(len(data.Y), dtype=int) if data.weight is None else data.weight.astype(int)
    repeated = TuningData(
        *(np.repeat(part, weight, axis=0) for part in (data.Y, data.scores)),
        data.is_probability,
        known=np.repeat(data.known, weight, axis=0),
    )
    maximize = maximize_macro if objective.average == "macro" else maximize_micro
    assert_array_equal(maximize(data, objective), maximize(repeated, objective))


@pytest.mark.parametrize("strategy", ["per_label", "shared", "fbr", "mean_of_folds", "shrunken"])
@given(label_matrices(4, 9, 2, 3), st.data())
def test_strategies_predict_by_their_thresholds(strategy, Y, data):
    scores = data.draw(score_matrices(Y.shape)) - GRID[4]
    assume(all(len(np.unique(column)) == 2 for column in Y.T))
    assume(all(len(np.unique(column)) > 1 for column in scores.T))
    clf = TunedThresholdMultiLabelClassifierCV(Scores(), cv="prefit", refit=False)
    clf.set_params(strategy=strategy).fit(scores, Y)
    predicted = clf.predict(scores)
    assert_array_equal(predicted, scores >= clf.thresholds_)
    value = FBeta().evaluate(Y == 1, predicted == 1)
    assert clf.best_score_ == pytest.approx(value, nan_ok=True)
    if strategy == "shared":
        assert len(set(clf.thresholds_)) == 1
    if strategy in ("per_label", "shared"):
        default = FBeta().evaluate(Y == 1, scores >= 0)
        assert np.isnan(default) or value >= default - 1e-12
