"""Pictures as X: every accepted form, its content's digest, and its decoding to RGB."""

import hashlib
import io
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

_RECENT_NS = 2 * 10**9


def as_image_list(X):
    """Return X as a list with one entry an image, without decoding any.

    Parameters
    ----------
    X : array-like of images
        One of: a list, tuple, Series or array of paths (str or Path); a DataFrame with one column
        or an array of shape (n_samples, 1) of paths; an array of shape
        (n_samples, height, width) or (n_samples, height, width, channels); a torch tensor of shape
        (n_samples, channels, height, width); a list of paths, encoded bytes, PIL images, arrays
        (height, width[, channels]) or tensors (channels, height, width), of different sizes too.

    Returns
    -------
    images : list of str, bytes, PIL.Image.Image or ndarray
        Tensors come back as arrays with channels last.

    Raises
    ------
    TypeError, ValueError
        If X as a whole can't be a collection of images. What is wrong with a single image shows
        when it is read.
    """
    if isinstance(X, (str, bytes, bytearray, os.PathLike, Image.Image)):
        raise TypeError(
            f"X is one {_kind(X)}; expected a collection of images. Write [X] for a single image."
        )
    if isinstance(X, Mapping):
        raise TypeError(
            f"X is {_kind(X)} with keys {_shorten(list(X))}; expected a collection of images. Pass "
            "one of its values, for example X['paths'], or list(X.values())."
        )
    if isinstance(X, (Iterator, Set)):
        raise TypeError(
            f"X is {_kind(X)}, which can't be gone through twice in one order; expected a list of "
            "images or another sequence. Write list(X)."
        )
    if hasattr(X, "columns") and hasattr(X, "shape"):
        if X.shape[1] != 1:
            raise ValueError(
                f"X is a frame with {X.shape[1]} columns ({_shorten(list(X.columns))}); expected "
                "one column of images. Select it, for example X['path'], or use a "
                "ColumnTransformer."
            )
        X = X.iloc[:, 0] if hasattr(X, "iloc") else X.to_series()
    if isinstance(X, torch.Tensor):
        _check_tensor(X)
    if isinstance(X, np.ndarray):
        images = _from_array(X)
    else:
        try:
            images = X.to_list() if hasattr(X, "to_list") else list(X)
        except TypeError:
            raise TypeError(
                f"X is {_kind(X)}; expected a list of paths, an array of shape (n_samples, "
                "height, width, channels) or another collection of images."
            ) from None
    return [
        _tensor_to_array(image) if isinstance(image, torch.Tensor) else image for image in images
    ]


def _from_array(X):
    if X.dtype.kind in "OUST":
        if X.ndim == 2 and X.shape[1] == 1:
            X = X[:, 0]
        if X.ndim != 1:
            raise ValueError(
                f"X is an array of {X.dtype.kind!r} objects of shape {X.shape}; expected shape "
                "(n_samples,) or (n_samples, 1), one image a row."
            )
        return X.tolist()
    if X.ndim == 3 and X.shape[-1] in (3, 4) and X.shape[1] > 4:
        raise ValueError(
            f"X has shape {X.shape}, which looks like one picture (height, width, channels); "
            "expected (n_samples, height, width, channels). Write X[np.newaxis]."
        )
    if X.ndim == 2:
        raise ValueError(
            f"X is a numeric array of shape {X.shape}, a feature matrix; expected images: paths, "
            "or an array of shape (n_samples, height, width[, channels]). For features that are "
            "computed already, use backbone='precomputed'."
        )
    if X.ndim not in (3, 4):
        raise ValueError(
            f"X has shape {X.shape}; expected images of shape (n_samples, height, width) or "
            "(n_samples, height, width, channels)."
        )
    if X.ndim == 4 and X.shape[3] not in (1, 2, 3, 4) and X.shape[1] in (1, 3, 4):
        raise ValueError(
            f"X has shape {X.shape}, channels first; expected (n_samples, height, width, "
            "channels). Write X.transpose(0, 2, 3, 1), or pass a torch tensor."
        )
    return list(X)


