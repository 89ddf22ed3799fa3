"""Inspection of classifiers: where in an image a prediction comes from."""

from skmlic.inspection._label_activation_maps import label_activation_maps

__all__ = ["label_activation_maps"]
