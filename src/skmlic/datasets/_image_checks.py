"""Checks of the image files of a data set."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from skmlic._utils._regular_file import read_regular_file
from skmlic._utils._threads import count_threads
from skmlic.datasets._files import list_images, without_links
from skmlic.datasets._label_statistics import find_differing
from skmlic.duplicates import find_duplicates
from skmlic.images import ContentDigest, describe_read_error, load_rgb


@dataclass(frozen=True)
class ImageCheck:
    """The result of reading one image.

    Parameters
    ----------
    digest : bytes or None
        Digest of the file's content; None if the file cannot be read.
    size : tuple of int (width, height) or None
        Size in pixels; None if the image cannot be decoded.
    problem : str or None
        Why the image cannot be read or decoded.
    """

    digest: bytes | None
    size: tuple[int, int] | None
    problem: str | None


def check_images(paths, value_range, n_jobs, verbose):
    """Read and decode images.

    Parameters
    ----------
    paths : list of str
        The images.
    value_range : tuple (black, white) or None
        See :func:`skmlic.datasets.describe_dataset`.
    n_jobs : int or None
        Number of threads; see :func:`skmlic.datasets.describe_dataset`.
    verbose : bool
        Whether a progress bar is shown.

    Returns
    -------
    checks : list of ImageCheck
        One for each path.
    """
    compute_digest = ContentDigest()

    def check(path):
        digest = None
        try:
            content = read_regular_file(path)
            digest = compute_digest(content)
            height, width, _ = load_rgb(content, value_range=value_range).shape
            return ImageCheck(digest, (width, height), None)
        # A damaged file makes its decoder raise errors of many types, which the report collects.
        except Exception as error:
            return ImageCheck(digest, None, describe_read_error(error))

    with ThreadPoolExecutor(count_threads(n_jobs)) as pool:
        checks = pool.map(check, paths)
        return list(tqdm(checks, total=len(paths), unit="img", disable=not verbose))


def list_unreadable(checks, paths):
    """Return the frame ``DatasetReport.unreadable``."""
    rows = [(row, paths[row], check.problem) for row, check in enumerate(checks) if check.problem]
    return pd.DataFrame(rows, columns=["row", "path", "reason"])


def measure_sizes(checks):
    """Return the frame ``DatasetReport.sizes``."""
    sizes = [check.size for check in checks if check.size]
    frame = pd.DataFrame(sizes, columns=["width", "height"], dtype=float)
    return frame.agg(["min", "median", "max"])


def find_unlisted(folder, paths):
    """Return the paths of the images below a folder that are not among the given paths."""
    listed, found = set(without_links(paths)), list(list_images(folder))
    places = without_links(found)
    return [path for path, place in zip(found, places, strict=True) if place not in listed]


def find_identical_files(digests, paths, Y, label_names):
    """Return a frame with a row for each image whose digest another image has, group by group.

    Parameters
    ----------
    digests : list of bytes or None
        The digest of each image.
    paths : list of str
        The path of each image.
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1, and NaN for missing labels.
    label_names : list of str
        The names of the labels.

    Returns
    -------
    duplicates : DataFrame
        With the columns "group", "row", "path" and "differing".
    """
    rows_of = {}
    for row, digest in enumerate(digests):
        if digest is not None:
            rows_of.setdefault(digest, []).append(row)
    groups = [rows for rows in rows_of.values() if len(rows) > 1]
    differing = find_differing(Y, groups, label_names)
    found = [
        (group, row, paths[row], differing[group])
        for group, rows in enumerate(groups)
        for row in rows
    ]
    return pd.DataFrame(found, columns=["group", "row", "path", "differing"])


def find_near_duplicates(features, digests, paths, Y, label_names):
    """Return a frame with a row for each pair of similar images whose files are not identical.

    Parameters
    ----------
    features : array-like of shape (n_samples, n_features) or None
        Features of the images. Without them, there are no pairs.
    digests, paths, Y, label_names : list or ndarray
        As in :func:`find_identical_files`.

    Returns
    -------
    pairs : DataFrame
        The result of :func:`skmlic.duplicates.find_duplicates`, with the columns "first_path" and
        "second_path".
    """
    if features is None:
        pairs = pd.DataFrame(columns=["first", "second", "similarity", "differing"])
    else:
        pairs = find_duplicates(features, Y=pd.DataFrame(Y, columns=label_names))
        is_other = [
            digests[first] != digests[second]
            for first, second in zip(pairs["first"], pairs["second"], strict=True)
        ]
        pairs = pairs[np.array(is_other, dtype=bool)].reset_index(drop=True)
    return pairs.assign(
        first_path=[paths[row] for row in pairs["first"]],
        second_path=[paths[row] for row in pairs["second"]],
    )


def find_similar_in_other(features, paths, other_features, other_paths):
    """Return a frame with a row for each image and each similar image of another set.

    Parameters
    ----------
    features : array-like of shape (n_samples, n_features)
        Features of the images.
    paths : list of str
        The path of each image.
    other_features : array-like of shape (n_others, n_features) or None
        Features of the images of the other set. Without them, there are no pairs.
    other_paths : list of str
        The path of each image of the other set.

    Returns
    -------
    pairs : DataFrame
        With the columns "row", "path", "other_path" and "similarity".
    """
    if other_features is None:
        return pd.DataFrame(columns=["row", "path", "other_path", "similarity"])
    pairs = find_duplicates(features, other_features)
    return pd.DataFrame(
        {
            "row": pairs["sample"],
            "path": [paths[row] for row in pairs["sample"]],
            "other_path": [other_paths[row] for row in pairs["other"]],
            "similarity": pairs["similarity"],
        }
    )
