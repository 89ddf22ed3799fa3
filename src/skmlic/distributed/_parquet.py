"""Parquet files of features, each with what it was computed from."""

import contextlib
import importlib
import json
import posixpath
import uuid
import zlib
from dataclasses import dataclass

import numpy as np
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

# A row group of the default features takes 8 MB: little memory, and few requests to a server.
_N_ROWS_PER_GROUP = 1024
_METADATA_KEY = b"skmlic"
_PREFIX, _SUFFIX = "part-", ".parquet"


@dataclass(frozen=True)
class FeatureFolder:
    """A folder of Parquet files, whose names sort in the order of the images.

    Parameters
    ----------
    filesystem : fsspec.AbstractFileSystem
    path : str
        Of the folder, as the file system writes it.
    """

    filesystem: AbstractFileSystem
    path: str

    @classmethod
    def at(cls, location):
        """Return the folder at a path or a URL.

        Parameters
        ----------
        location : str or path-like

        Returns
        -------
        folder : FeatureFolder

        Raises
        ------
        NotADirectoryError
            If there is a file of this name.
        """
        filesystem, path = url_to_fs(str(location))
        if filesystem.isfile(path):
            raise NotADirectoryError(f"{str(location)!r} is a file; expected a folder of features.")
        return cls(filesystem, path)

    def create(self):
        """Create the folder unless it exists."""
        self.filesystem.makedirs(self.path, exist_ok=True)

    def list_parts(self):
        """Return the names of the finished files, in the order of the images."""
        paths = self.filesystem.glob(f"{self.path}/{_PREFIX}*{_SUFFIX}")
        return sorted(posixpath.basename(path) for path in paths)

    def open(self, name):
        """Return a file to read from."""
        return self.filesystem.open(f"{self.path}/{name}", "rb")

    def read_metadata(self, name):
        """Return what a file was computed from; ``None`` if the file is damaged."""
        _, pq = import_pyarrow()
        try:
            with self.open(name) as file:
                metadata = pq.read_schema(file).metadata or {}
            return json.loads(metadata.get(_METADATA_KEY, "{}"))
        except (ValueError, OSError):  # pyarrow raises errors of both types.
            return None

    def read_group_sizes(self, name):
        """Return the number of rows of each row group of a file."""
        with self._open_parquet(name) as file:
            metadata = file.metadata
            return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]

    def read_features(self, name, group):
        """Return the features of a row group.

        Parameters
        ----------
        name : str
        group : int

        Returns
        -------
        features : ndarray of shape (n_samples, n_features), dtype float32
            Without a copy where that is possible, and then not writeable.

        Raises
        ------
        ValueError
            If the file is damaged.
        """
        with self._open_parquet(name) as file:
            values = file.read_row_group(group, columns=["features"])["features"].combine_chunks()
            features = values.flatten().to_numpy().reshape(len(values), -1 if len(values) else 0)
            checksums = json.loads(file.schema_arrow.metadata[_METADATA_KEY])["checksums"]
            if _compute_checksum(features) != checksums[group]:
                raise ValueError("a checksum is wrong")
        return features

    @contextlib.contextmanager
    def _open_parquet(self, name):
        """Open a file, and say what to do if it is damaged."""
        _, pq = import_pyarrow()
        try:
            with self.open(name) as file, pq.ParquetFile(file) as parquet:
                yield parquet
        # pyarrow raises errors of many types for damaged files.
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise ValueError(
                f"{self.path}/{name} is damaged, or embed_to_parquet did not write it ({error}). "
                "Delete the file, and call embed_to_parquet again, which computes what is missing."
            ) from error

    def write(self, name, paths, features, metadata):
        """Write a file, which appears under its name once it is complete.

        Parameters
        ----------
        name : str
        paths : list of str
        features : ndarray of shape (n_samples, n_features), dtype float32
        metadata : dict
            What the features were computed from.
        """
        pa, pq = import_pyarrow()
        values = pa.array(features.ravel())
        rows = pa.FixedSizeListArray.from_arrays(values, features.shape[1])
        table = pa.table({"path": pa.array(paths, pa.string()), "features": rows})
        # Parquet's own checksums leave out the headers, in which a flipped bit changes all values.
        groups = range(0, len(features), _N_ROWS_PER_GROUP)
        checksums = [_compute_checksum(features[i:][:_N_ROWS_PER_GROUP]) for i in groups]
        metadata = json.dumps({**metadata, "checksums": checksums})
        table = table.replace_schema_metadata({_METADATA_KEY: metadata})
        unfinished = f"{self.path}/.{name}.{uuid.uuid4().hex}.tmp"
        try:
            with self.filesystem.open(unfinished, "wb") as file:
                # Bytes of equal significance are stored together, which compresses better.
                pq.write_table(
                    table,
                    file,
                    row_group_size=_N_ROWS_PER_GROUP,
                    compression="zstd",
                    use_dictionary=False,
                    use_byte_stream_split=["features.list.element"],
                    write_statistics=["path"],
                )
            self.filesystem.mv(unfinished, f"{self.path}/{name}")
        finally:
            with contextlib.suppress(FileNotFoundError):
                self.filesystem.rm_file(unfinished)

    def remove_unfinished(self):
        """Remove what killed processes left behind."""
        for path in self.filesystem.glob(f"{self.path}/.{_PREFIX}*.tmp"):
            with contextlib.suppress(FileNotFoundError):
                self.filesystem.rm_file(path)


def name_part(number):
    """Return the name of the file of a partition."""
    return f"{_PREFIX}{number:06d}{_SUFFIX}"


def is_readable(features):
    """Return for each row whether its image could be read."""
    return ~np.isnan(features[:, 0])


def import_pyarrow():
    """Return the modules pyarrow and pyarrow.parquet."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError("Parquet files need pyarrow: pip install 'skmlic[dask]'") from error


def _compute_checksum(features):
    return zlib.crc32(np.ascontiguousarray(features), zlib.crc32(repr(features.shape).encode()))
