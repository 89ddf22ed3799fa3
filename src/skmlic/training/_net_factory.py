"""Untrained nets of heads, and of backbones with heads."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils import gen_batches
from skorch.callbacks import GradientNormClipping
from torch import nn

from skmlic.training._fine_tuned_module import FineTunedModule
from skmlic.training._image_loader import ImageLoader
from skmlic.training._lbfgs import LBFGS_SETTINGS, LbfgsNet, is_lbfgs
from skmlic.training._learning_rates import make_rate_groups
from skmlic.training._mlp import MultiLayerPerceptron
from skmlic.training._net import PREDICTION_BATCH_SIZE, MultiLabelNet
from skmlic.training._optimizers import make_optimizer_settings
from skmlic.training._tensor_data import TensorDataset, TensorLoader
from skmlic.training._training_step import TrainableNet

# A feature whose standard deviation is below this fraction of its mean varies by rounding only.
_SMALLEST_VARIATION = 1e-5
_BLOCK_SIZE = 64


@dataclass(frozen=True)
class NetSettings:
    """Settings that the nets of all phases of a training have in common.

    Parameters
    ----------
    criterion : nn.Module
        The loss.
    optimizer : str or subclass of torch.optim.Optimizer
        Checked by `check_optimizer`.
    lr, weight_decay : float
        Parameters of the optimizer.
    batch_size : int
        Number of samples per step.
    device : torch.device
        Device of the training.
    gradient_clip : float or None
        Largest norm of the gradient.
    net_params : dict or None
        Parameters of :class:`skorch.NeuralNet`, which override those that are set here.
    max_epochs : int
        Number of epochs of the phase.
    order : object or None
        Chooses the rows of each epoch; see :mod:`skmlic.training._sampling_order`.
    callbacks : tuple of skorch.callbacks.Callback
        They are called after those of ``net_params``.
    """

    criterion: nn.Module
    optimizer: str | type
    lr: float
    weight_decay: float
    batch_size: int
    device: torch.device
    gradient_clip: float | None = None
    net_params: dict[str, Any] | None = None
    max_epochs: int = 1
    order: object | None = None
    callbacks: tuple = ()


def make_head_net(data, module_settings, mix, settings):
    """Return an untrained net whose module is a multi-layer perceptron.

    Parameters
    ----------
    data : TrainingData
        The data of the training, by which features are standardized.
    module_settings : dict
        ``hidden_layer_sizes``, ``activation``, ``dropout`` and ``input_dropout``.
    mix : {"mixup"} or None
        How samples are mixed in training.
    settings : NetSettings

    Returns
    -------
    net : MultiLabelNet
    """
    mean, scale = _measure(data)
    own = {
        "module": MultiLayerPerceptron,
        "module__n_features": data.X.shape[1],
        "module__n_labels": data.Y.shape[1],
        "module__feature_mean": mean,
        "module__feature_scale": scale,
        **{f"module__{name}": value for name, value in module_settings.items()},
        "iterator_train": TensorLoader,
        "iterator_valid": TensorLoader,
        "iterator_valid__batch_size": PREDICTION_BATCH_SIZE,
        "dataset": TensorDataset,
    }
    if is_lbfgs(settings.optimizer):
        one_batch = {"batch_size": len(data.X), "weight_decay": settings.weight_decay}
        return _make_net(LbfgsNet, {**own, **LBFGS_SETTINGS, **one_batch}, settings)
    own |= make_optimizer_settings(settings.optimizer, settings.weight_decay)
    if mix is None:
        return _make_net(MultiLabelNet, own, settings)
    return _make_net(TrainableNet, {**own, "mix": mix}, settings)


def make_fine_tuned_net(extractor, head, loader, plan, settings):
    """Return a net of a backbone and a head, which start with their current weights.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone, a copy that may change.
    head : nn.Module
        The head, a copy as well.
    loader : dict or None
        ``preprocessing`` and ``n_threads`` of :class:`ImageLoader`; ``None`` if the maps of frozen
        stages are stored.
    plan : FineTuningPlan
    settings : NetSettings

    Returns
    -------
    net : TrainableNet
    """
    iterators = {"iterator_train": TensorLoader, "iterator_valid": TensorLoader}
    if loader is not None:
        changes = {"augment": plan.augment, "erasing": plan.erasing}
        iterators = {
            "iterator_train": ImageLoader,
            **{f"iterator_train__{name}": value for name, value in (loader | changes).items()},
            "iterator_valid": ImageLoader,
            **{f"iterator_valid__{name}": value for name, value in loader.items()},
        }
    own = {
        "module": FineTunedModule,
        "module__extractor": extractor,
        "module__head": head,
        "module__freeze": plan.freeze,
        "module__freeze_batch_norm": plan.freeze_batch_norm,
        "module__precision": plan.precision,
        **iterators,
        "iterator_valid__batch_size": plan.part_size,
        **make_optimizer_settings(settings.optimizer, settings.weight_decay),
        "optimizer__param_groups": make_rate_groups(extractor, plan.backbone_lr, plan.layer_decay),
        "part_size": plan.part_size,
        "mix": plan.mix,
        "scale_gradients": plan.precision == "fp16",
    }
    return _make_net(TrainableNet, own, settings)


def _make_net(net_class, own, settings):
    """Return a net with its own parameters, those of all nets and those of the user."""
    # The user's callbacks are copied, since training changes them.
    net_params = copy.deepcopy(settings.net_params or {})
    callbacks = [*net_params.pop("callbacks", ()), *settings.callbacks]
    if settings.gradient_clip is not None:
        callbacks.insert(0, GradientNormClipping(settings.gradient_clip))
    common = {
        "criterion": settings.criterion,
        "lr": settings.lr,
        "batch_size": settings.batch_size,
        "max_epochs": settings.max_epochs,
        "iterator_train__shuffle": True,
        "iterator_train__order": settings.order,
        "train_split": None,
        "device": str(settings.device),
        "verbose": 0,
    }
    return net_class(**{**common, **own, **net_params}, callbacks=callbacks)


def _measure(data):
    """Return mean and standard deviation of each feature; 1 for features that do not vary."""
    weight = np.ones(len(data.X)) if data.sample_weight is None else data.sample_weight
    weight = weight / weight.sum()
    # A matrix of double precision would need more memory, and time to get it.
    blocks = [(weight[rows], data.X[rows]) for rows in gen_batches(len(data.X), _BLOCK_SIZE)]
    mean = sum(weight @ block.astype(np.float64) for weight, block in blocks)
    variance = sum(weight @ np.square(block - mean) for weight, block in blocks)
    deviation = np.sqrt(variance)
    varies = deviation > _SMALLEST_VARIATION * np.abs(mean)
    scale = np.where(varies, deviation, 1.0)
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(scale, dtype=torch.float32)
