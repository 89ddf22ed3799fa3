"""Tests of skmlic.embedding._work_queue."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic import ImageEmbedder, cache_info
from skmlic.embedding import _disk_store
from skmlic.embedding._claims import Claims
from skmlic.embedding._disk_store import DiskStore
from skmlic.embedding._feature_store import DirectoryStore, MemoryStore
from skmlic.embedding._work_queue import WorkQueue

KEYS = [number.to_bytes(4, "big") for number in range(700)]


def features(key):
    return np.full(3, int.from_bytes(key, "big"), dtype=np.float32)


class Computer:
    """A function for `WorkQueue.run` that remembers what it computed."""

    def __init__(self, fails_at=None, error=None):
        self.seen = []
        self.fails_at, self.error = fails_at, error

    def __call__(self, keys):
        for key in keys:
            if key == self.fails_at and not isinstance(self.error, OSError):
                raise self.error
            self.seen.append(key)
            yield key, self.error if key == self.fails_at else features(key)


def make_queue(directory, keys=KEYS):
    return WorkQueue(DirectoryStore(directory, directory), keys, 3)


def run(directory, computer, keys=KEYS):
    queue = make_queue(directory, keys)
    try:
        return dict(queue.run(computer))
    finally:
        queue.close()


def count_rows(directory, table):
    connection = sqlite3.connect(DiskStore(directory).path)
    ((n_rows,),) = connection.execute(f"SELECT COUNT(*) FROM {table}")
    connection.close()
    return n_rows


def assert_clean(directory, n_rows=700):
    assert count_rows(directory, "features") == n_rows
    assert count_rows(directory, "claims") == 0
    assert [path.name for path in directory.iterdir()] == ["skmlic-features.sqlite"]


def test_one_process_computes_all_in_order(tmp_path):
    computer = Computer()
    found = run(tmp_path, computer)
    assert computer.seen == KEYS
    for key in KEYS:
        assert_array_equal(found[key], features(key))
    assert_clean(tmp_path)
    again = Computer()
    assert run(tmp_path, again).keys() == set(KEYS)
    assert again.seen == []


def test_without_a_file_all_are_computed():
    store, computer = MemoryStore(), Computer()
    queue = WorkQueue(store, KEYS, 3)
    assert dict(queue.run(computer)).keys() == set(KEYS)
    queue.close()
    assert computer.seen == KEYS
    assert store.get_many(KEYS).keys() == set(KEYS)


def test_two_that_take_turns_share_the_work(tmp_path):
    queues = make_queue(tmp_path), make_queue(tmp_path, KEYS[::-1])
    computers = Computer(), Computer()
    runs = [queue.run(computer) for queue, computer in zip(queues, computers, strict=True)]
    found = [{}, {}]
    for _ in KEYS:
        for results, process in zip(found, runs, strict=True):
            key, values = next(process)
            results[key] = values
    for queue in queues:
        queue.close()
    assert found[0].keys() == found[1].keys() == set(KEYS)
    assert sorted(computers[0].seen + computers[1].seen) == KEYS
    assert min(len(computer.seen) for computer in computers) > len(KEYS) / 3
    assert_clean(tmp_path)


def test_what_others_compute_is_waited_for(tmp_path):
    other = Claims(DiskStore(tmp_path), 3)
    other.exchange({}, [], KEYS[:4], 4)
    rows = {key: features(key) for key in KEYS[:3]}
    computer = Computer()

    def finish():
        # One claim is released without a row, as if the image could not be read there.
        other.exchange(rows, [KEYS[3]], [], 0)

    timer = threading.Timer(0.2, finish)
    timer.start()
    assert run(tmp_path, computer).keys() == set(KEYS)
    assert computer.seen == [*KEYS[4:], KEYS[3]]
    timer.join()
    other.close()
    assert_clean(tmp_path)


def test_unreadable_images_release_their_claims(tmp_path):
    results = run(tmp_path, Computer(KEYS[5], OSError("no image")))
    assert isinstance(results[KEYS[5]], OSError)
    assert_clean(tmp_path, len(KEYS) - 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of memory")], ids=repr)
def test_errors_and_interrupts_release_claims_and_keep_features(tmp_path, error):
    with pytest.raises(type(error)):
        run(tmp_path, Computer(KEYS[100], error))
    assert_clean(tmp_path, 100)


def test_a_generator_that_is_left_releases_claims(tmp_path):
    queue = make_queue(tmp_path)
    for _, _ in zip(range(10), queue.run(Computer()), strict=False):
        pass
    assert count_rows(tmp_path, "claims") > 0
    queue.close()
    assert_clean(tmp_path, 10)


# A store that can't be used

IMAGES = np.random.RandomState(0).randint(0, 256, (100, 8, 8, 3), dtype=np.uint8)
TINY = {"backbone": "tiny_cnn", "engine": "torch", "precision": "fp32"}


def lock(directory):
    connection = sqlite3.connect(DiskStore(directory).path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_locked_store_warns_once_and_is_done_without(tmp_path, monkeypatch):
    monkeypatch.setattr(_disk_store, "_SECONDS_TO_WAIT", 0.2)
    expected = ImageEmbedder(**TINY, memory=False).fit_transform(IMAGES)
    connection = lock(tmp_path)
    embedder = ImageEmbedder(**TINY, memory=tmp_path).fit(IMAGES)
    with pytest.warns(
        UserWarning, match="can't be stored in memory=.*database is locked"
    ) as caught:
        first = embedder.transform(IMAGES)
    assert len(caught) == 1
    assert_allclose(first, expected, rtol=1e-5, atol=1e-6)
    # The process keeps the features, and does not try again at once.
    assert_array_equal(embedder.transform(IMAGES), first)
    assert cache_info().backbone_passes == 2 * len(IMAGES)
    connection.close()


def test_a_store_that_is_locked_later_is_done_without(tmp_path, monkeypatch):
    monkeypatch.setattr(_disk_store, "_SECONDS_TO_WAIT", 0.2)
    queue, computer = make_queue(tmp_path), Computer()
    process = queue.run(computer)
    next(process)
    connection = lock(tmp_path)
    with pytest.warns(UserWarning, match="database is locked") as caught:
        assert len(list(process)) == len(KEYS) - 1
    assert len(caught) == 1
    queue.close()
    assert computer.seen == KEYS
    assert not list(tmp_path.glob("*.claim-*"))
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="needs signals of POSIX")
def test_an_interrupt_ends_waiting_for_a_lock_at_once(tmp_path):
    connection = lock(tmp_path)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        DiskStore(tmp_path).put_many({b"key": np.zeros(3)})
    timer.join()
    connection.close()


# Several processes

CHILDREN = """
import os, signal, sys, time
import numpy as np
import skmlic
from skmlic.embedding import _engines

