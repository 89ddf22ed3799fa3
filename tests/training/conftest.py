"""Fixtures of the tests of training."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from skmlic.backbones import load_backbone
from skmlic.losses import make_loss
from skmlic.training._net import MultiLabelNet
from skmlic.training._net_factory import NetSettings


@pytest.fixture(scope="session")
def features():
    """A matrix of 240 samples with 8 features, and Y of three labels that are hard to separate."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((240, 8)).astype(np.float32)
    Y = (X[:, :3] + rng.standard_normal((240, 3)) > 0).astype(int)
    return X, Y


@pytest.fixture(scope="session")
def make_on_features(make_classifier):
    """Make a classifier of features."""

    def make(**parameters):
        return make_classifier("precomputed", **{"random_state": 0, **parameters})

    return make


@pytest.fixture(scope="session")
def make_trainable(make_classifier):
    """Make a classifier whose backbone is trained after the head's first epoch."""

    def make(**parameters):
        defaults = {
            "backbone": "tiny_cnn",
            "precision": "fp32",
            "engine": "torch",
            "freeze": False,
            "max_epochs": 3,
            "unfreeze_after": 1,
            "batch_size": 16,
            "n_jobs": 1,
            "random_state": 0,
        }
        return make_classifier(**{**defaults, **parameters})

    return make


@pytest.fixture(scope="session")
def make_settings():
    """Make the settings of nets."""

    def make(**parameters):
        defaults = {
            "criterion": make_loss("bce"),
            "optimizer": "adam",
            "lr": 0.01,
            "weight_decay": 0.0,
            "batch_size": 64,
            "device": torch.device("cpu"),
            "max_epochs": 2,
        }
        return NetSettings(**{**defaults, **parameters})

    return make


@pytest.fixture(scope="session")
def load():
    """Load a backbone with random weights."""

    def load_named(name="tiny_cnn", **options):
        options = {"pooling": "stages", "image_size": None, "resize": "squash", **options}
        return load_backbone(name, None, **options)

    return load_named


class _Interrupt(Callback):
    """A user who presses Ctrl-C at the end of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


@pytest.fixture(scope="session")
def make_interrupt():
    """Make a callback that interrupts the training at the end of an epoch."""
    return _Interrupt


@pytest.fixture
def interrupted(monkeypatch):
    """Fit a classifier, and interrupt it once a net has been trained for some epochs."""

    def fit(clf, X, Y, n_epochs):
        notify = MultiLabelNet.notify

        def interrupt(net, method_name, **arguments):
            notify(net, method_name, **arguments)
            if method_name == "on_epoch_end" and len(net.history) == n_epochs:
                raise KeyboardInterrupt

        with monkeypatch.context() as context:
            context.setattr(MultiLabelNet, "notify", interrupt)
            with pytest.raises(KeyboardInterrupt):
                clf.fit(X, Y)
        return clf

    return fit
