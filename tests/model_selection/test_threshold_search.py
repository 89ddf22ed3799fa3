"""Exact search of thresholds, against trying them all."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as sk

from skmlic import metrics
from skmlic.metrics import get_scorer
from skmlic.model_selection._objectives import ScoreObjective, check_objective
from skmlic.model_selection._threshold_search import (
    maximize_macro,
    maximize_micro,
    maximize_samples,
    maximize_shared,
)
from skmlic.model_selection._threshold_strategies import choose_k, resolve_strategy, tune
from skmlic.model_selection._tuning_data import TuningData, list_candidates
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

OPTIONS = {"fbr": 0.3, "shrinkage": 10.0}
MACRO = [FBeta(), FBeta(2.0), FBeta(0.5), Jaccard(), BalancedAccuracy()]
MICRO = [FBeta(average="micro"), FBeta(2.0, "micro"), Jaccard("micro"), LabelAccuracy()]
SAMPLES = [FBeta(average="samples"), FBeta(2.0, "samples"), Jaccard("samples"), SubsetAccuracy()]
COSTS = [
    ExpectedCost([[0, 1], [5, 0]]),
    ExpectedCost([[[0, 1], [5, 0]], [[-1, 2], [1, -3]]]),
]


def make_data(seed, n_samples=12, n_labels=2, decimals=1, weighted=False):
    rng = np.random.default_rng(seed)
    Y = rng.random((n_samples, n_labels)) < 0.4
    Y[0], Y[1] = True, False
    scores = np.clip(rng.normal(0.4 + 0.2 * Y, 0.25), 0, 1).round(decimals)
    weight = rng.uniform(0.5, 2, n_samples) if weighted else None
    return TuningData(Y, scores, is_probability=True, weight=weight)


def every_threshold(scores):
    distinct = np.unique(scores)
    middles = (distinct[1:] + distinct[:-1]) / 2
    return np.concatenate([[distinct[0] - 1], middles, [distinct[-1] + 1]])


def best_per_label(data, objective):
    grids = [every_threshold(column) for column in data.scores.T]
    return max(
        objective.evaluate(data.Y, data.scores >= np.array(thresholds), data.weight)
        for thresholds in itertools.product(*grids)
    )


def best_shared(data, objective):
    return max(
        objective.evaluate(data.Y, data.scores >= threshold, data.weight)
        for threshold in every_threshold(data.scores)
    )


def value_of(data, objective, thresholds):
    return objective.evaluate(data.Y, data.scores >= thresholds, data.weight)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("objective", [*MACRO, *MICRO, *COSTS], ids=repr)
def test_per_label_equals_trying_all(objective, weighted):
    cut = maximize_macro if objective.average == "macro" else maximize_micro
    for seed in range(20):
        data = make_data(seed, weighted=weighted)
        found = value_of(data, objective, cut(data, objective))
        assert_allclose(found, best_per_label(data, objective), atol=1e-12)


@pytest.mark.parametrize("n_labels", [1, 3])
@pytest.mark.parametrize("objective", [FBeta(), FBeta(average="micro")], ids=repr)
def test_per_label_equals_trying_all_with_other_numbers_of_labels(objective, n_labels):
    cut = maximize_macro if objective.average == "macro" else maximize_micro
    for seed in range(10):
        data = make_data(seed, n_samples=9, n_labels=n_labels)
        found = value_of(data, objective, cut(data, objective))
        assert_allclose(found, best_per_label(data, objective), atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("objective", [*MACRO, *MICRO, *SAMPLES, *COSTS], ids=repr)
def test_shared_equals_trying_all(objective, weighted):
    for seed in range(20):
        data = make_data(seed, n_samples=30, weighted=weighted)
        found = value_of(data, objective, maximize_shared(data, objective))
        assert_allclose(found, best_shared(data, objective), atol=1e-12)


@pytest.mark.parametrize("objective", SAMPLES, ids=repr)
def test_cyclic_ascent_is_never_worse_than_shared(objective):
    better = 0
    for seed in range(20):
        data = make_data(seed, n_samples=40, n_labels=4, decimals=2)
        shared = np.full(data.n_labels, maximize_shared(data, objective))
        cyclic = maximize_samples(data, objective, shared)
        gain = value_of(data, objective, cyclic) - value_of(data, objective, shared)
        assert gain >= -1e-12
        better += gain > 1e-6
    assert better > 10


def test_cyclic_ascent_ends_where_no_label_gains():
    objective = FBeta(average="samples")
    data = make_data(3, n_samples=30, n_labels=3)
    thresholds = maximize_samples(data, objective, np.full(3, maximize_shared(data, objective)))
    best = value_of(data, objective, thresholds)
    for j in range(3):
        for threshold in every_threshold(data.scores[:, j]):
            other = thresholds.copy()
            other[j] = threshold
            assert value_of(data, objective, other) <= best + 1e-12


@pytest.mark.parametrize(
    ("objective", "score"),
    [
        (FBeta(), lambda Y, P: sk.f1_score(Y, P, average="macro")),
        (FBeta(2.0, "micro"), lambda Y, P: sk.fbeta_score(Y, P, beta=2, average="micro")),
        (FBeta(average="samples"), lambda Y, P: metrics.f1_score(Y, P, average="samples")),
        (Jaccard(), lambda Y, P: sk.jaccard_score(Y, P, average="macro")),
        (Jaccard("samples"), lambda Y, P: metrics.jaccard_score(Y, P, average="samples")),
        (SubsetAccuracy(), sk.accuracy_score),
        (LabelAccuracy(), lambda Y, P: 1 - sk.hamming_loss(Y, P)),
        (BalancedAccuracy(), metrics.balanced_accuracy_score),
        (ExpectedCost([[0, 1], [5, 0]]), lambda Y, P: -np.mean((Y < P) + 5 * (Y > P))),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_objectives_are_the_scores_of_their_names(objective, score):
    for seed in range(5):
        data = make_data(seed, n_samples=40, n_labels=3)
        predicted = data.scores >= 0.5
        expected = score(data.Y.astype(int), predicted.astype(int))
        assert_allclose(objective.evaluate(data.Y, predicted), expected)


def test_threshold_lies_in_the_middle_of_the_widest_plateau():
    y = np.array([False, False, True, True])
    scores = np.array([0.1, 0.2, 0.8, 0.9])
    data = TuningData(y[:, None], scores[:, None], is_probability=True)
    assert_allclose(maximize_macro(data, FBeta()), [0.5])
    # With recall alone at stake, "all" and "two" are as good where negatives cost nothing.
    cost = ExpectedCost([[0, 0], [1, 0]])
    assert_allclose(maximize_micro(data, cost), [0.5])


def test_threshold_splits_neighbouring_floats():
    low = 0.5
    high = np.nextafter(low, 1)
    data = TuningData(np.array([[False], [True]]), np.array([[low], [high]]), is_probability=True)
    (threshold,) = maximize_macro(data, FBeta())
    assert low < threshold <= high


@pytest.mark.parametrize("is_probability", [True, False])
def test_all_and_none_hold_for_unseen_scores(is_probability):
    Y = np.array([[True], [True], [False]])
    scores = np.array([[0.5], [0.3], [0.4]])
    data = TuningData(Y, scores, is_probability)
    every = maximize_micro(data, ExpectedCost([[0, 0], [1, 0]]))
    none = maximize_micro(data, ExpectedCost([[0, 1], [0, 0]]))
    assert every < 0.3
    assert none > 0.5
    if is_probability:
        assert every >= 0
        assert none <= 1


def test_none_at_probability_1_sets_nothing():
    data = TuningData(np.array([[True], [False]]), np.array([[0.2], [1.0]]), is_probability=True)
    assert maximize_micro(data, ExpectedCost([[0, 1], [0, 0]])) > 1


def test_recall_at_precision():
    data = make_data(0, n_samples=60, n_labels=2, decimals=2)
    thresholds = maximize_macro(data, RecallAtPrecision(0.7))
    for j, threshold in enumerate(thresholds):
        y, scores = data.Y[:, j], data.scores[:, j]
        recalls = [
            sk.recall_score(y, scores >= t)
            for t in every_threshold(scores)[:-1]
            if sk.precision_score(y, scores >= t) >= 0.7
        ]
        assert sk.precision_score(y, scores >= threshold) >= 0.7
        assert sk.recall_score(y, scores >= threshold) == max(recalls)


def test_precision_at_recall():
    data = make_data(1, n_samples=60, n_labels=2, decimals=2)
    thresholds = maximize_macro(data, PrecisionAtRecall(0.8))
    for j, threshold in enumerate(thresholds):
        y, scores = data.Y[:, j], data.scores[:, j]
        precisions = [
            sk.precision_score(y, scores >= t)
            for t in every_threshold(scores)[:-1]
            if sk.recall_score(y, scores >= t) >= 0.8
        ]
        assert sk.recall_score(y, scores >= threshold) >= 0.8
        assert_allclose(sk.precision_score(y, scores >= threshold), max(precisions))


@pytest.mark.parametrize("precision", [0.07, 0.28, 0.55])
def test_constraints_hold_at_equality(precision):
    right = round(precision * 100)
    Y = np.arange(101)[:, None] < right
    scores = np.where(np.arange(101) < 100, 0.9, 0.1)[:, None]
    data = TuningData(Y, scores, is_probability=True)
    assert_allclose(maximize_macro(data, RecallAtPrecision(precision)), [0.5])


def test_ties_are_broken_by_the_constraint():
    Y = np.array([[True], [True], [True], [False], [False]])
    scores = np.array([[0.9], [0.85], [0.8], [0.79], [0.3]])
    data = TuningData(Y, scores, is_probability=True)
    assert_allclose(maximize_macro(data, RecallAtPrecision(0.5)), [0.795])
    assert_allclose(maximize_macro(data, PrecisionAtRecall(0.3)), [0.795])


def test_room_beyond_the_scores_wins_no_tie():
    Y = np.array([[True], [False], [True], [False]])
    margins = np.array([[3.0], [2.9], [-2.0], [-2.2]])
    data = TuningData(Y, margins, is_probability=False)
    assert_allclose(maximize_micro(data, LabelAccuracy()), [-2.1])


def test_unattainable_precision_is_never_set():
    data = TuningData(np.array([[True], [False]]), np.array([[0.2], [0.9]]), is_probability=True)
    assert_array_equal(maximize_macro(data, RecallAtPrecision(0.9)), [np.inf])


def test_labels_without_evidence_are_left_open():
    Y = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 0, 1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1, 0.9, 0.3], [0.2, 0.5, 0.4, 0.3], [0.7, 0.3, 0.2, 0.3]])
    data = TuningData(Y, scores, is_probability=True)
    assert_array_equal(data.is_tunable, [True, False, False, False])
    for objective in (FBeta(), FBeta(average="micro")):
        thresholds = tune(data, objective, "per_label", **OPTIONS)
        assert_array_equal(np.isnan(thresholds), [False, True, True, True])


def test_joint_optimum_takes_undetermined_labels_at_their_default():
    Y = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], dtype=bool)
    scores = np.array([[0.6, 0.9], [0.5, 0.8], [0.4, 0.7], [0.1, 0.2]])
    data = TuningData(Y, scores, is_probability=True)
    objective = FBeta(average="micro")
    thresholds = maximize_micro(data, objective)
    with_default = np.where(np.isnan(thresholds), 0.5, thresholds)
    found = value_of(data, objective, with_default)
    best = max(value_of(data, objective, np.array([t, 0.5])) for t in every_threshold(scores[:, 0]))
    assert_allclose(found, best)


def test_candidates_count_by_distinct_score():
    candidates = list_candidates(
        np.array([True, False, True, True]), np.array([0.5, 0.5, 0.9, 0.1])
    )
    assert_array_equal(candidates.scores, [0.9, 0.5, 0.1])
    assert_array_equal(candidates.counts.tp, [0, 1, 2, 3])
    assert_array_equal(candidates.counts.fp, [0, 0, 1, 1])
    assert [candidates.find(t) for t in (1.0, 0.9, 0.7, 0.5, 0.0)] == [0, 1, 1, 2, 3]


def test_weight_2_is_the_sample_twice():
    data = make_data(5, n_samples=25)
    twice = np.concatenate([np.arange(25), np.arange(10)])
    weight = np.where(np.arange(25) < 10, 2.0, 1.0)
    weighted = TuningData(data.Y, data.scores, is_probability=True, weight=weight)
    for objective in (*MACRO, *MICRO, *SAMPLES):
        for strategy in ("per_label", "shared", "shrunken"):
            assert_allclose(
                tune(weighted, objective, strategy, **OPTIONS),
                tune(data.take(twice), objective, strategy, **OPTIONS),
            )


def test_shrunken_lies_between_its_own_and_the_shared_threshold():
    data = make_data(2, n_samples=50, n_labels=3, decimals=3)
    own = tune(data, FBeta(), "per_label", **OPTIONS)
    shared = tune(data, FBeta(), "shared", **OPTIONS)
    shrunken = tune(data, FBeta(), "shrunken", **OPTIONS)
    assert (shrunken >= np.minimum(own, shared)).all()
    assert (shrunken <= np.maximum(own, shared)).all()
    for shrinkage, limit in ((0, own), (1e9, shared)):
        assert_allclose(tune(data, FBeta(), "shrunken", fbr=0.3, shrinkage=shrinkage), limit)


def test_shrinking_gives_labels_without_positives_the_shared_threshold():
    Y = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], dtype=bool)
    scores = np.array([[0.6, 0.9], [0.3, 0.8], [0.5, 0.7], [0.1, 0.2]])
    data = TuningData(Y, scores, is_probability=True)
    shared = tune(data, FBeta(), "shared", **OPTIONS)
    for shrinkage in (0, 10):
        shrunken = tune(data, FBeta(), "shrunken", fbr=0, shrinkage=shrinkage)
        assert_allclose(shrunken[1], shared[1])


def test_searches_of_what_is_undefined_end_at_the_default():
    data = TuningData(np.zeros((4, 2), dtype=bool), np.eye(4)[:, :2] / 2, is_probability=True)
    objective = ScoreObjective(lambda Y, P: metrics.balanced_accuracy_score(Y, P))
    assert np.isnan(tune(data, objective, "shared", **OPTIONS)).all()
    assert choose_k(data, objective) == 1


def test_fbr_holds_back_labels_of_low_value():
    data = make_data(4, n_samples=30, n_labels=2, decimals=3)
    held_back = tune(data, FBeta(), "fbr", fbr=1.1, shrinkage=0)
    assert_array_equal(held_back, data.scores.max(axis=0))
    own = tune(data, FBeta(), "per_label", **OPTIONS)
    assert_array_equal(tune(data, FBeta(), "fbr", fbr=0.0, shrinkage=0), own)


def test_any_score_is_searched():
    data = make_data(7, n_samples=40, n_labels=2, decimals=1)
    searched = ScoreObjective(lambda Y, P: sk.f1_score(Y, P, average="macro"))
    shared = tune(data, searched, "shared", **OPTIONS)
    assert_allclose(value_of(data, FBeta(), shared), best_shared(data, FBeta()))
    own = tune(data, searched, "per_label", **OPTIONS)
    assert_allclose(value_of(data, FBeta(), own), best_per_label(data, FBeta()))


def test_k_is_the_best():
    data = make_data(8, n_samples=40, n_labels=4, decimals=3)
    objective = FBeta(average="samples")
    values = [
        objective.evaluate(data.Y, metrics.top_k_labels(data.scores, k) == 1) for k in range(1, 5)
    ]
    assert choose_k(data, objective) == np.argmax(values) + 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("f1_macro", FBeta()),
        ("f2_micro", FBeta(2.0, "micro")),
        ("f0.5_samples", FBeta(0.5, "samples")),
        ("jaccard_samples", Jaccard("samples")),
        ("subset_accuracy", SubsetAccuracy()),
        ("neg_hamming_loss", LabelAccuracy()),
        (get_scorer("f1_micro"), FBeta(1.0, "micro")),
        (get_scorer("f2_macro"), FBeta(2.0, "macro")),
        (get_scorer("balanced_accuracy"), BalancedAccuracy()),
        (get_scorer("OF1"), FBeta(1.0, "micro")),
        (get_scorer("f1_macro", undefined="nan"), FBeta()),
        (metrics.f1_score, FBeta()),
        (metrics.hamming_loss, LabelAccuracy()),
        (RecallAtPrecision(0.9), RecallAtPrecision(0.9)),
        (ExpectedCost([[0, 1], [1, 0]]), ExpectedCost([[0, 1], [1, 0]])),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_objectives_by_name_and_scorer(given, expected):
    assert check_objective(given) == expected


def test_other_objectives_are_searched():
    for given in ("precision_samples", "CF1", sk.make_scorer(sk.accuracy_score), sk.accuracy_score):
        assert isinstance(check_objective(given), ScoreObjective)


def test_losses_of_scorers_are_turned():
    objective = check_objective(sk.make_scorer(sk.hamming_loss, greater_is_better=False))
    Y = np.array([[True, False], [True, True]])
    assert_allclose(objective.evaluate(Y, np.ones_like(Y)), -0.25)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("f1_makro", r"objective='f1_makro' is not known. Did you mean 'f1_macro'"),
        ("map", "score of probabilities"),
        (get_scorer("roc_auc"), "score of probabilities"),
        (3, "objective=3: expected a name"),
        (FBeta, r"objective=FBeta is a class; write FBeta\(\)"),
    ],
)
def test_objectives_that_are_none(given, message):
    with pytest.raises(ValueError, match=message):
        check_objective(given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FBeta(0), "beta=0: expected"),
        (lambda: FBeta(np.inf), "beta=inf: expected"),
        (lambda: FBeta("2"), "beta='2': expected"),
        (lambda: RecallAtPrecision(None), "precision=None: expected"),
        (lambda: FBeta(average="weighted"), "average='weighted': expected"),
        (lambda: RecallAtPrecision(90), "precision=90: expected"),
        (lambda: PrecisionAtRecall(0), "recall=0: expected"),
        (lambda: ExpectedCost([1, 2]), r"shape \(2,\); expected \(2, 2\)"),
        (lambda: ExpectedCost([[0, np.inf], [1, 0]]), "expected finite numbers"),
    ],
)
def test_parameters_of_objectives(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_auto_follows_the_objective():
    assert resolve_strategy("auto", FBeta()) == "shrunken"
    assert resolve_strategy("auto", FBeta(average="micro")) == "shared"
    assert resolve_strategy("auto", SubsetAccuracy()) == "shared"
    assert resolve_strategy("auto", RecallAtPrecision(0.9)) == "per_label"
    assert resolve_strategy("auto", ScoreObjective(sk.accuracy_score)) == "shared"


def test_strategies_that_an_objective_can_not_have():
    with pytest.raises(ValueError, match="cannot keep the constraint"):
        resolve_strategy("shared", RecallAtPrecision(0.9))
    with pytest.raises(ValueError, match="needs an objective with a value for each label"):
        resolve_strategy("fbr", FBeta(average="micro"))