def _check_tensor(X):
    if X.ndim != 4:
        raise ValueError(
            f"X is a tensor of shape {tuple(X.shape)}; expected (n_samples, channels, height, "
            "width). Write X[None] for a single image, X[:, None] for grey ones."
        )
    if X.shape[1] not in (1, 2, 3, 4) and X.shape[3] in (1, 2, 3, 4):
        raise ValueError(
            f"X is a tensor of shape {tuple(X.shape)}, channels last; expected (n_samples, "
            "channels, height, width). Write X.permute(0, 3, 1, 2), or X.numpy()."
        )


def _tensor_to_array(image):
    array = (
        image.detach().cpu().float().numpy() if image.is_floating_point() else image.cpu().numpy()
    )
    return np.moveaxis(array, 0, -1) if array.ndim == 3 else array


def describe_source(image):
    """Return an image's path, or what kind of object it is."""
    if isinstance(image, (str, os.PathLike)):
        return os.fsdecode(image)
    if isinstance(image, np.ndarray):
        return f"array of shape {image.shape}, {image.dtype}"
    return _kind(image)


class ContentDigest:
    """Digests of images' content, with those of files remembered.

    A file's digest is remembered under its path, size, times and inode. A file that changed in the
    last two seconds is read again the next time, since a second change might leave the same times.
    """

    size = 20

    def __init__(self):
        self._files = {}
        self._lock = threading.Lock()

    def __call__(self, image):
        """Return the digest of one image.

        Parameters
        ----------
        image : str, Path, bytes, PIL.Image.Image or ndarray
            One entry of what :func:`as_image_list` returns.

        Returns
        -------
        digest : bytes of length 20

        Raises
        ------
        OSError, ValueError, TypeError
            If a file can't be read, or the object is no image.
        """
        if isinstance(image, (str, os.PathLike)):
            return self._of_file(os.fspath(image))
        if isinstance(image, (bytes, bytearray, memoryview)):
            return _digest(b"encoded", image)
        if isinstance(image, Image.Image):
            return _digest(
                f"PIL {image.mode} {image.size} {image.getexif().get(0x0112)} "
                f"{image.info.get('transparency')!r} {image.getpalette(None)}".encode(),
                image.tobytes(),
            )
        if isinstance(image, np.ndarray) and not image.dtype.hasobject:
            header = f"array {image.dtype.str} {image.shape}"
            return _digest(header.encode(), np.ascontiguousarray(image).view(np.uint8).data)
        raise TypeError(_not_an_image(image))

    def verified(self, image, digest):
        """Return a file's bytes if they have this digest still; other images as they are.

        Raises
        ------
        OSError
            If the file changed.
        """
        if not isinstance(image, (str, os.PathLike)):
            return image
        content = Path(image).read_bytes()
        if _digest(b"encoded", content) != digest:
            raise OSError("the file changed while it was read")
        return content

    def _of_file(self, path):
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            is_directory = stat.S_ISDIR(status.st_mode)
            raise OSError("a directory, not a file" if is_directory else "not a regular file")
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        signature = (status.st_size, status.st_mtime_ns, changed, status.st_ino, status.st_dev)
        known = self._files.get(path)
        if known is not None and known[0] == signature:
            return known[1]
        digest = _digest(b"encoded", Path(path).read_bytes())
        if time.time_ns() - changed > _RECENT_NS:
            with self._lock:
                self._files[path] = signature, digest
        return digest

    def clear(self):
        """Forget the files' digests."""
        with self._lock:
            self._files.clear()


def _digest(header, content):
    digest = hashlib.sha256(header)
    digest.update(b"\0")
    digest.update(content)
    return digest.digest()[: ContentDigest.size]


