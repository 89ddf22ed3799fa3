"""Tests of skmlic.backbones._fingerprint."""

import copy
import enum
import functools
import importlib.util
import logging
import operator
import os
import pathlib
import re
import subprocess
import sys
import threading
import types

import joblib
import numpy as np
import pytest
import torch
from torch import nn

from skmlic.backbones import fingerprint, load_backbone

FACTOR = 3


def double(x):
    return 2 * x


def triple(x):
    return FACTOR * x


@functools.cache
def cached(x):
    return x


class Scale:
    __slots__ = ("__dict__", "factor")

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * x

    def hook(self, module, inputs, output):
        return self.factor * output


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Network(nn.Module):
    temperature = 1.0

    def __init__(self, **attributes):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4, 2)
        self.register_buffer("shift", torch.zeros(1))
        self.register_buffer("hidden", torch.zeros(1), persistent=False)
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x):
        return triple(self.body(x)) / self.temperature


def network(**attributes):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return Network(**attributes)


def closure(number):
    return lambda x: x + number


def recursive():
    def inner(n):
        return inner(n - 1) if n else 0

    return inner


# What changes it


def change_a_weight(net):
    net.body[0].weight.data[0, 0, 0, 0] += 1e-6


def change_a_buffer(net):
    net.body[1].running_mean[0] += 1e-6


def change_a_hidden_buffer(net):
    net.hidden += 1


def change_a_dtype(net):
    net.shift = net.shift.to(torch.int32)


def change_a_shape(net):
    net.shift = net.shift[None]


def change_an_attribute(net):
    net.body[1].eps = 2e-5


def change_the_mode(net):
    net.body.eval()


def change_a_layer(net):
    net.body[2] = nn.GELU()


def leave_a_layer_out(net):
    net.body[2] = nn.Identity()


def exchange_layers(net):
    net.body[1], net.body[2] = net.body[2], net.body[1]


def add_a_hook(net):
    net.body[0].register_forward_hook(lambda module, inputs, output: 2 * output)


def add_a_hook_before(net):
    net.body[0].register_forward_pre_hook(lambda module, inputs: inputs)


def replace_a_method(net):
    net.forward = types.MethodType(lambda self, x: self.body(x), net)


@pytest.mark.parametrize(
    "change",
    [
        change_a_weight,
        change_a_buffer,
        change_a_hidden_buffer,
        change_a_dtype,
        change_a_shape,
        change_an_attribute,
        change_the_mode,
        change_a_layer,
        leave_a_layer_out,
        exchange_layers,
        add_a_hook,
        add_a_hook_before,
        replace_a_method,
    ],
)
def test_a_changed_network_has_another_one(change):
    net = network()
    before = fingerprint(net)
    assert fingerprint(net) == before
    change(net)
    assert fingerprint(net) != before
    assert fingerprint(net) == fingerprint(net)


def test_a_forward_pass_changes_nothing():
    net = network().eval()
    before = fingerprint(net)
    net(torch.zeros(1, 3, 8, 8))
    net.to(memory_format=torch.channels_last)
    net.requires_grad_(False)
    assert fingerprint(net) == before


