r"""Losses of multi-label logits.

All are modules of one contract: ``loss(logits, target)`` takes logits of shape (n, n_labels) and a
target of the same shape, 1 and 0 and NaN for *unknown*, or the tuple (target, sample_weight) with
weights of shape (n,), and returns a scalar. Unknown entries add nothing to its value or gradient.
float16 and bfloat16 are computed in float32.

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

What a loss can't honour is an error. The sum of weighted terms is divided by the number of those
that are known, not by the sum of weights: scale weights to a mean of 1.

In the formulas :math:`x` is a logit, :math:`y` its target and :math:`p = 1 / (1 + e^{-x})`. The
first four are means of :math:`w \, y \, L_+(x) + (1 - y) \, L_-(x)` with ``pos_weight``
:math:`w` and :math:`y` smoothed, so that smoothing doesn't change the focus.

``SoftMarginLoss`` is :class:`BCELoss`: torch's ``MultiLabelSoftMarginLoss`` is the mean of the same
terms. ``HammingLoss`` is :class:`L1Loss`: the expected share of wrong entries, if each label is
drawn with its probability.

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

import copy
import difflib
import inspect
from numbers import Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from torch import nn
from torch.nn import functional as F

__all__ = [
    "LOSSES",
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

# In place of a logit that doesn't count: a log-sum-exp of nothing but -inf has no gradient.
_MASKED = -1e4


def _check(value, name, high=None, closed="both"):
    return check_scalar(value, name, Real, min_val=0, max_val=high, include_boundaries=closed)


def _as_weight(weight, name, max_ndim=1):
    """Return a copy of weights as float32, or None."""
    if weight is None:
        return None
    weight = torch.as_tensor(weight, dtype=torch.float32).detach().clone()
    if weight.ndim not in (1, max_ndim) or not (weight.isfinite() & (weight >= 0)).all():
        raise ValueError(f"{name}={weight.tolist()}: expected finite numbers >= 0, one a label.")
    return weight


def _mean(terms, valid):
    """Return the mean of the valid terms; 0, in the graph, if there are none."""
    if valid.all():
        return terms.mean()
    return terms.masked_fill(~valid, 0).sum() / valid.sum().clamp(min=1)


def _focal(logits, gamma):
    """Return -(1 - p)^gamma log p; by logarithms, whose gradients are finite at p = 1."""
    return -(gamma * F.logsigmoid(-logits)).exp() * F.logsigmoid(logits)


class _MultiLabelLoss(nn.Module):
    """The contract; a subclass defines ``_compute``."""

    def forward(
        self, logits: torch.Tensor, target: torch.Tensor | tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        """Return the loss; the target is a tensor, or the tuple (target, sample_weight)."""
        sample_weight = None
        if not isinstance(target, torch.Tensor):
            target, sample_weight = target
        self._check_shapes(logits, target, sample_weight)
        if torch.finfo(logits.dtype).bits < 32:
            logits = logits.float()
        target = target.to(logits.dtype)
        if sample_weight is not None:
            sample_weight = sample_weight.to(logits.dtype)
        unknown = target.isnan()
        if unknown.any():
            # The logits too, so that not even an infinite one has a gradient.
            logits, target = logits.masked_fill(unknown, 0), target.masked_fill(unknown, 0)
        return self._compute(logits, target, ~unknown, sample_weight)

    def _check_shapes(self, logits, target, sample_weight):
        if logits.ndim != 2 or target.shape != logits.shape:
            raise ValueError(
                f"logits have shape {tuple(logits.shape)}, the target {tuple(target.shape)}; "
                "expected (n, n_labels) of both."
            )
        n, n_labels = logits.shape
        if sample_weight is not None and sample_weight.shape != (n,):
            raise ValueError(f"sample_weight has shape {tuple(sample_weight.shape)}, not ({n},).")
        for name, weight in self.named_buffers(recurse=False):
            if weight.ndim and len(weight) != n_labels:
                raise ValueError(f"{name} has {len(weight)} numbers, the logits {n_labels} labels.")


class _EntrywiseLoss(_MultiLabelLoss):
    """A mean over entries; a subclass defines ``_parts``, or ``_terms``."""

    def __init__(
        self,
        *,
        label_weight: ArrayLike | None = None,
        pos_weight: ArrayLike | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.label_smoothing = _check(label_smoothing, "label_smoothing", 1, "left")
        self.register_buffer("label_weight", _as_weight(label_weight, "label_weight"))
        self.register_buffer("pos_weight", _as_weight(pos_weight, "pos_weight", max_ndim=0))

    def _compute(self, logits, target, known, sample_weight):
        weight = self._weigh(sample_weight)
        terms = self._terms(logits, target)
        return _mean(terms if weight is None else terms * weight, known)

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


class BCELoss(_EntrywiseLoss):
    r"""Binary cross-entropy: :math:`L_+ = -\log p` and :math:`L_- = -\log(1 - p)`.

    Parameters
    ----------
    label_weight : array-like of shape (n_labels,), default=None
        What multiplies each label's terms.
    pos_weight : float or array-like of shape (n_labels,), default=None
        What multiplies the part of positives.
    label_smoothing : float, default=0.0
        In [0, 1): the share by which targets move toward 0.5.
    """

    def _compute(self, logits, target, known, sample_weight):
        # In one of torch's operations: quicker, and equal to it to the last bit.
        weight, scale = self._weigh(sample_weight), 1
        if not known.all():
            weight = known.to(logits.dtype) if weight is None else weight * known
            scale = known.numel() / max(int(known.sum()), 1)
        target = self._smooth(target)
        return scale * F.binary_cross_entropy_with_logits(
            logits, target, weight, pos_weight=self.pos_weight
        )


class FocalLoss(_EntrywiseLoss):
    r"""Focal loss: cross-entropy to which easy entries add little.

    :math:`L_+ = -\alpha (1 - p)^\gamma \log p` and
    :math:`L_- = -(1 - \alpha) \, p^\gamma \log(1 - p)`, of Lin et al., "Focal Loss for Dense Object
    Detection", ICCV 2017, arXiv:1708.02002.

    Parameters
    ----------
    gamma : float, default=2.0
        At least 0, which is cross-entropy.
    alpha : float, default=None
        In [0, 1]: the share of positives. ``None`` leaves both factors out.
    **common : dict
        Parameters of :class:`BCELoss`.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.gamma = _check(gamma, "gamma")
        self.alpha = None if alpha is None else _check(alpha, "alpha", 1)

    def _parts(self, logits):
        share, rest = (1, 1) if self.alpha is None else (self.alpha, 1 - self.alpha)
        return share * _focal(logits, self.gamma), rest * _focal(-logits, self.gamma)


