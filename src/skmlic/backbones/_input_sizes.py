"""Networks for images of another size than the one they were trained for."""

import copy
import warnings
from dataclasses import replace

import torch
import torchvision

from skmlic.backbones._network import Network

# The largest number of steps from a size that a network can't take to one that it can.
_MAX_STEPS = 4


def resize_network(network: Network, size: tuple[int, int]) -> Network:
    """Return a network that takes images of a size, its position embeddings resampled.

    Parameters
    ----------
    network : Network
        It is not changed. Its preprocessing tells the size that it was made for, unless its
        embedding of patches does.
    size : tuple of int (height, width)
        Size of the images in pixels.

    Returns
    -------
    network : Network
        With a copy of the module, if the module had to be changed. A module that has no means to
        take another size is returned as it is.

    Raises
    ------
    ValueError
        If the sides are not multiples of the patches' sides; the message names the nearest sizes
        that are.
    """
    module = network.module
    own = getattr(getattr(module, "patch_embed", None), "img_size", None)
    if size == tuple(own or network.preprocessing.size):
        return network
    _check_multiple(network, size)
    if hasattr(module, "set_input_size"):
        module = copy.deepcopy(module)
        with warnings.catch_warnings():
            # timm's interpolation of relative position biases uses torch in deprecated ways.
            warnings.simplefilter("ignore")
            module.set_input_size(img_size=size)
    elif isinstance(module, torchvision.models.VisionTransformer):
        module = _resize_torchvision(copy.deepcopy(module), size[0])
    return replace(network, module=module)


def describe_nearest_sizes(network, size):
    """Return advice for a network that can't take images of a size.

    Parameters
    ----------
    network : Network
        The network.
    size : tuple of int (height, width)
        Size of the images in pixels.

    Returns
    -------
    advice : str
        The nearest smaller and larger sizes that work, or the network's own size.
    """
    own = network.preprocessing.size
    step = find_patch(network.module) or (32, 32)
    found = []
    for up in (0, 1):
        for n_steps in range(_MAX_STEPS):
            sides = [_round(side, at, up) for side, at in zip(size, step, strict=True)]
            shift = n_steps if up else -n_steps
            near = tuple(side + shift * at for side, at in zip(sides, step, strict=True))
            if near not in (size, own) and takes_size(network, near):
                found.append(near)
                break
    if not found:
        return f"Its own size is {own}: leave image_size=None."
    return f"Use {' or '.join(map(_describe, found))}, or its own size {own}: image_size=None."


def takes_size(network, size):
    """Return whether a network takes images of a size, without computing anything.

    Parameters
    ----------
    network : Network
        The network.
    size : tuple of int (height, width)
        Size of the images in pixels.
    """
    try:
        module = _copy_without_data(network.module)
        resized = resize_network(replace(network, module=module), size).module
        with torch.inference_mode():
            getattr(resized, network.entry)(torch.zeros(1, 3, *size, device="meta"))
    except Exception:  # Networks raise errors of many kinds, and "meta" tensors add more.
        return False
    return True


def _copy_without_data(module):
    empty = {id(buffer): buffer.to("meta") for buffer in module.buffers()}
    for parameter in module.parameters():
        empty[id(parameter)] = torch.nn.Parameter(parameter.to("meta"), requires_grad=False)
    return copy.deepcopy(module, empty)


def _check_multiple(network, size):
    patch = find_patch(network.module)
    if patch is None:
        return
    below, above, problem = size, size, "are not a multiple of that"
    if isinstance(network.module, torchvision.models.VisionTransformer) and size[0] != size[1]:
        below, above = (min(size),) * 2, (max(size),) * 2
        problem = "are not square, as it needs them"
    nearest = [
        tuple(_round(side, step, up) for side, step in zip(wanted, patch, strict=True))
        for up, wanted in enumerate((below, above))
    ]
    if nearest[0] == size:
        return
    raise ValueError(
        f"backbone {network.name!r} divides images into patches of {patch[0]} x {patch[1]} pixels, "
        f"and {size[0]} x {size[1]} pixels {problem}. Use "
        f"{' or '.join(map(_describe, nearest))}."
    )


def find_patch(module):
    """Return the sides (height, width) of the patches that fill an image, or None.

    Parameters
    ----------
    module : nn.Module
        A network of timm or torchvision, or any other.
    """
    if isinstance(module, torchvision.models.VisionTransformer):
        return (module.patch_size,) * 2
    embedding = getattr(module, "patch_embed", getattr(module, "embeds", None))
    if not hasattr(embedding, "feat_ratio") or getattr(embedding, "dynamic_img_pad", False):
        return None
    return tuple(embedding.feat_ratio(as_scalar=False))


def _round(side, step, up):
    """Return the multiple of a step below or above a side, at least one step."""
    below = side // step * step
    if side % step == 0:
        return side
    return below + step * up if below else step * (1 + up)


def _describe(size):
    return f"image_size={size[0] if size[0] == size[1] else size}"


def _resize_torchvision(module, side):
    state = {"encoder.pos_embedding": module.encoder.pos_embedding.detach()}
    resampled = torchvision.models.vision_transformer.interpolate_embeddings(
        side, module.patch_size, state
    )["encoder.pos_embedding"]
    module.encoder.pos_embedding = torch.nn.Parameter(resampled)
    module.image_size, module.seq_length = side, resampled.shape[1]
    return module
