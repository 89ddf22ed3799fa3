"""The focal loss, and its asymmetric and distribution-balanced variants."""

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch.nn import functional as F

from skmlic.losses._base import EntrywiseLoss, as_weight, check_number


def _focal(logits, gamma):
    """Return -(1 - p)^gamma log p, computed from logarithms: gradients are finite at p = 1."""
    return -(gamma * F.logsigmoid(-logits)).exp() * F.logsigmoid(logits)


class FocalLoss(EntrywiseLoss):
    r"""Focal loss: cross-entropy to which easy entries add little.

    :math:`L_+ = -\alpha (1 - p)^\gamma \log p` and
    :math:`L_- = -(1 - \alpha) \, p^\gamma \log(1 - p)`, from Lin et al., "Focal Loss for Dense
    Object Detection", ICCV 2017, arXiv:1708.02002.

    Parameters
    ----------
    gamma : float, default=2.0
        Exponent of at least 0. With 0 the loss is cross-entropy.
    alpha : float, default=None
        In [0, 1]: the weight of positives. ``None`` leaves both factors out.
    **common : dict
        Parameters of :class:`BCELoss`.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.gamma: float = check_number(gamma, "gamma")
        self.alpha: float | None = None if alpha is None else check_number(alpha, "alpha", 1)

    def _parts(self, logits):
        of_positive, of_negative = (1, 1) if self.alpha is None else (self.alpha, 1 - self.alpha)
        return of_positive * _focal(logits, self.gamma), of_negative * _focal(-logits, self.gamma)


class AsymmetricLoss(EntrywiseLoss):
    r"""Asymmetric loss (ASL): a focal loss that differs for positives and negatives.

    :math:`L_+ = -(1 - p)^{\gamma_+} \log p` and :math:`L_- = -p_m^{\gamma_-} \log(1 - p_m)` with
    :math:`p_m = \max(p - m, 0)`, from Ridnik et al., "Asymmetric Loss For Multi-Label
    Classification", ICCV 2021, arXiv:2009.14119, where it is the sum over entries.

    Parameters
    ----------
    gamma_neg, gamma_pos : float, default=4.0, 0.0
        :math:`\gamma_-` and :math:`\gamma_+`, at least 0. The paper trains with these values; its
        code and timm have the default ``gamma_pos=1``.
    clip : float, default=0.05
        :math:`m`, in [0, 1): a negative with a lower probability adds nothing.
    **common : dict
        Parameters of :class:`BCELoss`.

    Notes
    -----
    Negatives add so little that probabilities come out high: tune thresholds.
    """

    def __init__(
        self, gamma_neg: float = 4.0, gamma_pos: float = 0.0, clip: float = 0.05, **common: Any
    ) -> None:
        super().__init__(**common)
        self.gamma_neg: float = check_number(gamma_neg, "gamma_neg")
        self.gamma_pos: float = check_number(gamma_pos, "gamma_pos")
        self.clip: float = check_number(clip, "clip", 1, "left")

    def _parts(self, logits):
        positive = _focal(logits, self.gamma_pos)
        if not self.clip:
            return positive, _focal(-logits, self.gamma_neg)
        # The minimum is not 0, where a power below 1 has an infinite gradient.
        p = (logits.sigmoid() - self.clip).clamp(min=torch.finfo(logits.dtype).tiny)
        return positive, -(p**self.gamma_neg) * torch.log1p(-p)


class DistributionBalancedLoss(EntrywiseLoss):
    r"""Distribution-balanced loss, for labels of very different frequency.

    With :math:`n_l` positives of label :math:`l` in :math:`N` samples, an entry has the weight
    :math:`r = \alpha + \sigma(\beta (\frac{1 / n_l}{\sum_j y_j / n_j} - \mu))`, the logit becomes
    :math:`z = x - \frac{\kappa}{\lambda} \log(N / n_l - 1)`, and
    :math:`L_+ = -r c \, (1 - \sigma(z))^\gamma \log \sigma(z)`,
    :math:`L_- = -\frac{r c}{\lambda} \sigma(\lambda z)^\gamma \log(1 - \sigma(\lambda z))`. It is
    from Wu et al., "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed
    Datasets", ECCV 2020, arXiv:2007.09654; the defaults are those of its authors for COCO.

    Parameters
    ----------
    class_freq : array-like of shape (n_labels,)
        :math:`n_l`, clipped to [1, N - 1].
    n_samples : int or array-like of shape (n_labels,)
        :math:`N`; if some entries are missing, the number of known ones per label. Numbers below
        2 count as 2.
    map_alpha, map_beta, map_mu : float, default=0.1, 10.0, 0.2
        :math:`\alpha`, :math:`\beta` and :math:`\mu`. A sample without known positives has the
        largest weight, :math:`1 + \alpha`.
    neg_scale, init_bias, gamma, focal_scale : float, default=2.0, 0.05, 2.0, 2.0
        :math:`\lambda > 0`, :math:`\kappa`, :math:`\gamma \ge 0` and :math:`c`.
    **common : dict
        Parameters of :class:`BCELoss`.
    """

    def __init__(
        self,
        class_freq: ArrayLike,
        n_samples: ArrayLike,
        *,
        map_alpha: float = 0.1,
        map_beta: float = 10.0,
        map_mu: float = 0.2,
        neg_scale: float = 2.0,
        init_bias: float = 0.05,
        gamma: float = 2.0,
        focal_scale: float = 2.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        if class_freq is None or n_samples is None:
            raise ValueError("DistributionBalancedLoss needs both class_freq and n_samples.")
        self.map_alpha: float = check_number(map_alpha, "map_alpha")
        self.map_beta: float = check_number(map_beta, "map_beta")
        self.map_mu: float = check_number(map_mu, "map_mu")
        self.neg_scale: float = check_number(neg_scale, "neg_scale", closed="neither")
        self.gamma: float = check_number(gamma, "gamma")
        self.focal_scale: float = check_number(focal_scale, "focal_scale")
        init_bias = check_number(init_bias, "init_bias")
        freq = as_weight(class_freq, "class_freq")
        n_samples = as_weight(n_samples, "n_samples", max_ndim=0)
        if n_samples.ndim and n_samples.shape != freq.shape:
            raise ValueError(
                f"n_samples has {len(n_samples)} numbers; expected one, or one for each of the "
                f"{len(freq)} labels of class_freq."
            )
        if (freq > n_samples).any():
            raise ValueError(
                f"class_freq={freq.tolist()} with n_samples={n_samples.tolist()}: expected no more "
                "positives than samples."
            )
        n_samples = n_samples.clamp(min=2)
        freq = freq.clamp(min=1).minimum(n_samples - 1)
        self.register_buffer("class_freq", freq)
        self.register_buffer("bias", -(n_samples / freq - 1).log() * (init_bias / neg_scale))

    def _terms(self, logits, target):
        rarity_of_sample = (target / self.class_freq).sum(dim=1, keepdim=True)
        tiny = torch.finfo(logits.dtype).tiny
        ratio = 1 / self.class_freq / rarity_of_sample.clamp(min=tiny)
        weight = self.map_alpha + torch.sigmoid(self.map_beta * (ratio - self.map_mu))
        return weight * super()._terms(logits, target)

    def _parts(self, logits):
        z = logits + self.bias
        negative = _focal(-self.neg_scale * z, self.gamma) / self.neg_scale
        return self.focal_scale * _focal(z, self.gamma), self.focal_scale * negative
