"""Random changes of training images, and the mixing of the images of a batch."""

from skmlic.augmentation._changes import list_augmentations, make_augmentation
from skmlic.augmentation._mixing import mix

__all__ = ["list_augmentations", "make_augmentation", "mix"]
