"""Labelled pictures to work on: readers of the user's own, generators of small ones."""

from skmlic.datasets._generators import make_digit_scenes, make_multilabel_shapes
from skmlic.datasets._readers import load_labelled_images

__all__ = ["load_labelled_images", "make_digit_scenes", "make_multilabel_shapes"]
