"""Strategies that turn scores into thresholds."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as sk

from skmlic import metrics
from skmlic.model_selection._objectives import ScoreObjective
from skmlic.model_selection._threshold_strategies import (
    choose_k,
    resolve_strategy,
    tune,
    tune_with_folds,
)
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import (
    FBeta,
    Jaccard,
    RecallAtPrecision,
    SubsetAccuracy,
)

OPTIONS = {"fbr": 0.3, "shrinkage": 10.0}


def test_auto_depends_on_the_objective():
    assert resolve_strategy("auto", FBeta()) == "shrunken"
    assert resolve_strategy("auto", FBeta(average="micro")) == "shared"
    assert resolve_strategy("auto", SubsetAccuracy()) == "shared"
    assert resolve_strategy("auto", RecallAtPrecision(0.9)) == "per_label"
    assert resolve_strategy("auto", ScoreObjective(sk.accuracy_score)) == "shared"


def test_wrong_strategies_for_an_objective():
    with pytest.raises(ValueError, match="cannot keep the constraint"):
        resolve_strategy("shared", RecallAtPrecision(0.9))
    with pytest.raises(ValueError, match="needs an objective with a value for each label"):
        resolve_strategy("fbr", FBeta(average="micro"))


def test_labels_that_cannot_be_tuned_have_no_threshold():
    Y = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 0, 1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1, 0.9, 0.3], [0.2, 0.5, 0.4, 0.3], [0.7, 0.3, 0.2, 0.3]])
    data = TuningData(Y, scores, is_probability=True)
    assert_array_equal(data.is_tunable, [True, False, False, False])
    for objective in (FBeta(), FBeta(average="micro")):
        thresholds = tune(data, objective, "per_label", **OPTIONS)
        assert_array_equal(np.isnan(thresholds), [False, True, True, True])


def test_weight_2_is_the_sample_twice(make_data):
    data = make_data(5, n_samples=25)
    twice = np.concatenate([np.arange(25), np.arange(10)])
    weight = np.where(np.arange(25) < 10, 2.0, 1.0)
    weighted = TuningData(data.Y, data.scores, is_probability=True, weight=weight)
    for objective in (FBeta(), Jaccard(), FBeta(average="micro"), FBeta(average="samples")):
        for strategy in ("per_label", "shared", "shrunken"):
            assert_allclose(
                tune(weighted, objective, strategy, **OPTIONS),
                tune(data.take(twice), objective, strategy, **OPTIONS),
            )


def test_shrunken_thresholds_lie_between_per_label_and_shared_ones(make_data):
    data = make_data(2, n_samples=50, n_labels=3, decimals=3)
    own = tune(data, FBeta(), "per_label", **OPTIONS)
    shared = tune(data, FBeta(), "shared", **OPTIONS)
    shrunken = tune(data, FBeta(), "shrunken", **OPTIONS)
    assert (shrunken >= np.minimum(own, shared)).all()
    assert (shrunken <= np.maximum(own, shared)).all()
    for shrinkage, limit in ((0, own), (1e9, shared)):
        assert_allclose(tune(data, FBeta(), "shrunken", fbr=0.3, shrinkage=shrinkage), limit)


def test_labels_without_positives_have_the_shared_threshold():
    Y = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], dtype=bool)
    scores = np.array([[0.6, 0.9], [0.3, 0.8], [0.5, 0.7], [0.1, 0.2]])
    data = TuningData(Y, scores, is_probability=True)
    shared = tune(data, FBeta(), "shared", **OPTIONS)
    for shrinkage in (0, 10):
        shrunken = tune(data, FBeta(), "shrunken", fbr=0, shrinkage=shrinkage)
        assert_allclose(shrunken[1], shared[1])


def test_undefined_scores_give_no_threshold():
    data = TuningData(np.zeros((4, 2), dtype=bool), np.eye(4)[:, :2] / 2, is_probability=True)
    objective = ScoreObjective(lambda Y, P: metrics.balanced_accuracy_score(Y, P))
    assert np.isnan(tune(data, objective, "shared", **OPTIONS)).all()
    assert choose_k(data, objective) == 1


def test_fbr_raises_the_threshold_of_labels_with_a_low_value(make_data):
    data = make_data(4, n_samples=30, n_labels=2, decimals=3)
    raised = tune(data, FBeta(), "fbr", fbr=1.1, shrinkage=0)
    assert_array_equal(raised, data.scores.max(axis=0))
    own = tune(data, FBeta(), "per_label", **OPTIONS)
    assert_array_equal(tune(data, FBeta(), "fbr", fbr=0.0, shrinkage=0), own)


def test_score_objectives_find_the_optimum_among_few_scores(
    make_data, best_per_label, best_shared, value_of
):
    data = make_data(7, n_samples=40, n_labels=2, decimals=1)
    objective = ScoreObjective(lambda Y, P: sk.f1_score(Y, P, average="macro"))
    shared = tune(data, objective, "shared", **OPTIONS)
    assert_allclose(value_of(data, FBeta(), shared), best_shared(data, FBeta()))
    own = tune(data, objective, "per_label", **OPTIONS)
    assert_allclose(value_of(data, FBeta(), own), best_per_label(data, FBeta()))


def test_k_is_the_best(make_data):
    data = make_data(8, n_samples=40, n_labels=4, decimals=3)
    objective = FBeta(average="samples")
    values = [
        objective.evaluate(data.Y, metrics.top_k_labels(data.scores, k) == 1) for k in range(1, 5)
    ]
    assert choose_k(data, objective) == np.argmax(values) + 1


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("strategy", ["per_label", "mean_of_folds", "shared", "shrunken", "fbr"])
def test_thresholds_of_folds_are_those_of_copied_data(strategy, weighted, make_data):
    data = make_data(1, n_samples=90, n_labels=3, decimals=2, weighted=weighted)
    rows, fold = np.arange(90), np.arange(90) % 3
    _, per_fold = tune_with_folds(data, rows, fold, FBeta(), strategy, **OPTIONS)
    for k in range(3):
        expected = tune(data.take(fold != k), FBeta(), strategy, **OPTIONS)
        assert_array_equal(per_fold[k], expected)


def test_scores_are_sorted_once_for_all_folds(make_data, monkeypatch):
    data = make_data(0, n_samples=1000, n_labels=4, decimals=9)
    sizes = []
    argsort = np.argsort
    monkeypatch.setattr(np, "argsort", lambda a, **kw: sizes.append(a.size) or argsort(a, **kw))
    rows, fold = np.arange(1000), np.arange(1000) % 5
    for objective in (FBeta(), FBeta(average="micro")):
        tune_with_folds(replace(data), rows, fold, objective, "per_label", **OPTIONS)
        assert sizes == [1000] * 4
        sizes.clear()
