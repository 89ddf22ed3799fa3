"""Binary cross-entropy."""

from torch.nn import functional as F

from skmlic.losses._base import EntrywiseLoss


class BCELoss(EntrywiseLoss):
    r"""Binary cross-entropy: :math:`L_+ = -\log p` and :math:`L_- = -\log(1 - p)`.

    Parameters
    ----------
    label_weight : array-like of shape (n_labels,), default=None
        Factors of the terms of each label.
    pos_weight : float or array-like of shape (n_labels,), default=None
        Factors of the terms of positives.
    label_smoothing : float, default=0.0
        In [0, 1): the fraction by which targets move toward 0.5.
    """

    def _compute(self, logits, target, known, sample_weight):
        # A single operation of torch is faster than the terms of the base class, and its result
        # equals that of nn.BCEWithLogitsLoss to the last bit.
        weight, scale = self._weigh(sample_weight), 1
        if not known.all():
            weight = known.to(logits.dtype) if weight is None else weight * known
            scale = known.numel() / max(int(known.sum()), 1)
        target = self._smooth(target)
        return scale * F.binary_cross_entropy_with_logits(
            logits, target, weight, pos_weight=self.pos_weight
        )


SoftMarginLoss = BCELoss
