"""The stages of a network: its parts after which the shape of the maps changes."""

from dataclasses import dataclass

import torch
from torch import nn

from skmlic.backbones._poolings import check_pooling
from skmlic.backbones._tokens import TokenLayout, find_token_blocks, is_tokens

_GLOBAL_POOLS = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True)
class Stages:
    """Names of a network's parts, by the maps that they return.

    Parameters
    ----------
    part_names : tuple of str
        The network's children, and the children of its containers, in order.
    stage_names : tuple of str
        Parts that are the last to return a map of their shape.
    pooled : tuple of str
        Stages, and blocks of a transformer, that are pooled in addition to the final map or tokens.
    widths : tuple of int
        Number of channels of each of these.
    final : str or None
        The part that returns the final map or tokens. ``None``: the network's output is, or makes,
        the final features.
    """

    part_names: tuple
    stage_names: tuple
    pooled: tuple
    widths: tuple
    final: str | None


@dataclass(frozen=True)
class Trace:
    """The result of a forward pass through a network.

    Parameters
    ----------
    output : object
        The network's output.
    shapes : tuple of tuple (str, tuple of int)
        Name of each part that returned a map, and the map's shape (channels, height, width). Maps
        after a global pooling layer are left out.
    last_map : tensor of shape (1, channels, height, width) or None
        The last of these maps.
    tokens : dict of str to tensor of shape (1, n_tokens, n_features)
        The output of each part that was asked for and returned tokens.
    """

    output: object
    shapes: tuple
    last_map: torch.Tensor | None
    tokens: dict


def run_with_hooks(network, entry, images, names, on_output):
    """Run a network and call ``on_output(name, output)`` after each named part.

    Parameters
    ----------
    network : nn.Module
        The network.
    entry : str
        Name of the method to call.
    images : tensor of shape (n, 3, height, width)
        The method's argument.
    names : iterable of str
        Names of submodules.
    on_output : callable
        If it returns a value other than None, that value replaces the part's output.

    Returns
    -------
    output : object
        The method's result.
    """
    handles = add_hooks(network, names, on_output)
    try:
        return getattr(network, entry)(images)
    finally:
        for handle in handles:
            handle.remove()


def add_hooks(network, names, on_output):
    """Register ``on_output`` as in `run_with_hooks`; return the handles that remove it."""
    modules = dict(network.named_modules())
    return [
        modules[name].register_forward_hook(
            lambda _module, _inputs, output, name=name: on_output(name, output)
        )
        for name in names
    ]


def trace_maps(network, entry, size, token_names=()):
    """Run a network on a black image and return the `Trace`.

    Parameters
    ----------
    network : nn.Module
        The network.
    entry : str
        Name of the method to call.
    size : tuple of int (height, width)
        Size of the image in pixels.
    token_names : iterable of str, default=()
        Names of submodules whose tokens are kept.
    """
    shapes, tokens = [], {}
    last_map = None
    parts = set(list_parts(network))
    pooled = False

    def note(name, output):
        nonlocal pooled, last_map
        if is_tokens(output) and name in token_names:
            tokens[name] = output
        if name not in parts:
            return
        pooled = pooled or isinstance(network.get_submodule(name), _GLOBAL_POOLS)
        if is_map(output) and not pooled:
            last_map = to_channels_first(output, size[0] / size[1])
            shapes.append((name, tuple(last_map.shape[1:])))

    with torch.inference_mode():
        images = torch.zeros(1, 3, *size)
        names = dict.fromkeys((*list_parts(network), *token_names))
        output = run_with_hooks(network, entry, images, names, note)
    return Trace(output, tuple(shapes), last_map, tokens)


