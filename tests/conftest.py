"""Fixtures of all tests."""

import pytest
import torch

import skmlic
from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.backbones import _timm
from skmlic.embedding import _engines


@pytest.fixture(autouse=True)
def _empty_store():
    """Let no test see features, or failures of downloads and engines, of the tests before it."""
    skmlic.clear_cache()
    _timm._unreachable.clear()
    _engines._failures.clear()


_OPTIONS = frozenset(TrainingOptions().get_params())


@pytest.fixture(scope="session")
def make_classifier():
    """Make a classifier; parameters of TrainingOptions may be given beside its own."""

    def make(backbone="precomputed", **parameters):
        options = {name: parameters.pop(name) for name in _OPTIONS & set(parameters)}
        clf = TransferMultiLabelClassifier(backbone, **parameters)
        return clf.set_params(**{f"training__{name}": value for name, value in options.items()})

    return make


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
