"""Class activation maps: what each place of an image adds to the logit of a label."""

import contextlib
import copy
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from skmlic._utils._threads import count_threads, torch_threads
from skmlic.backbones import average_pool
from skmlic.exceptions import ImageReadError
from skmlic.images import describe_source

__all__ = ["ActivationMapper"]

_PIECEWISE_LINEAR = ("relu", "leaky_relu")
_LINEAR_POOLINGS = ("avg", "stages", "flatten")
_BATCH_SIZE = 8
_WHOLE_IMAGE = (0.0, 0.0, 1.0, 1.0)


class _Block(NamedTuple):
    """Features and the maps that they are computed from.

    Parameters
    ----------
    maps : tensor of shape (n, channels, height, width) or None
        The maps; ``None`` if the features are not computed from maps.
    features : tensor of shape (n, n_features)
        The features, with gradients with respect to the maps.
    is_pooled : bool
        Whether the features are the pooled maps, with no other layer in between.
    is_linear : bool
        Whether the features are averages of the maps, or the maps themselves.
    """

    maps: torch.Tensor | None
    features: torch.Tensor
    is_pooled: bool
    is_linear: bool


class ActivationMapper:
    """Class activation maps of a fitted classifier.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        A classifier fitted on images.
    """

    def __init__(self, classifier):
        self.classifier = classifier
        embedder = classifier.embedder_
        self.device = torch.device(embedder.device_)
        self.preprocessings = [backbone.preprocessing for backbone in embedder.backbones_]
        self.extractors = [self._place(backbone.extractor) for backbone in embedder.backbones_]
        self.head = copy.deepcopy(classifier.net_.module_).to(self.device).eval()
        noise = [_make_noise(preprocessing.size) for preprocessing in self.preprocessings]
        with _gradients():
            blocks = [block for part in self._trace([noise]) for block in part]
        self.has_linear_features = all(block.is_linear for block in blocks)
        self.has_pooled_maps = all(block.is_pooled for block in blocks)
        self.has_maps = all(block.maps is not None for block in blocks)

    def list_methods(self):
        """Return the methods that are possible for the classifier, the best one first."""
        classifier = self.classifier
        has_hidden_layers = classifier.head_ == "net" and np.size(classifier.hidden_layer_sizes) > 0
        is_linear_head = not has_hidden_layers or classifier.activation in _PIECEWISE_LINEAR
        methods = ["cam"] if self.has_linear_features and is_linear_head else []
        # Grad-CAM is less reliable than occlusion on maps that other layers follow.
        others = ["gradcam", "occlusion"] if self.has_pooled_maps else ["occlusion", "gradcam"]
        return methods + [name for name in others if name == "occlusion" or self.has_maps]

    def describe_obstacle(self, method):
        """Return the reason why a method is not possible."""
        if method == "gradcam":
            return "the network gives no map of the image"
        if self.has_linear_features:
            return f"activation={self.classifier.activation!r} is not piecewise linear"
        return "the features are not averages of the network's maps"

    def compute(self, images, labels, method):
        """Compute the maps of images.

        Parameters
        ----------
        images : list
            The images, as `as_image_list` returns them.
        labels : list of int or None
            Indices of the labels; ``None`` selects all of them.
        method : {"cam", "gradcam"}
            Method that computes the maps.

        Returns
        -------
        maps : ndarray of shape (n, n_labels, height, width)

        Raises
        ------
        ImageReadError
            If images can't be read.
        """
        maps, problems = [], []
        with torch_threads(count_threads(self.classifier.n_jobs)), _gradients():
            for start in range(0, len(images), _BATCH_SIZE):
                rows = range(start, min(start + _BATCH_SIZE, len(images)))
                decoded, unreadable = self._decode_rows(images, rows)
                problems += unreadable
                if not problems:
                    maps.append(self._map(decoded, labels, method))
        if problems:
            raise ImageReadError(problems)
        return torch.cat(maps).numpy()

    def _place(self, extractor):
        return extractor if self.device.type == "cpu" else copy.deepcopy(extractor).to(self.device)

    def _decode_rows(self, images, rows):
        """Return decoded images, and the row, source and error of each that can't be read."""
        decoded, problems = [], []
        for row in rows:
            try:
                decoded.append(self._decode(images[row]))
            except (OSError, ValueError, TypeError) as error:
                problems.append((row, describe_source(images[row]), str(error)))
        return decoded, problems

    def _decode(self, image):
        """Return the pixels and the box of the image that each backbone sees."""
        pixels, boxes = [], []
        for preprocessing in self.preprocessings:
            least = max(preprocessing.size)
            if preprocessing.resize == "crop":
                least = int(least / preprocessing.crop_pct + 1e-6)
            rgb = preprocessing.load(image, min_side=least)
            pixels.append(preprocessing(rgb))
            boxes.append(_find_view(preprocessing, rgb.shape[1::-1]))
        return pixels, boxes

    def _map(self, decoded, labels, method):
        """Return the maps of a batch of decoded images."""
        boxes = list(zip(*(boxes for _, boxes in decoded), strict=True))
        blocks_per_backbone = self._trace([pixels for pixels, _ in decoded])
        return self._weigh(blocks_per_backbone, boxes, labels, method)

    def _trace(self, pixels):
        """Return a list of blocks for each backbone.

        Parameters
        ----------
        pixels : list of list of ndarray
            The pixels that each backbone sees, for each image.
        """
        blocks_per_backbone = []
        for extractor, backbone_pixels in zip(
            self.extractors, zip(*pixels, strict=True), strict=True
        ):
            batch = torch.from_numpy(np.stack(backbone_pixels)).to(self.device)
            images = extractor.normalise(batch)
            if extractor.mirror:
                images = torch.cat([images, images.flip(3)])
            blocks_per_backbone.append(_trace(extractor, images))
        return blocks_per_backbone

    def _weigh(self, blocks_per_backbone, boxes, labels, method):
        """Return the weighted sum of the maps of all blocks, for each label."""
        features = [
            _average_halves(block.features) if extractor.mirror else block.features
            for extractor, blocks in zip(self.extractors, blocks_per_backbone, strict=True)
            for block in blocks
        ]
        logits, zeros = self.head.linearize(torch.cat(features, dim=1))
        zeros = zeros.split([block.shape[1] for block in features], dim=1)
        maps = [block.maps for blocks in blocks_per_backbone for block in blocks]
        size = tuple(max(block_maps.shape[axis] for block_maps in maps) for axis in (2, 3))
        weigh = _weigh_places if method == "cam" else _weigh_channels
        n_blocks = [len(blocks) for blocks in blocks_per_backbone]
        label_maps = []
        for label in range(logits.shape[1]) if labels is None else labels:
            gradients = torch.autograd.grad(logits[:, label].sum(), maps, retain_graph=True)
            weighted = [
                _enlarge(weigh(*block), size) for block in zip(maps, gradients, zeros, strict=True)
            ]
            total = self._add_up(_split(weighted, n_blocks), boxes)
            label_maps.append(total if method == "cam" else total.clamp(min=0))
        return torch.stack(label_maps, dim=1).detach().cpu()

    def _add_up(self, maps_per_backbone, boxes):
        """Return the sum of the maps of all backbones, as maps of the whole images."""
        backbone_maps = []
        for extractor, maps, backbone_boxes in zip(
            self.extractors, maps_per_backbone, boxes, strict=True
        ):
            added = sum(maps)
            if extractor.mirror:
                original, mirrored = added.chunk(2)
                added = original + mirrored.flip(2)
            backbone_maps.append(_put_in_place(added, backbone_boxes))
        return sum(backbone_maps)


