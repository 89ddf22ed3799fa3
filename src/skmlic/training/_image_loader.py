"""Images that are decoded when a batch needs them."""

import itertools
from contextlib import closing

import numpy as np
import torch

from skmlic.augmentation import make_augmentation
from skmlic.images import prefetch
from skmlic.training._tensor_data import count_batches, sample_batches, take_rows

_BATCHES_AHEAD = 2


class ImageDataset(torch.utils.data.Dataset):
    """Images and targets.

    Parameters
    ----------
    images : sequence
        Entries of what `as_image_list` returns.
    target : tensor or tuple of tensor
        Targets, on the device of the training.
    """

    def __init__(self, images, target):
        self.images = images
        self.target = target

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """Return an image, in the form in which it was given, and its target."""
        return self.images[index], take_rows(self.target, index)

    def take(self, rows):
        """Return a dataset of some of the samples."""
        return ImageDataset(
            [self.images[row] for row in rows.tolist()], take_rows(self.target, rows)
        )


class ImageLoader:
    """Batches of decoded images; threads prepare the next ones while one is trained on.

    Random numbers are generated in the caller's thread, so that a seed determines them.

    Parameters
    ----------
    dataset : ImageDataset
    batch_size : int
    shuffle : bool
        Whether the order is sampled in each epoch.
    preprocessing : Preprocessing
        Images to pixels.
    augment : str, callable or None
        How images are changed at random.
    erasing : float
        Probability that a rectangle of an image is erased.
    n_threads : int
        Number of threads that decode.
    order : object or None
        Chooses the rows of each epoch in place of ``shuffle``; see
        :mod:`skmlic.training._sampling_order`.
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
        batches = sample_batches(self)
        images = (self.dataset.images[row] for rows in batches for row in rows.tolist())
        decoded = prefetch(
            self._decode,
            images,
            n_threads=self.n_threads,
            n_ahead=_BATCHES_AHEAD * self.batch_size,
        )
        with closing(decoded):
            for rows in batches:
                pixels = self._finish(itertools.islice(decoded, len(rows)))
                yield pixels, take_rows(self.dataset.target, rows)

    def _decode(self, image):
        if self.augment is None:
            return self.preprocessing(image)
        # A random crop enlarges a part of the image, so it is decoded at twice the size.
        return self.preprocessing.load(image, 2 * max(self.preprocessing.size))

    def _finish(self, decoded):
        if self.change is None:
            return torch.from_numpy(np.stack(list(decoded)))
        return torch.stack([self.change(pixels).permute(1, 2, 0) for pixels in decoded])
