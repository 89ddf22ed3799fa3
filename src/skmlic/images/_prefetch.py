"""Decoding of images in threads, ahead of the work that needs them."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def prefetch(
    function: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
    *,
    n_threads: int,
    n_ahead: int,
) -> Generator[_Result, None, None]:
    """Yield the function's result for each task, in order, computed in threads ahead of time.

    The tasks are taken from their iterator in the caller's thread, so that random numbers drawn
    there depend on a seed alone. Close the generator to cancel what has not started, for example
    with :func:`contextlib.closing`.

    Parameters
    ----------
    function : callable
        Called with one task. An exception that it raises reaches the caller at that task's turn.
    tasks : iterable
        What the function is called with.
    n_threads : int
        Number of threads.
    n_ahead : int
        Number of tasks that have been submitted beyond the one whose result is yielded. It is
        raised to ``n_threads - 1``, so that no thread is idle.

    Yields
    ------
    result : object
        What the function returned.
    """
    with ThreadPoolExecutor(n_threads) as pool:
        pending: deque[Future[_Result]] = deque()
        try:
            for task in tasks:
                pending.append(pool.submit(function, task))
                if len(pending) > max(n_ahead, n_threads - 1):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
