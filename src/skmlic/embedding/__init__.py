"""Features of images from pretrained networks, each computed once and stored."""

from skmlic.embedding._embedder import ImageEmbedder

__all__ = ["ImageEmbedder"]
