"""Features in an SQLite file that processes share."""

import contextlib
import logging
import os
import sqlite3
import time
import zlib
from pathlib import Path

import numpy as np

logger = logging.getLogger("skmlic")

# SQLITE_ERROR is raised if a table does not have the expected columns.
_DAMAGE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_LARGEST_NUMBER_OF_ATTEMPTS = 3
# SQLite waits for a lock in short steps, since signals such as Ctrl-C are handled between them.
_SECONDS_TO_WAIT = 5
_SECONDS_PER_STEP = 0.1
# Without permission to write, a file that nobody has open can be read only if it is taken as
# immutable. Its newest rows are missing then if they are in the write-ahead log.
_WAYS_TO_READ = ("mode=rw", "mode=ro", "mode=ro&immutable=1")


class DiskStore:
    """Features in an SQLite file below a directory, which processes may share.

    Rows hold raw float32 bytes and a checksum. A row whose checksum is wrong is treated as missing
    and is overwritten. A file that SQLite can't read is renamed, and a new one is created.

    If the file can't be used, or another process locks it for more than 5 seconds, methods raise
    an OSError.

    Parameters
    ----------
    directory : str or Path
        It is created if it does not exist.
    must_exist : bool, default=False
        Whether a missing directory is an error instead.
    """

    _schema = (
        "CREATE TABLE IF NOT EXISTS features "
        "(key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"
    )
    _keys_per_query = 500

    def __init__(self, directory, *, must_exist=False):
        self.path = Path(directory) / "skmlic-features.sqlite"
        self._must_exist = must_exist

    def get_many(self, keys):
        """Return a dict of the keys that are stored and undamaged, and their features."""
        if identify(self.path) is None:
            return {}
        keys = list(keys)
        return self._attempt(lambda link: dict(self.select(link, keys)), _WAYS_TO_READ) or {}

    def put_many(self, features):
        """Store a dict of keys and float32 arrays of shape (n_features,), all or none of them."""
        self.transact(lambda connection: self.insert(connection, features))

    def transact(self, work):
        """Return ``work(connection)``, which may write and is done completely or not at all.

        It may be called more than once, if the file is locked or is replaced.
        """
        self.make_directory()
        for _ in range(_LARGEST_NUMBER_OF_ATTEMPTS):
            done = self._attempt(lambda connection: (self._in_transaction(connection, work),))
            if done:
                return done[0]
        raise OSError(f"{self.path} was damaged {_LARGEST_NUMBER_OF_ATTEMPTS} times in a row.")

    def make_directory(self):
        """Create the directory, unless it must exist."""
        if not self._must_exist:
            self.path.parent.mkdir(parents=True, exist_ok=True)

    def select(self, connection, keys):
        """Yield the keys that are stored and undamaged, and their features."""
        wanted = set(keys)
        for start in range(0, len(keys), self._keys_per_query):
            part = keys[start : start + self._keys_per_query]
            marks = ",".join("?" * len(part))
            rows = connection.execute(
                f"SELECT key, value, checksum FROM features WHERE key IN ({marks})", part
            )
            for key, value, checksum in rows:
                # In a damaged file, SQLite may find rows of other keys.
                if key in wanted and _is_sound(key, value, checksum):
                    yield key, np.frombuffer(value, dtype="<f4")
                else:
                    logger.warning("%s: the features of a damaged row are recomputed", self.path)

    def insert(self, connection, features):
        """Store a dict of keys and float32 arrays of shape (n_features,)."""
        rows = []
        for key, values in features.items():
            value = np.ascontiguousarray(values, dtype="<f4").tobytes()
            rows.append((key, value, _checksum(key, value)))
        connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)

    def _in_transaction(self, connection, work):
        # If processes create the file at the same time, this fails in some of them. One success
        # is enough, since the mode is stored in the file.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(self._schema)
        result = work(connection)
        connection.execute("COMMIT")
        return result

    def _attempt(self, work, ways=("mode=rwc",)):
        """Return ``work(connection)``, or None if the file is damaged or has no table yet."""
        identity = identify(self.path)
        try:
            try:
                return _use(self.path, work, ways)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _DAMAGE:
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

        def rename(lock):
            lock.execute("BEGIN EXCLUSIVE")
            if identity is None or identify(self.path) != identity:
                return False
            for suffix in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")
            return True

        aside = self.path.with_suffix(f".damaged-{os.getpid()}")
        if _use(self.path.with_suffix(".lock"), rename, ["mode=rwc"]):
            logger.warning("%s: %s; it was renamed to %s", self.path, error, aside.name)


def _use(path, work, ways):
    """Return ``work(connection)`` in the first of several ways to open a file that works.

    While the file is locked, it is tried again.
    """
    deadline = time.monotonic() + _SECONDS_TO_WAIT
    ways = list(ways)
    while True:
        try:
            connection = connect(path, ways[0])
            # An interrupt of the wait for a lock would arrive in contextlib.closing, before it
            # closes.
            try:
                return work(connection)
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            if _code(error) in _LOCKED and time.monotonic() < deadline:
                time.sleep(_SECONDS_PER_STEP / 10)
            elif _code(error) not in (*_DAMAGE, *_LOCKED) and len(ways) > 1:
                ways.pop(0)
            else:
                raise


def connect(path, way="mode=rwc", seconds=_SECONDS_PER_STEP):
    """Return a connection to an SQLite file, which waits a number of seconds for locks."""
    address = f"{Path(path).absolute().as_uri()}?{way}"
    return sqlite3.connect(
        address, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False
    )


def _code(error):
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def identify(path):
    """Return what distinguishes a file from others at the same path; None if there is no file."""
    try:
        stat = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
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
