"""Private or recent symbols of dependencies, each with the reason for its use."""

import platform
import re
from collections.abc import Callable
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import TypeVar

import numpy as np
import sklearn.base
import sklearn.utils.metaestimators
import torch

# Its limit of a worker's growth, which has no public name.
from joblib.externals.loky import process_executor

# Its process deletes temporary folders of processes that were killed, as joblib does with its own.
from joblib.externals.loky.backend import resource_tracker

# loky is joblib's default for processes; it has no public name for reducers of all its pickles.
from joblib.externals.loky.backend.reduction import register as register_for_workers

# CalibratedClassifierCV fits this calibrator, but its cross-validation does not support labels.
from sklearn.calibration import _SigmoidCalibration as SigmoidCalibration

# Searches share one prediction only among metrics that are instances of this class.
from sklearn.metrics._scorer import _BaseScorer as BaseScorer

# Cross-validation selects rows of arrays, frames, lists and sparse matrices by this function.
from sklearn.utils import _safe_indexing as safe_indexing

# Meta-estimators of scikit-learn raise this error for metadata when routing is disabled.
from sklearn.utils._metadata_requests import _raise_for_params as raise_for_params

# `_parameter_constraints` are written with these types, and lead to this error.
from sklearn.utils._param_validation import (
    HasMethods,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._param_validation import Interval as _Interval

# It checks the parameters of functions as `_fit_context` checks those of estimators.
from sklearn.utils._param_validation import validate_params as _validate_params

# It selects rows of those fit parameters that have one entry per sample.
from sklearn.utils.validation import _check_method_params as check_method_params

# All estimators of scikit-learn check sample weights by this function.
from sklearn.utils.validation import _check_sample_weight

# `torch.autograd.backward` passes through a mode for functions of torch, `Tensor.backward` leads to
# it, and both lead here.
from torch.autograd.graph import _engine_run_backward as run_backward

# The following decorators have no type hints, which would hide those of decorated methods.
_Method = TypeVar("_Method", bound=Callable)

# Estimators of scikit-learn use this decorator to check `_parameter_constraints` before `fit`.
# Since 1.9 it also finishes their callbacks after `fit`.
_fit_context: Callable[..., Callable[[_Method], _Method]] = sklearn.base._fit_context

validate_params: Callable[..., Callable[[_Method], _Method]] = partial(
    _validate_params, prefer_skip_nested_validation=True
)

available_if: Callable[..., Callable[[_Method], _Method]] = (
    sklearn.utils.metaestimators.available_if
)


class Interval(_Interval):
    """An interval of numbers; unlike scikit-learn's, it does not contain True and False."""

    def is_satisfied_by(self, val):
        """Tell whether a value is a number in the interval."""
        return not isinstance(val, (bool, np.bool_)) and super().is_satisfied_by(val)


try:
    from sklearn.calibration import _TemperatureScaling as TemperatureScaling
except ImportError:
    # It exists since scikit-learn 1.8.
    TemperatureScaling = None

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """A placeholder for versions of scikit-learn before 1.9, which have no callbacks."""


# The parameter `n_jobs`: 0 and fractions mean nothing to joblib.
N_JOBS = [
    Interval(Integral, None, -1, closed="right"),
    Interval(Integral, 1, None, closed="left"),
    None,
]


def let_worker_grow(n_bytes):
    """Make loky replace this worker process only after it grew by more than a number of bytes.

    With psutil installed, loky takes growth of 300 MB for a leak of memory.
    """
    process_executor._MAX_MEMORY_LEAK_SIZE = n_bytes


def trace_function(function, example):
    """Return the graph of a function of a tensor, which `torch.jit.trace` would keep for ever.

    Other tensors that it computes with become constants, if they require no gradients.
    """
    find_names = torch.jit._trace._create_interpreter_name_lookup_fn()
    graph, _ = torch._C._create_graph_by_tracing(function, (example,), find_names, False, False)
    torch._C._jit_pass_inline(graph)
    return graph


def init_callback_context(estimator, max_subtasks):
    """Return the context of scikit-learn's callbacks for a ``fit``, or None without callbacks.

    The mixin documents its own method in spite of the underscore.
    """
    if getattr(estimator, "_skl_callbacks", None) or hasattr(estimator, "_parent_callback_ctx"):
        return estimator._init_callback_context(max_subtasks=max_subtasks)
    return None


def cpu_computes_in_bf16():
    """Tell whether the CPU multiplies bfloat16 faster than float32; torch has no function for this.

    oneDNN also supports processors on which it emulates bfloat16. Intel's are fast in it only by
    AMX, which some virtual machines hide: EfficientNet-Lite0 then takes 1.7 times as long as in
    float32.
    """
    if not torch.backends.mkldnn.is_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    if platform.machine() not in ("x86_64", "AMD64") or torch.cpu._is_amx_tile_supported():
        return True
    return torch.cpu._is_avx512_bf16_supported() and "GenuineIntel" not in _describe_cpu()


def list_cpu_features():
    """Return the name of the CPU, and those of its instructions that decide a precision."""
    model = re.search(r"^model name\s*: (.*)", _describe_cpu(), re.MULTILINE)
    features = {
        "bf16 in oneDNN": torch.backends.mkldnn.is_available()
        and torch.ops.mkldnn._is_mkldnn_bf16_supported(),
        "AVX512-BF16": torch.cpu._is_avx512_bf16_supported(),
        "AMX": torch.cpu._is_amx_tile_supported(),
    }
    return [
        model[1] if model else platform.processor() or platform.machine(),
        torch.backends.cpu.get_cpu_capability(),
        *(name if found else f"no {name}" for name, found in features.items()),
    ]


def _describe_cpu():
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8") if path.exists() else platform.processor()


__all__ = [
    "N_JOBS",
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
    "let_worker_grow",
    "list_cpu_features",
    "raise_for_params",
    "register_for_workers",
    "resource_tracker",
    "run_backward",
    "safe_indexing",
    "trace_function",
    "validate_parameter_constraints",
    "validate_params",
]
