"""Processes with one store: some are killed, one is stopped, one has another version."""

import contextlib
import os
import shutil
import signal
import time

from processes import Process, ProcessDied, ProcessInterrupted
from workloads import EMBEDDING

import skmlic
from skmlic.embedding import _claims, _disk_store, _embedder

_N_PROCESSES = 4
# What is computed is stored before the end, which waits at most 5 s for a lock.
_LARGEST_DELAY = 7


def test_processes_with_one_store_of_which_some_are_killed(inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        numbers = rng.integers(1, expected.n_operations, size=_N_PROCESSES - 1)
        processes = [
            Process(EMBEDDING.run, folder, signal_at=(int(number), signal.SIGKILL))
            for number in numbers
        ]
        processes.append(Process(EMBEDDING.run, folder))
        for process in processes[:-1]:
            with contextlib.suppress(ProcessDied):
                expected.compare(process.get().value)
        outcome = processes[-1].get()
        expected.compare(outcome.value)
        assert not outcome.warnings
        expected.check(folder)
        # All rows are stored, and no claims are left that others would wait for.
        assert Process(count_passes, folder).get().value == 0

    try_often("several processes, some killed", attempt)


def start_and_stop(inputs, folder, expected, rng):
    """Return a process that stops at some operation: it may hold the file's lock, or claims."""
    shutil.copytree(inputs, folder, dirs_exist_ok=True)
    number = int(rng.integers(1, expected.n_operations))
    stopped = Process(EMBEDDING.run, folder, signal_at=(number, signal.SIGSTOP))
    time.sleep(2 * expected.seconds)
    return stopped


def resume(stopped, folder, expected):
    """Let a stopped process end, and check what it leaves."""
    os.kill(stopped.pid, signal.SIGCONT)
    expected.finish(stopped)
    expected.check(folder)
    expected.repeat(folder)


def test_a_process_that_is_stopped(inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        stopped = start_and_stop(inputs, folder, expected, rng)
        other = Process(EMBEDDING.run, folder)
        time.sleep(rng.uniform(0, 1))
        start = time.monotonic()
        other.send(signal.SIGINT)
        with contextlib.suppress(ProcessInterrupted):
            expected.finish(other)
        assert time.monotonic() - start < _LARGEST_DELAY
        resume(stopped, folder, expected)

    try_often("stopped process, Ctrl-C in another", attempt)


def test_a_process_that_waits_for_one_that_is_stopped(inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        stopped = start_and_stop(inputs, folder, expected, rng)
        expected.finish(Process(embed_impatiently, folder))
        resume(stopped, folder, expected)

    try_often("stopped process, wait of another", attempt)


def test_processes_of_two_versions(inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        processes = [Process(EMBEDDING.run, folder), Process(embed_with_other_version, folder)]
        expected.compare(processes[0].get().value)
        # Neither sees the rows of the other.
        expected.compare(-processes[1].get().value)
        expected.compare(Process(EMBEDDING.run, folder).get().value)
        expected.compare(-Process(embed_with_other_version, folder).get().value)

    try_often("two versions", attempt)


def count_passes(folder):
    """Embed, and return the number of images that were not stored."""
    EMBEDDING.run(folder)
    return skmlic.cache_info().backbone_passes


def embed_impatiently(folder):
    """Embed with half a second instead of five for locks, and of 60 for claims."""
    _disk_store._SECONDS_TO_WAIT = _claims._SECONDS_OF_LEASE = 0.5
    return EMBEDDING.run(folder)


def embed_with_other_version(folder):
    """Embed with a version whose features have the opposite sign."""
    _embedder._VERSIONS = (-1, *_embedder._VERSIONS[1:])
    _embedder.compute_features = _negate(_embedder.compute_features)
    return EMBEDDING.run(folder)


def _negate(compute):
    def compute_negative(*args, **kwargs):
        for digest, values in compute(*args, **kwargs):
            yield digest, -values

    return compute_negative
