"""Numbers of threads that respect the user's settings and do not oversubscribe the cores."""

import contextlib
import threading

import joblib
import torch

# The lock is held while settings of the process (threads, random state) differ from the user's, and
# while images pass through a network: threads that need the same features wait for the store.
_lock = threading.RLock()
_most_threads = None


def count_threads(n_jobs=None):
    """Return the number of threads that a job may use.

    Parameters
    ----------
    n_jobs : int or None, default=None
        -1 means one per core, -2 one less. ``None`` means as many as torch uses; in a worker
        process of joblib, that is the number of cores divided by the number of workers.
    """
    if n_jobs is None:
        n_threads = min(torch.get_num_threads(), joblib.cpu_count())
    else:
        n_threads = n_jobs if n_jobs > 0 else joblib.cpu_count() + 1 + n_jobs
    return max(1, min(n_threads, _most_threads or n_threads))


def use_one_thread():
    """Let this process, which was forked from one that computed, use a single thread from now on.

    The threads of the other process do not exist here, and neither does the one that may have held
    the lock.
    """
    global _lock, _most_threads
    _lock, _most_threads = threading.RLock(), 1
    torch.set_num_threads(1)


@contextlib.contextmanager
def torch_threads(n_threads):
    """Let torch use a number of threads in a ``with`` block; a process runs one block at a time."""
    with _lock:
        before = torch.get_num_threads()
        torch.set_num_threads(n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
