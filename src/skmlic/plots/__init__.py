"""Displays: what a multi-label classifier was given, what it said, and where it looked."""

from skmlic.plots._gallery import PredictionGalleryDisplay

__all__ = ["PredictionGalleryDisplay"]
