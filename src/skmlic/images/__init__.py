"""Images in any accepted form: checked, digested, decoded and resized to a network's pixels."""

from skmlic.images._images import (
    ContentDigest,
    Preprocessing,
    as_image_list,
    describe_source,
    load_rgb,
)
from skmlic.images._prefetch import prefetch

__all__ = [
    "ContentDigest",
    "Preprocessing",
    "as_image_list",
    "describe_source",
    "load_rgb",
    "prefetch",
]
