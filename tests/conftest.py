"""Fixtures of all tests."""

import os
from typing import NamedTuple

import numpy as np
import pytest
import torch

import skmlic
from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.backbones import _timm
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import _engines

_OPTIONS = frozenset(TrainingOptions().get_params())


class Fitted(NamedTuple):
    """A fitted classifier and the data that it was fitted on; tests must not change either."""

    classifier: TransferMultiLabelClassifier
    X: np.ndarray
    Y: np.ndarray


@pytest.fixture(autouse=True)
def _empty_store():
    """Let no test see features, or failures of downloads and engines, of the tests before it."""
    skmlic.clear_cache()
    _timm._unreachable.clear()
    _engines._failures.clear()


@pytest.fixture(scope="session")
def make_classifier():
    """Make a classifier; options of its training may be given among its own parameters."""

    def make(backbone="precomputed", **parameters):
        options = {name: parameters.pop(name) for name in _OPTIONS & set(parameters)}
        clf = TransferMultiLabelClassifier(backbone, **parameters)
        return clf.set_params(**{f"training__{name}": value for name, value in options.items()})

    return make


@pytest.fixture(scope="session")
def shapes():
    """40 images of shapes, and Y of three labels."""
    return make_multilabel_shapes(40, n_labels=3, random_state=0)


@pytest.fixture(scope="session")
def frozen_classifier(make_classifier, shapes):
    """A classifier whose head was trained on features of ``shapes``."""
    clf = make_classifier("tiny_cnn", precision="fp32", max_epochs=3, random_state=0)
    return Fitted(clf.fit(*shapes), *shapes)


@pytest.fixture(scope="session")
def fine_tuned_classifier(make_classifier, shapes):
    """A classifier whose head was trained for two epochs, and for two more with the backbone."""
    clf = make_classifier(
        "tiny_cnn",
        precision="fp32",
        freeze=False,
        max_epochs=4,
        unfreeze_after=2,
        backbone_lr=2e-4,
        batch_size=16,
        random_state=0,
    )
    return Fitted(clf.fit(*shapes), *shapes)


def pytest_configure():
    """Let each process of pytest-xdist use its part of the cores.

    Waiting OpenMP threads are busy, so that two processes with two threads each on two cores took
    several times as long as one.
    """
    n_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if n_workers > 1:
        torch.set_num_threads(max(1, torch.get_num_threads() // n_workers))


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
