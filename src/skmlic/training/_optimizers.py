"""Optimizers by name."""

import inspect

import torch

from skmlic._utils._numbers import describe
from skmlic.training._lbfgs import is_lbfgs

OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(torch.optim).items()
    if inspect.isclass(optimizer)
    and issubclass(optimizer, torch.optim.Optimizer)
    # L-BFGS needs a net of its own.
    and name not in ("Optimizer", "LBFGS", "SparseAdam", "Muon")
}
UNSUITABLE_OPTIMIZERS = {
    "sparseadam": "takes sparse gradients, and those of a head are dense",
    "muon": "takes parameters that are all matrices, and some of a head are vectors",
}


def check_optimizer(optimizer, weight_decay):
    """Raise an error for an unknown optimizer, or for a weight decay that it does not have."""
    if is_lbfgs(optimizer):
        return
    if isinstance(optimizer, str) and optimizer.lower() not in OPTIMIZERS:
        why = UNSUITABLE_OPTIMIZERS.get(optimizer.lower())
        raise ValueError(
            f"optimizer={optimizer!r}{f' {why}' if why else ''}: expected one of "
            f"{sorted([*OPTIMIZERS, 'lbfgs'])}, or a subclass of torch.optim.Optimizer."
        )
    if isinstance(optimizer, type) and (
        not issubclass(optimizer, torch.optim.Optimizer) or optimizer is torch.optim.Optimizer
    ):
        raise TypeError(
            f"optimizer is {describe(optimizer)}; expected a name, or a subclass of "
            "torch.optim.Optimizer."
        )
    if weight_decay and "weight_decay" not in _get_parameters(optimizer):
        raise ValueError(
            f"weight_decay={weight_decay}: optimizer={optimizer!r} has none. Leave weight_decay=0."
        )


def make_optimizer_settings(optimizer, weight_decay):
    """Return the parameters of a skorch net that set its optimizer.

    Parameters
    ----------
    optimizer : str or subclass of torch.optim.Optimizer
        A key of ``OPTIMIZERS`` in any case, or a class.
    weight_decay : float
        Ignored if the optimizer has none.

    Returns
    -------
    settings : dict
    """
    parameters = _get_parameters(optimizer)
    settings = {
        "optimizer": OPTIMIZERS[optimizer.lower()] if isinstance(optimizer, str) else optimizer
    }
    if "weight_decay" in parameters:
        settings["optimizer__weight_decay"] = weight_decay
    if "fused" in parameters:
        settings["optimizer__fused"] = True
    return settings


def _get_parameters(optimizer):
    if isinstance(optimizer, str):
        optimizer = OPTIMIZERS[optimizer.lower()]
    return inspect.signature(optimizer).parameters
