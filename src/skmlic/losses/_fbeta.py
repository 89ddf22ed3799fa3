"""The F-beta score as a loss."""

from typing import Literal

import torch
from numpy.typing import ArrayLike

from skmlic.losses._base import (
    MultiLabelLoss,
    as_weight,
    check_number,
    count_samples,
    mean_of_valid,
)


class FBetaLoss(MultiLabelLoss):
    r"""1 minus the F-beta score over a batch, with probabilities in place of predictions.

    :math:`1 - \frac{(1 + \beta^2) \sum y p}{\beta^2 \sum y + \sum p}`. Make batches large enough to
    hold a few positives of each label.

    Parameters
    ----------
    beta : float, default=1.0
        Above 0; the weight of recall against precision.
    average : {"macro", "micro", "samples"}, default="macro"
        Sums run over the samples of the batch, over all entries, or over the labels of each
        sample. A label, or sample, without a known positive does not count: its score is 0
        whatever is predicted.
    label_weight : array-like of shape (n_labels,), default=None
        Factors of the loss of each label with "macro", and of entries in the sums otherwise.
        Weights of samples multiply the loss of each sample with "samples", and entries in the
        sums otherwise.
    """

    def __init__(
        self,
        beta: float = 1.0,
        average: Literal["macro", "micro", "samples"] = "macro",
        *,
        label_weight: ArrayLike | None = None,
    ) -> None:
        super().__init__()
        self.beta: float = check_number(beta, "beta", closed="neither")
        if not isinstance(average, str) or average not in ("macro", "micro", "samples"):
            raise ValueError(f"average={average!r}: expected 'macro', 'micro' or 'samples'.")
        self.average = average
        self.register_buffer("label_weight", as_weight(label_weight, "label_weight"))

    def count_terms(self, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the number of samples, which the loss is weighted by."""
        return count_samples(target)

    def _compute(self, logits, target, known, sample_weight):
        of_label = 1 if self.label_weight is None else self.label_weight
        of_sample = 1 if sample_weight is None else sample_weight[:, None]
        dim, of_entry, of_score = {
            "macro": (0, of_sample, of_label),
            "micro": ((0, 1), of_sample * of_label, 1),
            "samples": (1, of_label, 1 if sample_weight is None else sample_weight),
        }[self.average]
        p = logits.sigmoid() * known * of_entry
        positive = (target * of_entry).sum(dim)
        total = self.beta**2 * positive + p.sum(dim)
        valid = positive > 0
        score = (1 + self.beta**2) * (target * p).sum(dim) / total.where(valid, 1)
        return mean_of_valid((1 - score) * of_score, valid)
