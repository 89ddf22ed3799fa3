"""Features of images as Parquet files, computed by any number of machines."""

import copy
import importlib
import warnings
from numbers import Integral
from typing import TYPE_CHECKING

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from skmlic._utils._compat import Interval
from skmlic._utils._typing import FilePath, Rows
from skmlic._utils._warnings import warn_caller
from skmlic.distributed._parquet import FeatureFolder, import_pyarrow, is_readable
from skmlic.distributed._partitions import (
    check_paths,
    compare,
    describe_embedder,
    find_unfinished,
    make_absolute,
    split,
)
from skmlic.embedding import ImageEmbedder, is_precomputed, make_noise
from skmlic.exceptions import ImageReadError, ImageReadWarning

if TYPE_CHECKING:
    from distributed import Client

# Partitions that wait in each thread of a worker: the paths of all of them would fill the
# scheduler's memory.
_N_WAITING = 2
_LEAST_SUBMITTED = 8


def embed_to_parquet(
    paths: Rows,
    out: FilePath,
    *,
    embedder: ImageEmbedder | None = None,
    client: "Client | None" = None,
    partition_size: int = 8192,
    retries: int = 2,
    verbose: bool = True,
) -> list[str]:
    """Write the features of images into a folder of Parquet files.

    Each partition, which is a number of consecutive paths, becomes one file. With a client of Dask,
    the partitions are distributed over its workers. A second call with the same arguments computes
    only what the first one did not finish.

    Parameters
    ----------
    paths : array-like of str or path-like of shape (n_samples,)
        Paths or URLs of images, valid on all workers. Relative paths are those of this process.

    out : str or path-like
        Folder of the files: a path, or a URL of fsspec such as ``"s3://bucket/features"``. It is
        created if it does not exist. All workers must have access to it.

    embedder : ImageEmbedder, default=None
        ``None`` means ``ImageEmbedder()``. One that is not fitted is fitted on a worker, so that
        "auto" parameters choose what the workers have. Its ``on_error`` decides what happens to
        images that can't be read. With ``n_jobs=None``, it uses as many threads as its worker has.

    client : dask.distributed.Client, default=None
        ``None`` means that this process computes all partitions, one after the other.

    partition_size : int, default=8192
        Number of images per file.

    retries : int, default=2
        How often Dask repeats a partition that failed, for example because a server did not
        respond. Not used without a client.

    verbose : bool, default=True
        Whether a progress bar is shown.

    Returns
    -------
    files : list of str of length n_partitions
        The files, in the order of the paths. Each has the columns "path", as it was given, and
        "features", lists of float32 of equal length.

    Raises
    ------
    ImageReadError
        If images can't be read and the embedder has ``on_error="raise"``; once for all of them,
        after the other partitions are finished.

    ValueError
        If ``out`` has files of other paths or of another embedder, or the workers have different
        packages.

    ImportError
        If pyarrow is not installed.

    Warns
    -----
    ImageReadWarning
        If images can't be read and the embedder has ``on_error="nan"``. Their features are NaN.

    See Also
    --------
    FeatureBatches : Reads the files in batches.

    Notes
    -----
    A file is written under a temporary name and then renamed. Its schema has the fingerprint of the
    network, the engine, the precision, the versions of the packages that decode images, and a
    digest of the paths; these are compared before a file is taken as finished. The content of
    images is not compared: delete a file to compute it again.

    Features are one column of lists, since files of two thousand columns are several times as slow
    to read in small row groups. Two lines of pandas read all of them:
    ``frame = pd.read_parquet(out)`` and ``X = np.stack(frame["features"])``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import pandas as pd
    >>> from PIL import Image
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.distributed import embed_to_parquet
    >>> folder = Path(tempfile.mkdtemp())
    >>> images, _ = make_multilabel_shapes(5, random_state=0)
    >>> paths = [folder / f"{i}.png" for i in range(5)]
    >>> for path, image in zip(paths, images):
    ...     Image.fromarray(image).save(path)
    >>> embedder = ImageEmbedder("tiny_cnn")
    >>> out = folder / "features"
    >>> files = embed_to_parquet(paths, out, embedder=embedder, partition_size=2, verbose=False)
    >>> [Path(file).name for file in files]
    ['part-000000.parquet', 'part-000001.parquet', 'part-000002.parquet']
    >>> X = np.stack(pd.read_parquet(out)["features"])
    >>> bool(np.allclose(X, embedder.fit_transform(paths), atol=1e-5))
    True
    """
    import_pyarrow()
    paths = check_paths(paths)
    embedder = _check_parameters(embedder, client, partition_size, retries)
    folder = FeatureFolder.at(out)
    folder.create()
    partitions = split(paths, partition_size)
    run = _Here() if client is None else _OnCluster(client, retries)
    description = run.prepare(embedder, make_absolute(paths[:1]))
    unfinished = find_unfinished(partitions, folder, description)
    n_unfinished = sum(len(partition.paths) for partition in unfinished)
    problems, missing = [], []
    with tqdm(
        total=len(paths),
        initial=len(paths) - n_unfinished,
        desc="Embedding",
        unit="img",
        disable=not verbose,
    ) as bar:
        for partition, result in run.embed(unfinished, folder, description):
            if isinstance(result, ImageReadError):
                problems += [(partition.start + i, *rest) for i, *rest in result.problems]
            else:
                missing += [partition.start + i for i in result]
            bar.update(len(partition.paths))
    folder.remove_unfinished()
    if problems:
        raise ImageReadError(sorted(problems))
    if missing:
        _warn_missing(missing, paths)
    return [f"{folder.path}/{partition.name}" for partition in partitions]


