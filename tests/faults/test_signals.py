"""Ctrl-C and SIGTERM: they take effect at once, and the same process can go on."""

import multiprocessing
import shutil
import signal
import threading
import time

import pytest
from processes import Process, ProcessDied, ProcessInterrupted
from workloads import COMMANDS, SEARCH, STREAM, WORKLOADS

_LARGEST_DELAY = 2


_IN_PYTHON = [w for w in WORKLOADS if w not in COMMANDS] + [SEARCH, STREAM]


@pytest.mark.parametrize("workload", _IN_PYTHON, ids=str)
def test_ctrl_c(workload, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        process = Process(run_twice, workload, folder)
        process.send(signal.SIGINT, after=rng.uniform(0, expected.seconds))
        sent = time.monotonic()
        outcome = process.get()
        value, ended, n_threads = outcome.value
        if n_threads is None:
            assert ended - sent < 0.1, "the signal was ignored"
        else:
            assert ended - sent < _LARGEST_DELAY
            assert n_threads == 1
        expected.compare(value)
        expected.check(folder)

    try_often(f"Ctrl-C: {workload}", attempt)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_signals_to_a_command(command, number, inputs, undisturbed, try_often):
    expected = undisturbed(command)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        process = Process(command.run, folder)
        process.send(number, after=rng.uniform(0, expected.seconds))
        sent = time.monotonic()
        try:
            expected.compare(process.get().value)
        except (OSError, ProcessInterrupted, ProcessDied):
            assert time.monotonic() - sent < _LARGEST_DELAY
        assert not list(folder.glob(".*.tmp"))
        expected.check(folder)
        expected.repeat(folder)

    try_often(f"{signal.Signals(number).name}: {command}", attempt)


def run_twice(workload, folder):
    """Run until Ctrl-C, and again.

    Returned are the result, the moment of the first end, and the number of threads and children
    that Ctrl-C has left, or None if the first run was complete.
    """
    n_threads = None
    try:
        workload.run(folder)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ended = time.monotonic()
    except KeyboardInterrupt:
        ended = time.monotonic()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        n_threads = _count_threads()
    return workload.run(folder), ended, n_threads


def _count_threads():
    """Return the number of threads and children, except those that end within a second.

    Daemons are left out: tqdm keeps one to refresh its bars.
    """
    deadline = time.monotonic() + 1
    while True:
        n_threads = sum(not thread.daemon for thread in threading.enumerate())
        n_threads += len(multiprocessing.active_children())
        if n_threads == 1 or time.monotonic() > deadline:
            return n_threads
        time.sleep(0.01)
