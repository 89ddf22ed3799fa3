"""A wrapper of losses in which missing labels count as negatives, with a weight."""

import torch
from torch import nn

from skmlic._utils._numbers import describe
from skmlic.losses._base import check_number, find_known


class AssumedNegatives(nn.Module):
    """A loss in which missing labels count as negatives, with a small weight.

    It is the mean of the loss of the known labels and the loss of the missing ones taken for
    negatives, weighted by their numbers, those of the missing ones times ``weight``.

    Parameters
    ----------
    loss : torch.nn.Module
        A loss for which NaN in the target is a missing label.
    weight : float
        Weight of a missing label, where a known one has weight 1.

    Examples
    --------
    >>> import torch
    >>> from skmlic.losses import AssumedNegatives, BCELoss
    >>> logits = torch.tensor([[2.0, -1.0]])
    >>> target = torch.tensor([[1.0, float("nan")]])
    >>> AssumedNegatives(BCELoss(), 0.5)(logits, target)
    tensor(0.1890)
    """

    def __init__(self, loss: nn.Module, weight: float) -> None:
        super().__init__()
        if not isinstance(loss, nn.Module):
            raise TypeError(f"loss is {describe(loss)}; expected a torch.nn.Module.")
        self.loss = loss
        self.weight: float = check_number(weight, "weight")

    def forward(
        self, logits: torch.Tensor, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        """Return the loss; the target is a tensor, or the tuple (target, sample_weight)."""
        labels, *rest = target if isinstance(target, tuple) else (target,)
        missing = labels.isnan()
        assumed = torch.where(missing, 0.0, torch.nan)
        n_known, n_assumed = (~missing).sum(), self.weight * missing.sum()
        of_known = self.loss(logits, (labels, *rest) if rest else labels)
        of_assumed = self.loss(logits, (assumed, *rest) if rest else assumed)
        return (n_known * of_known + n_assumed * of_assumed) / (n_known + n_assumed)

    def count_terms(self, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the number of known labels, plus ``weight`` times that of missing ones."""
        known = find_known(target)
        return known.sum() + self.weight * (~known).sum()