X = np.random.RandomState(0).randint(0, 256, (100, 8, 8, 3), dtype=np.uint8)
run = _engines.TorchEngine.run
directory, outcome = sys.argv[1:]


def work(number, start, n_images_before_end=None):
    def slow(self, pixels):
        for i, result in enumerate(run(self, pixels)):
            time.sleep(0.005)
            if i == n_images_before_end:
                os.kill(os.getpid(), signal.SIGKILL)
            yield result

    _engines.TorchEngine.run = slow
    embedder = skmlic.ImageEmbedder(
        "tiny_cnn", engine="torch", precision="fp32", n_jobs=1, memory=directory
    ).fit(X)
    while time.time() < start:
        pass
    np.save(f"{outcome}/{number}.npy", embedder.transform(X))
    os.write(1, b"%d\\n" % skmlic.cache_info().backbone_passes)


def fork(*arguments):
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return child

"""


def fork_children(code, directory):
    (directory / "outcome").mkdir()
    command = [sys.executable, "-W", "ignore", "-c", CHILDREN + code]
    done = subprocess.run(
        [*command, directory / "store", directory / "outcome"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert not done.stderr
    results = [np.load(path) for path in sorted((directory / "outcome").iterdir())]
    for result in results:
        assert_array_equal(result, results[0])
    expected = ImageEmbedder(**TINY, memory=False).fit_transform(IMAGES)
    assert_allclose(results[0], expected, rtol=1e-5, atol=1e-6)
    assert_clean(directory / "store", len(IMAGES))
    return [int(line) for line in done.stdout.split()]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.slow
def test_processes_embed_each_image_once(tmp_path):
    code = """
for child in [fork(number, time.time() + 1) for number in range(3)]:
    os.waitpid(child, 0)
"""
    passes = fork_children(code, tmp_path)
    assert len(passes) == 3
    assert sum(passes) == len(IMAGES)
    assert min(passes) > 0


@needs_fork
@pytest.mark.slow
def test_processes_do_what_a_killed_one_left(tmp_path):
    code = """
import sqlite3

os.waitpid(fork("killed", 0, 40), 0)
connection = sqlite3.connect(f"{directory}/skmlic-features.sqlite")
for table in ("features", "claims"):
    print(*connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone(), flush=True)
connection.close()
for child in [fork(number, time.time() + 1) for number in range(2)]:
    os.waitpid(child, 0)
"""
    n_rows, n_claims, *passes = fork_children(code, tmp_path)
    assert n_rows > 0
    assert n_claims > 0
    assert len(passes) == 2
    assert n_rows + sum(passes) == len(IMAGES)


@needs_fork
@pytest.mark.slow
def test_a_process_that_is_killed_while_others_work(tmp_path):
    code = """
start = time.time() + 1
for child in [fork("killed", start, 20), fork(0, start), fork(1, start)]:
    os.waitpid(child, 0)
"""
    passes = fork_children(code, tmp_path)
    assert len(passes) == 2
    assert len(IMAGES) - 20 <= sum(passes) <= len(IMAGES)
