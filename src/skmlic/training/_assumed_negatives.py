"""A loss in which missing labels count as negatives, with a weight."""

import torch
from torch import nn


class AssumedNegatives(nn.Module):
    """A loss in which unknown entries count a little, as if they were negatives.

    Parameters
    ----------
    loss : nn.Module
        Of known entries; NaN in its target is unknown.
    weight : float
        What an unknown entry counts, where a known one counts 1.
    """

    def __init__(self, loss, weight):
        super().__init__()
        self.loss = loss
        self.weight = weight

    def forward(self, logits, target):
        """Return the loss; the target is Y, or (Y, sample weights of shape (n,))."""
        labels, *rest = target if isinstance(target, tuple) else (target,)
        unknown = labels.isnan()
        assumed = torch.where(unknown, 0.0, torch.nan)
        n_known, n_assumed = (~unknown).sum(), self.weight * unknown.sum()
        of_known = self.loss(logits, (labels, *rest) if rest else labels)
        of_assumed = self.loss(logits, (assumed, *rest) if rest else assumed)
        return (n_known * of_known + n_assumed * of_assumed) / (n_known + n_assumed)
