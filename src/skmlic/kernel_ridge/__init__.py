"""Kernel ridge regression on features, chosen and calibrated by exact leave-one-out scores."""

from skmlic.kernel_ridge._classifier import KernelRidgeMultiLabelClassifierCV

__all__ = ["KernelRidgeMultiLabelClassifierCV"]
