"""Batches of features from Parquet files, with their targets."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._typing import FilePath, Rows
from skmlic.distributed._parquet import FeatureFolder, is_readable

_N_READERS = 16


class FeatureBatches(Sequence[tuple[NDArray[np.float32], Any]]):
    """Features in Parquet files and their targets, as a sequence of batches (X, y).

    A batch is read when it is asked for, so that the memory does not grow with the number of
    images. Images that could not be read, whose features are NaN, are left out.

    Parameters
    ----------
    source : str or path-like
        The folder that :func:`embed_to_parquet` wrote.

    Y : array, sparse matrix or frame of shape (n_samples, n_labels)
        Targets in the order of the paths that were embedded. A ``numpy.memmap`` works, too.

    Attributes
    ----------
    n_samples : int
        Number of images, with those that could not be read.

    See Also
    --------
    skmlic.kernel_ridge.KernelRidgeMultiLabelClassifierCV.fit_batches : Fits a head on batches.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.distributed import FeatureBatches, embed_to_parquet
    >>> folder = Path(tempfile.mkdtemp())
    >>> images, Y = make_multilabel_shapes(5, random_state=0)
    >>> paths = [folder / f"{i}.png" for i in range(5)]
    >>> for path, image in zip(paths, images):
    ...     Image.fromarray(image).save(path)
    >>> out = folder / "features"
    >>> files = embed_to_parquet(
    ...     paths, out, embedder=ImageEmbedder("tiny_cnn"), partition_size=2, verbose=False
    ... )
    >>> [X.shape[0] for X, y in FeatureBatches(out, Y)]
    [2, 2, 1]
    """

    def __init__(self, source: FilePath, Y: Rows) -> None:
        self._folder = FeatureFolder.at(source)
        names = self._folder.list_parts()
        if not names:
            raise FileNotFoundError(
                f"{str(source)!r} has no files part-*.parquet; expected a folder that "
                "embed_to_parquet(paths, out) wrote."
            )
        with ThreadPoolExecutor(_N_READERS) as pool:
            sizes = list(pool.map(self._folder.read_group_sizes, names))
        self._groups = [
            (name, i)
            for name, of_file in zip(names, sizes, strict=True)
            for i in range(len(of_file))
        ]
        self._starts = [0, *itertools.accumulate(size for of_file in sizes for size in of_file)]
        self._Y = Y if hasattr(Y, "shape") else np.asarray(Y)
        n_targets = self._Y.shape[0]
        if n_targets != self.n_samples:
            raise ValueError(
                f"Y has {n_targets} rows and {str(source)!r} has {self.n_samples}; expected one "
                "row per image that was embedded, in their order."
            )

    @property
    def n_samples(self) -> int:
        """Number of images."""
        return self._starts[-1] - self._starts[0]

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], Any]: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index):
        """Return a batch, or a sequence of some consecutive batches with their targets only."""
        if isinstance(index, slice):
            return self._take(range(len(self))[index])
        index = range(len(self))[index]
        start, stop = (position - self._starts[0] for position in self._starts[index : index + 2])
        name, group = self._groups[index]
        X = self._folder.read_features(name, group)
        y = _take_rows(self._Y, slice(start, stop))
        kept = is_readable(X)
        if kept.all():
            return X, y
        return X[kept], _take_rows(y, np.flatnonzero(kept))

    def _take(self, positions):
        if positions.step != 1:
            raise ValueError(f"A step of {positions.step}: expected consecutive batches.")
        part = object.__new__(type(self))
        part._folder = self._folder
        part._groups = self._groups[positions.start : positions.stop]
        part._starts = self._starts[positions.start : positions.stop + 1]
        rows = slice(part._starts[0] - self._starts[0], part._starts[-1] - self._starts[0])
        part._Y = _take_rows(self._Y, rows)
        return part


def _take_rows(Y, rows):
    return Y.iloc[rows] if hasattr(Y, "iloc") else Y[rows]