def load_rgb(image, min_side=None):
    """Decode one image as it looks to a person.

    EXIF orientation is applied; grey, palette, CMYK and 16-bit images become 8-bit RGB;
    transparent parts become white.

    Parameters
    ----------
    image : str, Path, bytes, PIL.Image.Image or ndarray
        One entry of what :func:`as_image_list` returns. Float arrays hold values from 0 to 1.
    min_side : int, default=None
        JPEG files may be decoded at 1/2, 1/4 or 1/8 of their size, as long as both sides keep this
        many pixels. By default they are decoded in full.

    Returns
    -------
    rgb : PIL.Image.Image
        Mode RGB.

    Raises
    ------
    OSError, ValueError, TypeError
        If the image can't be read; the message is the reason.
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
    raise TypeError(_not_an_image(image))


def _decode(file, min_side):
    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        raise ValueError("no format that Pillow reads" if file.read(1) else "empty") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"{error} {_limit_of_pixels()}") from None
    with image:
        width, height = image.size
        if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
            raise ValueError(f"{width} x {height} pixels are too many. {_limit_of_pixels()}")
        if min_side is not None:
            image.draft(None, (min_side, min_side))
        return _pil_to_rgb(image)


def _limit_of_pixels():
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
            f"32-bit grey values from {values.min()} to {values.max()}; expected 16 bit"
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


@dataclass(frozen=True)
class Preprocessing:
    """From an image of any size to the pixels that a network was trained on.

    Parameters
    ----------
    size : tuple of int (height, width)
        Size in pixels of what the network sees.
    resize : {"squash", "crop"}
        "squash" resizes to ``size`` and keeps all of the picture in view; "crop" resizes the
        picture to just cover ``size / crop_pct`` and cuts the centre out.
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos"}
        How pixels are interpolated.
    crop_pct : float
        Part of the resized picture's side that "crop" keeps, in (0, 1].
    mean, std : tuple of float (red, green, blue)
        Subtracted from and divided into the pixels, which lie in [0, 1].
    color_mode : {"rgb", "grayscale"}
        "grayscale" puts the picture's luma (ITU-R 601, Pillow's "L") on all three channels.
    """

    size: tuple
    resize: str = "squash"
    interpolation: str = "bicubic"
    crop_pct: float = 0.875
    mean: tuple = (0.485, 0.456, 0.406)
    std: tuple = (0.229, 0.224, 0.225)
    color_mode: str = "rgb"

    def load(self, image, min_side=None):
        """Return the image as PIL decodes it, in mode RGB, grey if that is asked for."""
        rgb = load_rgb(image, min_side)
        return rgb if self.color_mode == "rgb" else rgb.convert("L").convert("RGB")

    def __call__(self, image):
        """Return the image as uint8 pixels of shape (height, width, 3)."""
        height, width = self.size
        resample = Image.Resampling[self.interpolation.upper()]
        if self.resize == "squash":
            rgb = self.load(image, min_side=max(width, height))
            return np.asarray(rgb.resize((width, height), resample))
        # Rounded as torchvision and timm do, but for what a division left of a whole number.
        cover = [int(side / self.crop_pct + 1e-6) for side in (width, height)]
        rgb = self.load(image, min_side=max(cover))
        scale = max(cover[0] / rgb.width, cover[1] / rgb.height)
        # Only the part in view is resized: the whole of a long strip may not fit in memory.
        box = []
        for side, wanted in zip(rgb.size, (width, height), strict=True):
            resized = int(side * scale + 1e-6)
            start = round((resized - wanted) / 2)
            box.append((start * side / resized, (start + wanted) * side / resized))
        (left, right), (top, bottom) = box
        return np.asarray(rgb.resize((width, height), resample, (left, top, right, bottom)))


def _kind(value):
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    if isinstance(value, Image.Image):
        return f"PIL image {value.mode} {value.size}"
    return type(value).__name__


def _shorten(values):
    text = ", ".join(map(str, values[:5]))
    return text + (", …" if len(values) > 5 else "")


def _not_an_image(value):
    return (
        f"{value!r:.60} is no image; expected a path, encoded bytes, a PIL image or an array of "
        "shape (height, width[, channels])"
    )
