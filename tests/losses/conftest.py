"""Fixtures of the tests of losses."""

import pytest
import torch

from skmlic.losses import make_loss


@pytest.fixture(scope="session")
def make_named():
    """A function that returns the loss of a name, for the labels of ``make_data``."""

    def make(name, n_labels=4, **options):
        counts = torch.arange(1, n_labels + 1)
        return make_loss(name, label_counts=counts, n_samples=50, options=options)

    return make


@pytest.fixture(scope="session")
def make_data():
    """A function that returns logits and a target."""

    def make(n=12, n_labels=4, seed=0, dtype=torch.float32):
        generator = torch.Generator().manual_seed(seed)
        logits = 3 * torch.randn(n, n_labels, generator=generator, dtype=dtype)
        target = (torch.rand(n, n_labels, generator=generator) < 0.4).to(dtype)
        target[0] = 1
        target[1] = 0
        return logits, target

    return make


@pytest.fixture(scope="session")
def differentiate():
    """A function that returns the value of a loss and its gradient."""

    def compute(loss, logits, target):
        logits = logits.detach().clone().requires_grad_()
        value = loss(logits, target)
        assert value.shape == ()
        value.backward()
        return value.detach(), logits.grad

    return compute


@pytest.fixture(scope="session")
def hide():
    """A function that makes some labels of a target missing."""

    def mask(target, seed=1):
        generator = torch.Generator().manual_seed(seed)
        missing = torch.rand(target.shape, generator=generator) < 0.3
        return target.masked_fill(missing, float("nan"))

    return mask
