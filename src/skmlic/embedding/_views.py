"""Other looks at a picture: changed at random for training, in fixed ways for prediction."""

import hashlib
from dataclasses import replace

import numpy as np
import torch

from skmlic.augmentation import list_views, make_augmentation
from skmlic.backbones._fingerprint import fingerprint
from skmlic.embedding._combinations import is_precomputed


class View:
    """A picture as it is, and the base of other looks at it.

    Attributes
    ----------
    key : str or None
        What tells features of this view from others in the store; ``None``: they are not stored.
    name : str
        What a progress bar says of it.
    """

    key = ""
    name = ""

    def decode(self, image, preprocessing):
        """Return pixels of an image, uint8 of shape (height, width, 3); called in threads."""
        return preprocessing(image)

    def finish(self, pixels, preprocessing, digest):
        """Return the network's pixels of what `decode` gave; called in the caller's thread."""
        return pixels


AS_IT_IS = View()


class FixedView(View):
    """A function of a picture's pixels.

    Parameters
    ----------
    function : callable
        From uint8 pixels of shape (n, height, width, 3) to the same shape.
    key : str
        As in View.
    """

    def __init__(self, function, key):
        self.function = function
        self.key = self.name = key

    def decode(self, image, preprocessing):
        """Return the function of the pixels that the network would see."""
        return self.function(preprocessing(image)[np.newaxis])[0]


class RandomView(View):
    """A random change of each picture, the same one each time.

    What is drawn is determined by the picture's content and the view's number.

    Parameters
    ----------
    augment : str or callable
        As :func:`skmlic.augmentation.make_augmentation` takes it.
    number : int
        Views of other numbers draw anew.
    """

    def __init__(self, augment, number):
        self.augment = augment
        self.number = number
        self.name = f"view {number}"
        self.key = _describe(augment, number)
        self._functions = {}

    def decode(self, image, preprocessing):
        """Return the picture in its own size, halved at most until it is twice the network's."""
        # A crop may take a part only, and shows it at full size.
        return np.asarray(preprocessing.load(image, min_side=2 * max(preprocessing.size)))

    def finish(self, pixels, preprocessing, digest):
        """Return the changed picture; torch's random state stays as it was."""
        size = preprocessing.size
        if size not in self._functions:
            self._functions[size] = make_augmentation(self.augment, size)
        seed = hashlib.sha256(digest + str(self.number).encode()).digest()[:8]
        state = torch.get_rng_state()
        try:
            torch.default_generator.manual_seed(int.from_bytes(seed) >> 1)
            changed = self._functions[size](pixels)
        finally:
            torch.set_rng_state(state)
        return changed.permute(1, 2, 0).contiguous().numpy()


def _describe(augment, number):
    """Return a text that differs for other functions; None if there is no telling."""
    if isinstance(augment, str):
        return f"augment {augment} {number}"
    # By code and values: a pickle would name a function, whose code may change.
    digest = fingerprint(augment)
    return f"augment {digest.hex()} {number}" if fingerprint(augment) == digest else None


def list_prediction_views(tta):
    """Return the views of each picture that predictions are averaged over."""
    others = enumerate(list_views(tta)[1:], start=1)
    return [AS_IT_IS, *(FixedView(view, f"tta {tta} {number}") for number, view in others)]


def add_training_views(embedder, images, augment, n_views, data):
    """Return training data with changed pictures below the pictures themselves.

    Parameters
    ----------
    embedder : ImageEmbedder
        Fitted.
    images : list
        The pictures of the data.
    augment : str or callable
        How they are changed.
    n_views : int
        How many times each picture comes, as it is included.
    data : TrainingData
        Features of the pictures as they are.

    Returns
    -------
    data : TrainingData
        n_views times as long.
    """
    views = [RandomView(augment, number) for number in range(1, n_views)]
    weight = data.sample_weight
    return replace(
        data,
        X=np.concatenate([data.X, *embedder._transform_views(images, views)]),
        Y=np.tile(data.Y, (n_views, 1)),
        sample_weight=None if weight is None else np.tile(weight, n_views),
    )


def check_views(classifier):
    """Raise an error if the views that a classifier's parameters ask for can't be had."""
    list_views(classifier.tta)
    augment, n_views = classifier.augment, classifier.n_views
    if is_precomputed(classifier.backbone) and (classifier.tta is not None or n_views > 1):
        raise ValueError(
            f"tta={classifier.tta!r}, n_views={n_views}: with backbone='precomputed' there are no "
            "pictures to look at; expected tta=None and n_views=1."
        )
    if n_views > 1 and augment is None:
        raise ValueError(
            f"n_views={n_views} needs to know how pictures are changed: set augment, for example "
            "augment='light'; or n_views=1."
        )
    if n_views == 1 and augment is not None and classifier.freeze is True:
        raise ValueError(
            f"augment={augment!r} with a frozen backbone needs n_views > 1, for example n_views=4: "
            "the changed pictures go through the backbone too. Or leave augment=None."
        )
