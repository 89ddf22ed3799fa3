"""The training of one net."""

import gc
import pickle
import weakref

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback

from skmlic.training._data import TrainingData
from skmlic.training._net_head import NetHead

HEAD = NetHead((8,), "relu", 0.5, 0.1, mix=None, can_mix=True)


@pytest.fixture
def fit(features, make_settings):
    """Train a head on features; return the trained net."""

    def fit_head(seed=0, start=None, validation=None, **settings):
        X, Y = features
        data = TrainingData(X, Y.astype(np.float32))
        return HEAD.fit(data, validation, make_settings(**settings), seed=seed, start=start)

    return fit_head


def test_a_seed_determines_the_net(fit, features):
    first, second, other = (fit(seed).net.forward(features[0]) for seed in (7, 7, 8))
    assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_random_state_and_threads_of_torch_are_left_alone(fit):
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    fit()
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == threads


def test_a_training_resumes_from_its_state(fit, features):
    whole = fit(max_epochs=5)
    first = fit(max_epochs=2)
    start = {**first.state, "module": first.net.module_.state_dict()}
    second = fit(max_epochs=3, start=start, seed=1)
    assert_array_equal(second.net.forward(features[0]), whole.net.forward(features[0]))
    losses = [*first.history[:, "train_loss"], *second.history[:, "train_loss"]]
    assert losses == whole.history[:, "train_loss"]


def test_a_resumed_training_has_the_current_learning_rate(fit):
    rates = []

    class Rate(Callback):
        def on_train_begin(self, net, **kwargs):
            rates.append(net.optimizer_.param_groups[0]["lr"])

    start = fit(lr=0.01).state
    fit(lr=0.5, start=start, callbacks=(Rate(),))
    assert rates == [0.5]


def test_a_state_of_other_parameters_is_not_taken(fit, features):
    state = fit().state
    state["optimizer"]["param_groups"][0]["params"] = [0]
    with_it = fit(start={"optimizer": state["optimizer"]})
    assert_array_equal(with_it.net.forward(features[0]), fit().net.forward(features[0]))


def test_validation_data_do_not_change_the_training(fit, features):
    X, Y = features
    watched = fit(validation=TrainingData(X[:20], Y[:20].astype(np.float32)))
    assert_array_equal(watched.net.forward(X), fit().net.forward(X))
    assert np.isfinite(watched.history[:, "valid_loss"]).all()


def test_a_diverged_training_is_an_error(fit):
    with pytest.raises(ValueError, match=r"diverged: its loss is .* Lower lr=1e\+30"):
        fit(lr=1e30, optimizer="sgd", max_epochs=3)


def test_a_trained_net_is_small_and_not_in_a_cycle(fit):
    trained = fit()
    n_bytes = sum(p.numel() * 4 for p in trained.net.module_.parameters())
    assert len(pickle.dumps(trained.net)) < n_bytes + 40_000
    module = weakref.ref(trained.net.module_)
    gc.disable()
    try:
        del trained
        assert module() is None
    finally:
        gc.enable()


def test_threads_that_train_at_once_agree_with_one(fit, features):
    expected = fit().net.forward(features[0])
    torch_state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    for trained in Parallel(4, backend="threading")(delayed(fit)() for _ in range(4)):
        assert_array_equal(trained.net.forward(features[0]), expected)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == n_threads


def test_an_interrupt_restores_random_state_and_threads(fit, make_interrupt):
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        fit(callbacks=(make_interrupt(1),))
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == threads
