"""Private or recent symbols of the libraries underneath, each with its reason."""

import platform
from collections.abc import Callable
from typing import TypeVar

import sklearn.base
import sklearn.utils.metaestimators
import torch

# The calibrators that CalibratedClassifierCV fits, without its own folds: ours are multi-label.
from sklearn.calibration import _SigmoidCalibration as SigmoidCalibration

# The base of scorers: only its kind shares one prediction among the metrics of a search.
from sklearn.metrics._scorer import _BaseScorer as BaseScorer

# Rows of arrays, frames, lists and sparse matrices alike, as cross-validation takes them.
from sklearn.utils import _safe_indexing as safe_indexing

# The refusal of metadata while routing is off, in the words of scikit-learn's meta-estimators.
from sklearn.utils._metadata_requests import _raise_for_params as raise_for_params

# The types that `_parameter_constraints` are written in, and the error that comes of them.
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
)

# Cuts fit parameters that go with the samples.
from sklearn.utils.validation import _check_method_params as check_method_params

# The check of weights that goes with `check_consistent_length`, in use by scikit-learn's own.
from sklearn.utils.validation import _check_sample_weight

# Decorators without hints of their own, which would hide those of what they decorate.
_Method = TypeVar("_Method", bound=Callable)

# Checks `_parameter_constraints` before `fit`, as scikit-learn's own estimators do, and since 1.9
# ends its callbacks after `fit`.
_fit_context: Callable[..., Callable[[_Method], _Method]] = sklearn.base._fit_context

available_if: Callable[..., Callable[[_Method], _Method]] = (
    sklearn.utils.metaestimators.available_if
)

try:
    from sklearn.calibration import _TemperatureScaling as TemperatureScaling
except ImportError:
    TemperatureScaling = None  # since 1.8

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
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
    "BaseScorer",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "RealNotInt",
    "SigmoidCalibration",
    "StrOptions",
    "TemperatureScaling",
    "_check_sample_weight",
    "_fit_context",
    "available_if",
    "check_method_params",
    "cpu_computes_in_bf16",
    "init_callback_context",
    "raise_for_params",
    "safe_indexing",
]
