"""Tests of skmlic.backbones._stages."""

import pytest
import torch
from torch import nn

from skmlic.backbones._stages import (
    Stages,
    find_stages,
    last_output,
    list_parts,
    run_with_hooks,
    to_channels_first,
    trace_maps,
)

SIZE = (32, 48)


def convolution(n_in, n_out, stride):
    return nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1)


def make(*layers):
    """Return a network with an early layer, a container of two stages, and more layers."""
    body = nn.Sequential(convolution(4, 6, 2), nn.BatchNorm2d(6), convolution(6, 8, 2))
    return nn.Sequential(convolution(3, 4, 2), body, *layers).eval()


def find(network, pooling="stages", final="output"):
    trace = trace_maps(network, "forward", SIZE)
    return find_stages(network, trace, size=SIZE, pooling=pooling, final=final)


PARTS = ("0", "1.0", "1.1", "1.2", "1")


def test_stages_are_the_last_parts_of_their_shape():
    assert find(make()) == Stages(PARTS, ("0", "1.1", "1"), ("1.1",), (6,), None)
    assert find(make(), "avg") == Stages(PARTS, ("0", "1.1", "1"), (), (), None)


def test_the_last_map_of_a_child_before_features():
    network = make(nn.Flatten(), nn.Linear(8 * 4 * 6, 5))
    stages = find(network, final="last map")
    assert (stages.pooled, stages.final) == (("1.1",), "1")
    # The network's own features are not averages of the last map, which is a stage of its own.
    assert find(network).pooled == ("1.1", "1")


def test_global_pooling_ends_the_maps():
    network = make(nn.AdaptiveAvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    stages = find(network)
    assert stages.stage_names == ("0", "1.1", "1")
    # The features are the averages of the last map, which is not pooled twice.
    assert stages.pooled == ("1.1",)


def test_a_single_map_before_tokens_is_no_stage():
    network = nn.Sequential(convolution(3, 4, 8), nn.Flatten(2))
    assert find(network).pooled == ()


@pytest.mark.parametrize("pooling", ["max", "avgmax", "flatten"])
def test_a_network_without_maps_can_not_be_pooled(pooling):
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 48, 5))
    with pytest.raises(
        ValueError, match=f"pooling='{pooling}'.*returns no map and no tokens of the image"
    ):
        find(network, pooling)


def test_parts_are_children_and_those_of_containers():
    assert list_parts(make()) == PARTS


def test_hooks_see_and_replace_outputs_and_are_removed():
    network, seen = nn.Sequential(nn.Identity(), nn.ReLU()), []

    def double(name, output):
        seen.append(name)
        return 2 * output

    output = run_with_hooks(network, "forward", torch.ones(1, 3, 2, 2), ["0"], double)
    assert seen == ["0"]
    assert (output == 2).all()
    assert (network(torch.ones(1)) == 1).all()


def test_channels_are_found_by_the_aspect_ratio():
    maps = torch.zeros(2, 5, 4, 6)
    assert to_channels_first(maps, 32 / 48).shape == (2, 5, 4, 6)
    assert to_channels_first(maps.permute(0, 2, 3, 1), 32 / 48).shape == (2, 5, 4, 6)


def test_the_last_of_several_outputs():
    last = torch.zeros(1, 2)
    assert last_output({"first": 1, "second": [torch.zeros(3), (last,)]}) is last
    with pytest.raises(ValueError, match="the network returns NoneType; expected a map"):
        last_output([None])
