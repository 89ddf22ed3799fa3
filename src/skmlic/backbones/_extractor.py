"""A network cut before its classifier, with its maps pooled to features."""

from contextlib import contextmanager
from functools import partial

import torch
from torch import nn

POOLINGS = ("avg", "max", "avgmax", "flatten", "stages")
_GLOBAL_POOLS = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


class FeatureExtractor(nn.Module):
    """Features of images from a frozen network.

    Stages are found by one forward pass: of the network's children, and the children of its
    containers, those that are the last to give a map of their shape, from a quarter of the
    picture's side downwards, up to where the network itself averages over the picture. One
    map alone before tokens is no stage but the embedding of patches.

    Parameters
    ----------
    network : nn.Module
        Ends in a map (n, channels, height, width), or in features (n, n_features); a transformer
        of timm ends in tokens, which its own head pools.
    size : tuple of int (height, width)
        Size of the images in pixels.
    mean, std : tuple of float (red, green, blue)
        Subtracted from and divided into the pixels, once these lie in [0, 1].
    pooling : {"avg", "max", "avgmax", "flatten", "stages"}
        What becomes of the maps.
    entry : str
        Name of the network's method that gives its last map.
    final : {"output", "last map"}
        Whether that map is the method's output, or the last map that a child gave.
    mirror : bool
        Whether features are the mean of those of the image and of its mirror image.

    Attributes
    ----------
    block_widths : tuple of int
        Numbers of features that belong together: of each stage, then of the last map.
    n_features : int
        Their sum.
    """

    def __init__(
        self,
        network,
        *,
        size,
        mean,
        std,
        pooling,
        entry="forward",
        final="output",
        mirror=False,
    ):
        super().__init__()
        self.network = network
        self.entry = entry
        self.pooling = pooling
        self.mirror = mirror
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))
        self.stages = ()
        self.final = None
        self.eval().requires_grad_(False)
        self._find_stages(size, final)

    def train(self, mode=True):
        """Stay in evaluation mode: frozen means that BatchNorm is frozen too."""
        return super().train(False)

    def forward(self, pixels):
        """Return features of shape (n, n_features) of uint8 pixels (n, height, width, 3)."""
        images = self.normalise(pixels)
        if not self.mirror:
            return self._extract(images)
        features = self._extract(torch.cat([images, images.flip(3)]))
        return (features[: len(images)] + features[len(images) :]) / 2

    def normalise(self, pixels):
        """Return the network's input (n, 3, height, width) of pixels (n, height, width, 3)."""
        return (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std

    def extract_from_maps(self, maps, pooled):
        """Return features, if the first stages hand on what they are given.

        Parameters
        ----------
        maps : tensor of shape (n, ...)
            What the last of them gave.
        pooled : tensor of shape (n, n_pooled)
            Their features.
        """
        return torch.cat([pooled, self._extract(maps)], dim=1)

    def _extract(self, images):
        pooled = {}
        output = self._run(images, self._watched, partial(self._keep, pooled))
        return self._join(output, pooled)

    @property
    def _watched(self):
        return self.stages if self.final is None else (*self.stages, self.final)

    def _keep(self, pooled, name, output):
        pool = self._pool if name == self.final else _average
        pooled[name] = pool(self._as_nchw(output))

    def _join(self, output, pooled):
        features = [pooled[name] for name in self.stages]
        features.append(self._pool_output(output) if self.final is None else pooled[self.final])
        return torch.cat(features, dim=1).float()

    @contextmanager
    def compiled(self):
        """Let torch compile the network and its pooling, inside a ``with`` block."""
        pooled = {}
        # Hooks that come and go, as elsewhere, can't be compiled.
        handles = self._watch(self._watched, partial(self._keep, pooled))

        def extract(images):
            pooled.clear()
            return self._join(getattr(self.network, self.entry)(images), pooled)

        self._extract = torch.compile(extract)
        try:
            yield
        finally:
            # The method is back; compiled functions can't be pickled.
            del self._extract
            for handle in handles:
                handle.remove()

    def _run(self, images, names, on_output):
        """Run the network; call ``on_output(name, output)`` whenever a named child is done."""
        handles = self._watch(names, on_output)
        try:
            return getattr(self.network, self.entry)(images)
        finally:
            for handle in handles:
                handle.remove()

    def _watch(self, names, on_output):
        modules = dict(self.network.named_modules())
        return [
            modules[name].register_forward_hook(
                lambda _module, _inputs, output, name=name: on_output(name, output)
            )
            for name in names
        ]

    def _pool_output(self, output):
        if self.entry == "forward_features" and not _is_map(output):
            output = self.network.forward_head(output, pre_logits=True)
        output = _last_of(output)
        if _is_map(output):
            return self._pool(self._as_nchw(output))
        return output.mean(dim=1) if output.ndim == 3 else output

    def _pool(self, maps):
        if self.pooling == "max":
            return maps.amax(dim=(2, 3))
        if self.pooling == "avgmax":
            return torch.cat([_average(maps), maps.amax(dim=(2, 3))], dim=1)
        if self.pooling == "flatten":
            return maps.flatten(1)
        return _average(maps)

    def _as_nchw(self, maps):
        return maps.permute(0, 3, 1, 2) if self._is_channels_last(maps.shape) else maps

    def _is_channels_last(self, shape):
        """Tell maps (n, height, width, channels) by their sides, which go as the picture's do."""
        ratio = self.ratio
        nchw = abs(shape[2] / shape[3] - ratio) < 0.2 * ratio
        nhwc = abs(shape[1] / shape[2] - ratio) < 0.2 * ratio
        return nhwc and not nchw

    def _find_stages(self, size, final):
        self.ratio = size[0] / size[1]
        seen = []
        last_map = None
        pooled = False

        def note(name, output):
            nonlocal pooled, last_map
            pooled = pooled or isinstance(self.network.get_submodule(name), _GLOBAL_POOLS)
            if _is_map(output) and not pooled:
                last_map = self._as_nchw(output)
                seen.append((name, tuple(last_map.shape[1:])))

        with torch.inference_mode():
            images = torch.zeros(1, 3, *size)
            output = self._run(images, _children_and_grandchildren(self.network), note)
            last = _last_of(output)
        maps = {shape: name for name, shape in seen}
        self.part_names = tuple(_children_and_grandchildren(self.network))
        self.stage_names = tuple(maps.values())
        last_shape = tuple(self._as_nchw(last).shape[1:]) if _is_map(last) else None
        if final == "last map" and seen:
            last_shape = seen[-1][1]
            self.final = maps[last_shape]
        elif self.pooling not in ("avg", "stages") and last_shape is None:
            raise ValueError(
                f"pooling={self.pooling!r}: {type(self.network).__name__} gives no map of the "
                "picture to pool. Use pooling='avg', which takes its own features."
            )
        elif seen and _is_averaged(last) and last.shape[1] == seen[-1][1][0]:
            last_shape = seen[-1][1]
        if self.pooling == "stages":
            limit = -(-size[0] // 4), -(-size[1] // 4)
            self.stages = tuple(
                name
                for shape, name in maps.items()
                if shape != last_shape
                and shape[1] * shape[2] > 1
                and shape[1] <= limit[0]
                and shape[2] <= limit[1]
            )
            if last.ndim == 3 and len(self.stages) == 1:
                self.stages = ()
        with torch.inference_mode():
            own = self._pool_output(output) if self.final is None else self._pool(last_map)
        channels = {name: shape[0] for shape, name in maps.items()}
        self.block_widths = (*(channels[name] for name in self.stages), own.shape[1])
        self.n_features = sum(self.block_widths)


def _is_map(output):
    return isinstance(output, torch.Tensor) and output.ndim == 4


def _is_averaged(output):
    return output.ndim == 2 or tuple(output.shape[2:]) == (1, 1)


def _last_of(output):
    """Return a network's output, the last one if there are several."""
    while isinstance(output, (dict, list, tuple)) and output:
        output = list(output.values())[-1] if isinstance(output, dict) else output[-1]
    if not isinstance(output, torch.Tensor) or output.ndim not in (2, 3, 4):
        shape = f" of shape {tuple(output.shape)}" if isinstance(output, torch.Tensor) else ""
        raise ValueError(
            f"the network gives {type(output).__name__}{shape}; expected a map of shape (n, "
            "channels, height, width), tokens (n, n_tokens, n_features) or features (n, "
            "n_features)"
        )
    return output


def _average(maps):
    return maps.mean(dim=(2, 3))


def _children_and_grandchildren(network):
    names = []
    for name, child in network.named_children():
        if isinstance(child, (nn.Sequential, nn.ModuleList)):
            names += [f"{name}.{inner}" for inner, _ in child.named_children()]
        names.append(name)
    return names
