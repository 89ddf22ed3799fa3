"""Learning rates of a backbone's stages."""

from fnmatch import fnmatch

import pytest
import torch
from skorch.callbacks import Callback

from skmlic.training import FineTunedModule
from skmlic.training._learning_rates import make_rate_groups


def find_rates(extractor, layer_decay):
    """Return the rate of each of the backbone's parameters, by the groups of a net's optimizer."""
    head = torch.nn.Linear(extractor.n_features, 2)
    network = FineTunedModule(extractor, head, False, True)
    groups = make_rate_groups(extractor, 0.1, layer_decay)
    rates = {}
    for name, _ in network.named_parameters():
        matching = [options["lr"] for pattern, options in groups if fnmatch(name, pattern)]
        if matching:
            rates[name.removeprefix("extractor.network.")] = matching[0]
    assert not any(name.startswith("head.") for name in rates)
    assert len(rates) == len(list(extractor.network.parameters()))
    return rates


def test_rates_of_stages(load):
    rates = find_rates(load("resnet18").extractor, 0.5)
    expected = {
        "conv1.weight": 0.1 / 16,
        "bn1.bias": 0.1 / 16,
        "layer1.1.conv2.weight": 0.1 / 8,
        "layer2.0.conv1.weight": 0.1 / 4,
        "layer3.0.downsample.0.weight": 0.1 / 2,
        "layer4.0.conv1.weight": 0.1,
        "layer4.1.bn2.weight": 0.1,
    }
    assert {name: rates[name] for name in expected} == pytest.approx(expected)
    assert set(find_rates(load("resnet18").extractor, 1.0).values()) == {0.1}


def test_rates_of_a_transformers_blocks(load):
    rates = find_rates(load("timm/vit_tiny_patch16_224").extractor, 0.9)
    blocks = [rates[f"blocks.{number}.mlp.fc1.weight"] for number in range(12)]
    assert blocks == pytest.approx([0.1 * 0.9 ** (12 - number) for number in range(12)])
    assert rates["norm.weight"] == 0.1
    assert rates["pos_embed"] == rates["patch_embed.proj.weight"] == pytest.approx(0.1 * 0.9**13)


def test_the_optimizer_has_these_rates(make_trainable, shapes):
    seen = []

    class Rates(Callback):
        def on_train_begin(self, net, **kwargs):
            seen.append([group["lr"] for group in net.optimizer_.param_groups])

        def __deepcopy__(self, memo):
            return self

    callbacks = {"callbacks": [Rates()]}
    clf = make_trainable(layer_decay=0.1, backbone_lr=1e-3, net_params=callbacks).fit(*shapes)
    head, both = seen
    assert head == [clf.lr]
    assert sorted(set(both)) == pytest.approx([1e-5, 1e-4, 1e-3])
    assert both[-2:] == pytest.approx([1e-3, clf.lr])
    assert clf.history_["backbone_lr"].iloc[-1] == pytest.approx(1e-3)


def test_with_a_decay_early_stages_change_less(make_trainable, shapes, load):
    before = load().extractor.network.state_dict()

    def find_changes(layer_decay):
        clf = make_trainable(layer_decay=layer_decay, backbone_lr=1e-2, optimizer="sgd")
        extractor = clf.fit(*shapes).embedder_.backbone_.extractor
        after = extractor.network.state_dict()
        return [(after[name] - before[name]).norm() for name in ("0.0.weight", "2.0.weight")]

    (first, last), (decayed, same) = find_changes(1.0), find_changes(0.01)
    assert decayed < first / 100
    assert same > last / 2
