"""Poolings by name, which of them a network can take, and the default of each family."""

from dataclasses import dataclass
from fnmatch import fnmatch

import torch

from skmlic.backbones._tokens import is_tokens

POOLINGS = ("avg", "max", "avgmax", "flatten", "stages", "token", "token+avg", "native")
_OF_CLASS_TOKENS = ("token", "token+avg")
_OF_PATCHES = ("avg", "max", "avgmax", "flatten", "token+avg")


@dataclass(frozen=True)
class FamilyPooling:
    """How the final tokens of a family of networks are pooled with ``pooling="stages"``.

    Parameters
    ----------
    pattern : str
        Pattern of the names of timm's architectures.
    pooling : str
        One of ``POOLINGS``.
    source : str
        Who recommends it.
    """

    pattern: str
    pooling: str
    source: str


# Families whose authors pool the tokens in another way than timm does. All others are pooled as
# their library pools them for the classifier.
FAMILY_POOLINGS = (
    FamilyPooling(
        "vit_*_dinov3*",
        "token",
        "Siméoni et al., DINOv3, 2025, classify images by the class token; timm averages the "
        "patches.",
    ),
)


def find_family_pooling(network):
    """Return the pooling of a network's final tokens: that of its family, or "native"."""
    config = getattr(network, "pretrained_cfg", None) or {}
    architecture = config.get("architecture") or ""
    for family in FAMILY_POOLINGS:
        if fnmatch(architecture, family.pattern):
            return family.pooling
    return "native"


def check_pooling(pooling, network, layout, *, tokens, has_map, output):
    """Raise an error if a network returns nothing that can be pooled in this way.

    Parameters
    ----------
    pooling : str
        One of ``POOLINGS``.
    network : nn.Module
        The network.
    layout : TokenLayout
        Its tokens.
    tokens : tensor of shape (1, n_tokens, n_features) or None
        Its final tokens, if it has any.
    has_map : bool
        Whether it returns a map.
    output : object
        What it returned.

    Raises
    ------
    ValueError
        The message names a pooling that the network can take.
    """
    problem = None
    own = "Use pooling='native', which takes the network's own features"
    if pooling == "native":
        if not (isinstance(output, torch.Tensor) and output.ndim == 2):
            problem = (
                f"returns {_describe(output)} itself, expected features of shape (n, n_features). "
                "Use pooling='avg'"
            )
    elif tokens is not None:
        problem = _find_token_problem(pooling, layout, tokens.shape[1])
    elif pooling in _OF_CLASS_TOKENS:
        problem = f"has no class token. {'Use pooling=' + repr('avg') if has_map else own}"
    elif isinstance(output, (list, tuple)) and all(map(is_tokens, output)) and pooling != "stages":
        problem = f"returns {len(output)} sets of tokens. {own}"
    elif pooling not in ("avg", "stages") and not has_map:
        problem = (
            "returns no map and no tokens of the image that could be pooled. Use pooling='avg', "
            "which takes the network's own features"
        )
    if problem is not None:
        raise ValueError(f"pooling={pooling!r}: {type(network).__name__} {problem}.")


def _find_token_problem(pooling, layout, n_tokens):
    if pooling in _OF_CLASS_TOKENS and layout.n_prefix is None:
        return (
            "does not tell whether its first token is a class token. If it is, set the network's "
            "attribute num_prefix_tokens = 1 (plus the number of registers), otherwise use "
            "pooling='avg'"
        )
    if pooling in _OF_CLASS_TOKENS and not layout.has_class_token:
        return "has no class token. Use pooling='avg'"
    if pooling in _OF_PATCHES and n_tokens <= (layout.n_prefix or 0):
        return "returns class tokens only, no tokens of patches. Use pooling='native'"
    return None


def _describe(output):
    if isinstance(output, torch.Tensor):
        return f"a tensor of shape {('n', *output.shape[1:])}".replace("'", "")
    return f"a {type(output).__name__}"
