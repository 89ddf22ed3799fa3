"""Fixtures of the tests of backbones."""

import pytest
import torch
import torchvision


@pytest.fixture(autouse=True)
def _one_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(autouse=True)
def torch_home(tmp_path, monkeypatch):
    """Return an empty directory that takes the place of torch's cache of weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch home"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "torch home"


@pytest.fixture(scope="session")
def _resnet18_state():
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        return torchvision.models.resnet18(weights=None).state_dict()


@pytest.fixture
def state(_resnet18_state):
    """Return weights of resnet18 that differ from the default random ones."""
    return {name: tensor.clone() for name, tensor in _resnet18_state.items()}
