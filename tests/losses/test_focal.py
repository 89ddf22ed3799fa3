import pytest
import timm.loss
import torch
from torch.testing import assert_close
from torchvision.ops import sigmoid_focal_loss

from skmlic.losses import AsymmetricLoss, DistributionBalancedLoss, FocalLoss


@pytest.mark.parametrize("gamma", [0, 0.5, 2])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_focal_as_torchvision(gamma, alpha, make_data):
    logits, target = make_data()
    expected = sigmoid_focal_loss(logits, target, alpha or -1, gamma, "mean")
    assert_close(FocalLoss(gamma, alpha)(logits, target), expected)


@pytest.mark.parametrize("clip", [0, 0.05, 0.3])
@pytest.mark.parametrize("gammas", [(4, 0), (4, 1), (0, 0), (2.5, 0.5)])
def test_asymmetric_as_timm(clip, gammas, make_data):
    logits, target = make_data()
    reference = timm.loss.AsymmetricLossMultiLabel(*gammas, clip)
    expected = reference(logits, target)
    if not hasattr(reference, "reduction"):  # Versions before 1.0.31 sum over the batch, too.
        expected = expected / len(logits)
    assert_close(AsymmetricLoss(*gammas, clip)(logits, target) * 4, expected)


def test_asymmetric_without_asymmetry_is_focal(make_data):
    logits, target = make_data()
    assert_close(AsymmetricLoss(2, 2, 0)(logits, target), FocalLoss(2)(logits, target))


def test_distribution_balanced_smoothing_as_timm(make_data):
    if not hasattr(timm.loss, "DistributionBalancedLoss"):
        pytest.skip("this timm has no DistributionBalancedLoss")
    logits, target = make_data()
    reference = timm.loss.DistributionBalancedLoss([0, 50, 3, 4], 50, smoothing=0.1)
    loss = DistributionBalancedLoss([0, 50, 3, 4], [50] * 4, label_smoothing=0.1)
    assert_close(loss(logits, target), reference(logits, target))


def test_distribution_balanced_takes_samples_per_label(make_data, differentiate):
    # A label without known entries counts as one positive of two.
    logits, target = make_data()
    by_label = DistributionBalancedLoss([0, 1, 1, 1], [0, 2, 20, 50])
    _, gradient = differentiate(by_label, logits, target)
    for label, n_samples in enumerate([2, 2, 20, 50]):
        loss = DistributionBalancedLoss([1, 1, 1, 1], n_samples)
        _, expected = differentiate(loss, logits, target)
        assert_close(gradient[:, label], expected[:, label])


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize(
    "make", [FocalLoss, lambda gamma: AsymmetricLoss(gamma, gamma)], ids=["focal", "asl"]
)
def test_small_gamma_has_finite_gradients(gamma, make, differentiate):
    logits = torch.tensor([[-200.0, -3.0, -2.9, 0.0, 200.0]])
    for target in (torch.zeros(1, 5), torch.ones(1, 5)):
        _, gradient = differentiate(make(gamma), logits, target)
        assert gradient.isfinite().all()
