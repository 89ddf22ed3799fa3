"""What a classifier's predictions are based on."""

from skmlic.inspection._label_maps import label_activation_maps

__all__ = ["label_activation_maps"]
