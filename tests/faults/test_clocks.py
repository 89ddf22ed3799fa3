"""Clocks that jump, and files whose times are wrong."""

import os
import shutil
import time

import numpy as np
import pytest
from PIL import Image
from processes import Process
from workloads import WORKLOADS, list_images, make_embedder

_DAY = 86400


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_clock_that_jumps(workload, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        for path in folder.rglob("*"):
            moment = time.time() + rng.uniform(-10, 10) * _DAY
            os.utime(path, (moment, moment))
        expected.finish(Process(run_with_jumps, workload, folder, rng.integers(2**31)))
        expected.repeat(folder)

    try_often(f"clock that jumps: {workload}", attempt)


def test_images_that_change_without_a_change_of_their_times(inputs, try_often):
    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        Process(embed_before_and_after, folder, rng.integers(2**31)).get()

    try_often("images that change, with wrong times", attempt)


def run_with_jumps(workload, folder, seed):
    _let_clock_jump(np.random.default_rng(seed))
    return workload.run(folder)


def embed_before_and_after(folder, seed):
    rng = np.random.default_rng(seed)
    paths = list_images(folder)
    embedder = make_embedder(memory=folder / "store").fit(paths)
    embedder.transform(paths)
    time.sleep(0.02)  # The clock of a file system advances in steps.
    _let_clock_jump(rng)
    for path in rng.choice(paths, 5, replace=False):
        status = os.stat(path)
        pixels = _read_pixels(path)
        Image.fromarray(pixels[::-1]).save(path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    expected = make_embedder(memory=False).fit(paths).transform([_read_pixels(p) for p in paths])
    np.testing.assert_array_equal(embedder.transform(paths), expected)


def _read_pixels(path):
    with Image.open(path) as image:
        return np.array(image)


def _let_clock_jump(rng):
    """Shift the clock by other days at every look at it."""
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + rng.uniform(-10, 10) * _DAY
    time.time_ns = lambda: now_ns() + int(rng.uniform(-10, 10) * _DAY * 1e9)
