r"""Losses of multi-label logits.

All losses are modules with one contract: ``loss(logits, target)`` takes logits of shape
(n, n_labels) and a target of the same shape, with 1, 0, and NaN for missing labels, or the tuple
(target, sample_weight) with weights of shape (n,), and returns a scalar. Missing labels add nothing
to its value or gradient, unless the loss is wrapped in :class:`AssumedNegatives`. Inputs in float16
and bfloat16 are computed in float32.

=================================  ====================  =============  ===============
Loss                               Names                 label_weight,  pos_weight,
                                                         sample_weight  label_smoothing
=================================  ====================  =============  ===============
:class:`BCELoss`                   "bce", "soft_margin"  both           both
:class:`FocalLoss`                 "focal"               both           both
:class:`AsymmetricLoss`            "asl"                 both           both
:class:`DistributionBalancedLoss`  "db"                  both           both
:class:`MSELoss`                   "mse"                 both           both
:class:`L1Loss`                    "l1", "hamming"       both           both
:class:`FBetaLoss`                 "fbeta"               both           neither
:class:`ZLPRLoss`                  "zlpr"                sample_weight  neither
:class:`TwoWayLoss`                "two_way"             neither        neither
=================================  ====================  =============  ===============

A weight that a loss does not support raises an error. The sum of weighted terms is divided by the
number of known ones, not by the sum of weights: scale weights to a mean of 1.

In the formulas :math:`x` is a logit, :math:`y` its target and :math:`p = 1 / (1 + e^{-x})`. The
first four are means of :math:`w \, y \, L_+(x) + (1 - y) \, L_-(x)` with ``pos_weight``
:math:`w` and :math:`y` smoothed, so that smoothing does not change the focus.

``SoftMarginLoss`` is :class:`BCELoss`: torch's ``MultiLabelSoftMarginLoss`` is the mean of the same
terms. ``HammingLoss`` is :class:`L1Loss`: the expected fraction of wrong entries, if each label is
drawn with its probability.

Where a batch is too large for one pass, its parts are weighted by ``loss.count_terms(target)``, the
number of terms that the loss is the mean of. It counts the known labels if a module of your own
does not define it.

Examples
--------
>>> import torch
>>> from skmlic.losses import BCELoss, make_loss
>>> logits = torch.tensor([[2.0, -1.0], [0.5, 3.0]])
>>> target = torch.tensor([[1.0, 0.0], [float("nan"), 1.0]])
>>> BCELoss()(logits, target)
tensor(0.1629)
>>> make_loss("focal", options={"gamma": 1})(logits, (target, torch.tensor([1.5, 0.5])))
tensor(0.0501)
"""

from skmlic.losses._assumed_negatives import AssumedNegatives
from skmlic.losses._base import count_terms as count_terms
from skmlic.losses._binary_cross_entropy import BCELoss, SoftMarginLoss
from skmlic.losses._factory import LOSSES, make_loss
from skmlic.losses._fbeta import FBetaLoss
from skmlic.losses._focal import AsymmetricLoss, DistributionBalancedLoss, FocalLoss
from skmlic.losses._probability_errors import HammingLoss, L1Loss, MSELoss
from skmlic.losses._ranking import TwoWayLoss, ZLPRLoss

__all__ = [
    "LOSSES",
    "AssumedNegatives",
    "AsymmetricLoss",
    "BCELoss",
    "DistributionBalancedLoss",
    "FBetaLoss",
    "FocalLoss",
    "HammingLoss",
    "L1Loss",
    "MSELoss",
    "SoftMarginLoss",
    "TwoWayLoss",
    "ZLPRLoss",
    "make_loss",
]
