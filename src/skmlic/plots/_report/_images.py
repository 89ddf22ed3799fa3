"""Pictures and plots as text that a page can hold."""

import base64
import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Figure", "encode_figure", "encode_picture"]

_DOTS_AN_INCH = 144
_SCREEN = 96
_COLOURS = 128
_SIDE = 280
_QUALITY = 80


class Figure(NamedTuple):
    """A plot in a page.

    Parameters
    ----------
    source : str
        Its address, which is all of it.
    width, height : int
        What it takes on a screen.
    text : str
        What it shows, for those who can't see it.
    """

    source: str
    width: int
    height: int
    text: str


def encode_figure(figure: Any, text: str) -> Figure:
    """Return a matplotlib figure for a page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_AN_INCH, bbox_inches="tight")
    # Plots have few colours, and take a third of the room if told so.
    image = Image.open(buffer).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    width, height = (round(side * _SCREEN / _DOTS_AN_INCH) for side in image.size)
    return Figure(_encode(image, "png", optimize=True), width, height, text)


def encode_picture(pixels: NDArray[Any]) -> str:
    """Return a picture's address: uint8 or floats from 0 to 1, of shape (height, width, 3)."""
    if pixels.dtype != np.uint8:
        pixels = (pixels * 255).round().astype(np.uint8)
    image = Image.fromarray(pixels)
    image.thumbnail((_SIDE, _SIDE))
    return _encode(image, "jpeg", quality=_QUALITY)


def _encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
