"""A network without its classifier, with its maps pooled to features."""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

import torch
from torch import nn

from skmlic._utils._typing import Pooling
from skmlic.backbones._poolings import find_family_pooling
from skmlic.backbones._stages import (
    add_hooks,
    find_final_tokens,
    find_stages,
    is_map,
    last_output,
    run_with_hooks,
    to_channels_first,
    trace_maps,
)
from skmlic.backbones._tokens import TokenLayout, find_layout, is_tokens, pool_tokens


class FeatureExtractor(nn.Module):
    """Compute features of images with a frozen network.

    The network's stages are found in one forward pass. They are those of its children, and of the
    children of its containers, that are the last to return a map of their shape. Only maps whose
    sides are at most a quarter of the image's are pooled, and only those before the network's own
    global pooling. If the network continues with tokens, a single map before them is the embedding
    of patches and not a stage; the last blocks that return as many tokens as the network does are,
    and their tokens are normalised as the network's own are.

    Parameters
    ----------
    network : nn.Module
        Returns a map (n, channels, height, width), tokens (n, n_tokens, n_features) or features
        (n, n_features).
    size : tuple of int (height, width)
        Size of the images in pixels.
    mean, std : tuple of float (red, green, blue)
        Mean and standard deviation by which the pixels are standardised, scaled to [0, 1].
    pooling : str
        How maps and tokens are pooled, one of ``POOLINGS``.
    entry : str
        Name of the network's method that returns its last map or its tokens. With
        ``pooling="native"``, the network itself is called.
    final : {"output", "last map"}
        Whether that map is the method's output, or the last map that a child returned.
    mirror : bool
        Whether to average the features of each image and of its mirror image.

    Attributes
    ----------
    part_names : tuple of str
        The network's children, and the children of its containers, in order.
    stage_names : tuple of str
        Those that are the last to return a map of their shape.
    stages : tuple of str
        The stages and blocks that are pooled in addition to the last map or tokens.
    layout : TokenLayout
        What the network's tokens stand for.
    pools_tokens : bool
        Whether the last of the features are pooled tokens.
    token_pooling : str
        How the final tokens are pooled: as ``pooling`` says, or as the family's default says.
    block_widths : tuple of int
        Number of features of each pooled stage, then of the last map.
    n_features : int
        Number of features.
    """

    block_widths: tuple[int, ...]
    entry: str
    final: str | None
    layout: TokenLayout
    mean: torch.Tensor
    mirror: bool
    n_features: int
    part_names: tuple[str, ...]
    pooling: Pooling
    pools_tokens: bool
    ratio: float
    stage_names: tuple[str, ...]
    stages: tuple[str, ...]
    std: torch.Tensor
    token_pooling: str

    def __init__(
        self,
        network: nn.Module,
        *,
        size: tuple[int, int],
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        pooling: Pooling,
        entry: str = "forward",
        final: str = "output",
        mirror: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.entry = "forward" if pooling == "native" else entry
        self.pooling = pooling
        self.mirror = mirror
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))
        self.eval().requires_grad_(False)
        self.ratio = size[0] / size[1]
        self.layout = find_layout(network, self.entry)
        self.token_pooling = find_family_pooling(network) if pooling == "stages" else pooling
        with torch.inference_mode():
            trace = trace_maps(network, self.entry, size, self.layout.names)
            found = find_stages(
                network, trace, size=size, pooling=pooling, final=final, layout=self.layout
            )
            self.part_names = found.part_names
            self.stage_names = found.stage_names
            self.stages = found.pooled
            self.final = found.final
            tokens = find_final_tokens(trace, self.layout)
            self.pools_tokens = tokens is not None and pooling != "native"
            if self.final is None:
                own = self.pool_output(trace.output)
            else:
                own = self.pool_part(self.final, trace.last_map if tokens is None else tokens)
        self.block_widths = (*found.widths, own.shape[1])
        self.n_features = sum(self.block_widths)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode, since a frozen network includes frozen BatchNorm statistics."""
        return super().train(False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return features of shape (n, n_features) of uint8 pixels (n, height, width, 3)."""
        images = self.normalise(pixels)
        if not self.mirror:
            return self._extract(images)
        features, mirrored = self._extract(torch.cat([images, images.flip(3)])).chunk(2)
        return (features + mirrored) / 2

    def normalise(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the network's input (n, 3, height, width) of pixels (n, height, width, 3)."""
        return (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std

    def extract_from_maps(self, maps: torch.Tensor, pooled: torch.Tensor) -> torch.Tensor:
        """Return features from stored maps, if the first stages have been replaced by identities.

        Parameters
        ----------
        maps : tensor of shape (n, ...)
            The output of the last of the replaced stages.
        pooled : tensor of shape (n, n_pooled)
            The features of the replaced stages.
        """
        return torch.cat([pooled, self._extract(maps)], dim=1)

    @contextmanager
    def compiled(self):
        """Compile the network and its pooling inside a ``with`` block."""
        pooled = {}
        # torch can't compile hooks that are added and removed in each pass, so these stay.
        handles = add_hooks(self.network, self.map_names, partial(self._keep, pooled))

        def extract(images):
            pooled.clear()
            return self._join(getattr(self.network, self.entry)(images), pooled)

        self._extract = torch.compile(extract)
        try:
            yield
        finally:
            # This restores the method. A compiled function can't be pickled.
            del self._extract
            for handle in handles:
                handle.remove()

    @property
    def map_names(self) -> tuple[str, ...]:
        """Names of the parts of the network whose maps are pooled."""
        return self.stages if self.final is None else (*self.stages, self.final)

    def run_network(
        self,
        images: torch.Tensor,
        names: Iterable[str],
        on_output: Callable[[str, Any], Any],
    ) -> Any:
        """Run the network and call ``on_output(name, output)`` after each named part.

        Parameters
        ----------
        images : tensor of shape (n, 3, height, width)
            The network's input.
        names : iterable of str
            Names of submodules of the network.
        on_output : callable
            If it returns a value other than None, that value replaces the part's output.

        Returns
        -------
        output : object
            The network's output.
        """
        return run_with_hooks(self.network, self.entry, images, names, on_output)

    def to_channels_first(self, maps: torch.Tensor) -> torch.Tensor:
        """Return maps of shape (n, channels, height, width), wherever their channels are."""
        return to_channels_first(maps, self.ratio)

    def pool_map(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the features (n, n_features) that pooling makes of final maps.

        Parameters
        ----------
        maps : tensor of shape (n, channels, height, width)
            Maps with channels first.
        """
        if self.pooling == "max":
            return maps.amax(dim=(2, 3))
        if self.pooling == "avgmax":
            return torch.cat([average_pool(maps), maps.amax(dim=(2, 3))], dim=1)
        if self.pooling == "flatten":
            return maps.flatten(1)
        return average_pool(maps)

    def pool_part(self, name: str, output: torch.Tensor) -> torch.Tensor:
        """Return the features (n, n_features) of the output of one of `map_names`.

        Parameters
        ----------
        name : str
            The part's name.
        output : tensor
            Its map or its tokens.
        """
        if not is_tokens(output):
            pool = self.pool_map if name == self.final else average_pool
            return pool(self.to_channels_first(output))
        if name == self.final:
            return self._pool_final_tokens(output)
        return self._pool_tokens(self._norm(self.layout.norm)(output), self._own_token_pooling)

    def pool_output(self, output: Any) -> torch.Tensor:
        """Return the features (n, n_features) that the network's output is turned into.

        Parameters
        ----------
        output : tensor, dict, list or tuple
            A map, tokens or features; of several, the last is used, except of timm's networks,
            whose own head combines them.
        """
        if self.entry == "forward_features" and not is_map(output) and not self.pools_tokens:
            output = self.network.forward_head(output, pre_logits=True)
        output = last_output(output)
        if is_map(output):
            return self.pool_map(self.to_channels_first(output))
        return self._pool_final_tokens(output) if is_tokens(output) else output

    def _pool_final_tokens(self, tokens):
        if self.token_pooling != "native":
            return self._pool_tokens(tokens, self.token_pooling)
        if self.entry == "forward_features":
            return self.network.forward_head(tokens, pre_logits=True)
        return self._pool_tokens(tokens, self._own_token_pooling)

    @property
    def _own_token_pooling(self):
        """How the network itself pools tokens, by name: "avg" stands for any but "token"."""
        if self.token_pooling != "native":
            return self.token_pooling
        is_torchvision = self.layout.final is not None
        own = "token" if is_torchvision else getattr(self.network, "global_pool", None)
        return "token" if own == "token" and self.layout.has_class_token else "avg"

    def _pool_tokens(self, tokens, pooling):
        norm = self._norm(self.layout.pooled_norm)
        return pool_tokens(tokens, pooling, self.layout.n_prefix or 0, norm)

    def _norm(self, name):
        return nn.Identity() if name is None else self.network.get_submodule(name)

    def _extract(self, images):
        pooled = {}
        output = self.run_network(images, self.map_names, partial(self._keep, pooled))
        return self._join(output, pooled)

    def _keep(self, pooled, name, output):
        pooled[name] = self.pool_part(name, output)

    def _join(self, output, pooled):
        features = [pooled[name] for name in self.stages]
        features.append(self.pool_output(output) if self.final is None else pooled[self.final])
        return torch.cat(features, dim=1).float()


def average_pool(maps: torch.Tensor) -> torch.Tensor:
    """Return the averages (n, channels) of maps of shape (n, channels, height, width)."""
    return maps.mean(dim=(2, 3))
