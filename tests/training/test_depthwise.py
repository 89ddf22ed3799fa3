"""Depthwise convolutions in float32."""

import contextlib

import pytest
import torch
from numpy.testing import assert_allclose

from skmlic.embedding import autocast
from skmlic.training._depthwise import depthwise_in_fp32


def test_they_compute_in_float32_beside_bfloat16(load):
    extractor = load("mobilenet_v3_small").extractor
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    types = set()
    depthwise = [m for m in extractor.network.modules() if getattr(m, "groups", 1) > 1]
    handles = [m.register_forward_hook(lambda m, i, out: types.add(out.dtype)) for m in depthwise]

    def extract(precision):
        device = torch.device("cpu")
        types.clear()
        with (
            torch.no_grad(),
            depthwise_in_fp32(extractor.network, device, precision),
            autocast(device, precision),
        ):
            return extractor(pixels)

    expected = extract("fp32")
    features = extract("bf16")
    assert types == {torch.float32}
    assert_allclose(features, expected, atol=0.02 * expected.abs().max())
    assert not torch.equal(features, expected)
    assert not any("forward" in vars(m) for m in extractor.network.modules())
    assert len(handles) == len(depthwise) == 11


@pytest.mark.parametrize(("device", "precision"), [("cpu", "fp32"), ("cuda", "bf16")])
def test_elsewhere_nothing_changes(device, precision):
    network = torch.nn.Conv2d(4, 4, 3, groups=4)
    with depthwise_in_fp32(network, torch.device(device), precision):
        assert "forward" not in vars(network)


def test_an_error_restores_the_network():
    network = torch.nn.Conv2d(4, 4, 3, groups=4)
    device = torch.device("cpu")
    with contextlib.suppress(KeyError), depthwise_in_fp32(network, device, "bf16"):
        assert "forward" in vars(network)
        raise KeyError
    assert "forward" not in vars(network)
