"""Stores of features, in memory or on a disk."""

import contextlib
import logging
import os
import sqlite3
import threading
import zlib
from collections import OrderedDict, namedtuple
from pathlib import Path

import joblib
import numpy as np

from skmlic._utils._config import get_config
from skmlic._utils._warnings import warn_caller
from skmlic.images import ContentDigest

logger = logging.getLogger("skmlic")

CacheInfo = namedtuple("CacheInfo", ["backbone_passes", "hits", "misses", "bytes", "max_bytes"])
CacheInfo.__doc__ = "Statistics of the feature store in this process; see :func:`cache_info`."

# SQLITE_ERROR is raised if the table does not have the expected columns.
_DAMAGE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LARGEST_NUMBER_OF_ATTEMPTS = 3
_SECONDS_TO_WAIT = 120


class Counts:
    """Counters of this process, safe for threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        """Set all counters to 0."""
        self.backbone_passes = self.hits = self.misses = 0

    def add(self, *, backbone_passes=0, hits=0, misses=0):
        """Increase counters."""
        with self._lock:
            self.backbone_passes += backbone_passes
            self.hits += hits
            self.misses += misses


class MemoryStore:
    """Features in memory, of which the least recently used are dropped first."""

    def __init__(self):
        self._features = OrderedDict()
        self._n_bytes = 0
        self._lock = threading.Lock()

    @property
    def n_bytes(self):
        """Size of the stored features in bytes."""
        with self._lock:
            self._drop_surplus()
            return self._n_bytes

    def get_many(self, keys):
        """Return a dict of the keys that are stored and their features."""
        found = {}
        with self._lock:
            self._drop_surplus()
            for key in keys:
                features = self._features.get(key)
                if features is not None:
                    self._features.move_to_end(key)
                    found[key] = features
        return found

    def put_many(self, features):
        """Store a dict of keys and float32 arrays of shape (n_features,)."""
        with self._lock:
            for key, values in features.items():
                values = values.copy()
                values.flags.writeable = False
                old = self._features.pop(key, None)
                self._n_bytes += values.nbytes - (0 if old is None else old.nbytes)
                self._features[key] = values
            self._drop_surplus()

    def clear(self):
        """Drop all features."""
        with self._lock:
            self._features.clear()
            self._n_bytes = 0

    def _drop_surplus(self):
        while self._n_bytes > get_config()["feature_cache_bytes"]:
            _, dropped = self._features.popitem(last=False)
            self._n_bytes -= dropped.nbytes


class NoStore:
    """A store that keeps nothing (``memory=False``)."""

    def get_many(self, keys):
        """Return an empty dict."""
        return {}

    def put_many(self, features):
        """Do nothing."""


class DiskStore:
    """Features in an SQLite file below a directory, which processes may share.

    Rows hold raw float32 bytes and a checksum. A row whose checksum is wrong is treated as missing
    and is overwritten. A file that SQLite can't read is renamed, and a new one is created.

    Parameters
    ----------
    directory : str or Path
        It is created if it does not exist.
    """

    _schema = (
        "CREATE TABLE IF NOT EXISTS features "
        "(key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"
    )
    _keys_per_query = 500

    def __init__(self, directory):
        self.path = Path(directory) / "skmlic-features.sqlite"

    def get_many(self, keys):
        """Return a dict of the keys that are stored and undamaged, and their features."""
        if not self.path.exists():
            return {}
        keys = list(keys)
        return self._attempt(lambda connection: dict(self._select(connection, keys))) or {}

    def put_many(self, features):
        """Store a dict of keys and float32 arrays of shape (n_features,), all or none of them."""
        rows = []
        for key, values in features.items():
            value = np.ascontiguousarray(values, dtype="<f4").tobytes()
            rows.append((key, value, _checksum(key, value)))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_LARGEST_NUMBER_OF_ATTEMPTS):
            if self._attempt(lambda connection: self._insert(connection, rows)):
                return
        raise OSError(f"{self.path} was damaged {_LARGEST_NUMBER_OF_ATTEMPTS} times in a row.")

    def _select(self, connection, keys):
        for start in range(0, len(keys), self._keys_per_query):
            part = keys[start : start + self._keys_per_query]
            marks = ",".join("?" * len(part))
            rows = connection.execute(
                f"SELECT key, value, checksum FROM features WHERE key IN ({marks})", part
            )
            for key, value, checksum in rows:
                if _is_sound(key, value, checksum):
                    yield key, np.frombuffer(value, dtype="<f4")
                else:
                    logger.warning("%s: the features of a damaged row are recomputed", self.path)

    def _insert(self, connection, rows):
        # If processes create the file at the same time, this fails in some of them. One success
        # is enough, since the mode is stored in the file.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(self._schema)
        connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        return True

    def _attempt(self, work):
        """Return ``work(connection)``, or None if the file is damaged or has no table yet."""
        identity = _identity(self.path)
        try:
            try:
                with contextlib.closing(_connect(self.path)) as connection:
                    return work(connection)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                    raise
                if "no such table" not in str(error):
                    self._set_aside(identity, error)
        except sqlite3.Error as error:
            raise OSError(
                f"{self.path} can't be used ({error}). Pass another directory as memory=, or None "
                "to store features in memory."
            ) from error

    def _set_aside(self, identity, error):
        """Rename the damaged file, unless another process has replaced it already."""
        with contextlib.closing(_connect(self.path.with_suffix(".lock"))) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            if identity is None or _identity(self.path) != identity:
                return
            aside = self.path.with_suffix(f".damaged-{os.getpid()}")
            for suffix in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")
        logger.warning("%s: %s; it was renamed to %s", self.path, error, aside.name)


def _connect(path):
    return sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)


def _identity(path):
    """Return what distinguishes a file from others at the same path; None if there is no file."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _is_sound(key, value, checksum):
    return (
        isinstance(value, bytes)
        and len(value) % np.dtype("<f4").itemsize == 0
        and checksum == _checksum(key, value)
    )


