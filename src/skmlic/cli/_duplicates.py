"""Near-duplicates in the data set of a command, or between it and another one."""

import os

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmlic.cli._console import Console
from skmlic.cli._images import find_images
from skmlic.duplicates import find_duplicates
from skmlic.embedding import ImageEmbedder

_N_SHOWN = 20


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


def embed_images(paths: list[str], console: Console) -> NDArray[np.floating]:
    """Return the features of images; those of images that cannot be read are NaN.

    Parameters
    ----------
    paths : list of str
        Paths of the images.
    console : Console
        Shows the progress.

    Returns
    -------
    features : ndarray of shape (n_images, n_features)
    """
    console.note(f"Computing the features of {len(paths):,} images")
    embedder = ImageEmbedder(on_error="nan", verbose=int(console.shows_progress))
    return embedder.fit_transform(paths)


def list_leaks(
    paths: list[str], features: NDArray[np.floating], others: list[str], console: Console
) -> pd.DataFrame:
    """Find images that are nearly the same as an image of another set.

    Parameters
    ----------
    paths : list of str
        Paths of the images.
    features : ndarray of shape (n_images, n_features)
        Their features.
    others : list of str
        Paths of the other images.
    console : Console
        Shows the progress.

    Returns
    -------
    leaks : DataFrame of shape (n_pairs, 3)
        The paths of each pair, "image" and "other", and their "similarity".
    """
    pairs = find_duplicates(features, embed_images(others, console))
    return pd.DataFrame(
        {
            "image": [paths[row] for row in pairs["sample"]],
            "other": [others[row] for row in pairs["other"]],
            "similarity": pairs["similarity"],
        }
    )


def show_leaks(leaks: pd.DataFrame, console: Console) -> None:
    """Write the first pairs of images of the two sets that are nearly the same."""
    n = len(leaks)
    title = f"{n:,} pair{'' if n == 1 else 's'} of similar images in the two sets"
    if n > _N_SHOWN:
        title += f", the first {_N_SHOWN} of them (all: --json FILE)"
    columns = ["image", "other image", "similarity"]
    console.table(columns, leaks[:_N_SHOWN].to_numpy().tolist(), title)
