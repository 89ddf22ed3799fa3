"""Seeded trainings beside threads that sample with the global generators."""

import random
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier, clear_cache
from skmlic.datasets import make_multilabel_shapes
from skmlic.training._net import make_prediction_net

pytestmark = pytest.mark.slow
X, Y = make_multilabel_shapes(24, random_state=0)
Y = np.asarray(Y)


class DropNetwork(nn.Module):
    """A network with dropout, drop path and random weights."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 5, stride=8)
        self.last = nn.Conv2d(8, 8, 3)

    def forward(self, images):
        maps = nn.functional.dropout2d(self.first(images), 0.2, self.training)
        if self.training:
            maps = maps * maps.new_empty(len(maps), 1, 1, 1).bernoulli_(0.8)
        return nn.functional.dropout(self.last(maps), 0.2, self.training)


def make_tuned(backbone="tiny_cnn", **options):
    options = {"unfreeze_after": 1, **options}
    return TransferMultiLabelClassifier(
        backbone,
        weights="default" if callable(backbone) else None,
        image_size=32,
        head="net",
        freeze=False,
        max_epochs=3,
        batch_size=8,
        augment="light",
        random_state=0,
        training=TrainingOptions(**options),
    )


def make_head(**parameters):
    return TransferMultiLabelClassifier(
        "tiny_cnn", **{"head": "net", "max_epochs": 3, "random_state": 0, **parameters}
    )


CLASSIFIERS = {
    "closed form": lambda: make_head(head="kernel", max_epochs=20),
    "linear": make_head,
    "hidden layer": lambda: make_head(hidden_layer_sizes=(8,), early_stopping=True),
    "balanced": lambda: make_head(training=TrainingOptions(sampler="balanced", mix="mixup")),
    "hard negatives": lambda: make_head(training=TrainingOptions(hard_negatives=1.0)),
    "views": lambda: make_head(augment="light", training=TrainingOptions(n_views=2)),
    "lbfgs": lambda: make_head(optimizer="lbfgs", hidden_layer_sizes=(), max_epochs=50),
    "fine-tuned": lambda: make_tuned(erasing=0.5, mix="either"),
    "fine-tuned from a stage": lambda: make_tuned().set_params(freeze=1, augment=None),
    "own network": lambda: make_tuned(DropNetwork),
    "drop path": lambda: make_tuned("timm/test_convnext.r160_in1k"),
}


def _copy_numpy_state():
    return np.random.get_state()[1].copy()  # noqa: NPY002


@contextmanager
def busy_generators():
    """Run a thread that samples with torch's global generator all the time."""
    stop = threading.Event()

    def sample():
        while not stop.is_set():
            torch.rand(10)
            time.sleep(1e-4)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_other_threads_do_not_change_a_fit(make):
    clear_cache()
    states = torch.get_rng_state(), _copy_numpy_state(), random.getstate()
    quiet = make().fit(X, Y).decision_function(X)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert_array_equal(_copy_numpy_state(), states[1])
    assert random.getstate() == states[2]
    clear_cache()
    with busy_generators():
        busy = make().fit(X, Y).decision_function(X)
    assert_array_equal(busy, quiet)


def test_random_weights_do_not_depend_on_other_threads():
    quiet = ImageEmbedder(DropNetwork, image_size=32).fit_transform(X)
    clear_cache()
    with busy_generators():
        assert_array_equal(ImageEmbedder(DropNetwork, image_size=32).fit_transform(X), quiet)


def test_a_prediction_net_samples_nothing():
    module = nn.Sequential(nn.Linear(3, 2), nn.Dropout())
    before = torch.get_rng_state()
    make_prediction_net(module).forward(torch.ones(1, 3))
    assert torch.equal(torch.get_rng_state(), before)
