"""Collections of images in every accepted form, as lists of images."""

import os
from collections.abc import Iterator, Mapping, Set

import numpy as np
import torch
from PIL import Image


def as_image_list(X):
    """Return X as a list with one entry per image, without decoding any image.

    Parameters
    ----------
    X : array-like of images
        One of: a list, tuple, Series or array of paths (str or Path); a DataFrame with one column
        or an array of shape (n_samples, 1) of paths; an array of shape
        (n_samples, height, width) or (n_samples, height, width, channels); a torch tensor of shape
        (n_samples, channels, height, width); a list of paths, encoded bytes, PIL images, arrays
        (height, width[, channels]) or tensors (channels, height, width), whose sizes may differ.

    Returns
    -------
    images : list of str, bytes, PIL.Image.Image or ndarray
        Tensors are returned as arrays with channels last.

    Raises
    ------
    TypeError, ValueError
        If X is not a collection of images. A problem with a single image is raised when that
        image is read.
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
            f"X is {_kind(X)}, which can't be iterated over twice in the same order; expected a "
            "list of images or another sequence. Write list(X)."
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
                "(n_samples,) or (n_samples, 1), one image per row."
            )
        return X.tolist()
    if X.ndim == 3 and X.shape[-1] in (3, 4) and X.shape[1] > 4:
        raise ValueError(
            f"X has shape {X.shape}, which looks like one image (height, width, channels); "
            "expected (n_samples, height, width, channels). Write X[np.newaxis]."
        )
    if X.ndim == 2:
        raise ValueError(
            f"X is a numeric array of shape {X.shape}, a feature matrix; expected images: paths, "
            "or an array of shape (n_samples, height, width[, channels]). For precomputed "
            "features, use backbone='precomputed'."
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
            "width). Write X[None] for a single image, X[:, None] for grayscale images."
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
    """Return the path of an image, or the kind of object that it is."""
    if isinstance(image, (str, os.PathLike)):
        return os.fsdecode(image)
    if isinstance(image, np.ndarray):
        return f"array of shape {image.shape}, {image.dtype}"
    return _kind(image)


def _kind(value):
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    if isinstance(value, Image.Image):
        return f"PIL image {value.mode} {value.size}"
    return type(value).__name__


def _shorten(values):
    text = ", ".join(map(str, values[:5]))
    return text + (", …" if len(values) > 5 else "")


def not_an_image(value):
    """Return the error to raise for an entry of X that is not an image."""
    return TypeError(
        f"{value!r:.60} is not an image; expected a path, encoded bytes, a PIL image or an array "
        "of shape (height, width[, channels])"
    )
