"""The training of a backbone's later stages together with the head, from pictures."""

from bisect import bisect_left
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from torch import nn

from skmlic.augmentation import make_augmentation
from skmlic.training._net import count_batches, draw_batches, take_rows

_BATCH_NORMS = (nn.modules.batchnorm._BatchNorm,)
_AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}


class TrainableNetwork(nn.Module):
    """A backbone and a head, trained as one.

    Parameters
    ----------
    extractor : FeatureExtractor
        Pixels to features. A copy of its own, since its weights change.
    head : Head
        Features to logits.
    freeze : bool, int or str
        What of the backbone stays as it is: all, nothing, or all up to a stage.
    freeze_batch_norm : bool
        Whether batch normalisation keeps the statistics of the pretraining.
    precision : {"fp32", "bf16", "fp16"}
        Of the backbone's arithmetic; other than fp32 by autocast.
    """

    def __init__(self, extractor, head, freeze, freeze_batch_norm, precision="fp32"):
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

    def forward(self, pixels):
        """Return logits (n, n_labels).

        Parameters
        ----------
        pixels : tensor of shape (n, height, width, 3) or tuple of tensor
            0 to 255; or maps of frozen stages and their averages, as `store_maps` gives them.
        """
        is_stored = not isinstance(pixels, torch.Tensor)
        device = (pixels[0] if is_stored else pixels).device
        with autocast(device, self.precision):
            if is_stored:
                features = self.extractor.extract_from_maps(*pixels)
            else:
                features = self.extractor(pixels)
        return self.head(features)

    def train(self, mode=True):
        """Set training mode, but for what is frozen: frozen means BatchNorm too."""
        super().train(mode)
        # FeatureExtractor stays in evaluation mode.
        self.extractor.network.train(mode)
        for module in self._kept_in_eval:
            module.training = False
        return self


def check_compiler(device):
    """Raise an error if torch can compile nothing for a device."""
    try:
        torch.compile(torch.neg)(torch.zeros(8, device=device))
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        raise RuntimeError(
            f"compile=True: torch.compile does not work here ({type(error).__name__}: {reason}). "
            "It needs a C++ compiler such as g++ on a CPU, Triton on a GPU. Use compile=False."
        ) from error


def autocast(device, precision):
    """Return the context in which a backbone computes at a precision."""
    dtype = _AUTOCAST.get(precision)
    return torch.autocast(device.type, dtype=dtype, enabled=dtype is not None)


@contextmanager
def depthwise_in_fp32(network, device, precision):
    """Let depthwise convolutions compute in float32 on a CPU, inside a ``with`` block.

    In bfloat16 their gradients take so long that a whole step is slower than in float32.
    """
    found = []
    if device.type == "cpu" and precision == "bf16":
        found = [module for module in network.modules() if _is_depthwise(module)]
    for module in found:
        module.forward = partial(_compute_in_fp32, module.forward)
    try:
        yield
    finally:
        for module in found:
            del module.forward


def _is_depthwise(module):
    return isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels


def _compute_in_fp32(forward, maps):
    with torch.autocast("cpu", enabled=False):
        return forward(maps.float())


def _is_in(name, parts, all_parts=None):
    """Tell whether a module or parameter is one of some parts of a network.

    With ``all_parts``, what is in none of them belongs to the first, such as a transformer's
    embedding of positions.
    """
    if any(name == part or name.startswith(f"{part}.") for part in parts):
        return True
    return bool(parts) and all_parts is not None and not _is_in(name, all_parts)


