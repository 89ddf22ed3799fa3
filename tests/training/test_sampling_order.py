"""The rows that an epoch of training takes."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.dataset import ValidSplit

from skmlic.datasets import make_multilabel_shapes
from skmlic.training._sampling_order import BalancedOrder, HardNegativeOrder, make_order

FEATURES = np.random.RandomState(0).normal(size=(80, 5)).astype(np.float32)
TARGETS = (FEATURES[:, :3] - [0.5, 1, 1.5] > 0).astype(int)
X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
# The inverted images have no label.
X = np.concatenate([X, 255 - X])
Y = np.concatenate([Y, np.zeros_like(Y)])


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {"max_epochs": 4, "batch_size": 16, "random_state": 0}
        return make_classifier(**{**defaults, **parameters})

    return make_it


def sample_often(order, n_times=400):
    rows = torch.cat([order.sample() for _ in range(n_times)])
    return np.bincount(rows.numpy(), minlength=order.n_all) / len(rows)


def test_labels_are_equally_probable():
    target = np.array([[1, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 0]])
    order = BalancedOrder(torch.from_numpy(target))
    assert len(order) == len(order.sample()) == 10
    # The third label has no images; those without a label are one more group.
    assert_allclose(sample_often(order), [1 / 18] * 6 + [1 / 9] * 3 + [1 / 3], atol=0.02)


def test_an_image_with_two_labels_is_sampled_for_both():
    order = BalancedOrder(torch.tensor([[1, 1], [1, 0], [0, 1], [0, 1]]))
    assert_allclose(sample_often(order), [1 / 4 + 1 / 6, 1 / 4, 1 / 6, 1 / 6], atol=0.03)


def test_missing_labels_are_not_positive():
    nan = torch.nan
    order = BalancedOrder(torch.tensor([[1, nan], [nan, nan], [nan, 0], [0, 0]]))
    assert_allclose(sample_often(order), [1 / 2, 1 / 6, 1 / 6, 1 / 6], atol=0.03)


def test_no_positives_at_all():
    assert_allclose(sample_often(BalancedOrder(torch.zeros(4, 2))), [1 / 4] * 4, atol=0.05)


def test_hardest_rows():
    target = torch.tensor([[1, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0]])
    order = HardNegativeOrder(target, 1.0)
    assert order.unlabelled.tolist() == [1, 2, 4, 5]
    order.rank(torch.tensor([0.1, 0.9, 0.2, 0.3]))
    assert len(order) == 4
    assert sorted(order.sample().tolist()) == [0, 2, 3, 5]
    order.rank(torch.tensor([0.9, 0.1, 0.8, 0.3]))
    assert sorted(order.sample().tolist()) == [0, 1, 3, 4]


@pytest.mark.parametrize(("ratio", "n_rows"), [(0, 2), (0.5, 3), (1, 4), (100, 6)])
def test_counts_of_hard_negatives(ratio, n_rows):
    target = torch.tensor([[1, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0]])
    order = HardNegativeOrder(target, ratio)
    assert len(order) == len(order.sample()) == n_rows


def test_hard_negatives_may_be_sampled_by_label():
    target = torch.tensor([[1, 0]] * 6 + [[0, 1]] * 2 + [[0, 0]] * 8)
    order = HardNegativeOrder(target, 0.5, "balanced")
    order.rank(torch.arange(8.0))
    counts = np.bincount(
        torch.cat([order.sample() for _ in range(400)]).numpy(), minlength=len(target)
    )
    expected = np.array([1 / 18] * 6 + [1 / 6] * 2 + [0] * 4 + [1 / 12] * 4)
    assert_allclose(counts / counts.sum(), expected, atol=0.02)


def test_rows_with_missing_labels_are_no_negatives():
    nan = torch.nan
    target = torch.tensor([[1, 0], [nan, 0], [0, 0], [0, 0], [nan, nan]])
    order = HardNegativeOrder(target, 1.0)
    assert order.unlabelled.tolist() == [2, 3]
    assert {0, 1, 4} < set(order.sample().tolist())
    assert len(order) == 4


def test_a_seed_determines_the_sample():
    order = make_order(TARGETS, "balanced")
    samples = []
    for _ in range(2):
        torch.manual_seed(3)
        samples.append(order.sample())
    assert torch.equal(*samples)
    assert make_order(TARGETS) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "parameters",
    [
        {"sampler": "balanced"},
        {"hard_negatives": 0.5},
        {"sampler": "balanced", "hard_negatives": 0.5},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("freeze", [True, False], ids=["frozen", "trainable"])
def test_in_training(make, parameters, freeze):
    settings = {"backbone": "tiny_cnn", "precision": "fp32", "freeze": freeze, "unfreeze_after": 1}
    weight = np.where(np.arange(len(X)) % 5, 1.0, 0.0)
    settings["max_epochs"] = 2
    fits = [make(**settings, **parameters).fit(X, Y, sample_weight=weight) for _ in range(2)]
    probabilities = [clf.predict_proba(X) for clf in fits]
    assert_array_equal(*probabilities)
    plain = make(**settings).fit(X, Y, sample_weight=weight)
    assert not np.array_equal(plain.predict_proba(X), probabilities[0])
    n_used = (weight > 0).sum()
    if "hard_negatives" in parameters:
        n_labelled = (Y.any(axis=1) & (weight > 0)).sum()
        n_used = n_labelled + round(parameters["hard_negatives"] * n_labelled)
    assert (fits[0].batch_history_["train_batch_size"].groupby("epoch").sum() == n_used).all()
    assert len(pickle.dumps(fits[0])) <= len(pickle.dumps(plain)) + 200


def test_all_negatives_are_a_plain_shuffle(make):
    expected = make().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    n_labelled, n_others = np.bincount(~TARGETS.any(axis=1))
    enough = make(hard_negatives=n_others / n_labelled).fit(FEATURES, TARGETS)
    assert_allclose(enough.predict_proba(FEATURES), expected, atol=0.05)


def test_chosen_negatives_have_the_highest_scores(make, monkeypatch):
    taken = []
    rank = HardNegativeOrder.rank

    def note(self, scores):
        rank(self, scores)
        taken.append((scores, set(self._rows.tolist())))

    monkeypatch.setattr(HardNegativeOrder, "rank", note)
    make(hard_negatives=0.5, max_epochs=3, lr=0.1).fit(FEATURES, TARGETS)
    unlabelled = np.flatnonzero(~TARGETS.any(axis=1))
    assert len(taken) == 1 + 3
    for scores, rows in taken[1:]:
        is_taken = np.isin(unlabelled, list(rows))
        assert scores[is_taken].min() >= scores[~is_taken].max()
    assert taken[1][1] != taken[-1][1]


def test_balanced_sampling_raises_probabilities_of_a_rare_label(make):
    rng = np.random.RandomState(0)
    features = rng.normal(size=(600, 10)).astype(np.float32)
    rare = (np.arange(600) % 40 == 0).astype(int)
    features[rare == 1, 0] += 2
    targets = np.column_stack([rare, features[:, 1] > 0])
    settings = {"max_epochs": 3, "batch_size": 32}
    means = [
        make(sampler=sampler, **settings)
        .fit(features, targets)
        .predict_proba(features)[:, 0]
        .mean()
        for sampler in (None, "balanced")
    ]
    assert means[1] > means[0]


def test_rows_can_not_be_chosen_from_a_split_of_skorch(make):
    clf = make(sampler="balanced", net_params={"train_split": ValidSplit(5)})
    with pytest.raises(ValueError, match="choose among 80 images, but net_params keeps 64"):
        clf.fit(FEATURES, TARGETS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sampler": "random"}, "sampler"),
        ({"hard_negatives": -1}, "hard_negatives"),
        ({"hard_negatives": 1.0}, r"hard_negatives=1.0: no image has a label"),
    ],
)
def test_errors(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(FEATURES, np.zeros_like(TARGETS))
