"""Tests of skmlic.embedding._passes."""

import threading
import time

import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skmlic import ImageEmbedder, cache_info, clear_cache
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError
from skmlic.images import _digest

N_IMAGES = 60


@pytest.fixture
def paths(tmp_path):
    images, _ = make_multilabel_shapes(N_IMAGES, random_state=0)
    paths = [tmp_path / f"{number}.png" for number in range(N_IMAGES)]
    for image, path in zip(images, paths, strict=True):
        Image.fromarray(image).save(path)
    return paths


@pytest.fixture
def n_readers(monkeypatch):
    """Make reading wait, and return a function that tells how many threads read at once."""
    read_file, lock = _digest.read_regular_file, threading.Lock()
    n_reading, most = [0], [0]

    def read_slowly(path):
        with lock:
            n_reading[0] += 1
            most[0] = max(most[0], n_reading[0])
        time.sleep(0.01)
        with lock:
            n_reading[0] -= 1
        return read_file(path)

    monkeypatch.setattr(_digest, "read_regular_file", read_slowly)

    def take():
        found, most[0] = most[0], 0
        return found

    return take


def test_many_threads_read_files_of_a_slow_disk(paths, n_readers):
    embedder = ImageEmbedder("tiny_cnn", engine="torch", n_jobs=2).fit(paths)
    embedder.transform(paths)
    assert n_readers() == 16
    assert cache_info().backbone_passes == N_IMAGES


def test_features_do_not_depend_on_the_number_of_readers(paths, request):
    embedder = ImageEmbedder("tiny_cnn", engine="torch", n_jobs=2).fit(paths)
    paths[30].write_bytes(b"damaged")
    paths[40].unlink()
    embedder.set_params(on_error="nan")
    with pytest.warns(UserWarning, match="2 images can't be read"):
        expected = embedder.transform(paths)
    clear_cache()
    request.getfixturevalue("n_readers")
    with pytest.warns(UserWarning, match="2 images can't be read"):
        assert_array_equal(embedder.transform(paths), expected)
    clear_cache()
    with pytest.raises(ImageReadError, match="2 images can't be read"):
        embedder.set_params(on_error="raise").transform(paths)


def test_few_threads_read_files_that_need_no_waiting(paths, monkeypatch):
    embedder = ImageEmbedder("tiny_cnn", engine="torch", n_jobs=2).fit(paths)
    threads, read_file = set(), _digest.read_regular_file

    def read(path):
        threads.add(threading.get_ident())
        return read_file(path)

    monkeypatch.setattr("skmlic.embedding._passes._SECONDS_PER_FILE", 10)
    monkeypatch.setattr(_digest, "read_regular_file", read)
    embedder.transform(paths)
    assert len(threads) <= 3
