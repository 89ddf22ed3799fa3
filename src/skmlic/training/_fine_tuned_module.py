"""The module of a backbone and a head that are trained together."""

from typing import Self

import torch
from torch import nn

from skmlic.backbones import FeatureExtractor
from skmlic.embedding import autocast

_BATCH_NORMS = (nn.modules.batchnorm._BatchNorm,)


class FineTunedModule(nn.Module):
    """A backbone and a head, trained as one module.

    Parameters
    ----------
    extractor : FeatureExtractor
        Pixels to features. Its weights change, so it must be a copy.
    head : nn.Module
        Features to logits.
    freeze : bool, int or str
        Part of the backbone that stays frozen: all, nothing, or everything up to a stage.
    freeze_batch_norm : bool
        Whether batch normalization keeps the statistics of the pretraining.
    precision : {"fp32", "bf16", "fp16"}
        Arithmetic of the backbone; "bf16" and "fp16" use autocast.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        head: nn.Module,
        freeze: bool | int | str,
        freeze_batch_norm: bool,
        precision: str = "fp32",
    ) -> None:
        super().__init__()
        self.extractor = extractor
        self.head = head
        self.precision = precision
        network = extractor.network.to(memory_format=torch.channels_last)
        frozen = find_frozen(extractor, freeze)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not _is_in(name, frozen, extractor.part_names))
        self._kept_in_eval = tuple(
            module
            for name, module in network.named_modules()
            if _is_in(name, frozen) or (freeze_batch_norm and isinstance(module, _BATCH_NORMS))
        )

    def forward(self, pixels: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return logits (n, n_labels).

        Parameters
        ----------
        pixels : tensor of shape (n, height, width, 3) or tuple of tensor
            Values from 0 to 255; or maps of frozen stages and their averages, which `store_maps`
            returns.
        """
        is_stored = not isinstance(pixels, torch.Tensor)
        device = (pixels if isinstance(pixels, torch.Tensor) else pixels[0]).device
        with autocast(device, self.precision):
            if is_stored:
                features = self.extractor.extract_from_maps(*pixels)
            else:
                features = self.extractor(pixels)
        return self.head(features)

    def train(self, mode: bool = True) -> Self:
        """Set training mode, except for frozen parts, whose BatchNorm stays in evaluation mode."""
        super().train(mode)
        # The extractor itself stays in evaluation mode and does not pass the mode on.
        self.extractor.network.train(mode)
        for module in self._kept_in_eval:
            module.training = False
        return self


def find_frozen(extractor: FeatureExtractor, freeze: bool | int | str) -> tuple[str, ...]:
    """Return the names of the parts of a backbone that stay frozen.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone.
    freeze : bool, int or str
        Parameter of the classifier.

    Returns
    -------
    names : tuple of str

    Raises
    ------
    ValueError
        If there is no such stage.
    """
    parts = extractor.part_names
    if freeze is True:
        return parts
    if freeze is False or freeze == 0:
        return ()
    stages = extractor.stage_names
    last = freeze
    if not isinstance(freeze, str):
        last = stages[freeze - 1] if 0 < freeze <= len(stages) else None
    if last not in parts:
        raise ValueError(
            f"freeze={freeze!r}: expected True, False, a number from 0 to {len(stages)}, or the "
            f"last stage that stays frozen, one of {list(stages)}."
        )
    return parts[: parts.index(last) + 1]


def _is_in(name, parts, all_parts=None):
    """Tell whether a module or parameter belongs to some parts of a network.

    With ``all_parts``, a parameter outside of all of them, such as the position embedding of a
    transformer, belongs to the first part.
    """
    if any(name == part or name.startswith(f"{part}.") for part in parts):
        return True
    return bool(parts) and all_parts is not None and not _is_in(name, all_parts)
