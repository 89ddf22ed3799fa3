"""Maps of what each place adds to a label's logit, from inside a classifier."""

import contextlib
import copy
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from skmlic._utils._threads import count_threads, torch_threads
from skmlic.augmentation import list_views
from skmlic.exceptions import ImageReadError
from skmlic.images import describe_source
from skmlic.training._net import FARTHEST

__all__ = ["ActivationMapper"]

_LINEAR_IN_PIECES = ("relu", "leaky_relu")
_LINEAR_POOLINGS = ("avg", "stages", "flatten")
_PICTURES_AT_ONCE = 8
_ALL = (0.0, 0.0, 1.0, 1.0)


class _Block(NamedTuple):
    """Features and the map they are made of.

    Parameters
    ----------
    maps : tensor of shape (n, channels, height, width) or None
        ``None``: the features are made of no map.
    features : tensor of shape (n, n_features)
        Computed from the maps, so that they have gradients.
    is_pooled : bool
        Whether pooling is all that is between them.
    is_linear : bool
        Whether the features are averages of the maps, or the maps themselves.
    """

    maps: torch.Tensor | None
    features: torch.Tensor
    is_pooled: bool
    is_linear: bool


class ActivationMapper:
    """What makes maps of a classifier's labels.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        Fitted on pictures.
    """

    def __init__(self, classifier):
        self.clf = classifier
        embedder = classifier.embedder_
        self.device = torch.device(embedder.device_)
        self.preprocessings = [backbone.preprocessing for backbone in embedder._backbones]
        self.extractors = [self._place(backbone.extractor) for backbone in embedder._backbones]
        self.head = copy.deepcopy(classifier.net_.module_).to(self.device).eval()
        noise = [_make_noise(preprocessing.size) for preprocessing in self.preprocessings]
        with _gradients():
            blocks = [block for part in self._trace([noise]) for block in part]
        self.has_linear_features = all(block.is_linear for block in blocks)
        self.has_pooled_maps = all(block.is_pooled for block in blocks)
        self.has_maps = all(block.maps is not None for block in blocks)

    def list_methods(self):
        """Return the methods that are possible, the best first."""
        is_straight = not np.size(self.clf.hidden_layer_sizes)
        is_straight = is_straight or self.clf.activation in _LINEAR_IN_PIECES
        methods = ["cam"] if self.has_linear_features and is_straight else []
        # A map in the midst of a network says less than what is hidden.
        others = ["gradcam", "occlusion"] if self.has_pooled_maps else ["occlusion", "gradcam"]
        return methods + [name for name in others if name == "occlusion" or self.has_maps]

    def describe_obstacle(self, method):
        """Return why a method is not possible."""
        if method == "gradcam":
            return "the network gives no map of the picture"
        if self.has_linear_features:
            return f"activation={self.clf.activation!r} is not made of straight pieces"
        return "the features are not averages of the network's maps"

    def compute(self, images, places, method):
        """Return maps of shape (n, n_labels, height, width).

        Parameters
        ----------
        images : list
            As `as_image_list` returns it.
        places : list of int or None
            The labels' numbers; ``None`` is all.
        method : {"cam", "gradcam"}
            How they are made.
        """
        maps, problems = [], []
        with torch_threads(count_threads(self.clf.n_jobs)), _gradients():
            for start in range(0, len(images), _PICTURES_AT_ONCE):
                decoded = []
                for row in range(start, min(start + _PICTURES_AT_ONCE, len(images))):
                    try:
                        decoded.append(self._decode(images[row]))
                    except (OSError, ValueError, TypeError) as error:
                        problems.append((row, describe_source(images[row]), str(error)))
                if not problems:
                    maps.append(self._map(decoded, places, method))
        if problems:
            raise ImageReadError(problems)
        return torch.cat(maps).numpy()

    def _place(self, extractor):
        return extractor if self.device.type == "cpu" else copy.deepcopy(extractor).to(self.device)

    def _decode(self, image):
        """Return a picture's pixels for each part, and where in the picture each part looks."""
        pixels, boxes = [], []
        for preprocessing in self.preprocessings:
            least = max(preprocessing.size)
            if preprocessing.resize == "crop":
                least = int(least / preprocessing.crop_pct + 1e-6)
            rgb = preprocessing.load(image, min_side=least)
            pixels.append(preprocessing(rgb))
            boxes.append(_find_view(preprocessing, rgb.size))
        return pixels, boxes

    def _map(self, decoded, places, method):
        """Return the maps of a batch, the mean of those of all views."""
        boxes = list(zip(*(boxes for _, boxes in decoded), strict=True))
        views = list_views(self.clf.tta)
        maps = []
        for number, view in enumerate(views):
            pixels = [[view(part[np.newaxis])[0] for part in parts] for parts, _ in decoded]
            of_view = self._weigh(self._trace(pixels), boxes, places, method)
            # The second view is the mirror image.
            maps.append(of_view.flip(3) if number else of_view)
        return torch.stack(maps).mean(dim=0)

    def _trace(self, pixels):
        """Return for each part its blocks, of a list of pixels for each part of each picture."""
        parts = []
        for extractor, of_part in zip(self.extractors, zip(*pixels, strict=True), strict=True):
            images = extractor.normalise(torch.from_numpy(np.stack(of_part)).to(self.device))
            if extractor.mirror:
                images = torch.cat([images, images.flip(3)])
            parts.append(_trace(extractor, images))
        return parts

    def _weigh(self, parts, boxes, places, method):
        """Return the sum of the blocks' maps, weighed for each label."""
        features = [
            _average_halves(block.features) if extractor.mirror else block.features
            for extractor, blocks in zip(self.extractors, parts, strict=True)
            for block in blocks
        ]
        logits = self._score(torch.cat(features, dim=1))
        leaves = [block.maps for blocks in parts for block in blocks]
        means = self.head.feature_mean.split([block.shape[1] for block in features])
        size = tuple(max(maps.shape[axis] for maps in leaves) for axis in (2, 3))
        weigh = _weigh_places if method == "cam" else _weigh_channels
        of_labels = []
        for place in range(logits.shape[1]) if places is None else places:
            gradients = torch.autograd.grad(logits[:, place].sum(), leaves, retain_graph=True)
            weighed = iter(
                [
                    _enlarge(weigh(*of_block), size)
                    for of_block in zip(leaves, gradients, means, strict=True)
                ]
            )
            total = torch.zeros(())
            for extractor, blocks, of_part in zip(self.extractors, parts, boxes, strict=True):
                maps = sum(next(weighed) for _ in blocks)
                if extractor.mirror:
                    own, mirrored = maps.chunk(2)
                    maps = own + mirrored.flip(2)
                total = total + _put_in_place(maps, of_part)
            of_labels.append(total if method == "cam" else total.clamp(min=0))
        return torch.stack(of_labels, dim=1).detach().cpu()

    def _score(self, features):
        """Return the head's logits; what it cuts off a feature, each place loses its share of."""
        standardised = (features - self.head.feature_mean) / self.head.feature_scale
        share = (FARTHEST / standardised.detach().abs()).clamp(max=1)
        return self.head.layers(standardised * share)


