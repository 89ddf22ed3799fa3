"""Single images of a collection, in every accepted form."""

import os
import threading
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from skmlic._utils._image_files import is_image_name
from skmlic._utils._typing import FilePath

# Datasets are not made for threads; many of them read from one open file.
_lock = threading.RLock()


class Item:
    """An image of a dataset, which is fetched whenever it is needed.

    Parameters
    ----------
    dataset : sequence
        An object with ``__len__`` and ``__getitem__``.
    position : int
        Position of the image.
    """

    def __init__(self, dataset, position):
        self.dataset = dataset
        self.position = position

    def __str__(self):
        return f"item {self.position} of {type(self.dataset).__name__}"

    def fetch(self):
        """Return the image as :func:`to_entry` does."""
        with _lock:
            value = self.dataset[self.position]
        return to_entry(value)


Entry: TypeAlias = FilePath | bytes | Image.Image | NDArray[Any] | Item


def to_entry(value):
    """Return an image in one of the forms that are digested and decoded.

    Parameters
    ----------
    value : object
        A path, encoded bytes, a PIL image, an array, a tensor, a dict of encoded bytes and path as
        Hugging Face's datasets have it, a scalar of pyarrow, or a tuple (image, label).

    Returns
    -------
    entry : str, Path, bytes, PIL.Image.Image, ndarray or Item
        Objects that are no images are returned as they are.

    Raises
    ------
    TypeError
        If it is a tuple of several images, or a dict of something else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return os.fsdecode(value) if _is_path(value) else value
    if isinstance(value, torch.Tensor):
        return _tensor_to_array(value)
    if isinstance(value, tuple) and value:
        return to_entry(_select_image(value))
    if isinstance(value, Mapping):
        return to_entry(_select_content(value))
    return to_entry(value.as_py()) if hasattr(value, "as_py") else value


def _is_path(value):
    """Tell whether bytes are a path: encoded images have zeros or line feeds."""
    if not value or b"\0" in value or b"\n" in value:
        return False
    return isinstance(value, np.bytes_) or is_image_name(os.path.basename(os.fsdecode(value)))


def _tensor_to_array(image):
    array = (
        image.detach().cpu().float().numpy() if image.is_floating_point() else image.cpu().numpy()
    )
    return np.moveaxis(array, 0, -1) if array.ndim == 3 else array


def _select_image(value):
    n_images = sum(map(_is_image, value))
    if n_images > 1:
        raise TypeError(
            f"An entry of X is a tuple of {len(value)} objects, {n_images} of them images; "
            "expected one image per sample, or (image, label). Write [item[0] for item in X] for "
            "the first."
        )
    return value[0]


def _is_image(value):
    if isinstance(value, (np.ndarray, torch.Tensor)):
        return value.ndim > 1
    if isinstance(value, Mapping):
        return _is_content(value)
    return isinstance(value, (bytes, os.PathLike, Image.Image))


def _select_content(value):
    if not _is_content(value):
        keys = list(value)
        raise TypeError(
            f"An entry of X is {kind(value)} with the keys {shorten(keys)}; expected an image. "
            f"Write [item[{choose_column(keys)!r}] for item in X]."
        )
    content = value.get("bytes")
    return value.get("path") if content is None else content


def _is_content(value):
    return len(value) > 0 and set(value) <= {"bytes", "path"}


def choose_column(names):
    """Return the name of several that probably stands for images."""
    likely = ("image", "img", "images", "pixel_values", "path", "paths", "file", "filename")
    return next((name for name in names if str(name).lower() in likely), next(iter(names), "image"))


def describe_source(image: object) -> str:
    """Return the path of an image, or the kind of object that it is."""
    if isinstance(image, (str, os.PathLike)):
        return os.fsdecode(image)
    if isinstance(image, np.ndarray):
        return f"array of shape {image.shape}, {image.dtype}"
    return str(image) if isinstance(image, Item) else kind(image)


def kind(value):
    """Return what an object is, for messages."""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    if isinstance(value, Image.Image):
        return f"PIL image {value.mode} {value.size}"
    return type(value).__name__


def shorten(values):
    """Join the first values by commas."""
    text = ", ".join(map(str, values[:5]))
    return text + (", …" if len(values) > 5 else "")


def not_an_image(value):
    """Return the error to raise for an entry of X that is not an image."""
    return TypeError(
        f"{value!r:.60} is not an image; expected a path, encoded bytes, a PIL image or an array "
        "of shape (height, width[, channels])"
    )
