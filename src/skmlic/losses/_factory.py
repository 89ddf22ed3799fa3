"""Losses by name."""

import copy
import inspect
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike
from torch import nn

from skmlic._utils._names import did_you_mean
from skmlic._utils._numbers import describe
from skmlic.losses._assumed_negatives import AssumedNegatives
from skmlic.losses._base import EntrywiseLoss, as_weight, check_number
from skmlic.losses._binary_cross_entropy import BCELoss, SoftMarginLoss
from skmlic.losses._fbeta import FBetaLoss
from skmlic.losses._focal import AsymmetricLoss, DistributionBalancedLoss, FocalLoss
from skmlic.losses._probability_errors import HammingLoss, L1Loss, MSELoss
from skmlic.losses._ranking import TwoWayLoss, ZLPRLoss

LOSSES: dict[str, type[nn.Module]] = {
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
    missing_weight: float = 0.0,
    options: dict[str, Any] | None = None,
) -> nn.Module:
    """Return a new loss module for one training.

    Parameters
    ----------
    loss : str, subclass of torch.nn.Module or torch.nn.Module
        A key of ``LOSSES``, or a class or an instance that follows the contract of
        :mod:`skmlic.losses`. An instance is copied.
    label_weight : array-like of shape (n_labels,), default=None
        Weights of labels, for classes that take ``label_weight``.
    label_counts : array-like of shape (n_labels,), default=None
        Number of positives of each label, for classes that take ``class_freq``.
    n_samples : int or array-like of shape (n_labels,), default=None
        Number of samples that the positives were counted in, for classes that take ``n_samples``.
    missing_weight : float, default=0.0
        If above 0, missing labels count as negatives with this weight: the loss is wrapped in
        :class:`AssumedNegatives`.
    options : dict, default=None
        Parameters of the class. They take precedence over the three above.

    Returns
    -------
    module : torch.nn.Module

    Raises
    ------
    ValueError
        If the name or an option is unknown; if labels have weights that differ from 1 and the
        loss takes none; if an instance comes with weights of labels or options.
    """
    check_number(missing_weight, "missing_weight")
    if not isinstance(options, Mapping | None):
        raise TypeError(f"options is {describe(options)}; expected a dict of parameters.")
    as_weight(label_counts, "label_counts")
    as_weight(n_samples, "n_samples", max_ndim=0)
    module = _make_module(
        loss,
        {"label_weight": label_weight, "class_freq": label_counts, "n_samples": n_samples},
        dict(options or {}),
    )
    return AssumedNegatives(module, missing_weight) if missing_weight > 0 else module


def _make_module(loss, given, options):
    # Weights are compared in float32, so that a rounded mean of 1 is not taken for weights.
    weight = given["label_weight"]
    weight = as_weight(1.0 if weight is None else weight, "label_weight", max_ndim=0)
    is_weighted = bool((weight != 1).any())
    loss_class = _find_class(loss)
    accepted = _list_parameters(loss_class)
    if isinstance(loss, nn.Module):
        if not options and not is_weighted:
            return copy.deepcopy(loss)
        raise ValueError(
            f"The loss is an instance of {loss_class.__name__}, which can no longer take options "
            "or weights of labels. Set them when you create it, or pass its class."
        )
    unknown = [name for name in options if name not in accepted and "**" not in accepted]
    if unknown:
        raise ValueError(
            f"{loss_class.__name__} has no option {', '.join(map(repr, unknown))}."
            f"{''.join(did_you_mean(str(name), accepted) for name in unknown)} It takes "
            f"{', '.join(accepted) or 'none'}."
        )
    if is_weighted and ("label_weight" not in accepted or "label_weight" in options):
        raise ValueError(
            f"label_weight is given, but {loss_class.__name__} takes none, or has its own in "
            "options. Leave label_weight (class_weight of a classifier) out."
        )
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
        f"{did_you_mean(str(loss).lower(), LOSSES)} Names are {', '.join(LOSSES)}."
    )


def _list_parameters(loss_class):
    """Return names of parameters; "**" is among them if the class takes any."""
    parameters = inspect.signature(loss_class).parameters.values()
    names = ["**" if p.kind is p.VAR_KEYWORD else p.name for p in parameters]
    if "**" in names and issubclass(loss_class, EntrywiseLoss):
        return [*names[:-1], *_list_parameters(EntrywiseLoss)]
    return names
