"""Private or recent symbols of the libraries underneath, each with its reason."""

import platform

import torch

# The decorator that checks `_parameter_constraints` before `fit`, as scikit-learn's own do, and
# since 1.9 ends its callbacks after `fit`.
from sklearn.base import _fit_context

# The types that `_parameter_constraints` are written in.
from sklearn.utils._param_validation import Interval, StrOptions

# The check of weights that goes with `check_consistent_length`, in use by scikit-learn's own.
from sklearn.utils.validation import _check_sample_weight

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Nothing: scikit-learn has callbacks since 1.9."""


def init_callback_context(estimator, max_subtasks):
    """Return the context of scikit-learn's callbacks for a ``fit``, or None if there are none.

    The mixin's own method is documented but underscored, and would be of no use without callbacks.
    """
    if getattr(estimator, "_skl_callbacks", None) or hasattr(estimator, "_parent_callback_ctx"):
        return estimator._init_callback_context(max_subtasks=max_subtasks)
    return None


def cpu_computes_in_bf16():
    """Tell whether the CPU multiplies bfloat16 natively; torch has no public question for it.

    oneDNN says yes on processors where it only emulates it, which is slower than float32.
    """
    if not torch.backends.mkldnn.is_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    return platform.machine() not in ("x86_64", "AMD64") or torch.cpu._is_avx512_bf16_supported()


__all__ = [
    "CallbackSupportMixin",
    "Interval",
    "StrOptions",
    "_check_sample_weight",
    "_fit_context",
    "cpu_computes_in_bf16",
    "init_callback_context",
]
