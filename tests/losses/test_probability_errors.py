import torch
from sklearn.metrics import hamming_loss
from torch.nn import functional as F
from torch.testing import assert_close

from skmlic.losses import HammingLoss, L1Loss, MSELoss


def test_errors_as_torch(make_data):
    logits, target = make_data()
    p = logits.sigmoid()
    assert_close(MSELoss()(logits, target), F.mse_loss(p, target))
    assert_close(L1Loss()(logits, target), F.l1_loss(p, target))
    smoothed = target * 0.8 + 0.1
    assert_close(L1Loss(label_smoothing=0.2)(logits, target), F.l1_loss(p, smoothed))
    assert HammingLoss is L1Loss


def test_hamming_of_predictions_as_scikit_learn(make_data):
    logits, target = make_data()
    expected = hamming_loss(target, logits > 0)
    assert_close(HammingLoss()(logits * 1e4, target), torch.tensor(expected, dtype=torch.float32))
