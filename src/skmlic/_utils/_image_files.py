"""The names of image files."""

from PIL import Image

# Pillow leaves the decoding of these formats to other programs, or cannot decode them.
_NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
# Formats whose endings Pillow does not register, and those of optional packages.
_OTHERS = (".mpo", ".heic", ".heif", ".hif", ".dcm", ".dicom")
_COMMON = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def _list_extensions():
    Image.init()
    decoded = (
        extension
        for extension, form in sorted(Image.registered_extensions().items())
        if form in Image.OPEN and form not in _NOT_DECODED
    )
    return tuple(dict.fromkeys([*_COMMON, *decoded, *_OTHERS]))


IMAGE_EXTENSIONS = _list_extensions()


def is_image_name(name):
    """Tell whether a file is an image by its name, which has no folder.

    Hidden files are none: some systems add one to each image, such as ``._beach.jpg``.
    """
    return name.lower().endswith(IMAGE_EXTENSIONS) and not name.startswith(".")
