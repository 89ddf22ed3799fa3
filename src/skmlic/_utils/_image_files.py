"""The names of image files."""

import os
from functools import cache

from PIL import Image

from skmlic._utils._config import get_config

_COMMON = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
# Optional packages read DICOM and HEIC, and the decoder of JPEG reads MPO.
_OTHERS = {
    ".mpo": "JPEG",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
    ".dcm": "DICOM",
    ".dicom": "DICOM",
}


def list_image_extensions():
    """Return the extensions of image files in lower case, the common ones first.

    They are those of the setting ``image_formats``, see :func:`skmlic.set_config`.
    """
    Image.init()
    return _select(get_config()["image_formats"], len(Image.EXTENSION))


def is_image_name(name):
    """Tell whether a file is an image by its name, which has no folder.

    Hidden files are none: some systems add one to each image, such as ``._beach.jpg``.
    """
    extension = os.path.splitext(name)[1].lower()
    return extension in list_image_extensions() and not name.startswith(".")


@cache
def _select(formats, n_registered):
    """Return the extensions of formats, until a plugin registers another one."""
    format_of = Image.registered_extensions() | _OTHERS
    others = sorted(set(format_of) - set(_COMMON) - set(_OTHERS))
    extensions = [*_COMMON, *others, *_OTHERS]
    return tuple(extension for extension in extensions if format_of[extension] in formats)
