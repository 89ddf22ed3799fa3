"""Depthwise convolutions in float32, where bfloat16 is slow."""

from contextlib import contextmanager
from functools import partial

import torch
from torch import nn


@contextmanager
def depthwise_in_fp32(network, device, precision):
    """Let depthwise convolutions compute in float32 on a CPU, inside a ``with`` block.

    In bfloat16 their gradients take so long that a whole step is slower than in float32.

    Parameters
    ----------
    network : nn.Module
        Its depthwise convolutions are changed during the block.
    device : torch.device
        Device of the network.
    precision : {"fp32", "bf16", "fp16"}
        Arithmetic of the rest of the network.
    """
    found = []
    if device.type == "cpu" and precision == "bf16":
        found = [module for module in network.modules() if _is_depthwise(module)]
    for module in found:
        module.forward = partial(_compute_in_fp32, module.forward)
    try:
        yield
    finally:
        for module in found:
            del module.forward


def _is_depthwise(module):
    return isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels


def _compute_in_fp32(forward, maps):
    with torch.autocast("cpu", enabled=False):
        return forward(maps.float())
