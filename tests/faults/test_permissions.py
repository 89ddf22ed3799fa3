"""Directories and files that may not be written or read, and those of another user."""

import ctypes
import os
import shutil
import stat

import pytest
from processes import Process
from workloads import WORKLOADS

_NOBODY = 65534


@pytest.mark.parametrize("exists", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("owner", ["own", "another user's"])
@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_directory_without_permissions(workload, owner, exists, inputs, undisturbed, try_often):
    if owner != "own" and os.getuid():
        pytest.skip("only root can have files of two users")
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(expected.folder if exists else inputs, folder, dirs_exist_ok=True)
        directory = folder / workload.directory
        directory.mkdir(exist_ok=True)
        own = [path for pattern in workload.files for path in folder.glob(pattern)]
        for path in [directory, *own]:
            if owner != "own":
                os.chown(path, _NOBODY, _NOBODY)
            for bit in (stat.S_IWUSR, stat.S_IWGRP, stat.S_IWOTH):
                path.chmod(path.stat().st_mode & ~bit)
        for path in own:
            if rng.random() < 0.3:
                path.chmod(0)
        expected.finish(Process(run_without_privileges, workload, folder))
        for path in [directory, *own]:
            path.chmod(0o755)
        expected.check(folder)
        expected.repeat(folder)

    try_often(f"{owner} files without permissions: {workload}", attempt)


def run_without_privileges(workload, folder):
    """Run as a user whom permissions bind, as they do not bind root."""
    if not os.getuid():
        _drop_capabilities()
    return workload.run(folder)


def _drop_capabilities():
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")
