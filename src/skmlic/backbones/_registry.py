"""Pretrained networks by name, and the feature extractors made of them."""

import difflib
import os
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from skmlic._utils._typing import BackboneLike, FilePath, Pooling, Size, ValueRange
from skmlic._utils._warnings import warn_caller
from skmlic.backbones._catalog import list_backbones, suggest_known_names
from skmlic.backbones._custom import load_custom
from skmlic.backbones._extractor import FeatureExtractor
from skmlic.backbones._fingerprint import fingerprint
from skmlic.backbones._input_sizes import describe_nearest_sizes, resize_network
from skmlic.backbones._lite import LITE_PACKAGES, load_lite
from skmlic.backbones._network import Network, seeded_weights
from skmlic.backbones._small_networks import SMALL_IMAGE_SIZES, load_small_network
from skmlic.backbones._timm import is_hub, is_timm, list_tagged, load_timm
from skmlic.backbones._torchvision import list_torchvision, load_torchvision
from skmlic.images import Preprocessing, check_image_size, check_value_range

_LARGEST_NUMBER_KEPT = 8


@dataclass(frozen=True)
class Backbone:
    """A frozen feature extractor and the preprocessing that belongs to its weights.

    Parameters
    ----------
    name : str
        The name that the user gave, or the name of the network's class.
    weights_name : str
        The source of the weights.
    extractor : FeatureExtractor
        Turns pixels into features.
    preprocessing : Preprocessing
        Turns images into pixels.
    """

    name: str
    weights_name: str
    extractor: FeatureExtractor
    preprocessing: Preprocessing

    @cached_property
    def fingerprint(self) -> bytes:
        """Digest of everything that an image's features depend on, except for the engine."""
        digest = fingerprint(self.extractor)
        return digest + repr(self.preprocessing).encode()


def model_stages(backbone: BackboneLike, weights: FilePath | None = "default") -> list[str]:
    """List the stages of a network, by which ``freeze=`` may name the last frozen one.

    Parameters
    ----------
    backbone : str, nn.Module or callable
        As in :class:`skmlic.TransferMultiLabelClassifier`.

    weights : {"default"}, None, str or Path, default="default"
        As in :class:`skmlic.TransferMultiLabelClassifier`; with ``None``, no weights are fetched.

    Returns
    -------
    names : list of str
        Names of the parts of the network after which the shape of its maps changes, in order.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.model_stages("resnet18", weights=None)
    ['relu', 'layer1', 'layer2', 'layer3', 'layer4']
    """
    loaded = load_backbone(backbone, weights, pooling="avg", image_size=None, resize="squash")
    return list(loaded.extractor.stage_names)


def load_backbone(
    backbone: BackboneLike,
    weights: FilePath | None,
    *,
    pooling: Pooling,
    image_size: Size | None,
    resize: Literal["squash", "crop"],
    mirror: bool = False,
    color_mode: Literal["rgb", "grayscale"] = "rgb",
    value_range: ValueRange | None = None,
) -> Backbone:
    """Return the backbone that the parameters of an embedder describe.

    The most recently used backbones that have a name are kept, so that clones share them.

    Parameters
    ----------
    backbone : str, nn.Module or callable
        A name, a network, or a function that returns a network.
    weights : "default", None, str or Path
        The weights that belong to the name, random weights, or a file of weights.
    pooling : str
        How maps and tokens become features, one of ``POOLINGS``.
    image_size : None, int or tuple of int (height, width)
        ``None`` is the size that the weights were trained for.
    resize : {"squash", "crop"}
        How images are resized to that size.
    mirror : bool, default=False
        Whether to average the features of each image and of its mirror image.
    color_mode : {"rgb", "grayscale"}, default="rgb"
        Whether images are converted to grayscale.
    value_range : tuple (black, white), default=None
        The values of arrays and of files with more than 8 bits that mean black and white.

    Returns
    -------
    backbone : Backbone
    """
    options: dict[str, Any] = {
        "pooling": pooling,
        "image_size": check_image_size(image_size),
        "resize": resize,
        "mirror": mirror,
        "color_mode": color_mode,
        "value_range": check_value_range(value_range),
    }
    if not isinstance(backbone, str):
        loaded = make_backbone(load_custom(backbone, weights, pooling), **options)
        _warn_of_unknown_tokens(loaded)
        return loaded
    key = (backbone, _weights_key(weights), *options.values())
    if key not in _loaded:
        _loaded[key] = make_backbone(load_network(backbone, weights, pooling), **options)
        if len(_loaded) > _LARGEST_NUMBER_KEPT:
            _loaded.popitem(last=False)
    _loaded.move_to_end(key)
    return _loaded[key]


