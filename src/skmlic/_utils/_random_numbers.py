"""Random numbers of torch that leave its global generators alone."""

import functools
from types import FunctionType

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from skmlic._utils._compat import run_backward

_IS_RANDOM = torch.Tag.nondeterministic_seeded
# Modules whose functions say by the names in their code what they call.
_SEARCHED = ("torch.nn.functional", "torch._tensor")


class RandomNumbers(TorchFunctionMode):
    """In a ``with`` block, what this thread samples with torch comes from generators of its own.

    torch's global generators are shared by all threads, and functions such as
    ``torch.nn.functional.dropout`` take no other one. Here, they neither determine the results nor
    change. The generators of a block are seeded once: a later block continues the sequence.

    A few kernels of CUDA (attention with dropout, recurrent networks) take no generator, and borrow
    the global one of the device.

    Parameters
    ----------
    seed : int
        Seed of the generator of each device.
    """

    def __init__(self, seed):
        super().__init__()
        self._seed = seed
        self._generators = {"cpu": torch.Generator().manual_seed(seed)}
        self._injection = _Injection(self._get_generator)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """Call a function; its kernels get the generator if it may be a random one."""
        if function is torch.Tensor.backward:
            return self._run_backward(*args, **(kwargs or {}))
        if not _may_sample(function):
            return function(*args, **(kwargs or {}))
        with self._injection:
            return function(*args, **(kwargs or {}))

    def iterate(self, iterable):
        """Yield the items of an iterable, which are made with these random numbers."""
        end = object()
        with self:
            iterator = iter(iterable)
        while True:
            with self:
                item = next(iterator, end)
            if item is end:
                return
            yield item

    def get_state(self):
        """Return the states of the generators by type of device; None if CUDA is not used."""
        states = {name: generator.get_state() for name, generator in self._generators.items()}
        return {"cuda": None, **states}

    def set_state(self, state):
        """Continue from what `get_state` returned; CUDA's state is dropped where CUDA is absent."""
        for name, values in state.items():
            if values is not None and (name == "cpu" or torch.cuda.is_available()):
                self._get_generator(torch.device(name)).set_state(values.cpu())

    def _run_backward(
        self, tensor, gradient=None, retain_graph=None, create_graph=False, inputs=()
    ):
        if gradient is None:
            if tensor.numel() != 1:
                raise RuntimeError(
                    f"backward() of a tensor of shape {tuple(tensor.shape)} needs a gradient; a "
                    "loss is one number, such as the mean of its terms."
                )
            gradient = torch.ones_like(tensor)
        # The mode is off while it handles a function, and on again for what a network recomputes.
        with self:
            run_backward(
                (tensor,),
                (gradient,),
                create_graph if retain_graph is None else retain_graph,
                create_graph,
                (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs or ()),
                allow_unreachable=True,
                accumulate_grad=True,
            )

    def _get_generator(self, device):
        if device.type not in self._generators:
            self._generators[device.type] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device.type]

    def __reduce__(self):
        return _restore, (self._seed, self.get_state())


def _restore(seed, state):
    numbers = RandomNumbers(seed)
    numbers.set_state(state)
    return numbers


@functools.lru_cache(maxsize=1024)
def _may_sample(function):
    """Tell whether a function of torch may call a random kernel."""
    if not isinstance(function, FunctionType):
        return _names_random_kernel(function.__name__)
    # One in Python can do what it names, unless it is made by another function.
    names = function.__code__.co_names
    if function.__module__ not in _SEARCHED or function.__code__.co_freevars:
        return True
    called = (function.__globals__.get(name) for name in names)
    return any(map(_names_random_kernel, names)) or any(
        _may_sample(other)
        for other in called
        if other is not function and getattr(other, "__module__", None) in _SEARCHED
    )


@functools.cache
def _names_random_kernel(name):
    packet = getattr(torch.ops.aten, name, None)
    if not isinstance(packet, torch._ops.OpOverloadPacket):
        return False
    return any(_IS_RANDOM in getattr(packet, overload).tags for overload in packet.overloads())


class _Injection(TorchDispatchMode):
    """Pass a generator to each random kernel.

    This mode sees every kernel, which takes ten times as long as to look at functions only.
    """

    def __init__(self, get_generator):
        super().__init__()
        self._get_generator = get_generator

    def __torch_dispatch__(self, kernel, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if _IS_RANDOM not in kernel.tags or kwargs.get("generator") is not None:
            return kernel(*args, **kwargs)
        if torch._C._current_graph_task_id() != -1:
            raise RuntimeError(
                "Random numbers are sampled in the backward pass, where gradient checkpointing "
                "would need those of the forward pass again. Switch gradient checkpointing off in "
                "the network that is fine-tuned, or set its dropout to 0."
            )
        device = _find_device(args, kwargs)
        if device.type == "meta":
            return kernel(*args, **kwargs)
        generator = self._get_generator(device)
        call = _REPLACEMENTS.get(kernel) or _find_overload(kernel)
        if call is not None:
            return call(*args, **{**kwargs, "generator": generator})
        if device.type == "cuda":
            return _borrow(device, generator, kernel, args, kwargs)
        # On a CPU, only attention without dropout is left, which samples nothing.
        return kernel(*args, **kwargs)


def _find_device(args, kwargs):
    if kwargs.get("device") is not None:
        return torch.device(kwargs["device"])
    tensors = (value for value in args if isinstance(value, torch.Tensor))
    return next((tensor.device for tensor in tensors), torch.device("cpu"))


@functools.cache
def _find_overload(kernel):
    """Return the overload of a kernel that takes a generator, or None."""
    if any(argument.name == "generator" for argument in kernel._schema.arguments):
        return kernel
    name = "generator" if kernel._overloadname == "default" else f"{kernel._overloadname}_generator"
    return getattr(kernel.overloadpacket, name, None)


def _borrow(device, generator, kernel, args, kwargs):
    """Call a kernel while the global generator of a CUDA device has the state of another one."""
    index = torch.cuda.current_device() if device.index is None else device.index
    borrowed = torch.cuda.default_generators[index]
    before = borrowed.get_state()
    borrowed.set_state(generator.get_state())
    try:
        return kernel(*args, **kwargs)
    finally:
        generator.set_state(borrowed.get_state())
        borrowed.set_state(before)


def _drop_out(units, p, train, *, generator):
    if train is False:
        return units.clone(), torch.ones_like(units, dtype=torch.bool)
    kept = torch.empty_like(units, dtype=torch.bool).bernoulli_(1 - p, generator=generator)
    return units * kept / (1 - p if p < 1 else 1), kept


def _rand_like(tensor, *, generator, **options):
    return torch.empty_like(tensor, **options).uniform_(generator=generator)


def _randn_like(tensor, *, generator, **options):
    return torch.empty_like(tensor, **options).normal_(generator=generator)


# These kernels take no generator, or none in older versions of torch.
_REPLACEMENTS = {
    torch.ops.aten.native_dropout.default: _drop_out,
    torch.ops.aten.rand_like.default: _rand_like,
    torch.ops.aten.randn_like.default: _randn_like,
}
