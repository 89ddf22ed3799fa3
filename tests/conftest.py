"""Fixtures of all tests."""

import os
from typing import NamedTuple

import numpy as np
import pytest
import sklearn
import torch
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.fixes import parse_version

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


@pytest.fixture(scope="session", autouse=True)
def _two_classes_by_value():
    """Let checks of scikit-learn 1.6 choose the two classes of a binary y by value, as since 1.7.

    Version 1.6 takes the class of the first sample. The check of weights shuffles the samples of
    one fit only, so that its two fits get different labels.
    """
    if parse_version(sklearn.__version__) >= parse_version("1.7"):
        return
    enforce = estimator_checks._enforce_estimator_tags_y

    def enforce_by_value(estimator, y):
        enforced = enforce(estimator, y)
        tags = get_tags(estimator).classifier_tags
        if tags is None or tags.multi_class or y.size == 0:
            return enforced
        return np.where(y == y.min(), y, y.min() + 1).reshape(enforced.shape)

    estimator_checks._enforce_estimator_tags_y = enforce_by_value


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
