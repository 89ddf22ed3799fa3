"""Functions that run in processes of their own, which can be killed, stopped and interrupted."""

import contextlib
import faulthandler
import importlib
import inspect
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

_LIMIT = 40

# Each process is forked from one that has imported everything and has no threads.
_context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
_context.set_forkserver_preload(
    [
        "pytest",
        "skmlic",
        "skmlic.cli._console",
        "skmlic.cli._places",
        "skmlic.cli._predict",
        "skmlic.cli._train",
        "skmlic.distributed",
        "skmlic.export",
        "skmlic.inspection",
        "skmlic.persistence",
        "sklearn.model_selection",
        "onnx",
        "pyarrow.parquet",
    ]
)


class Outcome(NamedTuple):
    """What a function returned, its warnings, its seconds and its number of file operations."""

    value: Any
    warnings: list
    seconds: float
    n_operations: int


class ProcessInterrupted(Exception):
    """A function was ended by KeyboardInterrupt or SystemExit."""


class ProcessHangs(Exception):
    """A process took too many seconds, and was killed."""


class ProcessDied(Exception):
    """A process ended before its function did."""


class Process:
    """A call of a function in a new process.

    Parameters
    ----------
    function : function
        Of a module in this folder.
    *arguments : object
        Passed to the function.
    signal_at : tuple (int, signal) or None, default=None
        The process sends itself the signal at the file operation of this number. Number 0 counts
        them only.
    """

    def __init__(self, function, *arguments, signal_at=None):
        self._connection, theirs = _context.Pipe()
        self._process = _context.Process(
            target=_run, args=(theirs, _name(function), arguments, signal_at)
        )
        self._process.start()
        theirs.close()
        self._receive(_LIMIT)

    @property
    def pid(self):
        return self._process.pid

    def send(self, number, after=0.0):
        """Send a signal after a number of seconds, unless the function has ended by then."""
        if not self._connection.poll(after):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self, after=0.0):
        """Kill the process after a number of seconds, and wait for its end."""
        self.send(signal.SIGKILL, after)
        self._process.kill()
        self._process.join()

    def get(self, limit=_LIMIT):
        """Return the outcome, or raise the function's error.

        It raises `ProcessHangs`, and kills the process, after a number of seconds.
        """
        result = self._receive(limit)
        self._process.join(_LIMIT)
        if self._process.is_alive():
            self.kill()
            raise ProcessHangs("the process returned, but did not end: a thread or a child hangs")
        if isinstance(result, (KeyboardInterrupt, SystemExit)):
            raise ProcessInterrupted(repr(result))
        if isinstance(result, Exception):
            raise result
        return result

    def _receive(self, limit):
        if not self._connection.poll(limit):
            # Its stack is written to stderr.
            self.send(signal.SIGABRT)
            time.sleep(0.2)
            self.kill()
            raise ProcessHangs(f"the process hangs: {limit} seconds were not enough")
        try:
            return self._connection.recv()
        except EOFError:
            self._process.join()
            raise ProcessDied(f"exit code {self._process.exitcode}") from None


class FileOperations:
    """Counts the operations of Python code on files, and sends a signal at one of them.

    Random moments are rarely within an operation on a file; numbers of operations are all there.
    Each operation counts twice: before and after.
    """

    _names = frozenset(
        [
            "close",
            "execute",
            "executemany",
            "fsync",
            "link",
            "mkdir",
            "open",
            "remove",
            "rename",
            "replace",
            "rmdir",
            "truncate",
            "unlink",
            "write",
            "writelines",
        ]
    )
    _owners = frozenset(["_io", "io", "posix", "sqlite3"])

    def __init__(self, signal_at):
        self.count = 0
        self._at, self._signal = signal_at or (None, None)

    def __enter__(self):
        if self._at is not None:
            threading.setprofile(self)
            sys.setprofile(self)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)
        threading.setprofile(None)

    def __call__(self, frame, event, function):
        if event in ("c_call", "c_return") and self._is_counted(function):
            self.count += 1
            if self.count == self._at:
                os.kill(os.getpid(), self._signal)

    def _is_counted(self, function):
        owner = function.__module__ or type(function.__self__).__module__
        return function.__name__ in self._names and owner in self._owners


def kill_at_random(workload, folder, undisturbed, rng):
    """Kill a workload: at a random time, or at a random operation on a file."""
    if rng.random() < 0.5:
        Process(workload.run, folder).kill(after=rng.uniform(0, undisturbed.seconds))
        return
    number = int(rng.integers(1, undisturbed.n_operations + 1))
    process = Process(workload.run, folder, signal_at=(number, signal.SIGKILL))
    with contextlib.suppress(ProcessDied):
        process.get()


def _name(function):
    """Return names by which other processes find a function or a bound method."""
    module = Path(inspect.getfile(function)).stem
    return module, function.__qualname__, getattr(function, "__self__", None)


def _find(module, name, owner):
    if owner is not None:
        return getattr(owner, name.rpartition(".")[2])
    return getattr(importlib.import_module(module), name)


def _run(connection, name, arguments, signal_at):
    faulthandler.enable()
    function = _find(*name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        connection.send("started")
        start = time.perf_counter()
        try:
            with FileOperations(signal_at) as operations:
                value = function(*arguments)
        except BaseException as error:
            result = error
        else:
            seconds = time.perf_counter() - start
            messages = [str(warning.message) for warning in caught]
            result = Outcome(value, messages, seconds, operations.count)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection.send(result)
    except Exception:  # Not every error can be pickled.
        connection.send(RuntimeError(repr(result)))
