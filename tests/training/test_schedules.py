"""Schedules of learning rates."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV
from torch.optim import lr_scheduler

from skmlic.datasets import make_multilabel_shapes
from skmlic.training._schedules import SCHEDULES, Schedule, compute_plateau_factor

FEATURES = np.random.RandomState(0).normal(size=(80, 5))
TARGETS = (FEATURES[:, :3] + 0.3 * FEATURES[:, 2:5] > 0).astype(int)
N_BATCHES = 5


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {
            "backbone": "precomputed",
            "hidden_layer_sizes": (8,),
            "max_epochs": 6,
            "batch_size": 16,
            "lr": 0.01,
            "random_state": 0,
        }
        return make_classifier(**{**defaults, **parameters})

    return make_it


def fit_rates(make, **parameters):
    clf = make(**parameters).fit(FEATURES, TARGETS)
    return clf.batch_history_["lr"].to_numpy()


def factors(kind, n_epochs=20, n_batches=100, **parameters):
    schedule = Schedule(kind, n_epochs, **parameters)
    return [schedule.compute_factor(t, n_batches) for t in range(n_epochs * n_batches)]


def torch_factors(scheduler, n, lr=1.0):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = scheduler(optimizer)
    rates = []
    for _ in range(n):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_cosine_is_torchs():
    expected = torch_factors(lambda o: lr_scheduler.CosineAnnealingLR(o, 2000), 2000)
    assert_allclose(factors("cosine"), expected, atol=1e-9)


def test_onecycle_has_the_shape_of_torchs():
    # In torch, the last batch has the smallest rate; here it is that of the end of the last batch.
    expected = torch_factors(lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=2001), 2000)
    ours = factors("onecycle")
    assert_allclose(ours, expected, atol=2e-3)
    assert_allclose(ours[0], 1 / 25)
    assert_allclose(max(ours), 1)
    end = Schedule("onecycle", 20).compute_factor(2000, 100)
    assert_allclose(end, 1 / 25 / 1e4)


def test_step_is_torchs():
    expected = torch_factors(lambda o: lr_scheduler.MultiStepLR(o, [10, 20]), 30)
    assert_allclose(factors("step", n_epochs=30, n_batches=1), expected)


def test_inverse_time_is_keras_decay():
    lr, n_epochs = 0.5, 4
    decay = lr / n_epochs
    expected = [1 / (1 + decay * t) for t in range(n_epochs * 10)]
    assert_allclose(factors("inverse_time", n_epochs, 10, lr=lr), expected)


@pytest.mark.parametrize("lower_is_better", [True, False])
@pytest.mark.parametrize("patience", [0, 1, 3])
def test_plateau_is_torchs(lower_is_better, patience):
    rng = np.random.default_rng(0)
    trend = np.linspace(1, 0.6, 40) if lower_is_better else np.linspace(0.6, 1, 40)
    figures = trend + 0.05 * rng.normal(size=40)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    mode = "min" if lower_is_better else "max"
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode, patience=patience, eps=0)
    for n in range(1, 41):
        scheduler.step(figures[n - 1])
        expected = optimizer.param_groups[0]["lr"]
        assert_allclose(compute_plateau_factor(figures[:n], patience, lower_is_better), expected)


@pytest.mark.parametrize("kind", [None, *SCHEDULES])
def test_rates_rise_to_the_first_rate_of_the_schedule(kind):
    n_warm = 2 * N_BATCHES
    warm = factors(kind, 8, N_BATCHES, warmup_epochs=2)
    first = warm[n_warm]
    assert_allclose(warm[:n_warm], first * np.arange(1, n_warm + 1) / n_warm)
    if kind in ("cosine", "onecycle", "step"):
        assert_allclose(warm[n_warm:], factors(kind, 6, N_BATCHES))


def test_warm_up_of_part_of_an_epoch():
    assert_allclose(factors(None, 2, 4, warmup_epochs=0.5), [0.5, 1, 1, 1, 1, 1, 1, 1])


@pytest.mark.parametrize("kind", ["cosine", "onecycle", "step", "inverse_time", math.sqrt])
def test_the_classifier_sets_the_rates(make, kind):
    schedule = Schedule(kind, 6, warmup_epochs=1, lr=0.01)
    expected = [0.01 * schedule.compute_factor(t, N_BATCHES) for t in range(6 * N_BATCHES)]
    assert_allclose(fit_rates(make, lr_schedule=kind, warmup_epochs=1), expected)


def test_the_rates_matter(make):
    constant = make().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    ones = make(lr_schedule=lambda progress: 1.0).fit(FEATURES, TARGETS)
    assert_array_equal(ones.predict_proba(FEATURES), constant)
    zeros = make(lr_schedule=lambda progress: 0.0).fit(FEATURES, TARGETS)
    still = make(lr=0.0).fit(FEATURES, TARGETS)
    assert_array_equal(zeros.predict_proba(FEATURES), still.predict_proba(FEATURES))


def test_plateau_monitors_the_training_loss(make):
    rates = fit_rates(
        make, lr_schedule="plateau", lr=1e-20, max_epochs=8, n_iter_no_change=4, dropout=0
    )
    # The loss stays the same, so the third epoch after the first is one too many.
    expected = np.repeat([1e-20] * 4 + [1e-21] * 3 + [1e-22], N_BATCHES)
    assert_allclose(rates, expected)


@pytest.mark.parametrize("scoring", ["loss", "map"])
def test_plateau_monitors_the_score_of_the_hold_out_set(make, scoring):
    clf = make(lr_schedule="plateau", lr=1e-20, max_epochs=6, n_iter_no_change=2, scoring=scoring)
    clf.fit(FEATURES, TARGETS, X_val=FEATURES[:20], y_val=TARGETS[:20])
    assert_allclose(clf.history_["lr"], 1e-20 * np.array([1, 1, 1, 0.1, 0.1, 0.01]))


def test_groups_keep_their_ratio_and_phases_start_from_the_beginning(make):
    X, Y = make_multilabel_shapes(32, n_labels=2, random_state=0)
    clf = make(
        backbone="tiny_cnn",
        precision="fp32",
        freeze=False,
        unfreeze_after=4,
        backbone_lr=1e-4,
        lr_schedule="cosine",
        warmup_epochs=0.5,
    ).fit(X, Y)
    batches = clf.batch_history_
    for trained, n_epochs in (("head", 4), ("all", 2)):
        schedule = Schedule("cosine", n_epochs, warmup_epochs=0.5)
        expected = [0.01 * schedule.compute_factor(t, 2) for t in range(2 * n_epochs)]
        assert_allclose(batches.loc[batches["trained"] == trained, "lr"], expected)
    of_both = batches[batches["trained"] == "all"]
    assert_allclose(of_both["backbone_lr"], of_both["lr"] / 100)


def test_a_warm_start_runs_the_schedule_again(make):
    clf = make(warm_start=True, lr_schedule="cosine", max_epochs=2).fit(FEATURES, TARGETS)
    first = clf.batch_history_["lr"].to_numpy()
    clf.fit(FEATURES, TARGETS)
    assert_allclose(clf.batch_history_["lr"], np.tile(first, 2))


@pytest.mark.slow
def test_in_a_search(make):
    grid = {"lr_schedule": ["cosine", math.sqrt], "training__warmup_epochs": [0, 0.5]}
    search = GridSearchCV(make(max_epochs=2), grid, cv=2, scoring="f1_macro", error_score="raise")
    assert np.isfinite(search.fit(FEATURES, TARGETS).cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lr_schedule": "cosin"}, r"lr_schedule='cosin': expected None, one of \['cosine'"),
        ({"lr_schedule": lr_scheduler.StepLR}, r"StepLR: expected.*skorch.callbacks.LRScheduler"),
        ({"lr_schedule": lambda progress: -1}, r"lr_schedule\(0\) is -1.0; expected a finite"),
        ({"warmup_epochs": 7}, "warmup_epochs=7 is more than the 6 epochs of training"),
        ({"warmup_epochs": -1}, "warmup_epochs"),
    ],
)
def test_errors(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(FEATURES, TARGETS)
