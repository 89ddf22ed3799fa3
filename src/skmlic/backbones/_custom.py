"""Networks that users bring, as modules or as functions that return one."""

import copy
import re
from collections.abc import Callable
from pathlib import Path

from torch import nn

from skmlic._utils._typing import FilePath, Pooling
from skmlic.backbones._network import Network, seeded_weights
from skmlic.backbones._timm import make_timm_network, timm_preprocessing
from skmlic.backbones._torchvision import remove_classifier
from skmlic.backbones._weight_files import load_weights
from skmlic.images import Preprocessing


def load_custom(
    backbone: nn.Module | Callable[[], nn.Module],
    weights: FilePath | None,
    pooling: Pooling = "stages",
) -> Network:
    """Return a copy of a user's own network.

    Parameters
    ----------
    backbone : nn.Module or callable
        A network, or a function without arguments that returns one.
    weights : "default", str or Path
        The network's own weights, or a file of them.
    pooling : str, default="stages"
        See :func:`skmlic.backbones.load_backbone`.

    Returns
    -------
    network : Network
        Its preprocessing is that of timm if the network is timm's, otherwise ImageNet's at 224
        pixels.
    """
    if isinstance(backbone, nn.Module):
        module = backbone
    elif callable(backbone):
        with seeded_weights():
            module = backbone()
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"backbone={backbone!r} returned {type(module).__name__}; expected a "
                "torch.nn.Module."
            )
    else:
        raise TypeError(
            f"backbone is {type(backbone).__name__}; expected a name, a torch.nn.Module, a "
            "function that returns one, or 'precomputed'."
        )
    if weights is None:
        raise ValueError(
            "weights=None stands for random weights, but a network brings its own. Leave "
            "weights='default', or pass a name as backbone."
        )
    name = type(module).__name__
    weights_name = "the network's own"
    # The network is copied even if a function returned it, since the function may keep it.
    module = copy.deepcopy(module).cpu()
    if weights != "default":
        load_weights(module, weights, name)
        weights_name = Path(weights).name
    module.eval()
    preprocessing = Preprocessing((224, 224))
    if hasattr(module, "pretrained_cfg"):
        preprocessing = timm_preprocessing(module)
        if hasattr(module, "forward_head"):
            return make_timm_network(name, weights_name, module)
    if re.fullmatch(r"torchvision\.models\.[a-z]\w*", type(module).__module__):
        final = remove_classifier(module, pooling)
        return Network(name, weights_name, module, preprocessing, final=final)
    return Network(name, weights_name, module, preprocessing)