@contextlib.contextmanager
def _gradients():
    """Compute gradients inside a ``with`` block, whatever is the case around it."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def _make_noise(size):
    return np.random.RandomState(0).randint(256, size=(*size, 3)).astype(np.uint8)


def _trace(extractor, images):
    """Return the blocks of a network's features."""
    seen = {}
    # What the network's own features may be computed from, if these are no map.
    last = extractor.stage_names[-1] if extractor.stage_names else None
    if last in extractor._watched:
        last = None

    def note(name, output):
        # A copy, since the network may write into its own.
        seen[name] = output.detach().clone().requires_grad_()
        return seen[name].clone() if name == last else None

    names = extractor._watched if last is None else (*extractor._watched, last)
    output = extractor._run(images, names, note)
    maps = {name: extractor._as_nchw(of_stage) for name, of_stage in seen.items()}
    blocks = [_Block(maps[name], _average(maps[name]), True, True) for name in extractor.stages]
    return [*blocks, _trace_last(extractor, output, maps, last)]


def _trace_last(extractor, output, maps, last):
    """Return the block of a network's own features."""
    is_linear = extractor.pooling in _LINEAR_POOLINGS
    if extractor.final is not None:
        own = maps[extractor.final]
        return _Block(own, extractor._pool(own), True, is_linear)
    if isinstance(output, torch.Tensor) and output.ndim == 4:
        own = extractor._as_nchw(output.detach()).requires_grad_()
        return _Block(own, extractor._pool(own), True, is_linear)
    features = extractor._pool_output(output)
    if last is None or not features.requires_grad:
        return _Block(None, features, False, False)
    average = _average(maps[last])
    if average.shape == features.shape and torch.allclose(average, features, 1e-4, 1e-5):
        return _Block(maps[last], average, True, True)
    return _Block(maps[last], features, False, False)


