"""Heads: multi-layer perceptrons on standardized features."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from skmlic._utils._activations import ACTIVATIONS
from skmlic.training import MultiLayerPerceptron
from skmlic.training._mlp import LARGEST_DEVIATION


def make(hidden_layer_sizes=(), activation="relu", n_labels=2):
    torch.manual_seed(0)
    return MultiLayerPerceptron(
        3,
        n_labels,
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        dropout=0.4,
        input_dropout=0.2,
        feature_mean=torch.tensor([1.0, 2.0, 3.0]),
        feature_scale=torch.tensor([1.0, 10.0, 100.0]),
    ).eval()


@pytest.mark.parametrize("sizes", [(), (16,), (16, 8, 4)])
@pytest.mark.parametrize("activation", ["tanh", "selu"])
def test_layers(sizes, activation):
    module = make(sizes, activation)
    widths = [part.out_features for part in module.modules() if isinstance(part, nn.Linear)]
    assert widths == [*sizes, 2]
    activations = [part for part in module.layers if isinstance(part, ACTIVATIONS[activation])]
    assert len(activations) == len(sizes)
    rates = [part.p for part in module.layers if isinstance(part, nn.Dropout)]
    assert rates == [0.2, *[0.4] * len(sizes)]
    assert (module.n_features, module.n_labels) == (3, 2)


def test_features_are_standardized_and_clipped():
    module = make()
    nn.init.ones_(module.layers[-1].weight)
    logits = module(torch.tensor([[2.0, 2.0, 3.0], [1.0, 22.0, 3.0], [1e9, 2.0, 3.0]]))
    assert_close(logits[:, 0], torch.tensor([1.0, 2.0, LARGEST_DEVIATION]))


def test_a_linear_head_starts_with_zeros_and_others_do_not():
    assert not any(parameter.any() for parameter in make().parameters())
    assert all(parameter.any() for parameter in make((4,)).parameters())


@pytest.mark.parametrize("sizes", [(), (5,), (5, 4)])
@pytest.mark.parametrize("n_labels", [1, 3])
def test_from_state_restores_the_module(sizes, n_labels):
    module = make(sizes, "gelu", n_labels)
    nn.init.normal_(module.layers[-1].weight)
    random_state = torch.get_rng_state()
    restored = MultiLayerPerceptron.from_state(module.settings, module.state_dict()).eval()
    torch.set_rng_state(random_state)
    features = torch.randn(6, 3)
    assert_close(restored(features), module(features), rtol=0, atol=0)
    assert restored.settings == module.settings
    assert str(restored) == str(module)
    # The weights are copies.
    nn.init.zeros_(restored.layers[-1].weight)
    assert module.layers[-1].weight.any()
