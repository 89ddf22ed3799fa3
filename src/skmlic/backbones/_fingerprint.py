"""A digest of everything that a network's output depends on."""

import copyreg
import dis
import functools
import hashlib
import inspect
import logging
import sysconfig
import types
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import torch

logger = logging.getLogger("skmlic")

_TORCH_STATE = frozenset(vars(torch.nn.Module()))
_PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes, torch.dtype, torch.device)
_WRITTEN_IN_C = (
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")


def fingerprint(module: torch.nn.Module) -> bytes:
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
    code, its attributes and its hooks. Globals that the code refers to are included too, except in
    the code of installed packages. If something can't be described, the digest is a new one each
    time, so that nothing stored under it is ever found: a cache may miss, but must not return
    wrong features.
    """
    return hashlib.sha256(_Description()(module).encode()).digest()


class _Description:
    """Describe values by texts that are equal, in any process, if and only if the values are.

    An object that occurs again is described by the number of its first occurrence, which also ends
    cycles.
    """

    def __init__(self):
        # References to the values keep other values from getting their ids.
        self._seen = {}
        self._warned = False

    def __call__(self, value):
        """Return a text for any value."""
        if isinstance(value, _PLAIN):
            return repr(value)
        # Equal constants of code may or may not be the same object, depending on the process.
        if not isinstance(value, (tuple, frozenset, slice)):
            if id(value) in self._seen:
                return f"#{self._seen[id(value)][0]}"
            self._seen[id(value)] = len(self._seen), value
        try:
            text = self._content(value)
        except Exception as error:  # Pickling functions of any class may raise any error.
            self._warn_once(value, error)
            text = uuid.uuid4().hex
        return f"{type(value).__module__}.{type(value).__qualname__}({text})"

    def _warn_once(self, value, error):
        if not self._warned:
            logger.warning(
                "A network or function has a part of %s that can't be described (%s), so its "
                "features are not stored for other calls",
                type(value),
                error,
            )
        self._warned = True

    def _content(self, value):
        if isinstance(value, torch.nn.Module):
            return self._module(value)
        if isinstance(value, torch.Tensor):
            return f"{_hash_tensor(value)},{value.dtype},{tuple(value.shape)}"
        if isinstance(value, (list, tuple)):
            return ",".join(map(self, value))
        if isinstance(value, (set, frozenset)):
            return ",".join(sorted(map(self, value)))
        if isinstance(value, dict):
            return ",".join(f"{self(key)}:{self(item)}" for key, item in value.items())
        if inspect.isclass(value):
            return f"{value.__module__}.{value.__qualname__},{self(_code_of_class(value))}"
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.CodeType):
            return f"{value.co_code.hex()},{self(value.co_consts)},{value.co_names}"
        if isinstance(value, (types.ModuleType, torch.fx.Graph)):
            return str(getattr(value, "__name__", value))
        if isinstance(value, np.ndarray):
            return joblib.hash(value)
        return self((type(value), *_parts(value)))

    def _module(self, module):
        settings = {name: v for name, v in vars(module).items() if name not in _TORCH_STATE}
        hooks = *module._forward_pre_hooks.values(), *module._forward_hooks.values()
        tensors = {**module._parameters, **module._buffers}
        parts = type(module), module.training, settings, hooks, tensors, dict(module._modules)
        return self(parts)

    def _function(self, function):
        cells = tuple(_cell_contents(cell) for cell in function.__closure__ or ())
        code = function.__code__
        followed = {} if _is_installed(code.co_filename) else _named_globals(function)
        parts = code, function.__defaults__, function.__kwdefaults__, vars(function), cells
        return self((*parts, followed))


def _hash_tensor(tensor):
    flat = tensor.detach().cpu().contiguous().flatten()
    return hashlib.sha256(flat.view(torch.uint8).numpy().data).hexdigest()


def _code_of_class(cls):
    """Return the methods and attributes of a class and of its bases.

    ``__init__`` is left out, since the object's attributes show its effect, and so are annotations:
    since Python 3.14, a function returns them, which refers to all of the class's namespace.
    """
    return {
        f"{base.__qualname__}.{name}": member
        for base in cls.__mro__
        if base not in (torch.nn.Module, object)
        for name, member in sorted(vars(base).items())
        if not isinstance(member, _WRITTEN_IN_C)
        and name not in ("__init__", "__annotate_func__", "_abc_impl")
        and (not name.startswith("__") or callable(member))
    }


def _parts(value):
    """Return the parts that a callable or any other object consists of, mostly as pickle does."""
    if isinstance(value, types.MethodType):
        return value.__func__, value.__self__
    if isinstance(value, types.BuiltinFunctionType):
        return value.__qualname__, value.__self__
    if isinstance(value, property):
        return value.fget, value.fset
    if isinstance(value, functools.cached_property):
        return (value.func,)
    if isinstance(value, weakref.ReferenceType):
        return (value(),)
    if hasattr(value, "__wrapped__"):  # by staticmethod, classmethod, functools.cache
        return (value.__wrapped__,)
    reduce = copyreg.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
    if isinstance(reduced, str):
        return (reduced,)
    return tuple(list(part) if isinstance(part, Iterator) else part for part in reduced)


def _named_globals(function):
    """Return the globals that a function's code refers to; of modules, only the attributes used."""
    names = set(_names(function.__code__))
    followed = {}
    for name in sorted(set(_loaded_globals(function.__code__)) & function.__globals__.keys()):
        value = function.__globals__[name]
        if not isinstance(value, types.ModuleType):
            followed[name] = value
        elif not _is_installed(getattr(value, "__file__", None)):
            inner = {n: vars(value)[n] for n in sorted(names & vars(value).keys())}
            followed[name] = value.__name__, inner
    return followed


def _loaded_globals(code):
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _loaded_globals(constant)


def _names(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _is_installed(path):
    return (
        path is None
        or path.startswith(_STANDARD_LIBRARY)
        or not {"site-packages", "dist-packages"}.isdisjoint(Path(path).parts)
    )


def _cell_contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None
