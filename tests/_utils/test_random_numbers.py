"""Random numbers that leave torch's global generators alone."""

import pickle
import threading

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from torchvision.ops import stochastic_depth
from torchvision.transforms import v2

from skmlic._utils import _random_numbers
from skmlic._utils._random_numbers import RandomNumbers

ONES = torch.ones(1, 2, 8, 8)
# A function samples with torch in one of the ways there are.
SAMPLERS = {
    "rand": lambda: torch.rand(4),
    "randn": lambda: torch.randn(4),
    "normal": lambda: torch.normal(0.0, 1.0, (4,)),
    "randint": lambda: torch.randint(100, (9,)),
    "randint from": lambda: torch.randint(5, 100, (9,)),
    "randperm": lambda: torch.randperm(99),
    "rand_like": lambda: torch.rand_like(ONES),
    "randn_like": lambda: torch.randn_like(ONES),
    "multinomial": lambda: torch.multinomial(torch.ones(99), 9),
    "poisson": lambda: torch.poisson(9 * ONES),
    "bernoulli": lambda: torch.bernoulli(ONES / 2),
    "in place": lambda: torch.empty(4).exponential_(),
    "new tensor": lambda: ONES.new_empty(99).bernoulli_(0.5),
    "distribution": lambda: torch.distributions.Beta(2.0, 3.0).sample((4,)),
    "weights": lambda: nn.Conv2d(2, 3, 3).weight,
    "truncated": lambda: nn.init.trunc_normal_(torch.empty(9)),
    "dropout": lambda: F.dropout(ONES, 0.5),
    "native dropout": lambda: torch.native_dropout(ONES, 0.5, True)[0],
    "dropout of maps": lambda: F.dropout2d(torch.ones(1, 64, 2, 2), 0.5),
    "alpha dropout": lambda: F.alpha_dropout(ONES, 0.5, training=True),
    "drop path": lambda: stochastic_depth(torch.ones(64, 2), 0.5, "row"),
    "rrelu": lambda: F.rrelu(-ONES, training=True),
    "gumbel": lambda: F.gumbel_softmax(ONES),
    "attention": lambda: F.scaled_dot_product_attention(ONES, ONES, ONES, dropout_p=0.5),
    "recurrent": lambda: nn.LSTM(8, 8, 2, dropout=0.5)(ONES[0])[0],
    "crop": lambda: v2.RandomResizedCrop(3)(torch.arange(300).reshape(3, 10, 10).byte()),
    "data loader": lambda: torch.stack(
        list(torch.utils.data.DataLoader(torch.arange(99), batch_size=99, shuffle=True))
    ),
}


@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_only_the_seed_counts(sample):
    before = torch.get_rng_state()
    with RandomNumbers(0):
        first = sample()
    assert torch.equal(torch.get_rng_state(), before)
    with RandomNumbers(1):
        other = sample()
    with torch.random.fork_rng(devices=[]):
        torch.rand(1)
        with RandomNumbers(0):
            again = sample()
    assert torch.equal(again, first)
    assert not torch.equal(other, first)


def test_numbers_are_those_of_the_global_generator_with_this_seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        expected = torch.rand(3), torch.randperm(9), nn.Linear(2, 2).weight
    with RandomNumbers(3):
        sampled = torch.rand(3), torch.randperm(9), nn.Linear(2, 2).weight
    assert all(map(torch.equal, sampled, expected))


def test_a_generator_that_was_passed_is_used():
    numbers = [torch.rand(3, generator=torch.Generator().manual_seed(5))]
    with RandomNumbers(0):
        numbers.append(torch.rand(3, generator=torch.Generator().manual_seed(5)))
    assert torch.equal(*numbers)


def test_blocks_continue_a_sequence():
    numbers = RandomNumbers(0)
    with numbers:
        whole = torch.rand(4)
    numbers = RandomNumbers(0)
    with numbers:
        parts = [torch.rand(2)]
    copy = pickle.loads(pickle.dumps(numbers))
    other = RandomNumbers(1)
    other.set_state(numbers.get_state())
    for continued in (numbers, copy, other):
        with continued:
            assert torch.equal(torch.cat([*parts, torch.rand(2)]), whole)


def test_items_are_made_with_the_numbers_and_used_without():
    expected = torch.rand(3, generator=torch.Generator().manual_seed(0))
    before = torch.get_rng_state()
    iterator = RandomNumbers(0).iterate(torch.rand(1) for _ in range(3))
    first = next(iterator)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.rand(1)
        assert not torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.cat([first, *iterator]), expected)


def test_other_threads_keep_the_global_generator():
    states = []

    def sample():
        with torch.random.fork_rng(devices=[]):
            before = torch.get_rng_state()
            torch.rand(1)
            states.append(torch.equal(torch.get_rng_state(), before))

    with RandomNumbers(0):
        thread = threading.Thread(target=sample)
        thread.start()
        thread.join()
    assert states == [False]


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_gradient_checkpointing_of_dropout_is_an_error(use_reentrant):
    X = torch.ones(9, requires_grad=True)
    with RandomNumbers(0):
        y = checkpoint(lambda x: F.dropout(x, 0.5) ** 2, X, use_reentrant=use_reentrant)
        with pytest.raises(RuntimeError, match="Switch gradient checkpointing off"):
            y.sum().backward()


RANDOM = (
    *(F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout),
    *(F.fractional_max_pool2d, F.gumbel_softmax, F.multi_head_attention_forward, F.rrelu),
    *(F.scaled_dot_product_attention, torch.rand, torch.Tensor.normal_, torch.nn.init.normal_),
)
OTHERS = (
    *(F.batch_norm, F.binary_cross_entropy_with_logits, F.conv2d, F.linear, F.relu, F.softmax),
    *(torch.add, torch.Tensor.__len__, torch.Tensor.mul),
)


@pytest.mark.parametrize("function", [*RANDOM, *OTHERS], ids=lambda function: function.__name__)
def test_kernels_are_looked_at_where_a_function_may_sample(function):
    assert _random_numbers._may_sample(function) == (function in RANDOM)


def test_a_loss_of_several_numbers_is_an_error():
    X = torch.ones(3, requires_grad=True)
    with RandomNumbers(0), pytest.raises(RuntimeError, match=r"shape \(3,\) needs a gradient"):
        (2 * X).backward()
    with RandomNumbers(0):
        (2 * X).backward(torch.ones(3))
    assert X.grad.tolist() == [2, 2, 2]
