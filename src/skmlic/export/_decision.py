"""The rule by which labels are predicted, as a torch module."""

import numpy as np
import torch
from torch import nn

from skmlic._utils._labels import DEFAULT_THRESHOLD
from skmlic._utils._responses import choose_response_method
from skmlic.model_selection import ThresholdClassifier


class Decision(nn.Module):
    """Predict labels whose score reaches a threshold, or those with the largest scores.

    Parameters
    ----------
    thresholds : ndarray of shape (n_labels,) or None
        ``None`` with ``top_k``.
    of_logits : bool
        Whether scores are logits instead of probabilities.
    at_least_one : bool
        Whether the label with the largest score is predicted if no score reaches its threshold.
    top_k : int or None
        Number of labels with the largest scores that are predicted.
    """

    def __init__(self, thresholds, *, of_logits=False, at_least_one=False, top_k=None):
        super().__init__()
        self.thresholds = thresholds
        self.of_logits = of_logits
        self.at_least_one = at_least_one
        self.top_k = top_k
        limits = None if thresholds is None else torch.from_numpy(_round_up(thresholds))
        self.register_buffer("limits", limits)

    def forward(self, logits, probabilities):
        """Return labels (n, n_labels), int64, of float32 logits and probabilities."""
        scores = logits if self.of_logits else probabilities
        if self.top_k is not None:
            largest = scores.topk(min(self.top_k, scores.shape[1]), dim=1).indices
            return torch.zeros_like(scores).scatter(1, largest, 1.0).long()
        predicted = scores >= self.limits
        if self.at_least_one:
            n_labels = scores.shape[1]
            largest = nn.functional.one_hot(scores.argmax(dim=1), n_labels).bool()
            predicted = predicted | (largest & ~predicted.any(dim=1, keepdim=True))
        return predicted.long()

    def describe(self):
        """Return the rule as a dict of plain values."""
        thresholds = None
        if self.thresholds is not None:
            thresholds = [t if np.isfinite(t) else None for t in self.thresholds.tolist()]
        return {
            "scores": "logits" if self.of_logits else "probabilities",
            "thresholds": thresholds,
            "at_least_one": self.at_least_one,
            "top_k": self.top_k,
        }


def make_decision(estimator, n_labels):
    """Return the module of an estimator's rule.

    Parameters
    ----------
    estimator : estimator instance
        A fitted threshold classifier, or a classifier whose threshold is 0.5.
    n_labels : int
        Number of labels.

    Returns
    -------
    module : Decision
    """
    if not isinstance(estimator, ThresholdClassifier):
        return Decision(np.full(n_labels, DEFAULT_THRESHOLD))
    method = choose_response_method(estimator.estimator_, estimator.response_method)
    of_logits = method == "decision_function"
    if getattr(estimator, "strategy_", None) == "top_k":
        return Decision(None, of_logits=of_logits, top_k=int(estimator.k_))
    return Decision(
        np.broadcast_to(np.asarray(estimator.thresholds_, dtype=np.float64), (n_labels,)).copy(),
        of_logits=of_logits,
        at_least_one=getattr(estimator, "at_least_one", False),
    )


def _round_up(thresholds):
    """Return float32 thresholds that float32 scores reach if, and only if, they reach these."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded < thresholds, np.nextafter(rounded, np.float32(np.inf)), rounded)
