"""The features of images, and the images that a data set is compared with."""

import os

import numpy as np
from numpy.typing import NDArray

from skmlic.cli._console import Console
from skmlic.cli._images import find_images
from skmlic.embedding import ImageEmbedder


def list_others(source: str) -> list[str]:
    """Return the paths of the images that the data set is compared with.

    Parameters
    ----------
    source : str
        A folder of images, or a text file with their paths.

    Returns
    -------
    paths : list of str

    Raises
    ------
    FileNotFoundError
        If there is no such folder or file.
    ValueError
        If it contains no images.
    """
    if not os.path.exists(source):
        raise FileNotFoundError(f"--other {source}: no such folder or file.")
    paths = list(find_images([source]))
    if not paths:
        raise ValueError(f"--other {source}: it has no images; expected a folder of images.")
    return paths


def embed_images(
    paths: list[str], value_range: tuple[float, float] | None, console: Console
) -> NDArray[np.floating]:
    """Return the features of images; those of images that cannot be read are NaN.

    Parameters
    ----------
    paths : list of str
        Paths of the images.
    value_range : tuple (black, white) or None
        The values that mean black and white in all images.
    console : Console
        Shows the progress.

    Returns
    -------
    features : ndarray of shape (n_images, n_features)
    """
    console.note(f"Computing the features of {len(paths):,} images")
    embedder = ImageEmbedder(
        value_range=value_range, on_error="nan", verbose=int(console.shows_progress)
    )
    return embedder.fit_transform(paths)
