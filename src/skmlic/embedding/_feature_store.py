"""The features of images seen before, in memory or on a disk."""

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
from skmlic.images import ContentDigest

logger = logging.getLogger("skmlic")

CacheInfo = namedtuple("CacheInfo", ["backbone_passes", "hits", "misses", "bytes", "max_bytes"])
CacheInfo.__doc__ = "What the feature store did in this process; see :func:`cache_info`."

# SQLITE_ERROR is a table of other columns than ours.
_DAMAGE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LARGEST_NUMBER_OF_ATTEMPTS = 3
_SECONDS_TO_WAIT = 120


class Counts:
    """Counters of the process, changed under a lock."""

    def __init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        """Set all to 0."""
        self.backbone_passes = self.hits = self.misses = 0

    def add(self, *, backbone_passes=0, hits=0, misses=0):
        """Add to some of the counters."""
        with self._lock:
            self.backbone_passes += backbone_passes
            self.hits += hits
            self.misses += misses


class MemoryStore:
    """Features in the process, the least recently used dropped first."""

    def __init__(self):
        self._features = OrderedDict()
        self._n_bytes = 0
        self._lock = threading.Lock()

    @property
    def n_bytes(self):
        """Bytes of the features held."""
        with self._lock:
            self._drop_surplus()
            return self._n_bytes

    def get_many(self, keys):
        """Return those of the keys that are stored, as a dict key -> features."""
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
        """Store a dict key -> float32 array of shape (n_features,)."""
        with self._lock:
            for key, values in features.items():
                values = values.copy()
                values.flags.writeable = False
                old = self._features.pop(key, None)
                self._n_bytes += values.nbytes - (0 if old is None else old.nbytes)
                self._features[key] = values
            self._drop_surplus()

    def clear(self):
        """Drop everything."""
        with self._lock:
            self._features.clear()
            self._n_bytes = 0

    def _drop_surplus(self):
        while self._n_bytes > get_config()["feature_cache_bytes"]:
            _, dropped = self._features.popitem(last=False)
            self._n_bytes -= dropped.nbytes


class NoStore:
    """Remembers nothing (``memory=False``)."""

    def get_many(self, keys):
        """Return an empty dict."""
        return {}

    def put_many(self, features):
        """Do nothing."""


class DiskStore:
    """Features in one SQLite file below a directory, shared by processes.

    Rows hold raw float32 bytes and a checksum; a row whose checksum is wrong counts as missing and
    is written anew. A file that SQLite can't read is set aside and a new one is begun.

    Parameters
    ----------
    directory : str or Path
        Made if it does not exist.
    """

    _schema = (
        "CREATE TABLE IF NOT EXISTS features "
        "(key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"
    )
    _keys_per_query = 500

    def __init__(self, directory):
        self.path = Path(directory) / "skmlic-features.sqlite"

    def get_many(self, keys):
        """Return those of the keys that are stored and undamaged, as a dict key -> features."""
        if not self.path.exists():
            return {}
        keys = list(keys)
        return self._attempt(lambda connection: dict(self._select(connection, keys))) or {}

    def put_many(self, features):
        """Store a dict key -> float32 array of shape (n_features,), all or none of it."""
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
                    logger.warning("%s: a damaged row is computed anew", self.path)

    def _insert(self, connection, rows):
        # Of processes that begin a file together some are refused this; one gets it for all.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(self._schema)
        connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        return True

    def _attempt(self, work):
        """Return ``work(connection)``, or None if the file is damaged or begun, not yet filled."""
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
                f"{self.path} can't be used ({error}). Give another directory as memory=, or None "
                "to keep features in memory."
            ) from error

    def _set_aside(self, identity, error):
        """Rename the damaged file, unless another process did so and began a new one."""
        with contextlib.closing(_connect(self.path.with_suffix(".lock"))) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            if identity is None or _identity(self.path) != identity:
                return
            aside = self.path.with_suffix(f".damaged-{os.getpid()}")
            for suffix in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")
        logger.warning("%s: %s; it is set aside as %s", self.path, error, aside.name)


def _connect(path):
    return sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)


def _identity(path):
    """Return what tells a file from another one at the same path; None if there is none."""
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
    """Return the store that a ``memory`` parameter names.

    Parameters
    ----------
    memory : None, False, str, Path or joblib.Memory
        ``None``: the process's own; ``False``: none; otherwise a directory.

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
        f"memory={memory!r}: expected None (kept in the process), False (not kept), a directory "
        "or a joblib.Memory."
    )


def cache_info() -> CacheInfo:
    """Tell what the feature store did in this process.

    Returns
    -------
    info : CacheInfo
        A named tuple: ``backbone_passes``, images put through a backbone; ``hits`` and ``misses``,
        distinct images whose features were found or not, over all calls and stores; ``bytes`` and
        ``max_bytes``, memory that the in-process store holds and may hold.

    See Also
    --------
    clear_cache : Empty the in-process store.
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
    """Empty the in-process feature store and set its counters to 0.

    Files below a ``memory`` directory stay: remove that directory to be rid of them.

    See Also
    --------
    cache_info : What the store holds.

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