def find_frozen(extractor, freeze):
    """Return the names of a backbone's parts that stay as they are.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone.
    freeze : bool, int or str
        As in the classifier.

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


def make_rate_groups(extractor, rate, layer_decay):
    """Return the learning rates of a backbone's parts.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone, an attribute ``extractor`` of what is trained.
    rate : float
        Of the last stage.
    layer_decay : float
        What a stage's rate is multiplied by for the one before it. Of a network without stages, a
        transformer, each part that has weights is one.

    Returns
    -------
    groups : list of tuple (str, dict)
        Pattern of parameters' names and options, in the order of the network.
    """
    if layer_decay == 1:
        return [("extractor.*", {"lr": rate})]
    network, parts = extractor.network, extractor.part_names
    ends = [parts.index(stage) for stage in extractor.stage_names]
    if len(ends) < 2:
        ends = [i for i, part in enumerate(parts) if _is_innermost(part, network, parts)]
    names = [name for name, _ in network.named_parameters(recurse=False)]
    patterns = [(f"extractor.network.{name}", 0) for name in names]
    patterns += [
        (f"extractor.network.{part}.*", bisect_left(ends, i)) for i, part in enumerate(parts)
    ]
    last = max(len(ends) - 1, 0)
    return [
        (pattern, {"lr": rate * layer_decay ** (last - min(stage, last))})
        for pattern, stage in patterns
    ]


def _is_innermost(part, network, parts):
    has_weights = next(network.get_submodule(part).parameters(), None) is not None
    return has_weights and not any(other.startswith(f"{part}.") for other in parts)


class PictureDataset(torch.utils.data.Dataset):
    """Pictures and targets; the pictures are decoded when a batch needs them.

    Parameters
    ----------
    images : sequence
        As `as_image_list` gives them.
    target : tensor or tuple of tensor
        On the device that trains.
    """

    def __init__(self, images, target):
        self.images = images
        self.target = target

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """Return a picture, as it was given, and its target."""
        return self.images[index], take_rows(self.target, index)

    def take(self, rows):
        """Return some of the samples as a dataset."""
        return PictureDataset(
            [self.images[row] for row in rows.tolist()], take_rows(self.target, rows)
        )


class PictureLoader:
    """Batches of decoded pictures, the next of which threads prepare while one is trained on.

    What is drawn is drawn in the caller's thread, so that a seed determines it.

    Parameters
    ----------
    dataset : PictureDataset
    batch_size : int
    shuffle : bool
        Whether the order is drawn anew each time.
    preprocessing : Preprocessing
        Pictures to pixels.
    augment : str, callable or None
        What changes pictures at random.
    erasing : float
        Probability that a part of a picture is erased.
    n_threads : int
        Threads that decode.
    order : object or None
        Says which rows to take, instead of ``shuffle``; see :mod:`skmlic.training._sampling_order`.
    """

    def __init__(
        self,
        dataset,
        batch_size,
        shuffle=False,
        *,
        preprocessing,
        augment=None,
        erasing=0.0,
        n_threads=1,
        order=None,
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.order = order
        self.preprocessing = preprocessing
        self.augment = augment
        self.change = None
        if augment is not None or erasing:
            self.change = make_augmentation(augment, preprocessing.size, erasing=erasing)
        self.n_threads = n_threads

    def __len__(self):
        return count_batches(self)

    def __iter__(self):
        batches = deque(draw_batches(self))
        with ThreadPoolExecutor(self.n_threads) as pool:
            ahead = deque()
            try:
                while batches or ahead:
                    while batches and len(ahead) < 2:
                        rows = batches.popleft()
                        images = [self.dataset.images[row] for row in rows.tolist()]
                        ahead.append((rows, [pool.submit(self._decode, image) for image in images]))
                    rows, decoded = ahead.popleft()
                    pixels = self._finish([future.result() for future in decoded])
                    yield pixels, take_rows(self.dataset.target, rows)
            finally:
                for _, futures in ahead:
                    for future in futures:
                        future.cancel()

    def _decode(self, image):
        if self.augment is None:
            return self.preprocessing(image)
        # A crop may take a part only, and shows it at full size.
        return np.asarray(self.preprocessing.load(image, 2 * max(self.preprocessing.size)))

    def _finish(self, pictures):
        if self.change is None:
            return torch.from_numpy(np.stack(pictures))
        return torch.stack([self.change(picture).permute(1, 2, 0) for picture in pictures])
