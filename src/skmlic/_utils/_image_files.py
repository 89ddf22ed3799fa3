"""The names of image files."""

import os
from functools import cache

from PIL import Image, ImageFile

_COMMON = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
# The decoder of JPEG reads MPO, and optional packages read the others.
_ALSO_READ = (".mpo", ".heic", ".heif", ".hif", ".dcm", ".dicom")
# Pillow leaves pages of PostScript to another program, and recognizes videos only.
_NOT_IMAGES = ("EPS", "MPEG")


def list_image_extensions():
    """Return the extensions of image files in lower case, the common ones first.

    They are those of the formats that Pillow decodes, including the plugins that are registered
    when this is called, and of DICOM and HEIC.
    """
    Image.init()
    return _select(len(Image.EXTENSION))


def is_image_name(name):
    """Tell whether a file is an image by its name, which has no folder.

    Hidden files are none: some systems add one to each image, such as ``._beach.jpg``.
    """
    extension = os.path.splitext(name)[1].lower()
    return extension in list_image_extensions() and not name.startswith(".")


@cache
def _select(n_registered):
    """Return the extensions, until a plugin registers another one."""
    decoded = (
        extension
        for extension, form in sorted(Image.registered_extensions().items())
        if _decodes(form)
    )
    return tuple(dict.fromkeys([*_COMMON, *decoded, *_ALSO_READ]))


def _decodes(form):
    """Tell whether Pillow decodes a format: some are only written, and some only recognized."""
    if form not in Image.OPEN or form in _NOT_IMAGES:
        return False
    factory = Image.OPEN[form][0]
    return not (isinstance(factory, type) and issubclass(factory, ImageFile.StubImageFile))
