"""The tokens of transformers: which of them stand for patches, and how they become features."""

from dataclasses import dataclass

import torch
import torchvision

# Classes of timm that have class tokens and do not tell how many.
_PREFIX_TOKENS = {"CoaT": 1}
# The number of blocks whose tokens are pooled in "stages": that of DINOv2's linear evaluation
# (Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", TMLR 2024).
_N_BLOCKS = 4


@dataclass(frozen=True)
class TokenLayout:
    """Where the tokens of a network are, and what they stand for.

    Parameters
    ----------
    n_prefix : int or None, default=None
        Number of tokens before those of the patches. ``None``: the network does not tell.
    has_class_token : bool, default=False
        Whether the first of them is a class token, not a register.
    blocks : tuple of str, default=()
        Names of the network's blocks, in order.
    norm : str or None, default=None
        Name of the layer that normalises the last block's tokens.
    pooled_norm : str or None, default=None
        Name of the layer that normalises pooled tokens.
    final : str or None, default=None
        Name of the part that returns the final tokens, if the network's method does not.
    takes_last : bool, default=True
        Whether the last of several outputs counts; those of timm's networks belong together.
    """

    n_prefix: int | None = None
    has_class_token: bool = False
    blocks: tuple[str, ...] = ()
    norm: str | None = None
    pooled_norm: str | None = None
    final: str | None = None
    takes_last: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts whose tokens may become features."""
        return self.blocks if self.final is None else (*self.blocks, self.final)


def find_layout(network, entry):
    """Return the `TokenLayout` of a network.

    Parameters
    ----------
    network : nn.Module
        A network of timm or torchvision, or any other. Its attribute ``num_prefix_tokens``, if any,
        is the number of tokens before those of the patches. The first of them is a class token
        unless its attribute ``has_class_token`` is False.
    entry : str
        Name of the method that is called: "forward_features" for networks of timm.
    """
    if isinstance(network, torchvision.models.VisionTransformer):
        blocks = _list_children(network, "encoder.layers")
        return TokenLayout(1, True, blocks, norm="encoder.ln", final="encoder")
    n_prefix = getattr(network, "num_prefix_tokens", None)
    if entry == "forward_features" and n_prefix is None:
        has_token = getattr(network, "cls_token", None) is not None
        n_prefix = _PREFIX_TOKENS.get(type(network).__name__, int(has_token))
    if n_prefix and hasattr(network, "has_class_token"):
        has_class_token = bool(network.has_class_token)
    else:
        has_class_token = bool(n_prefix) and getattr(network, "cls_token", True) is not None
    return TokenLayout(
        n_prefix=n_prefix,
        has_class_token=has_class_token,
        blocks=_list_children(network, "blocks") if hasattr(network, "blocks") else (),
        norm="norm" if hasattr(network, "norm") else None,
        pooled_norm="fc_norm" if hasattr(network, "fc_norm") else None,
        takes_last=entry != "forward_features",
    )


def _list_children(network, name):
    return tuple(f"{name}.{child}" for child, _ in network.get_submodule(name).named_children())


def is_tokens(output):
    """Return whether an output is tokens of shape (n, n_tokens, n_features)."""
    return isinstance(output, torch.Tensor) and output.ndim == 3


def find_token_blocks(network, layout, seen, final):
    """Return the names of the blocks whose tokens are pooled in addition to the final ones.

    Parameters
    ----------
    network : nn.Module
        The network.
    layout : TokenLayout
        Its blocks.
    seen : dict of str to tensor
        The tokens that each block returned.
    final : tensor of shape (1, n_tokens, n_features)
        The final tokens.

    Returns
    -------
    names : tuple of str
        Those of the last four blocks that precede the last one and return tokens of the same
        shape. None if the network does more with the last block's tokens than to normalise them.
    """
    names = [name for name in layout.blocks if name in seen and seen[name].shape == final.shape]
    if layout.norm is None or not names or names[-1] != layout.blocks[-1]:
        return ()
    normalised = network.get_submodule(layout.norm)(seen[names[-1]])
    if normalised.shape != final.shape or not torch.allclose(normalised, final, 1e-3, 1e-4):
        return ()
    return tuple(names[-_N_BLOCKS:-1])


def pool_tokens(tokens, pooling, n_prefix, norm=None):
    """Return features (n, n_features) of tokens.

    Parameters
    ----------
    tokens : tensor of shape (n, n_tokens, n_features)
        The tokens, those of the patches last.
    pooling : {"token", "avg", "token+avg", "max", "avgmax", "flatten"}
        The first token; the average or the maximum of the patches; two of them concatenated; or all
        patches, in the order of a flattened map.
    n_prefix : int
        Number of tokens before those of the patches.
    norm : callable, default=None
        Normalises each part.
    """
    patches = tokens[:, n_prefix:]
    parts = {
        "token": lambda: tokens[:, 0],
        "avg": lambda: patches.mean(dim=1),
        "max": lambda: patches.amax(dim=1),
        "flatten": lambda: patches,
    }
    names = {"token+avg": ("token", "avg"), "avgmax": ("avg", "max")}.get(pooling, (pooling,))
    pooled = [parts[name]() for name in names]
    if norm is not None:
        pooled = [norm(part) for part in pooled]
    if pooling == "flatten":
        return pooled[0].transpose(1, 2).flatten(1)
    return torch.cat(pooled, dim=1)
