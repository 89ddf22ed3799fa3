"""The training of a head on a matrix of features, and of a backbone with it."""

import copy
import inspect
import itertools
from dataclasses import dataclass

import numpy as np
import torch
from skorch.callbacks import GradientNormClipping
from skorch.helper import predefined_split
from torch.utils._pytree import tree_map

from skmlic._utils._threads import count_threads, torch_threads
from skmlic.training._checkpoint import get_random_state, set_random_state
from skmlic.training._fine_tuned_module import (
    PictureDataset,
    PictureLoader,
    TrainableNetwork,
    make_rate_groups,
)
from skmlic.training._lbfgs import LBFGS_SETTINGS, LbfgsNet, is_lbfgs
from skmlic.training._net import Head, MultiLabelNet, TensorDataset, TensorLoader
from skmlic.training._training_step import TrainableNet

OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(torch.optim).items()
    if inspect.isclass(optimizer)
    and issubclass(optimizer, torch.optim.Optimizer)
    # L-BFGS has a net of its own.
    and name not in ("Optimizer", "LBFGS", "SparseAdam", "Muon")
}
UNFIT_OPTIMIZERS = {
    "sparseadam": "takes sparse gradients, and those of a head are dense",
    "muon": "takes parameters that are all matrices, and those of a head are vectors, too",
}
_PREDICTION_BATCH_SIZE = 4096
# Multiplications a training step, below which a second thread gained a tenth and could lose
# twentyfold beside another busy process.
_SMALL_HEAD = 2**27
# Of a feature's mean; rounding is below it.
_SMALLEST_VARIATION = 1e-5


@dataclass(frozen=True)
class TrainingData:
    """What a net learns, or is measured on.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), dtype float32, list of images or tuple of tensor
        The input; the last as `store_maps` gives it.
    Y : ndarray of shape (n_samples, n_labels), dtype float32
        0 and 1, NaN where it is unknown.
    sample_weight : ndarray of shape (n_samples,) or None
        Not negative. Scaled to a mean of 1 for training, which leaves out samples of weight 0.
    """

    X: np.ndarray | list | tuple
    Y: np.ndarray
    sample_weight: np.ndarray | None = None

    @property
    def is_features(self):
        """Whether X is a matrix."""
        return isinstance(self.X, np.ndarray)

    def take(self, rows):
        """Return some of the samples."""
        return TrainingData(
            self.X[rows] if self.is_features else [self.X[row] for row in rows],
            self.Y[rows],
            None if self.sample_weight is None else self.sample_weight[rows],
        )

    def to(self, device):
        """Return the samples as a dataset, with targets and features on a device."""
        target = torch.from_numpy(self.Y).to(device)
        if self.sample_weight is not None:
            weight = torch.tensor(
                self.sample_weight / self.sample_weight.mean(), dtype=torch.float32
            )
            target = target, weight.to(device)
        if self.is_features:
            return TensorDataset(torch.tensor(self.X, device=device), target)
        if isinstance(self.X, tuple):
            return TensorDataset(self.X, target)
        return PictureDataset(self.X, target)


def check_optimizer(optimizer, weight_decay):
    """Raise an error if an optimizer is unknown or has no weight decay, and it is wanted."""
    if is_lbfgs(optimizer):
        return
    if isinstance(optimizer, str) and optimizer.lower() not in OPTIMIZERS:
        why = UNFIT_OPTIMIZERS.get(optimizer.lower())
        raise ValueError(
            f"optimizer={optimizer!r}{f' {why}' if why else ''}: expected one of "
            f"{sorted([*OPTIMIZERS, 'lbfgs'])}, or a subclass of torch.optim.Optimizer."
        )
    if weight_decay and "weight_decay" not in _get_options(optimizer):
        raise ValueError(
            f"weight_decay={weight_decay}: optimizer={optimizer!r} has none. Leave weight_decay=0."
        )


