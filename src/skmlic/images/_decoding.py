"""Decoding of images to 8-bit RGB."""

import os

import numpy as np
from PIL import Image, ImageOps

from skmlic._utils._regular_file import read_regular_file
from skmlic._utils._typing import Observer, Pixels, ValueRange
from skmlic.images._entries import Entry, Item, not_an_image
from skmlic.images._formats import open_image, read_dicom
from skmlic.images._jpeg import decode_jpeg
from skmlic.images._remote import is_url, read_url
from skmlic.images._value_range import find_value_range, to_uint8


def load_rgb(
    image: Entry,
    min_side: int | None = None,
    *,
    value_range: ValueRange | None = None,
    observe: Observer | None = None,
) -> Pixels:
    """Decode one image the way an image viewer shows it.

    The EXIF orientation is applied; grayscale, palette and CMYK images become RGB; transparent
    parts of files and PIL images become white. The user guide has a table of the values that mean
    black and white in images of more than 8 bits, of floats and of DICOM.

    Parameters
    ----------
    image : str, Path, bytes, PIL.Image.Image, ndarray or Item
        One entry of what :func:`as_image_list` returns.
    min_side : int, default=None
        JPEG files may be decoded at 1/2, 1/4 or 1/8 of their size, as long as both sides keep this
        many pixels. By default, they are decoded at full size.
    value_range : tuple (black, white), default=None
        The values that mean black and white in arrays, and in files and PIL images of more than 8
        bits. By default, type and content tell.
    observe : callable, default=None
        Called with the values of the image, an ndarray, and with the values that mean black and
        white; these are None for the 8-bit pixels of files and PIL images.

    Returns
    -------
    rgb : ndarray of shape (height, width, 3), dtype uint8

    Raises
    ------
    OSError, ValueError, TypeError, ImportError
        If the image can't be read; the message gives the reason.
    """
    options = {"value_range": value_range, "observe": observe}
    if isinstance(image, Item):
        image = image.fetch()
    if is_url(image):
        image = read_url(image)
    if isinstance(image, np.ndarray):
        return _array_to_rgb(image, **options)
    if isinstance(image, (str, os.PathLike)):
        image = read_regular_file(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        try:
            return _decode(image, min_side, **options)
        except (ImportError, MemoryError, OSError, TypeError, ValueError):
            raise
        except Exception as error:
            # Decoders raise errors of many kinds for damaged files.
            raise ValueError(f"damaged ({type(error).__name__}: {error})") from error
    if isinstance(image, Image.Image):
        return _pil_to_rgb(image, **options)
    raise not_an_image(image)


def describe_read_error(error: BaseException) -> str:
    """Return why an image could not be read, in one line, from the exception."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _decode(content, min_side, value_range, observe):
    image = open_image(content)
    if image is None:
        values, value_range, is_negative = read_dicom(content, value_range)
        rgb = _array_to_rgb(values, value_range, observe)
        return 255 - rgb if is_negative else rgb
    with image:
        if min_side is not None:
            image.draft(None, (min_side, min_side))
        pixels = decode_jpeg(image, content)
        if pixels is None:
            return _pil_to_rgb(image, value_range, observe)
    if observe is not None:
        observe(pixels, None)
    return pixels


def _pil_to_rgb(image, value_range, observe):
    if 0 in image.size:
        raise ValueError(f"size {image.size}; expected at least one pixel")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _array_to_rgb(np.asarray(image), value_range, observe)
    is_plain = image.mode in ("L", "RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image.convert("RGB"))
    if observe is not None and is_plain:
        observe(pixels, None)
    return pixels


def _array_to_rgb(array, value_range, observe):
    """Return an array (height, width[, channels]) of any accepted dtype as uint8 RGB."""
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"shape {array.shape}; expected (height, width[, channels])")
    array = _select_colors(array)
    value_range = find_value_range(array, value_range)
    if observe is not None and array.dtype != bool:
        observe(array, value_range)
    array = to_uint8(array, value_range)
    return np.ascontiguousarray(array) if array.shape[2] == 3 else np.repeat(array, 3, axis=2)


def _select_colors(array):
    """Return one or three channels of an array; a channel of full opacity is left out."""
    n_channels = array.shape[2]
    if n_channels in (1, 3):
        return array
    if n_channels in (2, 4):
        last = array[:, :, -1]
        if (last == last.flat[0]).all() and last.flat[0] in _find_opaque(array.dtype):
            return array[:, :, :-1]
        opacity = "PIL.Image.fromarray(image)"
        if array.dtype != np.uint8:
            opacity += " of 8-bit values"
        raise ValueError(
            f"shape {array.shape}, whose last channel may mean opacity, or something else such as "
            f"near infrared. Write image[:, :, :{n_channels - 1}] to leave it out (for tensors "
            f"X[:, :{n_channels - 1}]), or {opacity} if it is opacity"
        )
    if array.shape[0] in (1, 3):
        raise ValueError(
            f"shape {array.shape}, channels first; expected (height, width[, channels]). Write "
            "np.moveaxis(image, 0, -1)"
        )
    raise ValueError(
        f"shape {array.shape}; expected (height, width) or (height, width, 1 or 3 channels). "
        "Choose the channels to show as red, green and blue, for example image[:, :, [2, 1, 0]]"
    )


def _find_opaque(dtype):
    """Return the values that may mean full opacity."""
    return {"b": (1,), "f": (1, 255), "u": (255, 65535), "i": (255, 65535)}.get(dtype.kind, ())
