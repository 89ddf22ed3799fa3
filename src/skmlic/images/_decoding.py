"""Decoding of images to 8-bit RGB."""

import io
import os

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from skmlic.images._input import not_an_image


def load_rgb(image, min_side=None):
    """Decode one image the way an image viewer shows it.

    The EXIF orientation is applied; grayscale, palette, CMYK and 16-bit images become 8-bit RGB;
    transparent parts become white.

    Parameters
    ----------
    image : str, Path, bytes, PIL.Image.Image or ndarray
        One entry of what :func:`as_image_list` returns. Values of float arrays lie in [0, 1].
    min_side : int, default=None
        JPEG files may be decoded at 1/2, 1/4 or 1/8 of their size, as long as both sides keep this
        many pixels. By default, they are decoded at full size.

    Returns
    -------
    rgb : PIL.Image.Image
        Mode RGB.

    Raises
    ------
    OSError, ValueError, TypeError
        If the image can't be read; the message gives the reason.
    """
    if isinstance(image, np.ndarray):
        return Image.fromarray(_array_to_rgb(image))
    if isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as file:
            return _decode(file, min_side)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _decode(io.BytesIO(image), min_side)
    if isinstance(image, Image.Image):
        return _pil_to_rgb(image)
    raise not_an_image(image)


def describe_read_error(error):
    """Return why an image could not be read, in one line, from the exception."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _decode(file, min_side):
    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        raise ValueError("not in a format that Pillow reads" if file.read(1) else "empty") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"{error} {_describe_limit()}") from None
    with image:
        width, height = image.size
        if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
            raise ValueError(f"{width} x {height} pixels are too many. {_describe_limit()}")
        if min_side is not None:
            image.draft(None, (min_side, min_side))
        return _pil_to_rgb(image)


def _describe_limit():
    return f"Raise PIL.Image.MAX_IMAGE_PIXELS = {Image.MAX_IMAGE_PIXELS} if you trust the file."


def _pil_to_rgb(image):
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image)
        return Image.fromarray(_array_to_rgb(values if image.mode == "F" else _as_uint16(values)))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _as_uint16(values):
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(
            f"32-bit grayscale values from {values.min()} to {values.max()}; expected 16 bit"
        )
    return values.astype(np.uint16)


def _array_to_rgb(array):
    """Return an array (height, width[, channels]) of any accepted dtype as uint8 RGB."""
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or array.size == 0:
        raise ValueError(
            f"shape {array.shape}; expected (height, width) or (height, width, 1 to 4 channels)"
        )
    array = _to_uint8(array)
    if array.shape[2] in (2, 4):
        return np.asarray(_pil_to_rgb(Image.fromarray(np.ascontiguousarray(array))))
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def _to_uint8(array):
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return (array // 257).astype(np.uint8)
    if array.dtype.kind in "iu":
        low, high = array.min(), array.max()
        if low < 0 or high > 255:
            raise ValueError(f"{array.dtype} values from {low} to {high}; expected 0 to 255")
        return array.astype(np.uint8)
    if array.dtype.kind == "f":
        low, high = array.min(), array.max()
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"float values from {low:g} to {high:g}; expected 0 to 1: divide by 255, or pass "
                "uint8"
            )
        return np.rint(array * 255).astype(np.uint8)
    raise ValueError(f"dtype {array.dtype}; expected uint8, or float with values from 0 to 1")
