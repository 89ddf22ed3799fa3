"""Tests of skmlic.backbones._batch_norm_folding."""

import copy

import pytest
import timm
import torch
import torchvision
from numpy.testing import assert_allclose
from torch import nn

from skmlic.backbones import fold_batch_norm


def count_norms(module):
    return sum(isinstance(child, nn.BatchNorm2d) for child in module.modules())


def make_frozen(module):
    """Return a network with random weights and BatchNorm statistics, like a trained one."""
    generator = torch.Generator().manual_seed(0)
    for child in module.modules():
        if isinstance(child, nn.BatchNorm2d):
            for tensor in (child.running_mean, child.bias.data):
                tensor.copy_(0.1 * torch.randn(tensor.shape, generator=generator))
            for tensor in (child.running_var, child.weight.data):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return module.eval().requires_grad_(False)


IMAGES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "n_left"),
    [
        (torchvision.models.resnet18, 0),
        (torchvision.models.mobilenet_v2, 0),
        (lambda: timm.create_model("tf_efficientnet_lite0", pretrained=False), 0),
        (lambda: timm.create_model("resnetv2_50", pretrained=False), None),
        (torchvision.models.densenet121, None),
        (torchvision.models.squeezenet1_1, 0),
    ],
    ids=["resnet", "mobilenet", "lite0", "resnetv2", "densenet", "squeezenet"],
)
def test_same_function_with_fewer_norms(build, n_left):
    module = make_frozen(build())
    before = copy.deepcopy(module.state_dict())
    folded = fold_batch_norm(module, IMAGES)
    assert_allclose(folded(IMAGES), module(IMAGES), rtol=1e-3, atol=1e-4)
    if n_left is not None:
        assert count_norms(folded) == n_left
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


class UsedTwice(nn.Module):
    """A convolution whose output is used by a BatchNorm and by an addition."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, images):
        output = self.convolution(images)
        return self.norm(output) + output


def test_norms_that_can_not_be_folded_stay():
    module = make_frozen(UsedTwice())
    folded = fold_batch_norm(module, IMAGES)
    assert count_norms(folded) == 1
    assert torch.equal(folded(IMAGES), module(IMAGES))