class AsymmetricLoss(_EntrywiseLoss):
    r"""Asymmetric loss (ASL): a focal loss that differs for positives and negatives.

    :math:`L_+ = -(1 - p)^{\gamma_+} \log p` and :math:`L_- = -p_m^{\gamma_-} \log(1 - p_m)` with
    :math:`p_m = \max(p - m, 0)`, of Ridnik et al., "Asymmetric Loss For Multi-Label
    Classification", ICCV 2021, arXiv:2009.14119; there summed over entries.

    Parameters
    ----------
    gamma_neg, gamma_pos : float, default=4.0, 0.0
        :math:`\gamma_-` and :math:`\gamma_+`, at least 0. The paper trains with these; its code,
        and timm's, have ``gamma_pos=1`` for a default.
    clip : float, default=0.05
        :math:`m`, in [0, 1): a negative of a probability below adds nothing.
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
        self.gamma_neg = _check(gamma_neg, "gamma_neg")
        self.gamma_pos = _check(gamma_pos, "gamma_pos")
        self.clip = _check(clip, "clip", 1, "left")

    def _parts(self, logits):
        positive = _focal(logits, self.gamma_pos)
        if not self.clip:
            return positive, _focal(-logits, self.gamma_neg)
        # Not 0, where a power below 1 has an infinite gradient.
        p = (logits.sigmoid() - self.clip).clamp(min=torch.finfo(logits.dtype).tiny)
        return positive, -(p**self.gamma_neg) * torch.log1p(-p)


class DistributionBalancedLoss(_EntrywiseLoss):
    r"""Distribution-balanced loss, for labels of very different frequency.

    With :math:`n_l` positives of label :math:`l` in :math:`N` samples, an entry has the weight
    :math:`r = \alpha + \sigma(\beta (\frac{1 / n_l}{\sum_j y_j / n_j} - \mu))`, the logit becomes
    :math:`z = x - \frac{\kappa}{\lambda} \log(N / n_l - 1)`, and
    :math:`L_+ = -r c \, (1 - \sigma(z))^\gamma \log \sigma(z)`,
    :math:`L_- = -\frac{r c}{\lambda} \sigma(\lambda z)^\gamma \log(1 - \sigma(\lambda z))`. Of Wu
    et al., "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed Datasets",
    ECCV 2020, arXiv:2007.09654; defaults are its authors' for COCO.

    Parameters
    ----------
    class_freq : array-like of shape (n_labels,)
        :math:`n_l`, clipped to [1, N - 1].
    n_samples : int or array-like of shape (n_labels,)
        :math:`N`, the known ones by label if some are unknown. Below 2 it counts as 2.
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
        self.map_alpha, self.map_beta, self.map_mu = map_alpha, map_beta, map_mu
        self.neg_scale = _check(neg_scale, "neg_scale", closed="neither")
        self.gamma = _check(gamma, "gamma")
        self.focal_scale = focal_scale
        freq = _as_weight(class_freq, "class_freq")
        n_samples = _as_weight(n_samples, "n_samples", max_ndim=0)
        if (freq > n_samples).any():
            raise ValueError(
                f"class_freq={freq.tolist()} of n_samples={n_samples.tolist()}: expected no more "
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


class MSELoss(_EntrywiseLoss):
    r"""Mean squared error of probabilities, the Brier score: :math:`(p - y)^2`.

    Its gradient vanishes at probabilities of 0 and 1, even of wrong ones.
    Its parameters are those of :class:`BCELoss`.
    """

    def _terms(self, logits, target):
        error = logits.sigmoid() - self._smooth(target)
        return error.square() * self._weigh_positives(target)


class L1Loss(_EntrywiseLoss):
    r"""Mean absolute error of probabilities, the expected Hamming loss: :math:`|p - y|`.

    Its gradient vanishes at probabilities of 0 and 1, even of wrong ones; those are also its best.
    Its parameters are those of :class:`BCELoss`.
    """

    def _terms(self, logits, target):
        error = logits.sigmoid() - self._smooth(target)
        return error.abs() * self._weigh_positives(target)


SoftMarginLoss = BCELoss
HammingLoss = L1Loss


class FBetaLoss(_MultiLabelLoss):
    r"""1 minus the F-beta score over a batch, with probabilities in place of decisions.

    :math:`1 - \frac{(1 + \beta^2) \sum y p}{\beta^2 \sum y + \sum p}`. Make batches large enough to
    hold a few positives of each label.

    Parameters
    ----------
    beta : float, default=1.0
        Above 0; the weight of recall against precision.
    average : {"macro", "micro", "samples"}, default="macro"
        Sums run over the batch's samples, all entries, or each sample's labels. A label, or sample,
        without a known positive doesn't count: its score is 0 whatever is predicted.
    label_weight : array-like of shape (n_labels,), default=None
        What multiplies each label's loss with "macro", and entries in the sums otherwise. Weights
        of samples multiply each sample's loss with "samples", and entries in the sums otherwise.
    """

    def __init__(
        self,
        beta: float = 1.0,
        average: Literal["macro", "micro", "samples"] = "macro",
        *,
        label_weight: ArrayLike | None = None,
    ) -> None:
        super().__init__()
        self.beta = _check(beta, "beta", closed="neither")
        if average not in ("macro", "micro", "samples"):
            raise ValueError(f"average={average!r}: expected 'macro', 'micro' or 'samples'.")
        self.average = average
        self.register_buffer("label_weight", _as_weight(label_weight, "label_weight"))

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
        return _mean((1 - score) * of_score, valid)


class ZLPRLoss(_MultiLabelLoss):
    r"""Zero-bounded log-sum-exp and pairwise rank-based loss, the softmax of many labels.

    The mean over samples of :math:`\log(1 + \sum_{y=1} e^{-x}) + \log(1 + \sum_{y=0} e^{x})`:
    positives above negatives and 0 between them. Of Su et al., "ZLPR: A Novel Loss for Multi-label
    Classification", 2022, arXiv:2208.02955.
    """

    def __init__(self) -> None:
        super().__init__()

    def _compute(self, logits, target, known, sample_weight):
        positive = target > 0.5
        of_positive = (-logits).masked_fill(~positive, _MASKED).logsumexp(1)
        of_negative = logits.masked_fill(positive | ~known, _MASKED).logsumexp(1)
        terms = F.softplus(of_positive) + F.softplus(of_negative)
        return _mean(terms if sample_weight is None else terms * sample_weight, known.any(1))


class TwoWayLoss(_MultiLabelLoss):
    r"""Two-way loss: a soft worst negative against a soft worst positive, by sample and by label.

    :math:`\log(1 + (\sum_{y=0} e^{x / T_n})^{T_n} (\sum_{y=1} e^{-x / T_p})^{T_p})` over the labels
    of a sample, and over the batch's samples of a label; the mean over samples with a positive plus
    that over labels with one. Of Kobayashi, "Two-way Multi-Label Loss", CVPR 2023.

    Parameters
    ----------
    tp, tn : float, default=4.0, 1.0
        The temperatures :math:`T_p` and :math:`T_n`, above 0.

    Notes
    -----
    It ranks: a number added to all logits doesn't change it, so that probabilities mean nothing
    and 0.5 is no threshold. Tune thresholds.
    """

    def __init__(self, tp: float = 4.0, tn: float = 1.0) -> None:
        super().__init__()
        self.tp = _check(tp, "tp", closed="neither")
        self.tn = _check(tn, "tn", closed="neither")

    def _compute(self, logits, target, known, sample_weight):
        if sample_weight is not None and (sample_weight != 1).any():
            raise ValueError(
                "TwoWayLoss contrasts the samples of a batch: it has no weights of samples. Leave "
                "sample_weight out, or choose another loss."
            )
        positive = target > 0.5
        of_positive = (-logits / self.tp).masked_fill(~positive, _MASKED)
        of_negative = (logits / self.tn).masked_fill(positive | ~known, _MASKED)
        loss = 0
        for dim in (0, 1):
            gap = self.tp * of_positive.logsumexp(dim) + self.tn * of_negative.logsumexp(dim)
            loss = loss + _mean(F.softplus(gap), positive.any(dim))
        return loss


LOSSES = {
    "bce": BCELoss,
    "focal": FocalLoss,
    "asl": AsymmetricLoss,
    "two_way": TwoWayLoss,
    "zlpr": ZLPRLoss,
    "db": DistributionBalancedLoss,
    "soft_margin": SoftMarginLoss,
    "mse": MSELoss,
    "l1": L1Loss,
    "hamming": HammingLoss,
    "fbeta": FBetaLoss,
}


def make_loss(
    loss: str | type[nn.Module] | nn.Module,
    *,
    label_weight: ArrayLike | None = None,
    label_counts: ArrayLike | None = None,
    n_samples: ArrayLike | None = None,
    options: dict[str, Any] | None = None,
) -> nn.Module:
    """Return a loss of its own for one training.

    Parameters
    ----------
    loss : str, subclass of torch.nn.Module or torch.nn.Module
        A key of ``LOSSES``; a class, or an instance, of the contract above. An instance is copied.
    label_weight, label_counts : array-like of shape (n_labels,), default=None
        For classes that take ``label_weight``; and, the positives, for those with ``class_freq``.
    n_samples : int or array-like of shape (n_labels,), default=None
        What the counts are of, for classes that take it.
    options : dict, default=None
        Parameters of the class. They go before the three above.

    Returns
    -------
    module : torch.nn.Module

    Raises
    ------
    ValueError
        If the name or an option is unknown; if there are weights of labels, not all 1, and the loss
        takes none; if an instance comes with weights or options.
    """
    options = dict(options or {})
    # In float32, lest a mean of 1 that was rounded pass for weights.
    weight = _as_weight(1.0 if label_weight is None else label_weight, "label_weight", max_ndim=0)
    is_weighted = bool((weight != 1).any())
    loss_class = _find_class(loss)
    accepted = _parameters_of(loss_class)
    if isinstance(loss, nn.Module):
        if not options and not is_weighted:
            return copy.deepcopy(loss)
        raise ValueError(
            f"The loss is an instance, {loss_class.__name__}: options and weights of labels come "
            "too late. Give them to it yourself, or pass its class."
        )
    unknown = [name for name in options if name not in accepted and "**" not in accepted]
    if unknown:
        raise ValueError(
            f"{loss_class.__name__} has no option {', '.join(map(repr, unknown))}."
            f"{_hint(unknown, accepted)} It takes {', '.join(accepted) or 'none'}."
        )
    if is_weighted and ("label_weight" not in accepted or "label_weight" in options):
        raise ValueError(
            f"label_weight is given, but {loss_class.__name__} takes none, or has its own in "
            "options. Leave it out (class_weight of a classifier)."
        )
    given = {"label_weight": label_weight, "class_freq": label_counts, "n_samples": n_samples}
    return loss_class(**{k: v for k, v in given.items() if k in accepted} | options)


def _find_class(loss):
    if isinstance(loss, nn.Module):
        return type(loss)
    if isinstance(loss, type) and issubclass(loss, nn.Module):
        return loss
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss]
    raise ValueError(
        f"loss={loss!r}: expected a name, or a subclass or an instance of torch.nn.Module."
        f"{_hint([str(loss).lower()], LOSSES)} Names are {', '.join(LOSSES)}."
    )


def _parameters_of(loss_class):
    """Return names of parameters; "**" is among them if the class takes any."""
    parameters = inspect.signature(loss_class).parameters.values()
    names = ["**" if p.kind is p.VAR_KEYWORD else p.name for p in parameters]
    if "**" in names and issubclass(loss_class, _EntrywiseLoss):
        return [*names[:-1], *_parameters_of(_EntrywiseLoss)]
    return names


def _hint(names, known):
    near = {near for name in names for near in difflib.get_close_matches(name, known, 3, 0.5)}
    return f" Did you mean {' or '.join(map(repr, sorted(near)))}?" if near else ""
