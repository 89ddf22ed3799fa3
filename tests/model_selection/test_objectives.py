"""The parameter ``objective``, and the values of objectives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sk

from skmlic import metrics
from skmlic.metrics import get_scorer
from skmlic.model_selection._objectives import ScoreObjective, check_objective
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    RecallAtPrecision,
    SubsetAccuracy,
)


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


def test_other_scores_are_score_objectives():
    for given in ("precision_samples", "CF1", sk.make_scorer(sk.accuracy_score), sk.accuracy_score):
        assert isinstance(check_objective(given), ScoreObjective)


def test_losses_of_scorers_are_negated():
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
    ids=["name", "scorer name", "scorer", "number", "class"],
)
def test_wrong_objectives(given, message):
    with pytest.raises(ValueError, match=message):
        check_objective(given)


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
def test_objectives_equal_scores(objective, score, make_data):
    for seed in range(5):
        data = make_data(seed, n_samples=40, n_labels=3)
        predicted = data.scores >= 0.5
        expected = score(data.Y.astype(int), predicted.astype(int))
        assert_allclose(objective.evaluate(data.Y, predicted), expected)
