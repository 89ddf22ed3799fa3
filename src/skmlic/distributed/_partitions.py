"""The partitions of a list of paths: what each is computed from, and which are finished."""

import hashlib
import importlib.metadata
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from skmlic.distributed._parquet import name_part
from skmlic.images import JPEG_DECODER, as_image_list, is_url

# Footers of files on a server are read at the same time.
_N_READERS = 16
_PACKAGES = ("pillow", "timm", "torch", "torchvision")


@dataclass(frozen=True)
class Partition:
    """Consecutive paths, whose features are one file.

    Parameters
    ----------
    number : int
        Of the partition, from 0.
    start : int
        Position of the first path.
    paths : list of str
        As they were given.
    """

    number: int
    start: int
    paths: list[str]

    @property
    def name(self):
        """The name of the file."""
        return name_part(self.number)

    def describe(self, embedder):
        """Return what a file is computed from.

        Parameters
        ----------
        embedder : dict
            As `describe_embedder` returns it.
        """
        digest = hashlib.sha256(json.dumps(self.paths).encode()).hexdigest()
        return {"embedder": embedder, "paths": digest}


def split(paths, size):
    """Return the partitions of a list of paths."""
    starts = range(0, len(paths), size)
    return [
        Partition(number, start, paths[start : start + size]) for number, start in enumerate(starts)
    ]


def make_absolute(paths):
    """Return paths and URLs such that processes in other directories find them."""
    return [path if is_url(path) else os.path.abspath(path) for path in paths]


def check_paths(paths):
    """Return paths and URLs as a list of strings.

    Parameters
    ----------
    paths : array-like of str or path-like

    Returns
    -------
    paths : list of str

    Raises
    ------
    TypeError, ValueError
        If it is something else, or empty.
    """
    images = as_image_list(paths)
    if not images:
        raise ValueError("paths is empty; expected paths or URLs of images.")
    for position, image in enumerate(images):
        if not isinstance(image, (str, os.PathLike)):
            raise TypeError(
                f"paths[{position}] is of type {type(image).__name__}; expected a path or a URL, "
                "which other processes can read. Features of images in memory are those of "
                "ImageEmbedder().fit_transform(images)."
            )
    return [os.fspath(image) for image in images]


def describe_embedder(embedder):
    """Return everything that the features of a fitted embedder depend on, apart from the image.

    Parameters
    ----------
    embedder : ImageEmbedder

    Returns
    -------
    description : dict
        Of strings and lists of strings.
    """
    return {
        "networks": [
            hashlib.sha256(backbone.fingerprint).hexdigest()[:16]
            for backbone in embedder.backbones_
        ],
        "engine": embedder.engine_,
        "precision": embedder.precision_,
        "JPEG decoder": JPEG_DECODER,
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def find_unfinished(partitions, folder, embedder):
    """Return the partitions whose files are missing or damaged.

    Parameters
    ----------
    partitions : list of Partition
    folder : FeatureFolder
    embedder : dict
        As `describe_embedder` returns it.

    Returns
    -------
    unfinished : list of Partition

    Raises
    ------
    ValueError
        If files are those of other paths, or of another embedder.
    """
    existing = set(folder.list_parts())
    surplus = existing.difference(partition.name for partition in partitions)
    if surplus:
        raise ValueError(
            f"{folder.path!r} has {len(existing)} files of features, and {min(surplus)} is not one "
            f"of the {len(partitions)} of these paths. {_describe_remedy()}"
        )
    begun = [partition for partition in partitions if partition.name in existing]
    with ThreadPoolExecutor(_N_READERS) as pool:
        found = list(pool.map(folder.read_metadata, (partition.name for partition in begun)))
    for partition, metadata in zip(begun, found, strict=True):
        if metadata is not None:
            _check_same(partition, metadata, folder, embedder)
    finished = {
        partition.name
        for partition, metadata in zip(begun, found, strict=True)
        if metadata is not None
    }
    return [partition for partition in partitions if partition.name not in finished]


def compare(expected, found):
    """Return the differences of two descriptions of embedders as text; empty if there are none."""
    names = [name for name in expected if expected[name] != found.get(name)]
    return "; ".join(f"{name} {found.get(name)!r}, not {expected[name]!r}" for name in names)


def _check_same(partition, metadata, folder, embedder):
    file = f"{folder.path}/{partition.name}"
    if "embedder" not in metadata:
        raise ValueError(f"{file!r} was not written by embed_to_parquet. {_describe_remedy()}")
    differences = compare(embedder, metadata["embedder"])
    if differences:
        raise ValueError(
            f"{file!r} has the features of another embedder ({differences}). {_describe_remedy()}"
        )
    if metadata.get("paths") != partition.describe(embedder)["paths"]:
        stop = partition.start + len(partition.paths)
        raise ValueError(
            f"{file!r} has the features of other paths than paths[{partition.start}:{stop}]. "
            f"The order of paths and partition_size must not change. {_describe_remedy()}"
        )


def _describe_remedy():
    return "Choose another folder for out, or delete its files."