def make_net(
    data,
    *,
    criterion,
    head,
    optimizer,
    weight_decay,
    device,
    gradient_clip,
    mix,
    callbacks,
    net_params,
    **parameters,
):
    """Return an untrained net.

    Parameters
    ----------
    data : TrainingData
        What it is to be trained on: it standardises features, by the samples' weights.
    criterion : nn.Module
        The loss.
    head : dict
        ``hidden_layer_sizes``, ``activation``, ``dropout`` and ``input_dropout``.
    optimizer : str or subclass of torch.optim.Optimizer
        As checked.
    weight_decay : float
        The optimizer's.
    device : torch.device
        Where it is trained.
    gradient_clip : float or None
        Largest norm of the gradient.
    mix : {"mixup"} or None
        How samples are mixed in training.
    callbacks : list of skorch.callbacks.Callback
        They come after those of ``net_params``.
    net_params : dict or None
        What goes before all that is set here. It is copied, since training changes callbacks.
    **parameters : dict
        Other parameters of :class:`skorch.NeuralNet`.

    Returns
    -------
    net : MultiLabelNet
    """
    settings = {
        "module": Head,
        "module__n_features": data.X.shape[1],
        "module__n_labels": data.Y.shape[1],
        **dict(zip(("module__feature_mean", "module__feature_scale"), _measure(data), strict=True)),
        **{f"module__{name}": value for name, value in head.items()},
        "iterator_train": TensorLoader,
        "iterator_valid": TensorLoader,
        "iterator_valid__batch_size": _PREDICTION_BATCH_SIZE,
        "dataset": TensorDataset,
    }
    common = criterion, device, gradient_clip, callbacks, net_params
    if is_lbfgs(optimizer):
        parameters = {**parameters, **LBFGS_SETTINGS, "weight_decay": weight_decay}
        return _make_net(LbfgsNet, settings, *common, parameters)
    settings |= _make_optimizer(optimizer, weight_decay)
    if mix is None:
        return _make_net(MultiLabelNet, settings, *common, parameters)
    return _make_net(TrainableNet, {**settings, "mix": mix}, *common, parameters)


def make_trainable_net(
    extractor,
    head,
    *,
    network,
    steps,
    loader,
    criterion,
    optimizer,
    weight_decay,
    backbone_lr,
    layer_decay,
    device,
    gradient_clip,
    callbacks,
    net_params,
    **parameters,
):
    """Return a net of a backbone and a head, which both go on from where they are.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone, a copy that may change.
    head : Head
        The same.
    network : dict
        The other parameters of :class:`TrainableNetwork`.
    steps : dict
        Those of :class:`TrainableNet` that :class:`skorch.NeuralNet` has not.
    loader : dict or None
        ``preprocessing``, ``augment``, ``erasing`` and ``n_threads``; ``None`` if maps are stored.
    backbone_lr, layer_decay : see make_rate_groups
    criterion, optimizer, weight_decay, device, gradient_clip, callbacks, net_params : see make_net
    **parameters : dict
        Other parameters of :class:`skorch.NeuralNet`.

    Returns
    -------
    net : TrainableNet
    """
    iterators = {"iterator_train": TensorLoader, "iterator_valid": TensorLoader}
    if loader is not None:
        unchanged = {**loader, "augment": None, "erasing": 0.0}
        iterators = {
            "iterator_train": PictureLoader,
            **{f"iterator_train__{name}": value for name, value in loader.items()},
            "iterator_valid": PictureLoader,
            **{f"iterator_valid__{name}": value for name, value in unchanged.items()},
        }
    settings = {
        "module": TrainableNetwork,
        "module__extractor": extractor,
        "module__head": head,
        **{f"module__{name}": value for name, value in network.items()},
        **iterators,
        "iterator_valid__batch_size": steps["part_size"],
        **_make_optimizer(optimizer, weight_decay),
        "optimizer__param_groups": make_rate_groups(extractor, backbone_lr, layer_decay),
        **steps,
    }
    common = criterion, device, gradient_clip, callbacks, net_params
    return _make_net(TrainableNet, settings, *common, parameters)


def _make_optimizer(optimizer, weight_decay):
    options = _get_options(optimizer)
    settings = {
        "optimizer": OPTIMIZERS[optimizer.lower()] if isinstance(optimizer, str) else optimizer
    }
    if "weight_decay" in options:
        settings["optimizer__weight_decay"] = weight_decay
    if "fused" in options:
        settings["optimizer__fused"] = True
    return settings