def _average(maps):
    return maps.mean(dim=(2, 3))


def _average_halves(features):
    return torch.stack(features.chunk(2)).mean(dim=0)


def _weigh_places(maps, gradient, mean):
    """Return maps (n, height, width) whose means are what the features add to the logit."""
    # Features that are the map itself have a mean for each place.
    is_flat = len(mean) > maps.shape[1]
    mean = mean.view(-1, *(maps.shape[2:] if is_flat else (1, 1)))
    return (gradient * (maps - mean)).sum(dim=1) * maps[0, 0].numel()


def _weigh_channels(maps, gradient, mean):
    """Return the sum of the channels, each weighed by its gradient over all places."""
    return (gradient.sum(dim=(2, 3), keepdim=True) * maps).sum(dim=1)


def _enlarge(maps, size):
    """Return maps of another size, with the same means."""
    if maps.shape[1:] == size:
        return maps
    enlarged = functional.interpolate(maps[:, None], size, mode="bilinear")[:, 0]
    # Means differ where one size is no multiple of the other.
    return enlarged + (maps.mean(dim=(1, 2)) - enlarged.mean(dim=(1, 2)))[:, None, None]


def _find_view(preprocessing, size):
    """Return the part of a picture that a network sees: left, top, right, bottom, from 0 to 1."""
    if preprocessing.resize == "squash":
        return _ALL
    wanted = preprocessing.size[::-1]
    scale = max(w / preprocessing.crop_pct / side for w, side in zip(wanted, size, strict=True))
    width, height = (w / (side * scale) for w, side in zip(wanted, size, strict=True))
    return (1 - width) / 2, (1 - height) / 2, (1 + width) / 2, (1 + height) / 2


def _put_in_place(maps, boxes):
    """Return maps of whole pictures, of maps of the parts in boxes; 0 outside."""
    if all(box == _ALL for box in boxes):
        return maps
    left, top, right, bottom = torch.tensor(boxes, dtype=maps.dtype, device=maps.device).T
    zero = torch.zeros_like(left)
    # From the whole picture's coordinates, which go from -1 to 1, to those of the box.
    width, height = right - left, bottom - top
    across = torch.stack([1 / width, zero, (1 - left - right) / width], dim=1)
    down = torch.stack([zero, 1 / height, (1 - top - bottom) / height], dim=1)
    shape = [len(maps), 1, *maps.shape[1:]]
    grid = functional.affine_grid(torch.stack([across, down], dim=1), shape, align_corners=False)
    return functional.grid_sample(maps[:, None], grid, align_corners=False)[:, 0]
