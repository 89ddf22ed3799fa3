"""What a backbone's frozen stages give, stored, so that no epoch computes it again."""

import contextlib
import copy
import logging
import math
from dataclasses import replace

import torch
from torch import nn

from skmlic._utils._config import get_config
from skmlic.backbones._extractor import _average
from skmlic.training._fine_tuned_module import PictureDataset, PictureLoader, autocast, find_frozen

logger = logging.getLogger("skmlic")


class _LastFrozenIsDone(Exception):
    """Ends a pass through a network: what comes next is not needed."""


def replace_pictures(extractor, freeze, sets, **options):
    """Store what frozen stages give of the pictures of training, if that can be done.

    Parameters
    ----------
    extractor, freeze : see store_maps
    sets : tuple of TrainingData or None
        With pictures.
    **options : see store_maps

    Returns
    -------
    rest : FeatureExtractor
        What is left to train; the extractor if nothing is stored.
    sets : tuple of TrainingData or None
        With stored maps, or as they are.
    is_stored : bool
    """
    given = [one for one in sets if one is not None]
    rest, stored = store_maps(extractor, freeze, [one.X for one in given], **options)
    if rest is None:
        return extractor, sets, False
    maps = iter(stored)
    return rest, tuple(one and replace(one, X=next(maps)) for one in sets), True


def store_maps(extractor, freeze, image_lists, *, loader, batch_size, precision, device):
    """Put pictures through the frozen stages of a backbone once.

    Parameters
    ----------
    extractor : FeatureExtractor
        On the device.
    freeze : bool, int or str
        As in the classifier.
    image_lists : list of list of images
        Several, as `as_image_list` gives them.
    loader : dict
        Parameters of :class:`PictureLoader`; pictures are not changed at random.
    batch_size : int
        Pictures a pass.
    precision : {"fp32", "bf16", "fp16"}
        As in training.
    device : torch.device
        Where the extractor is.

    Returns
    -------
    rest : FeatureExtractor or None
        The stages that are not frozen, with the extractor's own weights. ``None`` if it can't be
        done: nothing is frozen, maps take more bytes than ``feature_cache_bytes`` of
        :func:`skmlic.set_config`, or the network does more than its parts do one after the other.
    stored : list of tuple of tensor
        For each list of images the maps of the last frozen stage, of shape (n_images, ...), and the
        averages of all frozen ones, of shape (n_images, n_features).
    """
    frozen = find_frozen(extractor, freeze)
    if not frozen or getattr(extractor, "mirror", False):
        return None, []
    rest = _cut(extractor, frozen)
    n_images = sum(map(len, image_lists))
    stored = []
    with torch.no_grad(), autocast(device, precision):
        for images in image_lists:
            kept = None
            first = 0
            for pixels, _ in PictureLoader(PictureDataset(images, None), batch_size, **loader):
                pixels = pixels.to(device)
                given = _run_frozen(extractor, frozen, pixels)
                if kept is None:
                    if not stored and not (
                        _fits(given, n_images) and _is_equal(extractor, rest, pixels, given)
                    ):
                        return None, []
                    kept = tuple(
                        torch.empty(len(images), *part.shape[1:], dtype=part.dtype)
                        for part in given
                    )
                for part, new in zip(kept, given, strict=True):
                    part[first : first + len(pixels)] = new
                first += len(pixels)
            stored.append(kept)
    return rest, stored


def _cut(extractor, frozen):
    """Return a copy, of the same tensors, in which frozen parts hand on what they are given."""
    tensors = (*extractor.parameters(), *extractor.buffers())
    rest = copy.deepcopy(extractor, {id(tensor): tensor for tensor in tensors})
    for name in frozen:
        rest.network.set_submodule(name, nn.Identity())
    rest.stages = tuple(stage for stage in rest.stages if stage not in frozen)
    return rest


def _run_frozen(extractor, frozen, pixels):
    """Return the map of the last frozen part, and the averages of frozen stages."""
    stages = [stage for stage in extractor.stages if stage in frozen]
    pooled = []
    last = None

    def keep(name, output):
        nonlocal last
        if name in stages:
            pooled.append(_average(extractor._as_nchw(output)).float())
        if name == frozen[-1]:
            last = output
            raise _LastFrozenIsDone

    with contextlib.suppress(_LastFrozenIsDone):
        extractor._run(extractor.normalise(pixels), dict.fromkeys([*stages, frozen[-1]]), keep)
    return last, torch.cat(pooled, dim=1) if pooled else last.new_empty(len(last), 0)


def _fits(given, n_images):
    n_bytes = sum(part[0].numel() * part.element_size() for part in given) * n_images
    limit = get_config()["feature_cache_bytes"]
    if n_bytes > limit:
        logger.info(
            "The maps of frozen stages are computed in each epoch: they take %d MB, and "
            "feature_cache_bytes=%d.",
            math.ceil(n_bytes / 1e6),
            limit,
        )
    return n_bytes <= limit


def _is_equal(extractor, rest, pixels, given):
    """Tell whether the network does no more than its parts do one after the other."""
    expected = extractor(pixels)
    try:
        features = rest.extract_from_maps(*given)
    except Exception as error:
        logger.info("The maps of frozen stages are computed in each epoch: %s", error)
        return False
    return features.shape == expected.shape and torch.allclose(
        features, expected, rtol=1e-3, atol=1e-5
    )
