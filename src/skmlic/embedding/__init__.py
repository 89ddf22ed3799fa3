"""Features of images from pretrained networks, each computed once and stored."""

from skmlic.embedding._combinations import is_precomputed, list_parts
from skmlic.embedding._devices import autocast, resolve_device
from skmlic.embedding._embedder import ImageEmbedder
from skmlic.embedding._engines import convert_to_openvino, make_noise
from skmlic.embedding._feature_store import (
    CacheInfo,
    cache_info,
    clear_cache,
    content_digest,
    counts,
)
from skmlic.embedding._views import ORIGINAL, RandomView, View
from skmlic.embedding._worker_processes import SharesFeatures

__all__ = [
    "ORIGINAL",
    "CacheInfo",
    "ImageEmbedder",
    "RandomView",
    "SharesFeatures",
    "View",
    "autocast",
    "cache_info",
    "clear_cache",
    "content_digest",
    "convert_to_openvino",
    "counts",
    "is_precomputed",
    "list_parts",
    "make_noise",
    "resolve_device",
]
