"""Folding of BatchNorm into the convolutions before it, which saves steps."""

import copy

import torch
from timm.layers import BatchNormAct2d
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


def fold_batch_norm(module: nn.Module, example: torch.Tensor) -> nn.Module:
    """Return a copy of a frozen module with BatchNorms merged into the convolutions before them.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    example : tensor
        An input; running the module on it shows which layers follow each other.

    Returns
    -------
    folded : nn.Module
        The copy. Nothing is merged if the output would differ by more than rounding.
    """
    folded = copy.deepcopy(module)
    with torch.inference_mode():
        expected = module(example)
    for convolution, norm in _find_pairs(folded, example):
        _fold(folded, convolution, norm)
    with torch.inference_mode():
        same = torch.allclose(folded(example), expected, rtol=1e-3, atol=1e-3 * expected.std())
    return folded if same else copy.deepcopy(module)


def _find_pairs(module, example):
    """Return the pairs of a convolution and a BatchNorm whose input is the convolution's output."""
    made_by, pairs = {}, []

    def note_output(convolution, _inputs, output):
        # A reference to the output keeps other tensors from getting its id.
        made_by[id(output)] = convolution, output

    def note_input(norm, inputs):
        if id(inputs[0]) in made_by:
            pairs.append((made_by[id(inputs[0])][0], norm))

    handles = []
    for child in module.modules():
        if isinstance(child, nn.Conv2d) and "weight" in child._parameters:
            handles.append(child.register_forward_hook(note_output))
        elif type(child) in (nn.BatchNorm2d, BatchNormAct2d) and child.track_running_stats:
            handles.append(child.register_forward_pre_hook(note_input))
    try:
        with torch.inference_mode():
            module(example)
    finally:
        for handle in handles:
            handle.remove()
    return pairs


def _fold(module, convolution, norm):
    statistics = norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    fused = fuse_conv_bn_weights(convolution.weight, convolution.bias, *statistics)
    convolution.weight, convolution.bias = (
        nn.Parameter(tensor.detach(), requires_grad=False) for tensor in fused
    )
    name = next(name for name, child in module.named_modules() if child is norm)
    parent, _, leaf = name.rpartition(".")
    rest = nn.Sequential(norm.drop, norm.act) if isinstance(norm, BatchNormAct2d) else nn.Identity()
    setattr(module.get_submodule(parent), leaf, rest)
