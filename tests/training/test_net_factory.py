"""Untrained nets."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import GradientNormClipping

from skmlic.training._data import TrainingData
from skmlic.training._lbfgs import LbfgsNet
from skmlic.training._mlp import LARGEST_DEVIATION
from skmlic.training._net import MultiLabelNet
from skmlic.training._net_factory import make_head_net
from skmlic.training._training_step import TrainableNet

MODULE = {
    "hidden_layer_sizes": (),
    "activation": "relu",
    "dropout": 0.0,
    "input_dropout": 0.0,
}


def measure(X, make_settings, weight=None):
    data = TrainingData(X.astype(np.float32), np.zeros((len(X), 1), np.float32), weight)
    net = make_head_net(data, MODULE, None, make_settings())
    return net.module__feature_mean, net.module__feature_scale


def test_the_head_standardizes_features(make_settings, features):
    X = features[0][:, :5] * [1e3, 1e-3, 1, 1, 1] + [0, 1, 2, 3, 4]
    X[:, 4] = 4.0
    mean, scale = measure(X, make_settings)
    assert_allclose(mean, X.mean(axis=0), rtol=1e-4)
    assert_allclose(scale[:4], X[:, :4].std(axis=0), rtol=1e-3)
    assert scale[4] == 1


def test_weights_are_as_repeated_samples(make_settings, features):
    X = features[0]
    weight = np.arange(len(X)) % 3 + 1
    weighted = measure(X, make_settings, weight)
    repeated = measure(np.repeat(X, weight, axis=0), make_settings)
    assert_allclose(weighted[0], repeated[0], rtol=1e-4)
    assert_allclose(weighted[1], repeated[1], rtol=1e-4)


def test_scale_of_features_does_not_matter(make_on_features, features):
    X, Y = features
    clf = make_on_features(max_epochs=2)
    expected = clf.fit(X, Y).predict_proba(X)
    assert_allclose(clf.fit(X * 1000, Y).predict_proba(X * 1000), expected, rtol=1e-3)


def test_a_feature_that_hardly_varied_does_not_decide_alone(make_on_features, features):
    X, Y = features
    X = np.column_stack([X, 1e-4 * np.sin(np.arange(len(X)))])
    clf = make_on_features(hidden_layer_sizes=(), max_epochs=3).fit(X, Y)
    near, far, farther = (np.append(X[0, :-1], value)[np.newaxis] for value in (0, 1, 1000))
    assert_array_equal(clf.decision_function(far), clf.decision_function(farther))
    weights = clf.net_.module_.layers[-1].weight.detach().numpy()[:, -1]
    difference = (clf.decision_function(far) - clf.decision_function(near))[0]
    largest = np.abs(weights).max()
    assert_allclose(difference, LARGEST_DEVIATION * weights, atol=0.1 * largest)


@pytest.mark.parametrize(
    ("optimizer", "mix", "expected"),
    [("adam", None, MultiLabelNet), ("adam", "mixup", TrainableNet), ("lbfgs", None, LbfgsNet)],
)
def test_kind_of_the_net(make_settings, features, optimizer, mix, expected):
    data = TrainingData(features[0], features[1].astype(np.float32))
    net = make_head_net(data, MODULE, mix, make_settings(optimizer=optimizer))
    assert type(net) is expected


def test_the_users_parameters_come_last_and_are_copied(make_settings, features):
    data = TrainingData(features[0], features[1].astype(np.float32))
    callbacks = [GradientNormClipping(5.0)]
    own = GradientNormClipping(7.0)
    settings = make_settings(
        gradient_clip=1.0, callbacks=(own,), net_params={"callbacks": callbacks, "lr": 0.5}
    )
    net = make_head_net(data, MODULE, None, settings)
    assert net.lr == 0.5
    assert net.optimizer is torch.optim.Adam
    first, users, last = net.callbacks
    assert (first.gradient_clip_value, users.gradient_clip_value) == (1.0, 5.0)
    assert last is own
    assert users is not callbacks[0]
