import pytest
import torch

import skmlic
from skmlic.backbones import _registry as backbones
from skmlic.embedding import _engines


@pytest.fixture(autouse=True)
def _empty_store():
    skmlic.clear_cache()
    backbones._unreachable.clear()
    _engines._failures.clear()


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