VALUES = [
    None,
    ...,
    True,
    1,
    1.0,
    1j,
    "1",
    b"1",
    [],
    (),
    {},
    set(),
    [1],
    (1,),
    [1, [2]],
    {"a": 1},
    {"a": 2},
    {"b": 1},
    {"a", "b"},
    {"a", "c"},
    slice(1, 2),
    range(3),
    torch.Size([1]),
    torch.float16,
    torch.device("cpu"),
    torch.tensor(1.0),
    torch.tensor(2.0),
    torch.tensor([1.0]),
    torch.tensor(1),
    torch.zeros(0),
    torch.tensor(1.0, dtype=torch.bfloat16),
    np.float32(1),
    np.float64(2),
    np.arange(3),
    np.arange(4),
    np.arange(3.0),
    np.dtype("f4"),
    np.random.RandomState(0),
    np.random.RandomState(1),
    np.random.default_rng(0),
    Scale(1),
    Scale(2),
    Scale(1).__call__,
    Scale(2).__call__,
    Scale(Scale(1)),
    Scale(closure(1)),
    Scale(closure(2)),
    types.SimpleNamespace(factor=1),
    types.SimpleNamespace(factor=2),
    Color.RED,
    Color.BLUE,
    Color,
    Scale,
    Network,
    nn.ReLU,
    nn.ReLU(),
    [nn.ReLU()],
    double,
    triple,
    cached,
    closure(1),
    closure(2),
    lambda x: x,
    lambda x: x + 1,
    lambda x, y=1: x,
    lambda x, y=2: x,
    recursive(),
    functools.partial(pow, 2),
    functools.partial(pow, 3),
    functools.partial(pow, exp=2),
    operator.itemgetter(1),
    operator.itemgetter(2),
    operator.attrgetter("a"),
    torch.relu,
    torch.tanh,
    torch.nn.functional.relu,
    torch.Tensor.relu,
    torch.tensor(2.0).mul,
    torch.tensor(3.0).mul,
    np.add,
    np.subtract,
    re.compile("a"),
    re.compile("b"),
    pathlib.PurePosixPath("a"),
    pathlib.PurePosixPath("b"),
    logging.getLogger("a"),
    logging.getLogger("b"),
    types,
    functools,
]


@pytest.mark.slow
def test_every_value_of_an_attribute_has_its_own():
    digests = {}
    for value in VALUES:
        net = network(value=value)
        digest = fingerprint(net)
        assert fingerprint(net) == digest, value
        assert digest not in digests, (value, digests[digest])
        digests[digest] = value


@pytest.mark.slow
def test_equal_networks_have_an_equal_one():
    for value in VALUES:
        if not isinstance(value, (types.ModuleType, slice)):
            net = network(value=value)
            assert fingerprint(copy.deepcopy(net)) == fingerprint(net), value


def test_what_is_the_same_twice_differs_from_what_is_not():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    assert fingerprint(nn.Sequential(first, first)) != fingerprint(nn.Sequential(first, second))


def test_cycles_end():
    net = network()
    net.parent = [net]
    net.parent.append(net.parent)
    net.head.register_forward_hook(types.MethodType(Scale.hook, net))
    assert fingerprint(net) == fingerprint(copy.deepcopy(net)) != fingerprint(network())


def test_objects_that_are_gone_are_not_mistaken_for_others():
    def digests(numbers):
        return {
            fingerprint(network(value=[Scale([number]), (number, [number])])) for number in numbers
        }

    assert len(digests(range(50))) == 50


def test_hooks_are_told_apart_by_their_objects():
    def hooked(factor):
        net = network()
        net.body.register_forward_hook(Scale(factor).hook)
        return fingerprint(net)

    assert hooked(1) == hooked(1) != hooked(2)


# Code


def test_the_code_of_a_class(monkeypatch):
    before = fingerprint(network())
    monkeypatch.setattr(Network, "forward", lambda self, x: x)
    changed = fingerprint(network())
    monkeypatch.setattr(Network, "temperature", 2.0)
    assert len({before, changed, fingerprint(network())}) == 3
    monkeypatch.undo()
    assert fingerprint(network()) == before


def test_the_code_of_a_base_class(monkeypatch):
    class Derived(Network):
        pass

    before = fingerprint(Derived())
    torch.manual_seed(0)
    monkeypatch.setattr(Network, "forward", lambda self, x: x)
    assert fingerprint(Derived()) != before


def test_the_code_of_a_layer_of_torch(monkeypatch):
    before = fingerprint(network())
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, x: x)
    assert fingerprint(network()) != before


def test_the_code_of_an_attributes_class(monkeypatch):
    before = fingerprint(network(scale=[Scale(2)]))
    monkeypatch.setattr(Scale, "__call__", lambda self, x: x)
    assert fingerprint(network(scale=[Scale(2)])) != before


