"""The fitted model as a torch module from features to logits."""

import numpy as np
import torch
from torch import nn

from skmlic.kernel_ridge._feature_scaling import KINDS, FeatureScaling
from skmlic.kernel_ridge._kernels import KERNELS, Kernel

# The gradient changes so little along a row, whose length is 1, that few positions are exact.
_N_POSITIONS = 6


class KernelRidgeModule(nn.Module):
    """Scaled features, their kernel with the training rows, and one logit per label.

    Parameters
    ----------
    scaling : FeatureScaling
    kernel : Kernel
    support : tensor of shape (n_support, n_features) or None
        Scaled rows that the kernel compares features with; ``None`` for a linear kernel.
    coef : tensor of shape (n_support, n_labels), or (n_features, n_labels) for a linear kernel
    bias : tensor of shape (n_labels,)
    """

    def __init__(self, scaling, kernel, support, coef, bias):
        super().__init__()
        self.scaling = scaling
        self.kernel = kernel
        self.register_buffer("support", support)
        self.coef = nn.Parameter(coef, requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)

    @property
    def settings(self):
        """Plain values from which, and from the state, the module is restored."""
        return {
            "feature_scaling": self.scaling.kind,
            "block_widths": self.scaling.block_widths,
            "kernel": self.kernel.name,
            "width": self.kernel.width,
            "factor": self.kernel.factor,
        }

    @classmethod
    def from_state(cls, settings, state):
        """Return a module with given weights.

        Parameters
        ----------
        settings : dict
            The attribute ``settings`` of the module that had the weights.
        state : dict of str to tensor
            Its ``state_dict``.

        Returns
        -------
        module : KernelRidgeModule

        Raises
        ------
        RuntimeError, ValueError
            If the weights do not fit together, or settings are unknown.
        """
        widths = settings["block_widths"]
        scaling = FeatureScaling(
            settings["feature_scaling"],
            state["scaling.mean"],
            state["scaling.scale"],
            None if widths is None else tuple(widths),
        )
        kernel = Kernel(settings["kernel"], settings["width"], settings["factor"])
        if kernel.name not in KERNELS or scaling.kind not in KINDS:
            raise ValueError(f"Unknown kernel {kernel.name!r}, or scaling {scaling.kind!r}.")
        module = cls(scaling, kernel, state.get("support"), state["coef"], state["bias"])
        module.load_state_dict(state)
        module(torch.zeros(1, module.n_features).to(module.bias))
        return module

    @property
    def n_features(self):
        """Width of the input."""
        return len(self.scaling.mean)

    @property
    def n_labels(self):
        """Width of the output."""
        return len(self.bias)

    def forward(self, features):
        """Return logits of shape (n, n_labels) for features of shape (n, n_features)."""
        return self._score(self.scaling(features.to(self.bias.dtype)))

    def linearize(self, features):
        """Return logits for activation maps; see :class:`skmlic.training._head.Head`.

        Their gradient with respect to the scaled features is its average on the way from 0, an
        average image, to the features [1]_. Its product with the scaled features is the logit minus
        that of an average image.

        References
        ----------
        .. [1] M. Sundararajan, A. Taly, Q. Yan, "Axiomatic Attribution for Deep Networks",
           ICML 2017.
        """
        rows, zeros = self.scaling.linearize(features.to(self.bias.dtype))
        positions, weights = np.polynomial.legendre.leggauss(_N_POSITIONS)
        logits = sum(
            self._score(t * rows) * (w / t)
            for t, w in zip((1 + positions) / 2, weights / 2, strict=True)
        )
        return logits, zeros

    def _score(self, rows):
        """Return logits for scaled features."""
        if self.support is not None:
            rows = self.kernel.compute(rows, self.support)
        return torch.addmm(self.bias, rows, self.coef)


def make_module(scaling, model, slope, intercept):
    """Return the module of a model.

    Parameters
    ----------
    scaling : FeatureScaling
    model : Model
    slope, intercept : ndarray of shape (n_labels,)
        Logits are ``slope * score + intercept``.

    Returns
    -------
    module : KernelRidgeModule
        On the CPU, in double precision.
    """
    coef = model.coef * torch.as_tensor(slope).to(model.coef)
    bias = model.constant * torch.as_tensor(slope).to(coef) + torch.as_tensor(intercept).to(coef)
    support = model.support
    if model.kernel.name == "linear":
        coef, support = support.T @ coef * model.kernel.factor, None
    module = KernelRidgeModule(scaling, model.kernel, support, coef, bias)
    return module.to("cpu", torch.float64)
