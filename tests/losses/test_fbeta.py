import numpy as np
import pytest
import torch
from sklearn.metrics import fbeta_score
from torch.testing import assert_close

from skmlic.losses import FBetaLoss


@pytest.mark.parametrize("average", ["macro", "micro", "samples"])
@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_fbeta_of_predictions_as_scikit_learn(average, beta, make_data):
    logits, target = make_data()
    has_positive = target.any(dim=1)
    logits, target = logits[has_positive] * 1e4, target[has_positive]
    weight = np.linspace(0.5, 2, len(target))
    score = fbeta_score(target, logits > 0, beta=beta, average=average)
    assert FBetaLoss(beta, average)(logits, target).item() == pytest.approx(1 - score, abs=1e-5)
    if average != "samples":
        score = fbeta_score(target, logits > 0, beta=beta, average=average, sample_weight=weight)
        value = FBetaLoss(beta, average)(logits, (target, torch.tensor(weight)))
        assert value.item() == pytest.approx(1 - score, abs=1e-5)


@pytest.mark.parametrize("average", ["micro", "samples"])
def test_weight_two_is_the_sample_twice_in_other_averages(average, make_data):
    logits, target = make_data(10, 4)
    target = torch.ones_like(target).triu()  # Four samples have a positive.
    weight = torch.ones(10)
    weight[[1, 3]] = 2
    twice = torch.tensor([*range(10), 1, 3])
    loss = FBetaLoss(average=average)
    scale = 4 / 6 if average == "samples" else 1
    value = loss(logits, (target, weight)) * scale
    assert_close(value, loss(logits[twice], target[twice]))


@pytest.mark.parametrize("average", ["micro", "samples"])
def test_label_weight_zero_leaves_a_label_out(average, make_data):
    logits, target = make_data()
    value = FBetaLoss(average=average, label_weight=[0, 1, 1, 1])(logits, target)
    assert_close(value, FBetaLoss(average=average)(logits[:, 1:], target[:, 1:]))
