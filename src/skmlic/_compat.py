"""Private or recent symbols of the libraries underneath, each with its reason."""

import torch

# The decorator that checks `_parameter_constraints` before `fit`, as scikit-learn's own do, and
# since 1.9 ends its callbacks after `fit`.
from sklearn.base import _fit_context

# The types that `_parameter_constraints` are written in.
from sklearn.utils._param_validation import Interval, StrOptions

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Nothing: scikit-learn has callbacks since 1.9."""


def cpu_computes_in_bf16():
    """Tell whether the CPU multiplies bfloat16 natively; torch has no public question for it."""
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


__all__ = [
    "CallbackSupportMixin",
    "Interval",
    "StrOptions",
    "_fit_context",
    "cpu_computes_in_bf16",
]
