"""What a classifier's predictions are based on."""

from skmlic.inspection._inspection import label_activation_maps

__all__ = ["label_activation_maps"]
