"""Networks of timm without their classifiers."""

import importlib
import os
import re
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlparse

import timm
import torch

from skmlic.backbones._network import Network
from skmlic.backbones._weight_files import OTHER_WEIGHTS, load_weights
from skmlic.exceptions import WeightsNotFoundError
from skmlic.images import Preprocessing

# The networks whose weights could not be fetched, with the time and the message. timm's hub retries
# for most of a minute, and each fit of a search would wait for it.
_unreachable: dict[str, tuple[float, str]] = {}
_SECONDS_UNREACHABLE = 30
_HUB_PREFIXES = ("hf_hub:", "hf-hub:")


def list_timm():
    """Return the names of timm's networks."""
    return timm.list_models()


def list_tagged(arch):
    """Return a timm network's name with the tag of each of its sets of weights."""
    return timm.list_pretrained(f"{arch}.*") if timm.is_model(arch) else []


def is_timm(timm_name):
    """Return whether timm has a network of this name, which may end in a tag of its weights."""
    arch, _, tag = timm_name.partition(".")
    return timm.is_model(arch) and (not tag or timm_name in list_tagged(arch))


def is_hub(name):
    """Return whether a name is that of a repository of the Hugging Face Hub."""
    return name.startswith(_HUB_PREFIXES)


def load_timm(name, weights):
    """Return a network of timm.

    Parameters
    ----------
    name : str
        ``"timm/NAME"``, ``"timm/NAME.TAG"`` or ``"hf_hub:ORGANIZATION/NAME"``.
    weights : "default", None, str or Path
        See :func:`skmlic.backbones.load_backbone`.

    Returns
    -------
    network : Network
    """
    if is_hub(name):
        create, weights_name = _find_repository(name), name
    else:
        timm_name = name.removeprefix("timm/")
        create = partial(_create_known, name, timm_name)
        weights_name = None
    if weights == "default":
        module = create(pretrained=True)
        weights_name = weights_name or f"timm/{_full_name(module)}"
    else:
        module = create(pretrained=False)
        weights_name = "random"
        if weights is not None:
            head = module.pretrained_cfg.get("classifier") or ()
            load_weights(module, weights, name, head=(head,) if isinstance(head, str) else head)
            weights_name = Path(weights).name
    return make_timm_network(name, weights_name, module)


def make_timm_network(name, weights_name, module):
    """Return a network of timm without its classifier, which is removed in place.

    Parameters
    ----------
    name, weights_name : str
        See :class:`Network`.
    module : nn.Module
        A network of timm.

    Returns
    -------
    network : Network
    """
    module.eval()
    # Encoders that are parts of language models have no classifier.
    if hasattr(module, "reset_classifier"):
        module.reset_classifier(0)
    return Network(name, weights_name, module, timm_preprocessing(module), entry="forward_features")


def _full_name(module):
    config = module.pretrained_cfg
    return ".".join(filter(None, (config["architecture"], config.get("tag"))))


def _create_known(name, timm_name, *, pretrained):
    if not pretrained:
        return timm.create_model(timm_name, pretrained=False)
    config = timm.get_pretrained_cfg(timm_name)
    if config is None or not config.has_weights:
        raise WeightsNotFoundError(
            f"timm has no pretrained weights for {name!r}. Choose one of "
            f"timm.list_pretrained(), weights='path/to/file', or weights=None for random ones."
        )
    if config.hf_hub_id:
        file = config.hf_hub_filename or "model.safetensors"
    else:
        file = Path(urlparse(config.url).path).name
    source = config.hf_hub_id or config.url
    advice = (
        f"Fetch {file} of {source!r} on another machine and copy it here, anywhere, or copy "
        f"that machine's cache of weights to {_find_cache(config.hf_hub_id)}.\n{OTHER_WEIGHTS}"
    )
    return _fetch(name, source, advice, partial(timm.create_model, timm_name, pretrained=True))


def _find_repository(name):
    """Return a function that creates the network of a repository of the Hugging Face Hub."""
    repository = name.partition(":")[2]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w.-]+)?", repository):
        raise ValueError(
            f"backbone={name!r}: expected 'hf_hub:ORGANIZATION/NAME', such as "
            "'hf_hub:timm/resnet18.a1_in1k'."
        )
    advice = (
        f"The repository must hold config.json and weights that timm wrote. Copy another machine's "
        f"cache with them to {_find_cache(True)}. Or use the network's own name, 'timm/NAME', with "
        f"weights='path/to/model.safetensors'.\nThe weights of backbone='efficientnet_lite0' come "
        "with the installation."
    )

    def create(*, pretrained):
        # Without weights, the repository still tells the architecture.
        make = partial(timm.create_model, f"hf-hub:{repository}", pretrained=pretrained)
        return _fetch(name, f"https://huggingface.co/{repository}", advice, make)

    return create


def _fetch(name, source, advice, make):
    """Return what ``make`` returns; tell what to do if it can't reach the internet."""
    failed_at, message = _unreachable.get(name, (-float("inf"), ""))
    if time.monotonic() - failed_at < _SECONDS_UNREACHABLE:
        raise WeightsNotFoundError(message)
    try:
        return make()
    except Exception as error:
        # timm and its hub raise many kinds of error when they can't reach the internet.
        reason = str(error).splitlines()[0] if str(error) else ""
        message = (
            f"The weights of {name!r} can't be fetched from {source!r} "
            f"({type(error).__name__}: {reason}).\n{advice}"
        )
        _unreachable[name] = time.monotonic(), message
        raise WeightsNotFoundError(message) from error


def _find_cache(is_on_hub):
    if is_on_hub:
        return importlib.import_module("huggingface_hub").constants.HF_HUB_CACHE
    return os.path.join(torch.hub.get_dir(), "checkpoints")


def timm_preprocessing(module):
    """Return the preprocessing that a timm network was trained with."""
    config = timm.data.resolve_model_data_config(module)
    return Preprocessing(
        size=tuple(config["input_size"][1:]),
        interpolation=config["interpolation"].replace("random", "bicubic"),
        crop_pct=min(1.0, config["crop_pct"]),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
    )
