"""Losses that rank positives above negatives."""

import torch
from torch.nn import functional as F

from skmlic.losses._base import (
    MultiLabelLoss,
    check_number,
    count_samples,
    find_known,
    mean_of_valid,
)

# Masked logits have this value and not -inf, because a log-sum-exp of nothing but -inf has no
# gradient.
_MASKED = -1e4


class ZLPRLoss(MultiLabelLoss):
    r"""Zero-bounded log-sum-exp and pairwise rank-based loss, the softmax of many labels.

    The mean over samples of :math:`\log(1 + \sum_{y=1} e^{-x}) + \log(1 + \sum_{y=0} e^{x})`. It
    ranks positives above negatives, with 0 between them. It is from Su et al., "ZLPR: A Novel Loss
    for Multi-label Classification", 2022, arXiv:2208.02955.
    """

    def __init__(self) -> None:
        super().__init__()

    def count_terms(self, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the number of samples with a known label, which the loss is the mean over."""
        return find_known(target).any(dim=1).sum()

    def _compute(self, logits, target, known, sample_weight):
        positive = target > 0.5
        of_positive = (-logits).masked_fill(~positive, _MASKED).logsumexp(1)
        of_negative = logits.masked_fill(positive | ~known, _MASKED).logsumexp(1)
        terms = F.softplus(of_positive) + F.softplus(of_negative)
        return mean_of_valid(
            terms if sample_weight is None else terms * sample_weight, known.any(1)
        )


class TwoWayLoss(MultiLabelLoss):
    r"""Two-way loss: contrasts soft extremes of positives and negatives, by sample and by label.

    :math:`\log(1 + (\sum_{y=0} e^{x / T_n})^{T_n} (\sum_{y=1} e^{-x / T_p})^{T_p})` over the labels
    of a sample, and over the batch's samples of a label; the mean over samples with a positive plus
    that over labels with one. It is from Kobayashi, "Two-way Multi-Label Loss", CVPR 2023.

    Parameters
    ----------
    tp, tn : float, default=4.0, 1.0
        The temperatures :math:`T_p` and :math:`T_n`, above 0.

    Notes
    -----
    The loss only ranks: it does not change when a number is added to all logits. Probabilities
    are not meaningful then, nor is a threshold of 0.5: tune thresholds.
    """

    def __init__(self, tp: float = 4.0, tn: float = 1.0) -> None:
        super().__init__()
        self.tp: float = check_number(tp, "tp", closed="neither")
        self.tn: float = check_number(tn, "tn", closed="neither")

    def count_terms(self, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the number of samples, which the loss is weighted by."""
        return count_samples(target)

    def _compute(self, logits, target, known, sample_weight):
        if sample_weight is not None and (sample_weight != 1).any():
            raise ValueError(
                "TwoWayLoss contrasts the samples of a batch and supports no sample weights. Leave "
                "sample_weight out, or choose another loss."
            )
        positive = target > 0.5
        of_positive = (-logits / self.tp).masked_fill(~positive, _MASKED)
        of_negative = (logits / self.tn).masked_fill(positive | ~known, _MASKED)
        loss = 0
        for dim in (0, 1):
            gap = self.tp * of_positive.logsumexp(dim) + self.tn * of_negative.logsumexp(dim)
            loss = loss + mean_of_valid(F.softplus(gap), positive.any(dim))
        return loss