def _make_net(
    net_class, settings, criterion, device, gradient_clip, callbacks, net_params, parameters
):
    net_params = copy.deepcopy(net_params or {})
    callbacks = [*net_params.pop("callbacks", ()), *callbacks]
    if gradient_clip is not None:
        callbacks.insert(0, GradientNormClipping(gradient_clip))
    common = {
        "criterion": criterion,
        "iterator_train__shuffle": True,
        "train_split": None,
        "device": str(device),
        "verbose": 0,
    }
    return net_class(**{**common, **settings, **parameters, **net_params}, callbacks=callbacks)


def train(net, data, validation, *, device, seed, start=None):
    """Train a net and leave torch's random state and threads as they were.

    Parameters
    ----------
    net : MultiLabelNet
        As made by :func:`make_net` or :func:`make_trainable_net`.
    data : TrainingData
        What it learns.
    validation : TrainingData or None
        What it is measured on after each epoch.
    device : torch.device
        Where the net is trained.
    seed : int
        Determines first weights, order and dropout.
    start : dict, default=None
        What this returned before, or some of it, and the weights (``module``): the training goes
        on from there.

    Returns
    -------
    history : skorch.history.History
        Losses and seconds of each epoch and batch.
    state : dict
        The ``optimizer``'s state, and ``random``, that of torch's generators, at the end.

    Raises
    ------
    ValueError
        If the loss is not finite at the end.
    """
    start = start or {}
    n_threads = _count_threads_of(net) if data.is_features else count_threads()
    # One training at a time in a process: random state and threads are the process's.
    with (
        torch_threads(n_threads),
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
    ):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        if validation is not None:
            net.set_params(train_split=predefined_split(validation.to(device)))
        net.initialize()
        _go_on_from(net, start)
        net.partial_fit(data.to(device))
        state = {
            "optimizer": _to_cpu(net.optimizer_.state_dict()),
            "random": get_random_state(),
        }
    history = copy.copy(net.history)
    # Without its optimizer the net's pickle is a third as large and no cycle keeps it alive.
    net.trim_for_prediction()
    net.iterator_train__order = None
    if len(history) and not np.isfinite(history[-1, "train_loss"]):
        raise ValueError(
            f"The training diverged: its loss is {history[-1, 'train_loss']} after "
            f"{len(history)} epochs. Lower lr={net.lr}."
        )
    return history, state


def _go_on_from(net, start):
    if "module" in start:
        net.module_.load_state_dict(start["module"])
    if "optimizer" in start:
        # Rates are what they are set to now.
        groups = net.optimizer_.state_dict()["param_groups"]
        if [group["params"] for group in start["optimizer"]["param_groups"]] == [
            group["params"] for group in groups
        ]:
            net.optimizer_.load_state_dict({**start["optimizer"], "param_groups": groups})
    if "random" in start:
        set_random_state(start["random"])


def _to_cpu(state):
    return tree_map(lambda value: value.cpu() if isinstance(value, torch.Tensor) else value, state)


def _measure(data):
    """Return mean and standard deviation of each feature, 1 for one that does not vary."""
    features = data.X.astype(np.float64)
    mean = np.average(features, axis=0, weights=data.sample_weight)
    variance = np.average(np.square(features - mean), axis=0, weights=data.sample_weight)
    deviation = np.sqrt(variance)
    varies = deviation > _SMALLEST_VARIATION * np.abs(mean)
    scale = np.where(varies, deviation, 1.0)
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(scale, dtype=torch.float32)


def _get_options(optimizer):
    if isinstance(optimizer, str):
        optimizer = OPTIMIZERS[optimizer.lower()]
    return inspect.signature(optimizer).parameters


def _count_threads_of(net):
    """Return 1 for a small head, whose threads would wait for each other more than compute."""
    head = net.get_params_for("module")
    widths = [head["n_features"], *head["hidden_layer_sizes"], head["n_labels"]]
    n_weights = sum(a * b for a, b in itertools.pairwise(widths))
    return 1 if n_weights * net.batch_size < _SMALL_HEAD else count_threads()
