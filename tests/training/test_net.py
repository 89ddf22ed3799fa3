"""The skorch net of a multi-label classifier."""

import pytest
import torch
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import ValidSplit
from torch import nn

from skmlic.training import make_prediction_net
from skmlic.training._net import StopTraining


@pytest.fixture
def fit(make_on_features, features):
    def fit_with(*callbacks, **net_params):
        net_params = {"callbacks": list(callbacks), **net_params}
        return make_on_features(max_epochs=30, net_params=net_params).fit(*features)

    return fit_with


def test_net_params_reach_skorch(fit):
    epochs = []

    class Note(Callback):
        def on_epoch_end(self, net, **kwargs):
            epochs.append(net.history[-1, "train_loss"])

    clf = fit(Note(), max_epochs=5)
    assert len(epochs) == clf.n_iter_ == 5


def test_a_callback_may_end_the_training(fit):
    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == 2:
                raise StopTraining

    assert fit(Stop()).n_iter_ == 2


def test_an_interrupt_is_not_swallowed(fit, make_interrupt):
    with pytest.raises(KeyboardInterrupt):
        fit(make_interrupt(2))
    # Another callback that could stop the training has not done so.
    with pytest.raises(KeyboardInterrupt):
        fit(EarlyStopping("train_loss"), make_interrupt(2))


def test_early_stopping_of_skorch_ends_the_training(fit):
    stopping = EarlyStopping("train_loss", patience=2, threshold=10)
    before = dict(vars(stopping))
    assert fit(stopping).n_iter_ < 30
    # The net has a copy.
    assert vars(stopping) == before


def test_a_validation_split_of_skorch(fit):
    clf = fit(EarlyStopping(patience=2), train_split=ValidSplit(5), lr=0.1)
    assert clf.history_["valid_loss"].notna().all()
    assert clf.n_iter_ < 30


def test_a_net_that_only_predicts():
    module = nn.Linear(3, 2)
    features = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
    random_state = torch.get_rng_state()
    net = make_prediction_net(module, batch_size=4)
    assert torch.equal(torch.get_rng_state(), random_state)
    assert_array_equal(net.forward(features), module(features).detach())
