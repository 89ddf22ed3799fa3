import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from skmlic.losses import BCELoss, SoftMarginLoss


@pytest.mark.parametrize("label_weight", [None, torch.linspace(0.5, 2, 20)])
@pytest.mark.parametrize("sample_weight", [None, torch.linspace(0.3, 3, 64)])
def test_bce_as_torch_to_the_last_bit(label_weight, sample_weight, make_data, differentiate):
    logits, target = make_data(64, 20)
    weight = torch.ones(20) if label_weight is None else label_weight
    given = target
    if sample_weight is not None:
        weight, given = weight * sample_weight[:, None], (target, sample_weight)
    reference = nn.BCEWithLogitsLoss(weight)
    expected = differentiate(reference, logits, target)
    actual = differentiate(BCELoss(label_weight=label_weight), logits, given)
    assert all(map(torch.equal, actual, expected))


@pytest.mark.parametrize("pos_weight", [3.0, [1.0, 2.0, 3.0, 0.5]])
def test_bce_with_pos_weight_and_smoothing_as_torch(pos_weight, make_data):
    logits, target = make_data()
    expected = F.binary_cross_entropy_with_logits(
        logits, target * 0.8 + 0.1, pos_weight=torch.tensor(pos_weight)
    )
    assert_close(BCELoss(pos_weight=pos_weight, label_smoothing=0.2)(logits, target), expected)


def test_soft_margin_as_torch(make_data):
    logits, target = make_data()
    assert_close(SoftMarginLoss()(logits, target), nn.MultiLabelSoftMarginLoss()(logits, target))
    assert SoftMarginLoss is BCELoss


def test_weights_are_copied():
    weight = np.ones(4, dtype=np.float32)
    loss = BCELoss(label_weight=weight)
    weight[:] = 0
    assert (loss.label_weight == 1).all()