@contextlib.contextmanager
def _gradients():
    """Compute gradients inside a ``with`` block, even within ``torch.inference_mode``."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def _make_noise(size):
    return np.random.RandomState(0).randint(256, size=(*size, 3)).astype(np.uint8)


def _trace(extractor, images):
    """Return the blocks that the features of a network consist of."""
    seen = {}
    # If the network returns features, not maps, its last stage may be what they are computed from.
    last = extractor.stage_names[-1] if extractor.stage_names else None
    if last in extractor.map_names:
        last = None

    def note(name, output):
        # The network may write into its own tensor in place, so a copy is kept.
        maps = extractor.to_channels_first(output) if output.ndim == 4 else output
        seen[name] = maps.detach().clone().requires_grad_()
        if name != last:
            return None
        return (seen[name] if maps is output else seen[name].permute(0, 2, 3, 1)).clone()

    names = extractor.map_names if last is None else (*extractor.map_names, last)
    output = extractor.run_network(images, names, note)
    maps = {name: stage_maps for name, stage_maps in seen.items() if stage_maps.ndim == 4}
    blocks = [
        _Block(maps[name], average_pool(maps[name]), True, True)
        if name in maps
        else _Block(None, extractor.pool_part(name, seen[name]), False, False)
        for name in extractor.stages
    ]
    if extractor.final in seen and extractor.final not in maps:
        features = extractor.pool_part(extractor.final, seen[extractor.final])
        return [*blocks, _Block(None, features, False, False)]
    return [*blocks, _trace_last(extractor, output, maps, last)]


def _trace_last(extractor, output, maps, last):
    """Return the block of the features at the end of a network."""
    is_linear = extractor.pooling in _LINEAR_POOLINGS
    if extractor.final is not None:
        own = maps[extractor.final]
        return _Block(own, extractor.pool_map(own), True, is_linear)
    if isinstance(output, torch.Tensor) and output.ndim == 4:
        own = extractor.to_channels_first(output.detach()).requires_grad_()
        return _Block(own, extractor.pool_map(own), True, is_linear)
    features = extractor.pool_output(output)
    if last is None or not features.requires_grad:
        return _Block(None, features, False, False)
    average = average_pool(maps[last])
    if average.shape == features.shape and torch.allclose(average, features, 1e-4, 1e-5):
        return _Block(maps[last], average, True, True)
    return _Block(maps[last], features, False, False)


def _split(values, sizes):
    """Return consecutive parts of a list, of the given sizes."""
    ends = np.cumsum(sizes)
    return [values[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _average_halves(features):
    return torch.stack(features.chunk(2)).mean(dim=0)


def _weigh_places(maps, gradient, zero):
    """Return maps of shape (n, height, width) whose means are the features' part of the logit."""
    # With flattened maps there is one feature per place.
    is_flat = zero.shape[1] > maps.shape[1]
    zero = zero.reshape(len(zero), -1, *(maps.shape[2:] if is_flat else (1, 1)))
    # An image and its mirror image have the same features.
    zero = zero.repeat(len(maps) // len(zero), 1, 1, 1)
    return (gradient * (maps - zero)).sum(dim=1) * maps[0, 0].numel()


def _weigh_channels(maps, gradient, zero):
    """Return the sum of the channels, each weighted by its gradient over all places."""
    return (gradient.sum(dim=(2, 3), keepdim=True) * maps).sum(dim=1)


def _enlarge(maps, size):
    """Return maps resized to another size, with the same means."""
    if maps.shape[1:] == size:
        return maps
    enlarged = functional.interpolate(maps[:, None], size, mode="bilinear")[:, 0]
    # Interpolation changes the means if one size is not a multiple of the other.
    return enlarged + (maps.mean(dim=(1, 2)) - enlarged.mean(dim=(1, 2)))[:, None, None]


def _find_view(preprocessing, size):
    """Return the box of an image that a network sees: left, top, right, bottom, in [0, 1]."""
    if preprocessing.resize == "squash":
        return _WHOLE_IMAGE
    wanted = preprocessing.size[::-1]
    scale = max(w / preprocessing.crop_pct / side for w, side in zip(wanted, size, strict=True))
    width, height = (w / (side * scale) for w, side in zip(wanted, size, strict=True))
    return (1 - width) / 2, (1 - height) / 2, (1 + width) / 2, (1 + height) / 2


def _put_in_place(maps, boxes):
    """Return maps of whole images from maps of the parts in boxes; 0 outside of the boxes."""
    if all(box == _WHOLE_IMAGE for box in boxes):
        return maps
    left, top, right, bottom = torch.tensor(boxes, dtype=maps.dtype, device=maps.device).T
    zero = torch.zeros_like(left)
    # The affine transform maps coordinates of the whole image, in [-1, 1], to those of the box.
    width, height = right - left, bottom - top
    across = torch.stack([1 / width, zero, (1 - left - right) / width], dim=1)
    down = torch.stack([zero, 1 / height, (1 - top - bottom) / height], dim=1)
    shape = [len(maps), 1, *maps.shape[1:]]
    grid = functional.affine_grid(torch.stack([across, down], dim=1), shape, align_corners=False)
    return functional.grid_sample(maps[:, None], grid, align_corners=False)[:, 0]
