"""How many threads to use, so that nobody's setting changes and no core is fought over."""

import contextlib
import threading

import joblib
import torch

# Held while the process's settings (threads, random state) are not the user's, and while pictures
# go through a network: threads that want the same ones wait and then find them in the store.
_lock = threading.RLock()


def count_threads(n_jobs=None):
    """Return how many threads a job may use.

    Parameters
    ----------
    n_jobs : int or None, default=None
        -1 is one a core, -2 one less. ``None``: as many as torch uses, which in a worker process of
        joblib is the worker's share of the cores.
    """
    if n_jobs is None:
        return max(1, min(torch.get_num_threads(), joblib.cpu_count()))
    return max(1, n_jobs if n_jobs > 0 else joblib.cpu_count() + 1 + n_jobs)


@contextlib.contextmanager
def torch_threads(n_threads):
    """Let torch use this many threads inside a ``with`` block; one block at a time in a process."""
    with _lock:
        before = torch.get_num_threads()
        torch.set_num_threads(n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
