"""The images that one call has to embed, together with other processes."""

import time
from collections import deque

from skmlic.embedding._claims import Claims
from skmlic.embedding._feature_store import counts

# Small groups let others share the work and see results soon; a transaction takes about 1 ms.
_SMALLEST_CLAIM, _LARGEST_CLAIM = 4, 32
_KEYS_PER_LOOKUP = 256
_LARGEST_GROUP = 64
_SECONDS_BETWEEN_WRITES = 5
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5


class WorkQueue:
    """Keys whose features are missing: computed here, or by others with the same store.

    If there is no file to share work through, or anything is wrong with it, all are computed here.
    Close it to store what is finished and to leave the rest to others.

    Parameters
    ----------
    store : object
        As `get_store` returns it. Work is shared if its attribute ``disk`` is a DiskStore.
    keys : iterable of bytes
    n_features : int
        Number of features per key; rows of any other length are replaced.
    """

    def __init__(self, store, keys, n_features):
        self._store = store
        self._n_features = n_features
        self._unseen = deque(keys)
        self._claimed = deque()
        self._taken = []
        self._finished = {}
        self._given_up = []
        self._found = {}
        self._last_write = time.monotonic()
        self._claims = self._open_claims()

    def run(self, compute):
        """Yield the features of each key.

        Parameters
        ----------
        compute : callable
            It takes an iterator of keys and yields tuples of a key and its features, or the error
            raised when its image was read.

        Yields
        ------
        key : bytes
        features : ndarray of shape (n_features,) or Exception
        """
        while self._unseen or self._claimed or self._taken:
            if self._unseen or self._claimed:
                yield from self._compute(compute)
            self._write()
            self._wait_for_others()
            yield from self._pop_found()

    def close(self):
        """Store what is finished, and release the claims."""
        try:
            self._write()
        finally:
            # Others, and later calls, would wait for claims that Ctrl-C has left open.
            claims, self._claims = self._claims, None
            if claims is not None:
                try:
                    claims.close()
                except OSError as error:
                    self._store.report(error)

    def _compute(self, compute):
        for key, result in compute(self._take()):
            if isinstance(result, Exception):
                self._given_up.append(key)
            else:
                self._finished[key] = result
                self._write_now_and_then()
            yield key, result
            yield from self._pop_found()
        yield from self._pop_found()

    def _take(self):
        """Yield keys to compute, until others have claimed the rest."""
        while self._claimed or self._unseen:
            if not self._claimed:
                self._look_up()
            while self._claimed:
                counts.add(misses=1)
                yield self._claimed.popleft()

    def _look_up(self):
        """Look at the next keys, and claim some of them."""
        # Claims become smaller towards the end, so that all processes finish at the same time.
        n_claims = max(_SMALLEST_CLAIM, min(_LARGEST_CLAIM, len(self._unseen) // 8))
        keys = [self._unseen.popleft() for _ in range(min(_KEYS_PER_LOOKUP, len(self._unseen)))]
        found, claimed, taken = self._exchange(keys, n_claims)
        self._found.update(found)
        self._claimed.extend(claimed)
        self._taken.extend(taken)
        known = {*found, *claimed, *taken}
        self._unseen.extendleft(key for key in reversed(keys) if key not in known)

    def _wait_for_others(self):
        """Wait until others have stored what they claimed, or there is something to claim."""
        pause = _SHORTEST_PAUSE
        while self._taken and not self._claimed and not self._found:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            self._unseen, self._taken = deque(self._taken), []
            while self._unseen and not self._claimed:
                self._look_up()

    def _exchange(self, keys, n_claims):
        """Write, look up keys and claim some of them, as ``Claims.exchange`` does."""
        self._last_write = time.monotonic()
        finished, self._finished = self._finished, {}
        given_up, self._given_up = self._given_up, []
        if self._claims is not None:
            try:
                result = self._claims.exchange(finished, given_up, keys, n_claims)
            except OSError as error:
                self._claims.abandon()
                self._claims = None
                self._store.report(error)
            else:
                self._store.keep({**finished, **result[0]})
                return result
        if finished:
            self._store.put_many(finished)
        return {}, keys, []

    def _write_now_and_then(self):
        seconds = time.monotonic() - self._last_write
        if len(self._finished) >= _LARGEST_GROUP or seconds > _SECONDS_BETWEEN_WRITES:
            self._write()

    def _write(self):
        if self._finished or self._given_up:
            self._exchange([], 0)

    def _pop_found(self):
        found, self._found = self._found, {}
        counts.add(hits=len(found))
        yield from found.items()

    def _open_claims(self):
        disk = getattr(self._store, "disk", None)
        if disk is None:
            return None
        try:
            return Claims(disk, self._n_features)
        except OSError:
            # Features may be stored nevertheless; if not, that is told when it is tried.
            return None
