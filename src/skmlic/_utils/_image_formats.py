"""The formats of images that are read, which are a setting."""

from collections.abc import Iterable
from functools import cache

from PIL import Image, ImageFile

# By itself, Pillow tries all of its decoders, and hostile files choose the weakest. These read what
# data sets consist of; they start no programs, and open no other formats inside of theirs.
IMAGE_FORMATS = (
    "AVIF",
    "BMP",
    "DICOM",
    "GIF",
    "HEIF",
    "JPEG",
    "JPEG2000",
    "PNG",
    "PPM",
    "TGA",
    "TIFF",
    "WEBP",
)
# Pillow has Ghostscript decode EPS, opens what IPTC contains in any format, and only recognizes
# MPEG.
_REFUSED = ("EPS", "IPTC", "MPEG")
_HEAD_SIZE = 16


def check_image_formats(names: Iterable[str]) -> tuple[str, ...]:
    """Return formats, which the user chose, as a tuple.

    Raises
    ------
    ValueError
        If they are not a collection of names of formats that can be decoded.
    """
    known = {*IMAGE_FORMATS, *filter(is_decoded, _list_registered())}
    chosen = () if isinstance(names, str) else tuple(dict.fromkeys(names))
    if not chosen or not known.issuperset(chosen):
        raise ValueError(
            f"image_formats={names!r}: expected a list of names from {', '.join(sorted(known))}. "
            "Import the plugins of other formats first."
        )
    return chosen


def list_pillow_formats(names: tuple[str, ...]) -> list[str]:
    """Return those of the formats that Pillow decodes, in the order in which they are tried."""
    return _select(names, tuple(_list_registered()))


@cache
def _select(names, registered):
    # TGA is recognized by nothing but its fields, so that other formats come first.
    return sorted(
        set(names).intersection(registered), key=lambda name: (Image.OPEN[name][1] is None, name)
    )


def find_format(content: bytes) -> str | None:
    """Return the name of a format of Pillow that files of these first bytes have, if any."""
    head = bytes(content[:_HEAD_SIZE]).ljust(_HEAD_SIZE)
    for name in _list_registered():
        accept = Image.OPEN[name][1]
        if accept is not None and accept(head) is True:
            return name
    return None


def is_decoded(name: str) -> bool:
    """Tell whether Pillow decodes a format: some are only written, and some only recognized."""
    if name not in Image.OPEN or name in _REFUSED:
        return False
    factory = Image.OPEN[name][0]
    return not (isinstance(factory, type) and issubclass(factory, ImageFile.StubImageFile))


def _list_registered():
    Image.init()
    return Image.OPEN
