"""Views of an image whose features are computed: the image itself, or random changes of it."""

import hashlib

from skmlic._utils._random_numbers import RandomNumbers
from skmlic.augmentation import make_augmentation
from skmlic.backbones._fingerprint import fingerprint


class View:
    """An image as it was given, and the base class of its changed versions.

    Attributes
    ----------
    key : str or None
        Distinguishes features of this view from others in the store; ``None``: they are not stored.
    name : str
        Shown in the progress bar.
    """

    key = ""
    name = ""

    def decode(self, image, preprocessing, observe=None):
        """Return pixels of an image, uint8 of shape (height, width, 3); called in threads."""
        return preprocessing(image, observe)

    def finish(self, pixels, preprocessing, digest):
        """Return the network's pixels for those of `decode`; called in the caller's thread."""
        return pixels


ORIGINAL = View()


class RandomView(View):
    """A random change of each image, which is the same each time.

    The random numbers are determined by the image's content and the number of the view.

    Parameters
    ----------
    augment : str or callable
        See :func:`skmlic.augmentation.make_augmentation`.
    number : int
        Views with other numbers are changed differently.
    """

    def __init__(self, augment, number):
        self.augment = augment
        self.number = number
        self.name = f"view {number}"
        self.key = _describe(augment, number)
        self._functions = {}

    def decode(self, image, preprocessing, observe=None):
        """Return the image in its own size, halved at most until it is twice the network's."""
        # A random crop enlarges a part of the image, so it is decoded at twice the size.
        return preprocessing.load(image, 2 * max(preprocessing.size), observe)

    def finish(self, pixels, preprocessing, digest):
        """Return the changed image."""
        size = preprocessing.size
        if size not in self._functions:
            self._functions[size] = make_augmentation(self.augment, size)
        seed = hashlib.sha256(digest + str(self.number).encode()).digest()[:8]
        with RandomNumbers(int.from_bytes(seed) >> 1):
            changed = self._functions[size](pixels)
        return changed.permute(1, 2, 0).contiguous().numpy()


def _describe(augment, number):
    """Return a text that differs between functions; None if they can't be told apart."""
    if isinstance(augment, str):
        return f"augment {augment} {number}"
    # The fingerprint covers code and values; a pickle would hold a name, whose code may change.
    digest = fingerprint(augment)
    return f"augment {digest.hex()} {number}" if fingerprint(augment) == digest else None
