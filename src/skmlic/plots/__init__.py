"""Displays: what a multi-label classifier was given, what it said, and where it looked."""

from skmlic.plots._activation_maps import LabelActivationMapDisplay
from skmlic.plots._gallery import PredictionGalleryDisplay

__all__ = ["LabelActivationMapDisplay", "PredictionGalleryDisplay"]
