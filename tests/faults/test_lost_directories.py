"""A directory that is deleted, moved away or replaced by a file while it is in use."""

import shutil
import time

import pytest
from processes import Process
from workloads import WORKLOADS

_IN_DIRECTORIES = [workload for workload in WORKLOADS if workload.directory != "."]


def _delete(directory):
    shutil.rmtree(directory, ignore_errors=True)


def _move(directory):
    directory.rename(directory.with_name("elsewhere"))


def _replace_by_file(directory):
    _move(directory)
    directory.write_text("a file")


@pytest.mark.parametrize("disturb", [_delete, _move, _replace_by_file])
@pytest.mark.parametrize("workload", _IN_DIRECTORIES, ids=str)
def test_a_lost_directory(workload, disturb, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        directory = folder / workload.directory
        process = Process(workload.run, folder)
        time.sleep(rng.uniform(0, expected.seconds))
        if directory.exists():
            disturb(directory)
        expected.finish(process)
        if directory.is_file():
            directory.unlink()
        directory.mkdir(exist_ok=True)
        expected.check(folder)
        expected.repeat(folder)

    try_often(f"lost directory: {workload}", attempt)
