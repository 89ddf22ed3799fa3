"""Collections of images in every accepted form, as lists of images."""

import os
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset
from torchvision.datasets import DatasetFolder
from torchvision.datasets.folder import default_loader

from skmlic._utils._typing import Images
from skmlic.images._entries import Item, choose_column, kind, shorten, to_entry


def as_image_list(X: Images) -> list[Any]:
    """Return X as a list with one entry per image.

    No image is decoded, except by a Dataset that decodes images itself; of that, only the first is
    fetched.

    Parameters
    ----------
    X : array-like of images
        One of: a list, tuple, Series or array of paths (str, Path or numpy's bytes) or URLs; a
        frame or table with one column, or an array of shape (n_samples, 1), of paths or encoded
        bytes; an array of shape (n_samples, height, width) or (n_samples, height, width,
        channels); a torch tensor of shape (n_samples, channels, height, width); a list of paths,
        encoded bytes, PIL images, arrays (height, width[, channels]), tensors (channels, height,
        width), dicts with "bytes" and "path" as Hugging Face's datasets have them, or tuples
        (image, label), whose sizes may differ; an object with ``__len__`` and ``__getitem__`` that
        returns one of these for each position, such as a torch Dataset. Labels are ignored.

    Returns
    -------
    images : list of str, bytes, PIL.Image.Image, ndarray or Item
        Tensors are returned as arrays with channels last. Items are images of a Dataset, to fetch
        when they are needed.

    Raises
    ------
    TypeError, ValueError
        If X is not a collection of images. A problem with a single image is raised when that
        image is read.
    """
    _check_is_collection(X)
    X = _select_column(X)
    if isinstance(X, torch.Tensor):
        _check_tensor(X)
    images = _from_array(X) if isinstance(X, np.ndarray) else _from_sequence(X)
    return [to_entry(image) for image in images]


def _check_is_collection(X):
    if isinstance(X, (str, bytes, bytearray, os.PathLike, Image.Image)):
        raise TypeError(
            f"X is one {kind(X)}; expected a collection of images. Write [X] for a single image."
        )
    if isinstance(X, Mapping):
        if set(X) == {"bytes", "path"}:
            raise TypeError("X is one image; expected a collection of images. Write [X].")
        raise TypeError(
            f"X is {kind(X)} with keys {shorten(list(X))}; expected a collection of images. Pass "
            f"one of its values, for example X[{choose_column(X)!r}], or list(X.values())."
        )
    if isinstance(X, DataLoader):
        raise TypeError(
            "X is a DataLoader, which returns batches; expected one entry per image. Write "
            "X.dataset."
        )
    if hasattr(X, "collect"):
        raise TypeError(f"X is {kind(X)}; expected a frame in memory. Write X.collect().")
    is_unsized = hasattr(X, "__iter__") and not hasattr(X, "__len__")
    if isinstance(X, (Iterator, Set, IterableDataset)) or is_unsized:
        raise TypeError(
            f"X is {kind(X)}, which can't be iterated over twice in the same order; expected a "
            "list of images or another sequence. Write list(X)."
        )


def _select_column(X):
    """Return the only column of a frame or table; return other objects as they are."""
    names = getattr(X, "column_names", None)
    is_dataset = isinstance(names, list) and not hasattr(X, "column")
    if names is None and hasattr(X, "columns") and hasattr(X, "shape"):
        names = list(X.columns)
    if names is None:
        return X
    if is_dataset or len(names) != 1:
        columns = f"{len(names)} column{'s' * (len(names) != 1)} ({shorten(names)})"
        raise ValueError(
            f"X is a {'dataset' if is_dataset else 'frame'} with {columns}; expected one column of "
            f"images. Select it, for example X[{choose_column(names)!r}]"
            + ("." if is_dataset else ", or use a ColumnTransformer.")
        )
    if hasattr(X, "iloc"):
        return X.iloc[:, 0]
    return X.column(0) if hasattr(X, "column") else X.to_series()


def _from_sequence(X):
    if isinstance(X, (list, tuple, torch.Tensor)):
        return X
    if _is_plain_image_folder(X):
        return [path for path, _ in X.samples]
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(X, name):
            return getattr(X, name)()
    if not hasattr(X, "__len__"):
        if hasattr(X, "__getitem__"):
            raise TypeError(
                f"X is {kind(X)}, which has no length; expected a sequence of images. Define its "
                "method __len__, or write [X[i] for i in range(n_samples)]."
            )
        raise TypeError(
            f"X is {kind(X)}; expected a list of paths, an array of shape (n_samples, height, "
            "width, channels) or another collection of images."
        )
    return _from_positions(X) if hasattr(X, "__getitem__") else list(X)


def _is_plain_image_folder(X):
    """Tell whether X is torchvision's ImageFolder, and opens the files as they are."""
    return (
        isinstance(X, DatasetFolder)
        and type(X).__getitem__ is DatasetFolder.__getitem__
        and X.loader is default_loader
        and X.transform is X.target_transform is None
    )


def _from_positions(X):
    """Return the items of a sequence of known length: paths, or items to fetch later."""
    # Some sequences never raise an IndexError, so they can't be iterated over.
    items = [Item(X, position) for position in range(len(X))]
    if not items:
        return items
    try:
        first = X[0]
    # Damaged files raise errors of many types. This is reported with other unreadable images.
    except Exception:
        return items
    if isinstance(to_entry(first), (str, os.PathLike)):
        return [X[position] for position in range(len(X))]
    return items


def _from_array(X):
    if X.dtype.kind in "OUST":
        if X.ndim == 2 and X.shape[1] == 1:
            X = X[:, 0]
        if X.ndim != 1:
            raise ValueError(
                f"X is an array of {X.dtype.kind!r} objects of shape {X.shape}; expected shape "
                "(n_samples,) or (n_samples, 1), one image per row."
            )
        # The type of numpy's bytes tells paths from encoded images.
        return list(X) if X.dtype.kind == "S" else X.tolist()
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
