"""The training of a backbone's later stages together with the head, from pictures."""

import math
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import nn

from skmlic._net import take_rows
from skmlic.augmentation import make_augmentation

_BATCH_NORMS = (nn.modules.batchnorm._BatchNorm,)


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
    autocast : bool
        Whether the backbone computes in bfloat16.
    """

    def __init__(self, extractor, head, freeze, freeze_batch_norm, autocast):
        super().__init__()
        self.extractor = extractor
        self.head = head
        self.freeze_batch_norm = freeze_batch_norm
        self.autocast = autocast
        self.frozen = find_frozen(extractor, freeze)
        for name, parameter in extractor.network.named_parameters():
            parameter.requires_grad_(not self._is_frozen(name))

    def forward(self, pixels):
        """Return logits (n, n_labels) of uint8 pixels (n, height, width, 3)."""
        with torch.autocast(pixels.device.type, dtype=torch.bfloat16, enabled=self.autocast):
            features = self.extractor(pixels)
        return self.head(features)

    def train(self, mode=True):
        """Set training mode, but for what is frozen: frozen means BatchNorm too."""
        super().train(mode)
        for name, module in self.extractor.network.named_modules():
            stays = self._is_frozen(name) or (
                self.freeze_batch_norm and isinstance(module, _BATCH_NORMS)
            )
            module.training = mode and not stays
        return self

    def _is_frozen(self, name):
        return any(name == stage or name.startswith(f"{stage}.") for stage in self.frozen)


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
    n_threads : int
        Threads that decode.
    """

    def __init__(
        self, dataset, batch_size, shuffle=False, *, preprocessing, augment=None, n_threads=1
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.preprocessing = preprocessing
        self.augment = None if augment is None else make_augmentation(augment, preprocessing.size)
        self.n_threads = n_threads

    def __len__(self):
        return math.ceil(len(self.dataset) / self.batch_size)

    def __iter__(self):
        n = len(self.dataset)
        order = torch.randperm(n) if self.shuffle else torch.arange(n)
        batches = deque(order.split(self.batch_size))
        with ThreadPoolExecutor(self.n_threads) as pool:
            ahead = deque()
            try:
                while batches or ahead:
                    while batches and len(ahead) < 2:
                        rows = batches.popleft()
                        images = [self.dataset.images[row] for row in rows.tolist()]
                        ahead.append((rows, [pool.submit(self._decode, image) for image in images]))
                    rows, decoded = ahead.popleft()
                    pixels = torch.stack([self._finish(future.result()) for future in decoded])
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

    def _finish(self, pixels):
        if self.augment is None:
            return torch.from_numpy(np.array(pixels))
        return self.augment(pixels).permute(1, 2, 0)
