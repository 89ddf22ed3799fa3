"""Claims on the images that processes with a common store embed, so that each is embedded once.

The file of the store has a table of claims, each a key, the owner who computes its features, and
the owner's beat, a number that the owner increases while it makes progress. All that follows
happens in single transactions, in which rows are stored and looked up as well:

- An owner claims a group of keys that have neither a row nor a claim.
- It releases a claim when it stores the row, or when the image can't be read.
- Keys that others have claimed are left for later. An owner does not hold claims while it waits
  for others, so that owners never wait for each other.
- The claims of an owner that ended without releasing them are deleted by the next one. On the same
  machine, the end is known from a file that the owner kept locked: the operating system unlocks it
  whatever ended the process, and it can't be mistaken for another process, as a number can.
- The same happens if an owner's beat has not changed for a minute: the process was stopped, hangs
  or ran on another machine. Each process measures this minute itself, so that no clocks are
  compared. If the owner is alive after all, some images are embedded twice, which is harmless.
"""

import contextlib
import os
import secrets
import socket
import sqlite3
import time

from skmlic.embedding._disk_store import connect, identify

_SECONDS_OF_LEASE = 60
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS claims "
    "(key BLOB PRIMARY KEY, owner TEXT NOT NULL, beat INTEGER NOT NULL) WITHOUT ROWID"
)


class Claims:
    """The claims of one owner: a call that embeds images. Close it to release them.

    Parameters
    ----------
    store : DiskStore
        Its file holds the claims.
    n_features : int
        Number of features per key; rows of any other length count as missing.

    Raises
    ------
    OSError
        If the owner's file can't be created and locked.
    """

    def __init__(self, store, n_features):
        self._store = store
        self._n_features = n_features
        self._held = set()
        self._host = socket.gethostname()
        self._owner = f"{self._host}/{secrets.token_hex(8)}"
        self._beats = {}
        store.make_directory()
        path, self._lock = self._lock_path(self._owner), None
        try:
            self._lock = connect(path)
            _lock_file(self._lock)
        except sqlite3.Error as error:
            self.abandon()
            raise OSError(f"{path} can't be locked ({error})") from error

    def exchange(self, finished, given_up, keys, n_claims):
        """Store features, release their claims and claim others, all in one transaction.

        Parameters
        ----------
        finished : dict of bytes to ndarray of shape (n_features,)
            Features to store; their claims are released.
        given_up : list of bytes
            Other keys whose claims are released.
        keys : list of bytes
            At most 500 keys to look up.
        n_claims : int
            The largest number of these to claim.

        Returns
        -------
        found : dict of bytes to ndarray of shape (n_features,)
            Those keys that are stored.
        claimed : list of bytes
            Keys that this owner has claimed.
        taken : list of bytes
            Keys that others have claimed.

        Raises
        ------
        OSError
            If the file can't be used.
        """
        found, claimed, taken = self._store.transact(
            lambda connection: self._exchange(connection, finished, given_up, keys, n_claims)
        )
        self._held = self._held.difference(finished, given_up).union(claimed)
        return found, claimed, taken

    def close(self):
        """Release all claims.

        Raises
        ------
        OSError
            If the file can't be used. The claims are void nevertheless.
        """
        try:
            if self._held:
                self._store.transact(self._release_all)
        finally:
            self.abandon()

    def abandon(self):
        """Leave the claims to the next process, which finds that their owner has ended."""
        if self._lock is not None:
            self._lock.close()
        _remove(self._lock_path(self._owner))

    def _exchange(self, connection, finished, given_up, keys, n_claims):
        connection.execute(_SCHEMA)
        self._store.insert(connection, finished)
        own = [(key, self._owner) for key in (*finished, *given_up)]
        connection.executemany("DELETE FROM claims WHERE key = ? AND owner = ?", own)
        connection.execute("UPDATE claims SET beat = beat + 1 WHERE owner = ?", (self._owner,))
        rows = self._store.select(connection, keys)
        found = {key: values for key, values in rows if len(values) == self._n_features}
        if keys:
            self._delete_void_claims(connection)
        marks = ",".join("?" * len(keys))
        rows = connection.execute(f"SELECT key FROM claims WHERE key IN ({marks})", keys)
        taken = {key for (key,) in rows}.difference(found)
        claimed = [key for key in keys if key not in found and key not in taken][:n_claims]
        connection.executemany(
            "INSERT INTO claims VALUES (?, ?, 0)", [(key, self._owner) for key in claimed]
        )
        return found, claimed, [key for key in keys if key in taken]

    def _release_all(self, connection):
        connection.execute(_SCHEMA)
        connection.execute("DELETE FROM claims WHERE owner = ?", (self._owner,))

    def _delete_void_claims(self, connection):
        others = connection.execute(
            "SELECT owner, MAX(beat) FROM claims WHERE owner != ? GROUP BY owner", (self._owner,)
        )
        for owner, beat in others.fetchall():
            if self._is_stalled(owner, beat) or self._has_ended(owner):
                connection.execute("DELETE FROM claims WHERE owner = ?", (owner,))

    def _is_stalled(self, owner, beat):
        now = time.monotonic()
        last_beat, since = self._beats.get(owner, (None, now))
        self._beats[owner] = (beat, since if beat == last_beat else now)
        return beat == last_beat and now - since > _SECONDS_OF_LEASE

    def _has_ended(self, owner):
        """Tell whether the process that had a claim has ended, as far as it can be known here."""
        if not owner.startswith(f"{self._host}/"):
            return False
        path = self._lock_path(owner)
        try:
            with contextlib.closing(connect(path, "mode=rw", seconds=0)) as lock:
                _lock_file(lock)
        except sqlite3.Error:
            return identify(path) is None
        _remove(path)
        return True

    def _lock_path(self, owner):
        return self._store.path.with_suffix(f".claim-{owner.rpartition('/')[2]}")


def _lock_file(connection):
    # Nothing is written, so that no journal is needed beside the file.
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("BEGIN EXCLUSIVE")


def _remove(path):
    """Delete a file of an owner, if that is allowed."""
    with contextlib.suppress(OSError):
        os.unlink(path)