def find_stages(network, trace, *, size, pooling, final, layout=None):
    """Return the stages of a network.

    Parameters
    ----------
    network : nn.Module
        The network.
    trace : Trace
        As `trace_maps` returned it.
    size : tuple of int (height, width)
        Size of the images in pixels.
    pooling, final : str
        See :class:`FeatureExtractor`.
    layout : TokenLayout, default=None
        Where the network's tokens are.

    Returns
    -------
    stages : Stages

    Raises
    ------
    ValueError
        If the network's output is not understood, or ``pooling`` needs another one.
    """
    layout = layout or TokenLayout()
    last = last_output(trace.output)
    tokens = find_final_tokens(trace, layout)
    maps = {shape: name for name, shape in trace.shapes}
    has_final_part = final == "last map" and bool(trace.shapes)
    has_map = is_map(last) or has_final_part
    check_pooling(pooling, network, layout, tokens=tokens, has_map=has_map, output=trace.output)
    last_shape, final_name = None, None
    if is_map(last):
        last_shape = tuple(to_channels_first(last, size[0] / size[1]).shape[1:])
    if pooling == "native":
        pass
    elif layout.final in trace.tokens:
        final_name = layout.final
    elif has_final_part:
        last_shape = trace.shapes[-1][1]
        final_name = maps[last_shape]
    elif trace.shapes and _is_averaged(last) and last.shape[1] == trace.shapes[-1][1][0]:
        last_shape = trace.shapes[-1][1]
    channels = {name: shape[0] for shape, name in maps.items()}
    pooled = ()
    if pooling == "stages":
        pooled = tuple(
            name
            for shape, name in maps.items()
            if shape != last_shape and _is_small_enough(shape, size)
        )
        if tokens is not None:
            # A single map before tokens is the embedding of patches, which is not a stage.
            pooled = pooled if len(pooled) > 1 else ()
            blocks = find_token_blocks(network, layout, trace.tokens, tokens)
            channels |= {name: trace.tokens[name].shape[2] for name in blocks}
            pooled += blocks
    return Stages(
        part_names=list_parts(network),
        stage_names=tuple(maps.values()),
        pooled=pooled,
        widths=tuple(channels[name] for name in pooled),
        final=final_name,
    )


def find_final_tokens(trace, layout):
    """Return a network's final tokens (1, n_tokens, n_features), or None if it has none."""
    if layout.final in trace.tokens:
        return trace.tokens[layout.final]
    output = last_output(trace.output) if layout.takes_last else trace.output
    return output if is_tokens(output) else None


def list_parts(network):
    """Return the names of a network's children, and of the children of its containers."""
    names = []
    for name, child in network.named_children():
        if isinstance(child, (nn.Sequential, nn.ModuleList)):
            names += [f"{name}.{inner}" for inner, _ in child.named_children()]
        names.append(name)
    return tuple(names)


def is_map(output):
    """Return whether an output is a map, with channels first or last."""
    return isinstance(output, torch.Tensor) and output.ndim == 4


def to_channels_first(maps, ratio):
    """Return maps of shape (n, channels, height, width), wherever their channels are.

    Parameters
    ----------
    maps : tensor of shape (n, channels, height, width) or (n, height, width, channels)
        The side lengths show where the channels are: height and width have about the aspect ratio
        of the image.
    ratio : float
        The image's height divided by its width.
    """
    shape = maps.shape
    is_first = abs(shape[2] / shape[3] - ratio) < 0.2 * ratio
    is_last = abs(shape[1] / shape[2] - ratio) < 0.2 * ratio
    return maps.permute(0, 3, 1, 2) if is_last and not is_first else maps


def last_output(output):
    """Return a network's output, or the last one if there are several."""
    while isinstance(output, (dict, list, tuple)) and output:
        output = list(output.values())[-1] if isinstance(output, dict) else output[-1]
    if not isinstance(output, torch.Tensor) or output.ndim not in (2, 3, 4):
        shape = f" of shape {tuple(output.shape)}" if isinstance(output, torch.Tensor) else ""
        raise ValueError(
            f"the network returns {type(output).__name__}{shape}; expected a map of shape (n, "
            "channels, height, width), tokens (n, n_tokens, n_features) or features (n, "
            "n_features)"
        )
    return output


def _is_averaged(output):
    return output.ndim == 2 or tuple(output.shape[2:]) == (1, 1)


def _is_small_enough(shape, size):
    """Return whether a map has more than one pixel, and sides of at most a quarter of the image."""
    _, height, width = shape
    return height * width > 1 and height <= -(-size[0] // 4) and width <= -(-size[1] // 4)
