"""Networks of timm without their classifiers."""

import importlib
import os
import time
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


def load_timm(name, weights):
    """Return a network of timm.

    Parameters
    ----------
    name : str
        ``"timm/NAME"`` or ``"timm/NAME.TAG"``.
    weights : "default", None, str or Path
        See :func:`skmlic.backbones.load_backbone`.

    Returns
    -------
    network : Network
    """
    timm_name = name.removeprefix("timm/")
    if weights == "default":
        module = _fetch(name, timm_name)
        weights_name = f"timm/{_full_name(module)}"
    else:
        module = timm.create_model(timm_name, pretrained=False)
        weights_name = "random"
        if weights is not None:
            head = module.pretrained_cfg.get("classifier") or ()
            load_weights(module, weights, name, head=(head,) if isinstance(head, str) else head)
            weights_name = Path(weights).name
    module.eval().reset_classifier(0)
    return Network(name, weights_name, module, timm_preprocessing(module), entry="forward_features")


def _full_name(module):
    config = module.pretrained_cfg
    return ".".join(filter(None, (config["architecture"], config.get("tag"))))


def _fetch(name, timm_name):
    config = timm.get_pretrained_cfg(timm_name)
    if config is None or not config.has_weights:
        raise WeightsNotFoundError(
            f"timm has no pretrained weights for {name!r}. Choose one of "
            f"timm.list_pretrained(), weights='path/to/file', or weights=None for random ones."
        )
    failed_at, message = _unreachable.get(timm_name, (-float("inf"), ""))
    if time.monotonic() - failed_at < _SECONDS_UNREACHABLE:
        raise WeightsNotFoundError(message)
    try:
        return timm.create_model(timm_name, pretrained=True)
    except Exception as error:
        # timm and its hub raise many kinds of error when they can't reach the internet.
        source = config.hf_hub_id or config.url
        if config.hf_hub_id:
            file = config.hf_hub_filename or "model.safetensors"
        else:
            file = Path(urlparse(config.url).path).name
        message = (
            f"The weights of {name!r} can't be fetched from {source!r} "
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}).\n"
            f"Fetch {file} of {source!r} on another machine and copy it here, anywhere, or copy "
            f"that machine's cache of weights to {_find_cache(config)}.\n{OTHER_WEIGHTS}"
        )
        _unreachable[timm_name] = time.monotonic(), message
        raise WeightsNotFoundError(message) from error


def _find_cache(config):
    if config.hf_hub_id:
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
