import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from skmlic.losses import AssumedNegatives, BCELoss, FocalLoss, make_loss


@pytest.mark.parametrize("weighted", [False, True])
def test_assumed_negatives_is_a_weighted_mean(weighted, make_data, hide):
    logits, target = make_data()
    masked = hide(target)
    missing = masked.isnan()
    sample_weight = torch.linspace(0.5, 2, 12)
    given = (masked, sample_weight) if weighted else masked
    terms = F.binary_cross_entropy_with_logits(logits, masked.nan_to_num(0), reduction="none")
    if weighted:
        terms = terms * sample_weight[:, None]
    entry_weight = torch.where(missing, 0.3, 1.0)
    loss = AssumedNegatives(BCELoss(), 0.3)
    assert_close(loss(logits, given), (terms * entry_weight).sum() / entry_weight.sum())
    assert_close(loss.count_terms(given), entry_weight.sum())


def test_assumed_negatives_with_a_weight_of_one_fills_with_zeros(make_data, hide):
    logits, target = make_data()
    masked = hide(target)
    expected = FocalLoss()(logits, masked.nan_to_num(0))
    assert_close(make_loss("focal", missing_weight=1.0)(logits, masked), expected)
