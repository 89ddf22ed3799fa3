"""Images and figures as text inside an HTML report."""

import base64
import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Figure", "encode_figure", "encode_image"]

_DOTS_PER_INCH = 144
_SCREEN_DOTS_PER_INCH = 96
_N_COLORS = 128
_SIDE = 280
_QUALITY = 80


class Figure(NamedTuple):
    """A figure in an HTML report.

    Parameters
    ----------
    source : str
        Data URL of the image, with all of its content.
    width, height : int
        Size on a screen in pixels.
    text : str
        Description of the figure for people who can't see it.
    """

    source: str
    width: int
    height: int
    text: str


def encode_figure(figure: Any, text: str) -> Figure:
    """Return a matplotlib figure for an HTML report."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
    # Figures have few colors, and a palette reduces their size to a third.
    image = Image.open(buffer).convert("RGB").quantize(_N_COLORS, dither=Image.Dither.NONE)
    width, height = (round(side * _SCREEN_DOTS_PER_INCH / _DOTS_PER_INCH) for side in image.size)
    return Figure(_encode(image, "png", optimize=True), width, height, text)


def encode_image(pixels: NDArray[Any]) -> str:
    """Return the data URL of an image.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 3)
        The image: uint8, or floats in [0, 1].
    """
    if pixels.dtype != np.uint8:
        pixels = (pixels * 255).round().astype(np.uint8)
    image = Image.fromarray(pixels)
    image.thumbnail((_SIDE, _SIDE))
    return _encode(image, "jpeg", quality=_QUALITY)


def _encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