@pytest.mark.parametrize(("name", "value"), [("triple", lambda x: x), ("FACTOR", 4)])
def test_globals_that_the_code_names(monkeypatch, name, value):
    before = fingerprint(network())
    monkeypatch.setitem(globals(), name, value)
    assert fingerprint(network()) != before


def test_globals_that_no_code_names(monkeypatch):
    before = fingerprint(network())
    monkeypatch.setitem(globals(), "double", lambda x: x)
    assert fingerprint(network()) == before


# What can't be described


@pytest.mark.parametrize("value", [threading.Lock(), (n for n in range(3)), [threading.Lock()]])
def test_what_can_not_be_described_never_hits(value, caplog):
    net = network(value=value, other=value)
    with caplog.at_level(logging.WARNING, "skmlic"):
        assert fingerprint(net) != fingerprint(net)
    assert len(caplog.records) == 2
    assert "can't be described" in caplog.text


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_scripted_networks_never_hit():
    traced = torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2))
    assert fingerprint(traced) != fingerprint(traced)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.LSTM(3, 4),
        lambda: nn.MultiheadAttention(4, 2),
        lambda: nn.TransformerEncoderLayer(4, 2),
        lambda: torch.nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)),
    ],
)
def test_layers_with_a_life_of_their_own(make, caplog):
    net = make()
    assert fingerprint(net) == fingerprint(net)
    assert not caplog.records


# Other processes

SOURCE = """
import torch
from torch import nn

NAMES = {"red", "green", "blue", "alpha", "beta", "gamma"}

def helper(x):
    return [x for name in NAMES if name in {"red", "blue", "white"}]

def adder(number):
    return lambda x: x + number

class Holder:
    def __init__(self, names):
        self.names = names

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.names = set(NAMES)
        self.holder = Holder(frozenset(NAMES))
        self.add = adder(3)
        self.layers.register_forward_hook(lambda module, inputs, output: 2 * output)
        self.sizes = {"a": (1, 2), "b": (1, 2)}

    def forward(self, x):
        return helper(self.layers(x))

def make():
    torch.manual_seed(0)
    return Net()
"""
CHILD = """
import sys
from skmlic.backbones import fingerprint, load_backbone

sys.path.insert(0, sys.argv[1])
import network_of_the_test
tiny = load_backbone("tiny_cnn", None, pooling="stages", image_size=None, resize="squash")
print(fingerprint(network_of_the_test.make()).hex(), fingerprint(tiny.extractor).hex())
"""


@pytest.mark.slow
def test_other_processes_have_the_same_one(tmp_path):
    path = tmp_path / "network_of_the_test.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("network_of_the_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tiny = load_backbone("tiny_cnn", None, pooling="stages", image_size=None, resize="squash")
    with torch.random.fork_rng(devices=[]):
        net = module.make()
    output = subprocess.run(
        [sys.executable, "-c", CHILD, tmp_path],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert output.returncode == 0, output.stderr
    assert output.stdout.split() == [fingerprint(net).hex(), fingerprint(tiny.extractor).hex()]


@pytest.mark.slow
def test_workers_of_joblib_have_the_same_one():
    # joblib sends the classes of a notebook to its workers as code.
    notebook = {"__name__": "__main__"}
    exec(SOURCE, notebook)
    with torch.random.fork_rng(devices=[]):
        net = notebook["make"]()
    (found,) = joblib.Parallel(n_jobs=2)([joblib.delayed(fingerprint)(net)])
    assert found == fingerprint(net)


unrelated = [0]


class HasAnAttributeCalledLikeAGlobal(nn.Module):
    def __init__(self):
        super().__init__()
        self.unrelated = nn.Conv2d(3, 4, 1)

    def forward(self, images):
        return self.unrelated(images)


def test_a_global_called_like_an_attribute_does_not_matter():
    module = HasAnAttributeCalledLikeAGlobal()
    before = fingerprint(module)
    unrelated.append(1)
    assert fingerprint(module) == before
