"""Networks of torchvision without their classifiers."""

import re
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from urllib.parse import urlparse

import torch
import torchvision
from torch import nn

from skmlic.backbones._network import Network
from skmlic.backbones._weight_files import OTHER_WEIGHTS, load_weights
from skmlic.exceptions import WeightsNotFoundError
from skmlic.images import Preprocessing

_HEADS = ("fc", "classifier", "heads", "head")
_AUXILIARY_HEADS = ("AuxLogits", "aux1", "aux2")
# These networks convert their input, which is normalised for ImageNet, to the range of the weights.
_TRANSFORM_INPUT = ("googlenet", "inception_v3")
# Some of torchvision's weight files have names that its networks no longer have.
_RENAMES = {
    r"(denselayer\d+\.(?:norm|relu|conv))\.(?=[12]\.)": r"\1",
    r"(?<=\.mlp\.)linear_1(?=\.)": "0",
    r"(?<=\.mlp\.)linear_2(?=\.)": "3",
}


def list_torchvision():
    """Return the names of torchvision's image classifiers."""
    return torchvision.models.list_models(module=torchvision.models)


def load_torchvision(name, weights, pooling):
    """Return a network of torchvision.

    Parameters
    ----------
    name : str
        One of :func:`list_torchvision`.
    weights : "default", None, str or Path
        See :func:`skmlic.backbones.load_backbone`.
    pooling : str
        See :func:`remove_classifier`.

    Returns
    -------
    network : Network
    """
    entry = torchvision.models.get_model_weights(name).DEFAULT
    transforms_input = name in _TRANSFORM_INPUT
    if weights == "default":
        module = _fetch(name, entry)
        weights_name = str(entry)
    else:
        module = torchvision.models.get_model(
            name, weights=None, **({"init_weights": False} if transforms_input else {})
        )
        weights_name = "random"
        if weights is not None:
            if transforms_input:
                module.transform_input = True
            head = (_find_last_layer(module),) if pooling == "native" else _HEADS
            head += _AUXILIARY_HEADS
            load_weights(module, weights, name, rename=_rename, head=head)
            weights_name = Path(weights).name
    final = remove_classifier(module, pooling)
    return Network(name, weights_name, module, _preprocessing(entry), final=final)


def _preprocessing(entry):
    transforms = entry.transforms()
    return Preprocessing(
        size=(transforms.crop_size[0],) * 2,
        interpolation=transforms.interpolation.value,
        crop_pct=transforms.crop_size[0] / transforms.resize_size[0],
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
    )


def _fetch(name, entry):
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(entry.url).path).name
    try:
        return torchvision.models.get_model(name, weights=entry)
    except (OSError, HTTPException) as error:
        raise WeightsNotFoundError(
            f"The weights of {name!r} can't be fetched from {entry.url} ({error}).\n"
            f"Fetch {file.name} on another machine and put it at {file}.\n{OTHER_WEIGHTS}"
        ) from error
    except (RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsNotFoundError(
            f"The weights of {name!r} are damaged ({error}). Delete {file} if it is there, and "
            f"try again.\n{OTHER_WEIGHTS}"
        ) from error


def _rename(state, _module):
    """Return weights under the current names of torchvision's networks."""
    for old, new in _RENAMES.items():
        state = {re.sub(old, new, key): tensor for key, tensor in state.items()}
    return state


def remove_classifier(module, pooling):
    """Remove the classifiers of a torchvision network, in place.

    Parameters
    ----------
    module : nn.Module
        The network.
    pooling : str
        With "native", only the last layer of the classifier is removed, so that the network returns
        what that layer gets.

    Returns
    -------
    final : {"output", "last map"}
        Where the network's last map is found; see :class:`Network`.
    """
    name = _find_last_layer(module) if pooling == "native" else _find_head(module)
    if name is not None:
        module.set_submodule(name, nn.Identity())
    for auxiliary in _AUXILIARY_HEADS:
        if getattr(module, auxiliary, None) is not None:
            setattr(module, auxiliary, None)
    if isinstance(module, torchvision.models.DenseNet):
        module.features.add_module("relu5", nn.ReLU())
    is_transformer = isinstance(module, torchvision.models.VisionTransformer)
    return "output" if is_transformer else "last map"


def _find_head(module):
    return next((head for head in _HEADS if hasattr(module, head)), None)


def _find_last_layer(module):
    """Return the name of the last layer with weights in the classifier, or None."""
    head = _find_head(module)
    if head is None:
        return None
    layers = [
        name
        for name, layer in module.get_submodule(head).named_modules(prefix=head)
        if isinstance(layer, (nn.Linear, nn.Conv2d))
    ]
    return layers[-1] if layers else None
