"""Images in any accepted form: checked, digested, decoded and resized to a network's pixels."""

from skmlic.images._decoding import describe_read_error, load_rgb
from skmlic.images._digest import ContentDigest
from skmlic.images._entries import describe_source
from skmlic.images._input import as_image_list
from skmlic.images._jpeg import JPEG_DECODER
from skmlic.images._prefetch import prefetch
from skmlic.images._preprocessing import Preprocessing, check_image_size
from skmlic.images._remote import is_url
from skmlic.images._used_range import UsedRanges
from skmlic.images._value_range import check_value_range, find_value_range

__all__ = [
    "JPEG_DECODER",
    "ContentDigest",
    "Preprocessing",
    "UsedRanges",
    "as_image_list",
    "check_image_size",
    "check_value_range",
    "describe_read_error",
    "describe_source",
    "find_value_range",
    "is_url",
    "load_rgb",
    "prefetch",
]
