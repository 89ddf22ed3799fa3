"""From an image of any size to the pixels that a network expects."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

from skmlic._utils._compat import Interval
from skmlic._utils._typing import Observer, Pixels, Size, ValueRange
from skmlic.images._decoding import load_rgb
from skmlic.images._entries import Entry

_LARGEST_SIDE = 10_000


@dataclass(frozen=True)
class Preprocessing:
    """Turn images of any size into pixels like those that a network was trained on.

    Parameters
    ----------
    size : tuple of int (height, width)
        Size of the network's input in pixels.
    resize : {"squash", "crop"}
        "squash" resizes the whole image to ``size``, whatever its aspect ratio; "crop" resizes the
        image to just cover ``size / crop_pct`` and cuts out its centre.
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos"}
        Interpolation of the pixels.
    crop_pct : float
        Fraction of the resized image's side that "crop" keeps, in (0, 1].
    mean, std : tuple of float (red, green, blue)
        Mean and standard deviation by which the network's input is standardised, for pixels
        scaled to [0, 1].
    color_mode : {"rgb", "grayscale"}
        "grayscale" repeats the image's luma (ITU-R 601, Pillow's mode "L") on all three channels.
    value_range : tuple (black, white) or None
        See :func:`load_rgb`.
    """

    size: tuple[int, int]
    resize: str = "squash"
    interpolation: str = "bicubic"
    crop_pct: float = 0.875
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    color_mode: str = "rgb"
    value_range: ValueRange | None = None

    def load(
        self, image: Entry, min_side: int | None = None, observe: Observer | None = None
    ) -> Pixels:
        """Return the image as uint8 RGB of shape (height, width, 3), in its own size.

        Parameters
        ----------
        image : str, Path, bytes, PIL.Image.Image or ndarray
            One entry of what :func:`as_image_list` returns.
        min_side, observe : default=None
            See :func:`load_rgb`.
        """
        rgb = load_rgb(image, min_side, value_range=self.value_range, observe=observe)
        if self.color_mode == "rgb":
            return rgb
        return np.asarray(Image.fromarray(rgb).convert("L").convert("RGB"))

    def __call__(self, image: Entry, observe: Observer | None = None) -> Pixels:
        """Return the image as uint8 pixels of shape (height, width, 3)."""
        height, width = self.size
        if self.resize == "squash":
            rgb = self.load(image, min_side=max(width, height), observe=observe)
            return _squash(rgb, self.size, self.interpolation)
        # The sides are rounded down as in torchvision and timm. The small constant corrects whole
        # numbers that the division made slightly smaller.
        cover = [int(side / self.crop_pct + 1e-6) for side in (width, height)]
        rgb = Image.fromarray(self.load(image, min_side=max(cover), observe=observe))
        scale = max(cover[0] / rgb.width, cover[1] / rgb.height)
        # Only the visible part is resized, since a long strip as a whole may not fit in memory.
        box = []
        for side, wanted in zip(rgb.size, (width, height), strict=True):
            resized = int(side * scale + 1e-6)
            start = round((resized - wanted) / 2)
            box.append((start * side / resized, (start + wanted) * side / resized))
        (left, right), (top, bottom) = box
        resample = Image.Resampling[self.interpolation.upper()]
        return np.asarray(rgb.resize((width, height), resample, (left, top, right, bottom)))


def _squash(rgb, size, interpolation):
    """Return uint8 pixels (height, width, 3) resized to ``size``, whatever their aspect ratio.

    torch computes Pillow's bilinear and bicubic interpolation in a quarter of the time, up to
    rounding.
    """
    height, width = size
    if rgb.shape[:2] == size:
        return rgb
    if interpolation not in ("bilinear", "bicubic"):
        resample = Image.Resampling[interpolation.upper()]
        return np.asarray(Image.fromarray(rgb).resize((width, height), resample))
    # torch warns of arrays that can't be written to. Pixels with their channels side by side are
    # what its fastest code takes.
    pixels = torch.from_numpy(np.require(rgb, requirements="CW"))[np.newaxis]
    resized = interpolate(pixels.permute(0, 3, 1, 2), size, mode=interpolation, antialias=True)
    return np.ascontiguousarray(resized.permute(0, 2, 3, 1)[0].numpy())


def check_image_size(image_size: Size | None) -> tuple[int, int] | None:
    """Return an ``image_size`` parameter as (height, width), or None if it is None.

    Raises
    ------
    ValueError
        If it is neither None, a number of pixels nor a tuple (height, width).
    """
    if image_size is None:
        return None
    pair = image_size if isinstance(image_size, tuple) else (image_size,) * 2
    side = Interval(Integral, 1, _LARGEST_SIDE, closed="both")
    if len(pair) != 2 or not all(map(side.is_satisfied_by, pair)):
        raise ValueError(
            f"image_size={image_size!r}: expected None, a number of pixels up to {_LARGEST_SIDE}, "
            "or a tuple (height, width), for example (224, 320)."
        )
    height, width = map(int, pair)
    return height, width
