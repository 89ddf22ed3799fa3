"""Optimizers by name."""

import pytest
import torch

from skmlic.training._optimizers import (
    OPTIMIZERS,
    UNSUITABLE_OPTIMIZERS,
    check_optimizer,
    make_optimizer_settings,
)


def make_step(optimizer, weight_decay):
    """Take a step of an optimizer with the settings of a net; return the weight after it."""
    settings = make_optimizer_settings(optimizer, weight_decay)
    options = {
        name.removeprefix("optimizer__"): value
        for name, value in settings.items()
        if name != "optimizer"
    }
    weight = torch.nn.Parameter(torch.ones(2, 2))
    made = settings["optimizer"]([weight], lr=0.1, **options)
    weight.square().sum().backward()
    made.step()
    return weight.detach()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_takes_its_settings(optimizer):
    check_optimizer(optimizer, 0.0)
    assert (make_step(optimizer, 0.0) < 1).all()


@pytest.mark.parametrize("optimizer", ["AdamW", "ADAMW", torch.optim.AdamW])
def test_forms_of_the_name(optimizer):
    assert make_optimizer_settings(optimizer, 0.1) == make_optimizer_settings("adamw", 0.1)
    assert make_optimizer_settings(optimizer, 0.1)["optimizer"] is torch.optim.AdamW


def test_weight_decay():
    check_optimizer("sgd", 0.1)
    assert (make_step("sgd", 1.0) < make_step("sgd", 0.0)).all()
    assert "optimizer__weight_decay" not in make_optimizer_settings("rprop", 0.0)
    with pytest.raises(ValueError, match=r"rprop.*has none"):
        check_optimizer("rprop", 0.1)


def test_every_optimizer_of_torch_is_there_or_there_is_a_reason():
    classes = [value for value in vars(torch.optim).values() if isinstance(value, type)]
    names = {one.__name__.lower() for one in classes if issubclass(one, torch.optim.Optimizer)}
    assert names - {"optimizer"} == {*OPTIMIZERS, "lbfgs"} | (names & {*UNSUITABLE_OPTIMIZERS})
    for name, reason in UNSUITABLE_OPTIMIZERS.items():
        with pytest.raises(ValueError, match=f"optimizer='{name}' {reason}: expected one of"):
            check_optimizer(name, 0.0)


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"optimizer='adman': expected one of \[.*'adam'"):
        check_optimizer("adman", 0.0)
    check_optimizer("lbfgs", 0.1)


@pytest.mark.parametrize(
    "optimizer", ["adam", "sgd", torch.optim.Adamax], ids=["adam", "sgd", "class"]
)
def test_they_train_a_head(make_on_features, features, optimizer):
    clf = make_on_features(optimizer=optimizer, lr=0.01, max_epochs=10).fit(*features)
    assert clf.history_["train_loss"].iloc[-1] < clf.history_["train_loss"].iloc[0]