def _warn_of_unknown_tokens(backbone):
    extractor = backbone.extractor
    if extractor.pools_tokens and extractor.layout.n_prefix is None:
        warn_caller(
            f"The network {backbone.name} returns tokens of shape (n, n_tokens, n_features) and "
            "does not tell which of them stand for patches, so all of them are pooled, even a "
            "class token. Set its attribute num_prefix_tokens to the number of tokens before those "
            "of the patches, 0 if there are none, or return features of shape (n, n_features)."
        )


_loaded: OrderedDict[tuple, Backbone] = OrderedDict()


def _weights_key(weights):
    """Return a key that changes when a file of weights does."""
    if weights is None or weights == "default":
        return weights
    stat = Path(weights).stat() if Path(weights).exists() else None
    times = stat and (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return os.fspath(weights), times


def load_network(name: str, weights: FilePath | None, pooling: Pooling = "stages") -> Network:
    """Return the network of a name, with reproducible random weights if it has no others.

    Parameters
    ----------
    name : str
        One of :func:`list_backbones`.
    weights : "default", None, str or Path
        As in :func:`load_backbone`.
    pooling : str, default="stages"
        As in :func:`load_backbone`.

    Returns
    -------
    network : Network

    Raises
    ------
    ValueError
        If there is no such name; the message suggests similar names.
    """
    with seeded_weights():
        if name in LITE_PACKAGES:
            return load_lite(name, weights)
        if name in SMALL_IMAGE_SIZES:
            return load_small_network(name, weights)
        if is_hub(name):
            return load_timm(name, weights)
        if name.startswith("timm/"):
            if is_timm(name.removeprefix("timm/")):
                return load_timm(name, weights)
        elif name in list_torchvision():
            return load_torchvision(name, weights, pooling)
    raise ValueError(_describe_unknown(name))


def _describe_unknown(name):
    names = list_backbones()
    known = {known.removeprefix("timm/"): known for known in reversed(names)}
    wanted = name.lower().removeprefix("timm/")
    arch = wanted.partition(".")[0]
    known |= {tagged: f"timm/{tagged}" for tagged in list_tagged(arch)}
    nearest = suggest_known_names(wanted)[:5] or [
        known[near] for near in difflib.get_close_matches(wanted, known, n=5, cutoff=0.5)
    ]
    hint = f"The nearest are {', '.join(map(repr, nearest))}. " if nearest else ""
    return f"Unknown backbone {name!r}. {hint}skmlic.list_backbones() lists all {len(names)} names."


def make_backbone(
    network: Network,
    *,
    pooling: Pooling,
    image_size: tuple[int, int] | None,
    resize: Literal["squash", "crop"],
    mirror: bool = False,
    color_mode: Literal["rgb", "grayscale"] = "rgb",
    value_range: ValueRange | None = None,
) -> Backbone:
    """Return the backbone that extracts features with a network.

    Parameters
    ----------
    network : Network
        As :func:`load_network` and :func:`load_custom` return it.
    pooling, image_size, resize, mirror, color_mode, value_range :
        As in :func:`load_backbone`; ``image_size`` is ``None`` or a tuple (height, width).

    Returns
    -------
    backbone : Backbone

    Raises
    ------
    ValueError
        If the network does not work with images of this size.
    """
    size = image_size or network.preprocessing.size
    preprocessing = replace(
        network.preprocessing,
        size=size,
        resize=resize,
        color_mode=color_mode,
        value_range=value_range,
    )
    network = resize_network(network, size)
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
        advice = describe_nearest_sizes(network, size)
        raise ValueError(
            f"backbone {network.name!r} can't take images of {size[0]} x {size[1]} pixels "
            f"({error}). {advice}"
        ) from error
    return Backbone(network.name, network.weights_name, extractor, preprocessing)
