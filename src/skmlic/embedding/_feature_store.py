"""Stores of features: of the process, and below a directory."""

import math
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import joblib

from skmlic._utils._compat import resource_tracker
from skmlic._utils._config import get_config
from skmlic._utils._warnings import warn_caller
from skmlic.embedding._disk_store import DiskStore
from skmlic.images import ContentDigest

_SECONDS_WITHOUT_ATTEMPTS = 60


class CacheInfo(NamedTuple):
    """Statistics of the feature store in this process; see :func:`cache_info`."""

    backbone_passes: int
    hits: int
    misses: int
    bytes: int
    max_bytes: int


class Counts:
    """Counters of this process, safe for threads."""

    backbone_passes: int
    hits: int
    misses: int

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Set all counters to 0."""
        self.backbone_passes = self.hits = self.misses = 0

    def add(self, *, backbone_passes: int = 0, hits: int = 0, misses: int = 0) -> None:
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

    def get_all(self):
        """Return a dict of all keys and their features."""
        with self._lock:
            return dict(self._features)

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


class ProcessStore:
    """The store of this process (``memory=None``): in memory, and on a disk if that is needed.

    A temporary directory is created when the features do not fit in memory, or when worker
    processes need them. From then on, it holds all features; those in memory are found faster. The
    process that created it deletes it at its end. After a failure, none is created for a minute.
    """

    def __init__(self):
        self._lock = threading.RLock()
        self._directory = None
        self._last_failure = -math.inf
        self.disk = None

    def get_many(self, keys):
        """Return a dict of the keys that are stored and their features."""
        keys = list(keys)
        found = memory_store.get_many(keys)
        disk, missing = self.disk, [key for key in keys if key not in found]
        if disk is not None and missing:
            try:
                read = disk.get_many(missing)
            except OSError as error:
                self.report(error)
            else:
                memory_store.put_many(read)
                found.update(read)
        return found

    def put_many(self, features):
        """Store a dict of keys and float32 arrays of shape (n_features,)."""
        self._make_room(features)
        disk = self.disk
        if disk is not None:
            try:
                disk.put_many(features)
            except OSError as error:
                self.report(error)
        memory_store.put_many(features)

    def keep(self, features):
        """Keep features in memory that are on the disk."""
        memory_store.put_many(features)

    def share(self):
        """Return the path of a directory with all features, for worker processes, or None."""
        seconds = time.monotonic() - self._last_failure
        if get_config()["feature_cache_bytes"] == 0 or seconds < _SECONDS_WITHOUT_ATTEMPTS:
            return None
        with self._lock:
            if self.disk is None:
                try:
                    self._directory = _TemporaryDirectory()
                except OSError as error:
                    self.report(error)
                    return None
                self._use(self._directory.path)
            return None if self.disk is None else str(self.disk.path.parent)

    def join(self, path):
        """Use the directory of another process, unless it is gone or this process has its own."""
        with self._lock:
            is_known = self.disk is not None and self.disk.path.parent == Path(path)
            if self._directory is None and not is_known and os.path.isdir(path):
                self._use(path)

    def report(self, error):
        """Do without the directory, and warn unless another process deleted it."""
        with self._lock:
            is_gone = self.disk is not None and not self.disk.path.parent.exists()
            self._leave()
        if not is_gone:
            self._last_failure = time.monotonic()
            warn_caller(
                f"Features can't be stored in a temporary directory: {error} Images may pass "
                "through the network again. Name a directory: memory='features'."
            )

    def clear(self):
        """Remove all features."""
        with self._lock:
            self._leave()
            self._last_failure = -math.inf
            memory_store.clear()

    def _make_room(self, features):
        limit = get_config()["feature_cache_bytes"]
        n_bytes = sum(values.nbytes for values in features.values())
        if self.disk is None and memory_store.n_bytes + n_bytes > limit:
            self.share()

    def _use(self, path):
        self.disk = DiskStore(path, must_exist=True)
        features = memory_store.get_all()
        try:
            if features:
                self.disk.put_many(features)
        except OSError as error:
            self.report(error)

    def _leave(self):
        directory, self._directory, self.disk = self._directory, None, None
        if directory is not None:
            directory.remove()


class _TemporaryDirectory:
    """A new directory that only this user may read, which is deleted when the process ends.

    If the process is killed, joblib's process that tracks such folders deletes it.
    """

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="skmlic-")
        resource_tracker.register(self.path, "folder")
        self.remove = weakref.finalize(self, _remove_tree, self.path, os.getpid())


def _remove_tree(path, owner):
    # A process that was forked from the owner inherits the finalizer.
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)
        resource_tracker.unregister(path, "folder")


class DirectoryStore:
    """A store below a directory. If that can't be used, it warns and uses the process store.

    After a failure, the directory is left alone for a minute, so that a locked file does not delay
    each call.

    Parameters
    ----------
    directory : str or Path
        It is created if it does not exist.
    memory : object
        The parameter that stands for the store, for warnings.
    """

    def __init__(self, directory, memory):
        self._disk = DiskStore(directory)
        self._memory = memory

    @property
    def path(self):
        """Path of the file."""
        return self._disk.path

    @property
    def disk(self):
        """The store on the disk, or None if nothing can be written to it."""
        return None if self._is_failing("write") else self._disk

    def get_many(self, keys):
        """Return a dict of the keys that are stored and their features."""
        keys, found = list(keys), {}
        if not self._is_failing("read"):
            try:
                found = self._disk.get_many(keys)
            except OSError as error:
                self._fail(f"Features can't be read from memory={self._memory!r}: {error}", "read")
        if self.path in _failures and len(found) < len(keys):
            found = {**process_store.get_many(keys), **found}
        return found

    def put_many(self, features):
        """Store a dict of keys and float32 arrays of shape (n_features,)."""
        if self.disk is not None:
            try:
                return self._disk.put_many(features)
            except OSError as error:
                self.report(error)
        process_store.put_many(features)

    def keep(self, features):
        """Do nothing with features that are on the disk."""

    def report(self, error):
        """Write nothing for a minute, and warn."""
        self._fail(f"Features can't be stored in memory={self._memory!r}: {error}", "write")

    def _fail(self, message, operation):
        times = _failures.setdefault(self.path, {})
        times[operation] = times["write"] = time.monotonic()
        warn_caller(message)

    def _is_failing(self, operation):
        last = _failures.get(self.path, {}).get(operation)
        return last is not None and time.monotonic() - last < _SECONDS_WITHOUT_ATTEMPTS


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
        return process_store
    if memory is False:
        return NoStore()
    if isinstance(memory, joblib.Memory):
        return NoStore() if memory.location is None else DirectoryStore(memory.location, memory)
    if isinstance(memory, (str, os.PathLike)):
        return DirectoryStore(memory, memory)
    raise ValueError(
        f"memory={memory!r}: expected None (stored in the process), False (not stored), a "
        "directory or a joblib.Memory."
    )


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
    process_store.clear()
    _failures.clear()
    content_digest.clear()
    counts.reset()


memory_store = MemoryStore()
process_store = ProcessStore()
content_digest = ContentDigest()
counts = Counts()
# When operations on files failed the last time.
_failures: dict[Path, dict[str, float]] = {}
