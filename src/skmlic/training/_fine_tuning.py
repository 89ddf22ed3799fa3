"""The training of a backbone together with the head that was trained on its features."""

import copy
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from skorch.history import History

from skmlic._utils._threads import count_threads
from skmlic.backbones import Backbone
from skmlic.training._depthwise import depthwise_in_fp32
from skmlic.training._frozen_stages import replace_images
from skmlic.training._net import MultiLabelNet
from skmlic.training._net_factory import make_fine_tuned_net
from skmlic.training._train import train

_FINE_TUNED = ", fine-tuned"
_HEAD_TO_BACKBONE_RATE = 100


@dataclass(frozen=True)
class FineTuningPlan:
    """How a backbone is trained.

    Parameters
    ----------
    freeze : bool, int or str
        The part of the backbone that stays frozen.
    freeze_batch_norm : bool
        Whether batch normalization keeps the statistics of the pretraining.
    precision : {"fp32", "bf16", "fp16"}
        Arithmetic of the backbone.
    backbone_lr, layer_decay : float
        See `make_rate_groups`.
    augment : str, callable or None
        How images are changed at random.
    erasing : float
        Probability that a rectangle of an image is erased.
    mix : {"mixup", "cutmix", "either"} or None
        How images are mixed.
    part_size : int
        Number of images that pass through the network at once.
    n_threads : int
        Number of threads that decode images.
    is_compiled : bool
        Whether torch compiles the backbone.
    """

    freeze: bool | int | str
    freeze_batch_norm: bool
    precision: str
    backbone_lr: float
    layer_decay: float
    augment: str | Callable[[torch.Tensor], torch.Tensor] | None
    erasing: float
    mix: str | None
    part_size: int
    n_threads: int
    is_compiled: bool

    @property
    def changes_images(self):
        """Whether images are changed at random, so that their feature maps can't be stored."""
        return self.augment is not None or self.erasing > 0 or self.mix is not None


@dataclass(frozen=True)
class FineTunedNet:
    """The result of fine-tuning.

    Parameters
    ----------
    net : MultiLabelNet
        The head alone, from the features of ``backbone`` to logits.
    backbone : Backbone
        The backbone with its new weights.
    history, state : see TrainedNet
    """

    net: MultiLabelNet
    backbone: Backbone
    history: History
    state: dict[str, Any]


def make_fine_tuning_plan(classifier, options, precision):
    """Return the plan of fine-tuning that a classifier's parameters describe.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    options : TrainingOptions
        The classifier's.
    precision : {"fp32", "bf16", "fp16"}
        Arithmetic of the backbone.

    Returns
    -------
    plan : FineTuningPlan
    """
    rate = options.backbone_lr
    return FineTuningPlan(
        freeze=classifier.freeze,
        freeze_batch_norm=options.freeze_batch_norm,
        precision=precision,
        backbone_lr=classifier.lr / _HEAD_TO_BACKBONE_RATE if rate is None else rate,
        layer_decay=options.layer_decay,
        augment=classifier.augment,
        erasing=options.erasing,
        mix=None if options.mix == "auto" else options.mix,
        part_size=classifier.batch_size,
        n_threads=count_threads(classifier.n_jobs),
        is_compiled=options.compile,
    )


def fine_tune(backbone, head_net, sets, plan, settings, *, seed, start):
    """Train a backbone and the head of its features together.

    Parameters
    ----------
    backbone : Backbone
        It is copied.
    head_net : MultiLabelNet
        The net of the head; it is copied, too.
    sets : tuple (TrainingData, TrainingData or None)
        Images to train on, and images on which the net is scored after each epoch.
    plan : FineTuningPlan
    settings : NetSettings
    seed : int
        Determines order, dropout and augmentation.
    start : dict
        State to resume from; see `train`.

    Returns
    -------
    tuned : FineTunedNet
    """
    device = settings.device
    extractor = copy.deepcopy(backbone.extractor).to(device)
    loader = {"preprocessing": backbone.preprocessing, "n_threads": plan.n_threads}
    trained_part, is_stored = extractor, False
    if settings.max_epochs > 1 and not plan.changes_images:
        trained_part, sets, is_stored = replace_images(extractor, sets, loader, plan, device)
    net = make_fine_tuned_net(
        trained_part,
        copy.deepcopy(head_net.module_),
        None if is_stored else loader,
        plan,
        settings,
    )
    with (
        depthwise_in_fp32(trained_part.network, device, plan.precision),
        trained_part.compiled() if plan.is_compiled else nullcontext(),
    ):
        trained = train(net, *sets, seed=seed, start=start)
    head_net = copy.deepcopy(head_net)
    head_net.module_.load_state_dict(trained.net.module_.head.state_dict())
    extractor.network.to(memory_format=torch.contiguous_format)
    extractor = extractor.cpu().eval().requires_grad_(False)
    name = f"{backbone.weights_name.removesuffix(_FINE_TUNED)}{_FINE_TUNED}"
    backbone = replace(backbone, extractor=extractor, weights_name=name)
    return FineTunedNet(head_net, backbone, trained.history, trained.state)