class _Here:
    """Compute partitions in this process."""

    def prepare(self, embedder, paths):
        """Fit an embedder, and return its description."""
        self._embedder = _fit(embedder, paths)
        return _describe(self._embedder)

    def embed(self, partitions, folder, description):
        """Yield each partition, and the rows of images that can't be read or the error."""
        for partition in partitions:
            sources = make_absolute(partition.paths)
            try:
                yield partition, _embed(self._embedder, partition, sources, folder, description)
            except ImageReadError as error:
                yield partition, error


class _OnCluster:
    """Compute partitions on the workers of a Dask cluster."""

    def __init__(self, client, retries):
        self._client = client
        self._retries = retries

    def prepare(self, embedder, paths):
        """Fit an embedder on a worker, and return its description."""
        self._embedder = self._submit(_fit, embedder, paths)
        return self._submit(_describe, self._embedder).result()

    def embed(self, partitions, folder, description):
        """Yield each partition, and the rows of images that can't be read or the error."""
        as_completed = importlib.import_module("distributed").as_completed
        waiting = iter(partitions)
        submitted = {}
        completed = as_completed()

        def submit_more():
            while len(submitted) < self._count_places():
                partition = next(waiting, None)
                if partition is None:
                    return
                sources = make_absolute(partition.paths)
                future = self._submit(
                    _embed_on_worker, self._embedder, partition, sources, folder, description
                )
                submitted[future] = partition
                completed.add(future)

        submit_more()
        try:
            for future in completed:
                partition = submitted.pop(future)
                submit_more()
                error = future.exception()
                if error is not None and not isinstance(error, ImageReadError):
                    raise error
                yield partition, future.result() if error is None else error
        finally:
            self._client.cancel(list(submitted))

    def _submit(self, function, *arguments):
        return self._client.submit(function, *arguments, pure=False, retries=self._retries)

    def _count_places(self):
        return max(_LEAST_SUBMITTED, _N_WAITING * sum(self._client.nthreads().values()))


def _check_parameters(embedder, client, partition_size, retries):
    if embedder is None:
        embedder = ImageEmbedder()
    if not isinstance(embedder, ImageEmbedder):
        raise TypeError(
            f"embedder is of type {type(embedder).__name__}; expected an ImageEmbedder. Apply "
            "other transformers to the features afterwards."
        )
    if is_precomputed(embedder.backbone):
        raise ValueError("backbone='precomputed' has no network; expected a network's name.")
    if client is not None and not (hasattr(client, "submit") and hasattr(client, "nthreads")):
        raise TypeError(
            f"client is of type {type(client).__name__}; expected dask.distributed.Client(...)."
        )
    if getattr(client, "asynchronous", False):
        raise ValueError("client is asynchronous; expected Client(..., asynchronous=False).")
    if not Interval(Integral, 1, None, closed="left").is_satisfied_by(partition_size):
        raise ValueError(f"partition_size={partition_size!r}: expected a number of images > 0.")
    if not Interval(Integral, 0, None, closed="left").is_satisfied_by(retries):
        raise ValueError(f"retries={retries!r}: expected a number of further attempts >= 0.")
    return embedder


def _fit(embedder, paths):
    """Return a fitted embedder; one that is fitted is returned as it is."""
    try:
        check_is_fitted(embedder)
    except NotFittedError:
        embedder = clone(embedder).fit(paths)
    return copy.copy(embedder).set_params(verbose=0)


def _describe(embedder):
    """Return the description of an embedder that has computed: its engine may not be the first."""
    embedder = copy.copy(embedder).set_params(memory=False)
    embedder.transform(make_noise((64, 64)))
    return describe_embedder(embedder)


def _embed_on_worker(embedder, partition, sources, folder, description):
    if embedder.n_jobs is None:
        n_threads = importlib.import_module("distributed").get_worker().state.nthreads
        embedder = copy.copy(embedder).set_params(n_jobs=n_threads)
    return _embed(embedder, partition, sources, folder, description)


def _embed(embedder, partition, sources, folder, description):
    """Write the features of a partition, and return the rows of images that can't be read."""
    with warnings.catch_warnings():
        # There is one warning for all partitions.
        warnings.simplefilter("ignore", ImageReadWarning)
        features = embedder.transform(sources)
    differences = compare(description, describe_embedder(embedder))
    if differences:
        raise ValueError(
            f"A worker differs from the first one: it has {differences}. Expected the same "
            "packages and devices on all workers, or an ImageEmbedder whose engine and precision "
            "are available on all of them."
        )
    folder.write(partition.name, partition.paths, features, partition.describe(description))
    return [row for row, readable in enumerate(is_readable(features)) if not readable]


def _warn_missing(missing, paths):
    examples = "".join(f"\n  paths[{row}] {paths[row]}" for row in sorted(missing)[:10])
    warn_caller(
        f"{len(missing)} image{'s' * (len(missing) > 1)} can't be read and have features of NaN:"
        f"{examples}{'' if len(missing) <= 10 else f'{chr(10)}  …'}",
        ImageReadWarning,
    )
