"""Damaged files: there is an error, or the numbers are the same; never a wrong number."""

import shutil
import signal
from contextlib import suppress

import pytest
from processes import Process, ProcessDied
from workloads import EMBEDDING, FIT, LOADING, PARTITIONS, TRAINING


def _flip_bit(content, rng):
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)


def _truncate(content, rng):
    del content[rng.integers(len(content)) :]


def _zero(content, rng):
    start = rng.integers(len(content))
    stop = start + rng.integers(1, 4097)
    content[start:stop] = bytes(len(content[start:stop]))


def _scramble(content, rng):
    start = rng.integers(len(content))
    stop = start + rng.integers(1, 65)
    content[start:stop] = rng.bytes(len(content[start:stop]))


_WORKLOADS = [EMBEDDING, FIT, TRAINING, PARTITIONS, LOADING]
_DAMAGES = [_flip_bit, _truncate, _zero, _scramble]


@pytest.mark.parametrize("damage", _DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
@pytest.mark.parametrize("workload", _WORKLOADS, ids=str)
def test_damaged_files(workload, damage, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(expected.folder, folder, dirs_exist_ok=True)
        _damage_one(workload, folder, damage, rng)
        _check(workload, expected, folder)

    try_often(f"damaged bytes: {workload}", attempt)


@pytest.mark.parametrize("damage", _DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_damaged_logs_of_a_killed_process(damage, inputs, undisturbed, try_often):
    workload = EMBEDDING
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        number = int(rng.integers(expected.n_operations // 2, expected.n_operations))
        process = Process(workload.run, folder, signal_at=(number, signal.SIGKILL))
        with suppress(ProcessDied):
            process.get()
        _damage_one(workload, folder, damage, rng)
        _check(workload, expected, folder)

    try_often(f"damaged bytes after a kill: {workload}", attempt)


def _damage_one(workload, folder, damage, rng):
    paths = [path for pattern in workload.files for path in sorted(folder.glob(pattern))]
    paths = [path for path in paths if path.stat().st_size]
    if paths:
        path = paths[rng.integers(len(paths))]
        content = bytearray(path.read_bytes())
        damage(content, rng)
        path.write_bytes(content)


def _check(workload, expected, folder):
    try:
        outcome = Process(workload.run, folder).get()
    except workload.errors as error:
        _check_message(error, folder)
        for pattern in workload.files:
            for path in folder.glob(pattern):
                path.unlink()
    else:
        expected.compare(outcome.value)
    if workload is not LOADING:
        expected.repeat(folder)


def _check_message(error, folder):
    assert str(folder) in str(error), "the error does not name the file"
