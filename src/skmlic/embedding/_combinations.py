"""Combinations of several backbones and image sizes."""

import itertools
from typing import Any


def is_precomputed(backbone: object) -> bool:
    """Return whether X holds features instead of images."""
    return isinstance(backbone, str) and backbone == "precomputed"


def list_parts(backbone: object, weights: object, image_size: object) -> list[dict[str, Any]]:
    """Return the parameters of each embedder whose features are concatenated.

    Parameters
    ----------
    backbone, weights, image_size : see ImageEmbedder

    Returns
    -------
    parts : list of dict
        ``backbone``, ``weights`` and ``image_size``, none of which is a list: all sizes of the
        first backbone, then those of the next.

    Raises
    ------
    ValueError
        If a list is empty or holds "precomputed", or if the numbers of weights and of backbones
        differ.
    """
    backbones = _as_list("backbone", backbone)
    if isinstance(backbone, list) and any(map(is_precomputed, backbones)):
        raise ValueError(
            "backbone=['precomputed', …]: X holds either images or features; expected networks "
            "only, or backbone='precomputed'."
        )
    all_weights = _as_list("weights", weights)
    if not isinstance(weights, list):
        all_weights *= len(backbones)
    if len(all_weights) != len(backbones):
        raise ValueError(
            f"weights is a list of {len(all_weights)}, and backbone names {len(backbones)}: "
            "expected one for each, or a single one for all, such as 'default'."
        )
    networks = zip(backbones, all_weights, strict=True)
    sizes = _as_list("image_size", image_size)
    return [
        {"backbone": network, "weights": its_weights, "image_size": size}
        for (network, its_weights), size in itertools.product(networks, sizes)
    ]


def _as_list(name, value):
    if not isinstance(value, list):
        return [value]
    if not value:
        raise ValueError(f"{name}=[]: expected a list of at least one, or a single value.")
    return value
