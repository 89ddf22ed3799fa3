"""Images on unreliable disks: errors of reading, images that vanish or change, slow reads."""

import errno
import io
import os
import shutil
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import Process
from workloads import EMBEDDING, list_images, make_embedder

from skmlic.exceptions import ImageReadWarning


def _vanish(path):
    path.unlink()


def _change(path):
    pixels = _read_pixels(path)
    temporary = path.with_suffix(".new")
    Image.fromarray(pixels[::-1]).save(temporary, format="png")
    temporary.replace(path)


def _truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def _fail_to_read(path):
    """Let the system report an input/output error: nothing is mapped at address 0."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


@pytest.mark.parametrize("disturb", [_vanish, _change, _truncate, _fail_to_read])
def test_images_that_are_lost_while_they_are_embedded(disturb, inputs, undisturbed, try_often):
    if disturb is _fail_to_read and not os.path.exists("/proc/self/mem"):
        pytest.skip("needs Linux")
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        changed = rng.choice(len(expected.value), 3, replace=False)
        process = Process(embed_readable, folder)
        time.sleep(rng.uniform(0, expected.seconds))
        for row in changed:
            disturb(folder / "images" / f"{row:02}.png")
        value, unreadable = process.get().value
        assert set(unreadable) <= set(changed)
        others = np.delete(np.arange(len(value)), changed)
        np.testing.assert_array_equal(value[others], expected.value[others])
        _check_images_as_they_are(folder, expected)

    try_often(f"images that are lost while they are read: {disturb.__name__.strip('_')}", attempt)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_errors_of_network_disks(number, inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        process = Process(embed_with_errors, folder, number, rng.integers(2**31))
        value, unreadable = process.get().value
        readable = np.delete(np.arange(len(value)), unreadable)
        np.testing.assert_array_equal(value[readable], expected.value[readable])
        expected.check(folder)
        expected.repeat(folder)

    try_often(f"network disk: {errno.errorcode[number]}", attempt)


def test_slow_reads(inputs, undisturbed, try_often):
    expected = undisturbed(EMBEDDING)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        expected.compare(Process(embed_slowly, folder, rng.integers(2**31)).get().value)
        expected.repeat(folder)

    try_often("slow reads", attempt)


def embed_readable(folder):
    """Return features, and the positions of images that can't be read; their rows are NaN."""
    embedder = make_embedder(memory=folder / "store", on_error="nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageReadWarning)
        features = embedder.fit_transform(list_images(folder))
    return features, np.flatnonzero(np.isnan(features[:, 0]))


def embed_with_errors(folder, number, seed):
    """Embed while a twentieth of the images can't be opened."""
    rng = np.random.default_rng(seed)

    def fail(path):
        if rng.random() < 0.05:
            raise OSError(number, os.strerror(number), path)

    _disturb_opening(fail)
    return embed_readable(folder)


def embed_slowly(folder, seed):
    rng = np.random.default_rng(seed)
    _disturb_opening(lambda path: time.sleep(rng.exponential(0.01)))
    return EMBEDDING.run(folder)


def _disturb_opening(disturb):
    """Call a function before each image is opened."""
    os_open = os.open

    def open_disturbed(path, *args, **kwargs):
        if str(path).endswith(".png"):
            disturb(path)
        return os_open(path, *args, **kwargs)

    os.open = open_disturbed


def _check_images_as_they_are(folder, expected):
    """The features that are stored must be those of the images as they are now."""
    paths, images = [], []
    for path in list_images(folder):
        try:
            images.append(_read_pixels(path))
        except OSError:
            continue
        paths.append(path)
    outcome = Process(embed_with_store, folder, paths).get()
    fresh = Process(embed_arrays, images).get()
    np.testing.assert_array_equal(outcome.value, fresh.value)


def embed_with_store(folder, paths):
    return make_embedder(memory=folder / "store").fit_transform(paths)


def embed_arrays(images):
    return make_embedder(memory=False).fit_transform(images)


def _read_pixels(path):
    with Image.open(io.BytesIO(Path(path).read_bytes())) as image:
        return np.array(image)
