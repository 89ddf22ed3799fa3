"""A digest of everything that a network's output depends on."""

import functools
import hashlib
import inspect
import logging
import types
import uuid

import joblib
import numpy as np
import torch

logger = logging.getLogger("skmlic")

_TORCH_STATE = frozenset(vars(torch.nn.Module()))
_PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device)


def fingerprint(module):
    """Return the digest of a module's architecture, code, settings and weights.

    Parameters
    ----------
    module : torch.nn.Module

    Returns
    -------
    digest : bytes of length 32

    Notes
    -----
    The digest covers the bytes of all parameters and buffers and, for each submodule, its class's
    code, its plain attributes and its hooks. Where an attribute can't be described the digest is
    a new one each time, so that nothing stored under it is ever found: a cache may miss, not lie.
    """
    digest = hashlib.sha256()
    for name, child in module.named_modules():
        digest.update(f"\n{name}: ".encode())
        digest.update(_describe_class(type(child)).encode())
        settings = {k: v for k, v in vars(child).items() if k not in _TORCH_STATE}
        settings["training"] = child.training
        settings["hooks"] = [*child._forward_pre_hooks.values(), *child._forward_hooks.values()]
        digest.update(_describe(settings).encode())
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}: ".encode())
        digest.update(_tensor_bytes(tensor))
    return digest.digest()


def _tensor_bytes(tensor):
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data


@functools.cache
def _describe_class(cls):
    methods = [
        f"{name}={_describe(value)}"
        for base in cls.__mro__
        if base not in (torch.nn.Module, object)
        for name, value in sorted(vars(base).items())
        if isinstance(value, (types.FunctionType, staticmethod, classmethod, property))
    ]
    return f"{cls.__module__}.{cls.__qualname__}({hashlib.sha256(''.join(methods).encode()).hexdigest()})"


def _describe(value):
    """Return a text that is equal for equal values, in any process."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({','.join(map(_describe, value))})"
    if isinstance(value, (set, frozenset)):
        return f"set({','.join(sorted(map(_describe, value)))})"
    if isinstance(value, dict):
        return f"dict({','.join(f'{_describe(k)}:{_describe(v)}' for k, v in value.items())})"
    if isinstance(value, functools.partial):
        return f"partial({_describe([value.func, value.args, value.keywords])})"
    if isinstance(value, types.MethodType):
        return f"method({_describe(value.__func__)})"
    if isinstance(value, (staticmethod, classmethod)):
        return _describe(value.__func__)
    if isinstance(value, property):
        return _describe([value.fget, value.fset])
    if isinstance(value, types.FunctionType):
        cells = [_cell_contents(cell) for cell in value.__closure__ or ()]
        return f"function({_describe([value.__code__, value.__defaults__, value.__kwdefaults__, cells])})"
    if isinstance(value, types.CodeType):
        constants = [c for c in value.co_consts]
        return f"code({value.co_code.hex()},{_describe(constants)},{value.co_names})"
    if isinstance(value, types.BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    if inspect.isclass(value):
        return repr(value)
    if isinstance(value, torch.Tensor):
        return f"tensor({hashlib.sha256(_tensor_bytes(value)).hexdigest()},{value.dtype},{value.shape})"
    if isinstance(value, np.ndarray):
        return f"array({joblib.hash(value)})"
    if isinstance(value, torch.nn.Module):
        return f"module({fingerprint(value).hex()})"
    try:
        return f"{type(value).__module__}.{type(value).__qualname__}({joblib.hash(value)})"
    except Exception:
        logger.warning(
            "%s can't be fingerprinted, so features of this network are not found again", value
        )
        return f"unknown({uuid.uuid4().hex})"


def _cell_contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None
