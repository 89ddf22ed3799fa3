"""The training of one net."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from skorch.helper import predefined_split
from skorch.history import History
from torch.utils._pytree import tree_map

from skmlic._utils._random_numbers import RandomNumbers
from skmlic._utils._threads import count_threads, torch_threads
from skmlic.training._net import MultiLabelNet


@dataclass(frozen=True)
class TrainedNet:
    """The result of training a net.

    Parameters
    ----------
    net : MultiLabelNet
        ``net.forward`` gives logits, and ``net.module_`` is the trained module.
    history : skorch.history.History
        Losses and seconds of each epoch and batch.
    state : dict
        State of the ``optimizer`` and of the generators (``random``) at the end, by which another
        training can resume.
    loo_logits : ndarray of shape (n_samples, n_labels), default=None
        Leave-one-out logits of the samples, from heads that have them.
    """

    net: MultiLabelNet
    history: History
    state: dict[str, Any]
    loo_logits: np.ndarray | None = None


def train(net, data, validation, *, seed, start=None, n_threads=None):
    """Train a net, with random numbers of its own; torch's number of threads stays as it was.

    Parameters
    ----------
    net : MultiLabelNet
        Untrained, as made by the functions of :mod:`skmlic.training._net_factory`.
    data : TrainingData
        Data to train on.
    validation : TrainingData or None
        Data on which the net is scored after each epoch.
    seed : int
        Determines initial weights, order and dropout.
    start : dict, default=None
        State that the training resumes from: a ``state`` of :class:`TrainedNet` or a part of it,
        and the weights (``module``).
    n_threads : int, default=None
        Number of torch's threads; ``None`` means as many as a job may use.

    Returns
    -------
    trained : TrainedNet

    Raises
    ------
    ValueError
        If the loss is not finite at the end.
    """
    device = torch.device(net.device)
    # The number of threads is a setting of the process, which runs one training at a time.
    with torch_threads(count_threads() if n_threads is None else n_threads):
        if validation is not None:
            net.set_params(train_split=predefined_split(validation.to(device)))
        net.random_numbers_ = RandomNumbers(seed)
        with net.random_numbers_:
            net.initialize()
        _resume(net, start or {})
        net.partial_fit(data.to(device))
        state = {
            "optimizer": _to_cpu(net.optimizer_.state_dict()),
            "random": net.random_numbers_.get_state(),
        }
    del net.random_numbers_
    history = copy.copy(net.history)
    # Without its optimizer the net's pickle is a third as large, and no cycle keeps it alive.
    net.trim_for_prediction()
    net.iterator_train__order = None
    if len(history) and not np.isfinite(history[-1, "train_loss"]):
        raise ValueError(
            f"The training diverged: its loss is {history[-1, 'train_loss']} after "
            f"{len(history)} epochs. Lower lr={net.lr}."
        )
    return TrainedNet(net, history, state)


def _resume(net, start):
    if "module" in start:
        net.module_.load_state_dict(start["module"])
    if "optimizer" in start:
        # The learning rates are those of the current parameters.
        groups = net.optimizer_.state_dict()["param_groups"]
        if [group["params"] for group in start["optimizer"]["param_groups"]] == [
            group["params"] for group in groups
        ]:
            net.optimizer_.load_state_dict({**start["optimizer"], "param_groups": groups})
    if "random" in start:
        net.random_numbers_.set_state(start["random"])


def _to_cpu(state):
    return tree_map(lambda value: value.cpu() if isinstance(value, torch.Tensor) else value, state)
