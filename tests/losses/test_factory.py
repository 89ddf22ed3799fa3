import numpy as np
import pytest
import torch
from torch import nn

from skmlic.losses import (
    AssumedNegatives,
    BCELoss,
    DistributionBalancedLoss,
    FocalLoss,
    ZLPRLoss,
    make_loss,
)


def test_make_loss_of_name_class_and_instance(make_data):
    weight = np.array([0.5, 1.5])
    by_name = make_loss("focal", label_weight=weight, options={"gamma": 1})
    by_class = make_loss(FocalLoss, label_weight=weight, options={"gamma": 1})
    instance = FocalLoss(1, label_weight=weight)
    by_instance = make_loss(instance, label_weight=np.ones(2))
    assert by_instance is not instance
    logits, target = make_data(n_labels=2)
    for loss in (by_name, by_class, by_instance):
        assert torch.equal(loss(logits, target), instance(logits, target))
    db = make_loss("db", label_counts=np.array([3, 4]), n_samples=9, options={"n_samples": 5})
    assert torch.equal(db(logits, target), DistributionBalancedLoss([3, 4], 5)(logits, target))
    assert isinstance(make_loss("zlpr", label_weight=[1.0, 1.0 + 1e-15]), ZLPRLoss)


class _Anything(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.options = options


def test_make_loss_of_a_user_defined_class():
    assert make_loss(_Anything, label_weight=[1.0], options={"a": 1}).options == {"a": 1}
    assert make_loss(nn.SmoothL1Loss, options={"beta": 2.0}).beta == 2


def test_missing_weight_wraps_the_loss():
    assert isinstance(make_loss("bce", missing_weight=0.0), BCELoss)
    loss = make_loss("focal", label_weight=[1.0, 2.0], missing_weight=0.2)
    assert isinstance(loss, AssumedNegatives)
    assert loss.weight == 0.2
    assert loss.loss.label_weight.tolist() == [1, 2]
    with pytest.raises(ValueError, match="missing_weight=-1"):
        make_loss("bce", missing_weight=-1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "focl"}, "Did you mean 'focal'.*Names are bce, "),
        ({"loss": "ASL"}, "Did you mean 'asl'"),
        ({"loss": 3}, "loss=3: expected a name, or a subclass"),
        ({"loss": dict}, "expected a name, or a subclass"),
        ({"loss": "focal", "options": {"gama": 1}}, "'gama'. Did you mean 'gamma'.*label_weight"),
        ({"loss": "zlpr", "options": {"pos_weight": 2}}, "ZLPRLoss has no option.*takes none"),
        ({"loss": "zlpr", "label_weight": [1, 2]}, "ZLPRLoss takes none"),
        ({"loss": "two_way", "label_weight": [1, 2]}, "TwoWayLoss takes none"),
        ({"loss": _Anything, "label_weight": [1, 2]}, "_Anything takes none"),
        ({"loss": "bce", "label_weight": [1, 2], "options": {"label_weight": [2, 1]}}, "its own"),
        ({"loss": BCELoss(), "label_weight": [1, 2]}, "instance of BCELoss"),
        ({"loss": BCELoss(), "options": {"pos_weight": 2}}, "instance of BCELoss"),
        ({"loss": "db"}, "needs both class_freq and n_samples"),
        ({"loss": "db", "label_counts": [3, 9], "n_samples": 8}, "no more positives than samples"),
        ({"loss": "fbeta", "options": {"average": "weighted"}}, "expected 'macro'"),
        ({"loss": "fbeta", "options": {"beta": 0}}, "beta=0"),
        ({"loss": "two_way", "options": {"tp": 0}}, "tp=0"),
        ({"loss": "asl", "options": {"clip": 1}}, "clip=1"),
        ({"loss": "focal", "options": {"gamma": -1}}, "gamma=-1"),
        ({"loss": "focal", "options": {"alpha": 2}}, "alpha=2"),
        ({"loss": "mse", "options": {"label_smoothing": 1}}, "label_smoothing=1"),
        ({"loss": "bce", "options": {"pos_weight": -1.0}}, "pos_weight=-1.0: expected finite"),
        ({"loss": "bce", "label_weight": [[1.0, 2.0]]}, "label_weight=.*one per label"),
        ({"loss": "bce", "options": {"label_weight": 2.0}}, "label_weight=2.0.*one per label"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_loss(**arguments)
