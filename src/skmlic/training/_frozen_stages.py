"""Stored outputs of a backbone's frozen stages, so that no epoch computes them again."""

import contextlib
import copy
import itertools
import logging
import math
from contextlib import closing
from dataclasses import replace

import torch
from torch import nn

from skmlic._utils._config import get_config
from skmlic.embedding import autocast
from skmlic.training._fine_tuned_module import find_frozen
from skmlic.training._image_loader import ImageDataset, ImageLoader

logger = logging.getLogger("skmlic")


class _LastFrozenIsDone(Exception):
    """Raised to end a pass through a network after its last frozen part."""


def replace_images(extractor, sets, loader, plan, device):
    """Replace the images of a training by the stored outputs of frozen stages, if possible.

    It is not possible if nothing is frozen, if the outputs take more bytes than
    ``feature_cache_bytes`` of :func:`skmlic.set_config`, or if the network computes more than its
    parts would one after the other.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone, on the device.
    sets : tuple of TrainingData or None
        Data with images.
    loader : dict
        ``preprocessing`` and ``n_threads`` of :class:`ImageLoader`.
    plan : FineTuningPlan
    device : torch.device

    Returns
    -------
    rest : FeatureExtractor
        The remaining stages, which share their tensors with the extractor; the extractor itself if
        nothing is stored.
    sets : tuple of TrainingData or None
        Data whose X is a tuple of two tensors: the maps of the last frozen stage, of shape
        (n_images, ...), and the averages of all frozen stages, of shape (n_images, n_features).
        The data as given if nothing is stored.
    is_stored : bool
    """
    frozen = find_frozen(extractor, plan.freeze)
    if not frozen or extractor.mirror:
        return extractor, sets, False
    rest = _cut(extractor, frozen)

    def run_frozen(images):
        """Yield the pixels and the outputs of each batch."""
        for pixels, _ in ImageLoader(ImageDataset(images, None), plan.part_size, **loader):
            pixels = pixels.to(device)
            yield pixels, _run_frozen(extractor, frozen, pixels)

    training, validation = sets
    n_images = sum(len(data.X) for data in sets if data is not None)
    with (
        torch.no_grad(),
        autocast(device, plan.precision),
        closing(run_frozen(training.X)) as batches,
    ):
        pixels, outputs = first = next(batches)
        if not (_fits(outputs, n_images) and _is_equal(extractor, rest, pixels, outputs)):
            return extractor, sets, False
        training = _replace(training, itertools.chain([first], batches))
        if validation is not None:
            validation = _replace(validation, run_frozen(validation.X))
    return rest, (training, validation), True


def _replace(data, batches):
    """Return data with the outputs of all batches in place of images."""
    stored, start = None, 0
    for _, outputs in batches:
        if stored is None:
            stored = tuple(
                torch.empty(len(data.X), *part.shape[1:], dtype=part.dtype) for part in outputs
            )
        stop = start + len(outputs[0])
        for part, values in zip(stored, outputs, strict=True):
            part[start:stop] = values
        start = stop
    return replace(data, X=stored)


def _cut(extractor, frozen):
    """Return a copy with the same tensors in which frozen parts return their input."""
    tensors = (*extractor.parameters(), *extractor.buffers())
    rest = copy.deepcopy(extractor, {id(tensor): tensor for tensor in tensors})
    for name in frozen:
        rest.network.set_submodule(name, nn.Identity())
    rest.stages = tuple(stage for stage in rest.stages if stage not in frozen)
    return rest


def _run_frozen(extractor, frozen, pixels):
    """Return the maps of the last frozen part, and the averages of frozen stages."""
    stages = [stage for stage in extractor.stages if stage in frozen]
    pooled = []
    last = None

    def keep(name, output):
        nonlocal last
        if name in stages:
            pooled.append(extractor.pool_part(name, output).float())
        if name == frozen[-1]:
            last = output
            raise _LastFrozenIsDone

    with contextlib.suppress(_LastFrozenIsDone):
        names = dict.fromkeys([*stages, frozen[-1]])
        extractor.run_network(extractor.normalise(pixels), names, keep)
    return last, torch.cat(pooled, dim=1) if pooled else last.new_empty(len(last), 0)


def _fits(outputs, n_images):
    n_bytes = sum(part[0].numel() * part.element_size() for part in outputs) * n_images
    limit = get_config()["feature_cache_bytes"]
    if n_bytes > limit:
        logger.info(
            "The maps of frozen stages are computed in each epoch: they take %d MB, and "
            "feature_cache_bytes=%d.",
            math.ceil(n_bytes / 1e6),
            limit,
        )
    return n_bytes <= limit


def _is_equal(extractor, rest, pixels, outputs):
    """Tell whether the network computes no more than its parts would one after the other."""
    expected = extractor(pixels)
    try:
        features = rest.extract_from_maps(*outputs)
    except Exception as error:
        # The rest of an arbitrary network may raise any error for maps that it does not expect.
        logger.info("The maps of frozen stages are computed in each epoch: %s", error)
        return False
    return features.shape == expected.shape and torch.allclose(
        features, expected, rtol=1e-3, atol=1e-5
    )