def _checksum(key, value):
    return zlib.crc32(value, zlib.crc32(key))


def get_store(memory):
    """Return the store that a ``memory`` parameter stands for.

    Parameters
    ----------
    memory : None, False, str, Path or joblib.Memory
        ``None`` is the store of this process, ``False`` stores nothing, and anything else is a
        directory.

    Returns
    -------
    store : object with get_many(keys) and put_many(features)

    Raises
    ------
    ValueError
        If ``memory`` is anything else.
    """
    if memory is None:
        return memory_store
    if memory is False:
        return NoStore()
    if isinstance(memory, joblib.Memory):
        return NoStore() if memory.location is None else DiskStore(memory.location)
    if isinstance(memory, (str, os.PathLike)):
        return DiskStore(memory)
    raise ValueError(
        f"memory={memory!r}: expected None (stored in the process), False (not stored), a "
        "directory or a joblib.Memory."
    )


class FeatureWriter:
    """Put features into a store, in groups.

    If the store can't be written to, it warns, so that the features at hand are not lost.

    Parameters
    ----------
    store : object with put_many
        As `get_store` returns it.
    memory : object
        The parameter that stands for the store, for warnings.
    """

    _group_size = 64

    def __init__(self, store, memory):
        self._store = store
        self._memory = memory
        self._waiting = {}

    def put(self, key, features):
        """Store the features of an image, now or with others."""
        self._waiting[key] = features
        if len(self._waiting) >= self._group_size:
            self.close()

    def close(self):
        """Store the features that are still waiting."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            self._store.put_many(waiting)
        except (OSError, sqlite3.Error) as error:
            warn_caller(f"Features can't be stored in memory={self._memory!r}: {error}")


def cache_info() -> CacheInfo:
    """Return statistics of the feature store in this process.

    Returns
    -------
    info : CacheInfo
        A named tuple. ``backbone_passes`` is the number of images that passed through a backbone;
        ``hits`` and ``misses`` are the numbers of distinct images whose features were stored or
        not, over all calls and stores; ``bytes`` and ``max_bytes`` are the size and the maximal
        size of the features in memory.

    See Also
    --------
    clear_cache : Remove the features stored in this process.
    set_config : Change ``max_bytes``.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.clear_cache()
    >>> skmlic.cache_info().backbone_passes
    0
    """
    return CacheInfo(
        counts.backbone_passes,
        counts.hits,
        counts.misses,
        memory_store.n_bytes,
        get_config()["feature_cache_bytes"],
    )


def clear_cache() -> None:
    """Remove the features stored in this process and set the counters to 0.

    Files below a ``memory`` directory stay; delete the directory to remove them.

    See Also
    --------
    cache_info : Statistics of the store.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.clear_cache()
    >>> skmlic.cache_info().bytes
    0
    """
    memory_store.clear()
    content_digest.clear()
    counts.reset()


memory_store = MemoryStore()
content_digest = ContentDigest()
counts = Counts()
