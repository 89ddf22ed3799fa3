"""A full disk: nothing that was there is lost, and features are computed without their store."""

import contextlib
import os
import resource
import shutil
import subprocess

import pytest
from processes import Process
from workloads import WORKLOADS

_LARGE = 2**26


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_disk_that_becomes_full(workload, inputs, undisturbed, try_often):
    if os.getuid():
        pytest.skip("only root may mount a small disk")
    expected = undisturbed(workload)

    def attempt(folder, rng):
        with _mount(folder):
            shutil.copytree(inputs, folder, dirs_exist_ok=True)
            needed = _count_bytes(expected.folder) - _count_bytes(inputs)
            _resize(folder, _count_bytes(folder) + int(rng.integers(2 * needed + 8192)))
            expected.finish(Process(workload.run, folder))
            _resize(folder, _LARGE)
            expected.check(folder)
            expected.repeat(folder)

    try_often(f"full disk: {workload}", attempt)


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_limit_of_the_size_of_files(workload, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        limit = int(rng.integers(2**17))
        expected.finish(Process(run_with_limit, workload, folder, limit))
        expected.check(folder)
        expected.repeat(folder)

    try_often(f"limit of file sizes: {workload}", attempt)


def run_with_limit(workload, folder, n_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))
    return workload.run(folder)


@contextlib.contextmanager
def _mount(folder):
    options = f"size={_LARGE},mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "skmlic-faults", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _resize(folder, n_bytes):
    command = ["mount", "-o", f"remount,size={n_bytes}", str(folder)]
    subprocess.run(command, check=True)


def _count_bytes(folder):
    """Return the bytes that the files of a folder take on a disk."""
    pages = (-(-path.stat().st_size // 4096) for path in folder.rglob("*") if path.is_file())
    return 4096 * sum(pages)
