"""The contract of all losses, and the base of those that are means over entries."""

from numbers import Real

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from skmlic._utils._compat import Interval, InvalidParameterError
from skmlic._utils._numbers import as_numbers, describe


def check_number(value, name, high=None, closed="both"):
    """Return a number after checking that it lies in [0, high], or is finite without a bound."""
    closed = {"both": "left", "neither": "neither"}[closed] if high is None else closed
    interval = Interval(Real, 0, high, closed=closed)
    if not interval.is_satisfied_by(value):
        raise InvalidParameterError(f"{name}={value!r}; expected {interval}.")
    return float(value)


def as_weight(weight, name, max_ndim=1):
    """Return a copy of weights as a float32 tensor, or None."""
    if weight is None:
        return None
    if isinstance(weight, torch.Tensor):
        weight = weight.detach().cpu().float()
    weight = torch.tensor(
        as_numbers(weight, name, "one number >= 0 per label").astype(np.float64),
        dtype=torch.float32,
    )
    if weight.ndim not in (1, max_ndim) or not (weight.isfinite() & (weight >= 0)).all():
        raise ValueError(f"{name}={weight.tolist()}: expected finite numbers >= 0, one per label.")
    return weight


def mean_of_valid(terms, valid):
    """Return the mean of the valid terms; 0, in the graph, if there are none."""
    if valid.all():
        return terms.mean()
    return terms.masked_fill(~valid, 0).sum() / valid.sum().clamp(min=1)


def find_known(target):
    """Return the mask of entries that are not missing; the target may have sample weights."""
    labels = target if isinstance(target, torch.Tensor) else target[0]
    return ~labels.isnan()


def count_samples(target):
    """Return the number of samples as a tensor; the target may have sample weights."""
    labels = target if isinstance(target, torch.Tensor) else target[0]
    return torch.tensor(len(labels), device=labels.device)


def count_terms(
    loss: nn.Module, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """Return how many terms a loss is the mean of.

    Parameters
    ----------
    loss : nn.Module
        A loss. One without a method ``count_terms`` is taken for a mean over known entries.
    target : tensor of shape (n, n_labels), or tuple of tensor
        The target, or the tuple (target, sample_weight).

    Returns
    -------
    count : tensor of shape ()
    """
    if hasattr(loss, "count_terms"):
        return loss.count_terms(target)
    return find_known(target).sum()


def _split_target(target):
    """Return the target and the sample weights, or None."""
    if not isinstance(target, tuple | list):
        return target, None
    if len(target) != 2 or not isinstance(target[1], torch.Tensor):
        raise TypeError(
            f"The target is {describe(target)}; expected a tensor, or two tensors, (target, "
            "sample_weight)."
        )
    return target


class MultiLabelLoss(nn.Module):
    """Base class of the losses; a subclass defines ``_compute``."""

    def forward(
        self, logits: torch.Tensor, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        """Return the loss; the target is a tensor, or the tuple (target, sample_weight)."""
        target, sample_weight = _split_target(target)
        for name, value in (("logits", logits), ("the target", target)):
            if not isinstance(value, torch.Tensor):
                raise TypeError(f"{name} is {describe(value)}; expected a tensor.")
        if not logits.is_floating_point():
            raise TypeError(f"logits have the dtype {logits.dtype}; expected floats.")
        self._check_shapes(logits, target, sample_weight)
        if torch.finfo(logits.dtype).bits < 32:
            logits = logits.float()
        target = target.to(logits.dtype)
        if sample_weight is not None:
            sample_weight = sample_weight.to(logits.dtype)
        missing = target.isnan()
        if missing.any():
            # Logits are masked as well, so that not even an infinite one has a gradient.
            logits, target = logits.masked_fill(missing, 0), target.masked_fill(missing, 0)
        return self._compute(logits, target, ~missing, sample_weight)

    def count_terms(self, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return how many terms the loss is the mean of."""
        return find_known(target).sum()

    def _check_shapes(self, logits, target, sample_weight):
        if logits.ndim != 2 or target.shape != logits.shape:
            raise ValueError(
                f"logits have shape {tuple(logits.shape)}, the target {tuple(target.shape)}; "
                "expected (n, n_labels) for both."
            )
        n, n_labels = logits.shape
        if sample_weight is not None and sample_weight.shape != (n,):
            raise ValueError(f"sample_weight has shape {tuple(sample_weight.shape)}, not ({n},).")
        for name, weight in self.named_buffers(recurse=False):
            if weight.ndim and len(weight) != n_labels:
                raise ValueError(f"{name} has {len(weight)} numbers, the logits {n_labels} labels.")


class EntrywiseLoss(MultiLabelLoss):
    """Base class of means over entries; a subclass defines ``_parts`` or ``_terms``."""

    def __init__(
        self,
        *,
        label_weight: ArrayLike | None = None,
        pos_weight: ArrayLike | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.label_smoothing: float = check_number(label_smoothing, "label_smoothing", 1, "left")
        self.register_buffer("label_weight", as_weight(label_weight, "label_weight"))
        self.register_buffer("pos_weight", as_weight(pos_weight, "pos_weight", max_ndim=0))

    def _compute(self, logits, target, known, sample_weight):
        weight = self._weigh(sample_weight)
        terms = self._terms(logits, target)
        return mean_of_valid(terms if weight is None else terms * weight, known)

    def _weigh(self, sample_weight):
        """Return weights that broadcast to entries, or None."""
        if sample_weight is None or self.label_weight is None:
            return self.label_weight if sample_weight is None else sample_weight[:, None]
        return self.label_weight * sample_weight[:, None]

    def _terms(self, logits, target):
        """Return the loss of each entry, of shape (n, n_labels)."""
        positive, negative = self._parts(logits)
        if self.pos_weight is not None:
            positive = positive * self.pos_weight
        target = self._smooth(target)
        return target * positive + (1 - target) * negative

    def _smooth(self, target):
        if not self.label_smoothing:
            return target
        return target * (1 - self.label_smoothing) + self.label_smoothing / 2

    def _weigh_positives(self, target):
        return 1 if self.pos_weight is None else 1 + (self.pos_weight - 1) * target
