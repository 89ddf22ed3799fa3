"""Tests of skmlic.embedding._feature_store."""

import logging
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import skmlic
from skmlic import ImageEmbedder, cache_info, clear_cache, config_context, set_config
from skmlic.embedding import _feature_store
from skmlic.embedding._disk_store import DiskStore, _checksum
from skmlic.embedding._feature_store import (
    MemoryStore,
    NoStore,
    ProcessStore,
    get_store,
    memory_store,
    process_store,
)

FEATURES = {bytes([key]) * 8: np.arange(4, dtype=np.float32) + key for key in range(10)}
KEYS = list(FEATURES)
N_BYTES = FEATURES[KEYS[0]].nbytes
IMAGES = np.random.RandomState(0).randint(0, 256, (4, 8, 8, 3), dtype=np.uint8)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, values in found.items():
        assert values.dtype == np.float32
        assert values.tobytes() == expected[key].astype("<f4").tobytes()


def run_python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# In memory


@pytest.mark.parametrize("make", [MemoryStore, DiskStore])
def test_what_is_put_is_found(make, tmp_path):
    store = make() if make is MemoryStore else make(tmp_path)
    assert store.get_many(KEYS) == {}
    store.put_many(FEATURES)
    assert_same(store.get_many(KEYS), FEATURES)
    assert_same(store.get_many(iter([*KEYS[:2], b"unknown"])), {k: FEATURES[k] for k in KEYS[:2]})
    store.put_many({KEYS[0]: FEATURES[KEYS[1]]})
    assert_same(store.get_many(KEYS[:1]), {KEYS[0]: FEATURES[KEYS[1]]})
    store.put_many({})
    assert store.get_many([]) == {}


def test_stored_features_can_not_be_changed():
    store, values = MemoryStore(), np.zeros(4, dtype=np.float32)
    store.put_many({b"key": values})
    values[:] = 1
    found = store.get_many([b"key"])[b"key"]
    assert_array_equal(found, np.zeros(4))
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_the_least_recently_used_go_first():
    store = MemoryStore()
    with config_context(feature_cache_bytes=3 * N_BYTES + 1):
        for key in KEYS[:3]:
            store.put_many({key: FEATURES[key]})
        store.get_many(KEYS[:1])
        store.put_many({KEYS[3]: FEATURES[KEYS[3]]})
        assert store.get_many(KEYS).keys() == {KEYS[0], KEYS[2], KEYS[3]}
        store.put_many({KEYS[0]: FEATURES[KEYS[0]]})
        store.put_many({KEYS[4]: FEATURES[KEYS[4]], KEYS[5]: FEATURES[KEYS[5]]})
        assert store.get_many(KEYS).keys() == {KEYS[0], KEYS[4], KEYS[5]}
        assert store.n_bytes == 3 * N_BYTES


def test_bytes_are_counted_once():
    store = MemoryStore()
    for _ in range(3):
        store.put_many(FEATURES)
    assert store.n_bytes == len(FEATURES) * N_BYTES
    store.put_many({KEYS[0]: np.zeros(100, dtype=np.float32)})
    assert store.n_bytes == (len(FEATURES) - 1) * N_BYTES + 400
    store.clear()
    assert store.n_bytes == 0
    assert store.get_many(KEYS) == {}


def test_a_stored_row_does_not_keep_its_matrix():
    store, batch = MemoryStore(), np.zeros((1000, 4), dtype=np.float32)
    store.put_many({b"key": batch[0]})
    assert store.get_many([b"key"])[b"key"].base is None


def test_features_larger_than_the_limit_are_not_stored():
    store = MemoryStore()
    with config_context(feature_cache_bytes=N_BYTES - 1):
        store.put_many(FEATURES)
        assert store.get_many(KEYS) == {}
        assert store.n_bytes == 0


def test_a_lowered_limit_applies_at_once():
    memory_store.put_many(FEATURES)
    with config_context(feature_cache_bytes=2 * N_BYTES):
        assert cache_info().bytes == cache_info().max_bytes == 2 * N_BYTES
        assert memory_store.get_many(KEYS).keys() == set(KEYS[-2:])
    with config_context(feature_cache_bytes=0):
        assert memory_store.get_many(KEYS) == {}
    assert cache_info().bytes == 0


def test_no_store_keeps_nothing():
    NoStore().put_many(FEATURES)
    assert NoStore().get_many(KEYS) == {}


# Which store


def test_the_store_that_memory_names(tmp_path):
    assert get_store(None) is process_store
    assert isinstance(get_store(False), NoStore)
    assert isinstance(get_store(joblib.Memory(None)), NoStore)
    for memory in (str(tmp_path), tmp_path, joblib.Memory(tmp_path, verbose=0)):
        assert get_store(memory).path.parent == tmp_path


@pytest.mark.parametrize("memory", [True, 1, b"folder"])
def test_anything_else_is_refused(memory):
    with pytest.raises(ValueError, match=r"memory=.*: expected None .* a directory or a joblib"):
        get_store(memory)


# On a disk


def test_a_disk_keeps_every_bit(tmp_path):
    values = np.frombuffer(np.random.RandomState(0).bytes(4000), dtype="<f4")
    special = np.array([np.nan, -0.0, np.inf, 1e-45, np.finfo("f4").max], dtype=np.float32)
    stored = {b"any": values, b"special": special, b"strided": values[::2], b"empty": values[:0]}
    DiskStore(tmp_path / "made" / "as needed").put_many(stored)
    assert_same(DiskStore(str(tmp_path / "made" / "as needed")).get_many(stored), stored)


def test_more_keys_than_sqlite_takes_in_a_query(tmp_path):
    stored = {number.to_bytes(4, "big"): np.float32([number]) for number in range(1201)}
    DiskStore(tmp_path).put_many(stored)
    assert_same(DiskStore(tmp_path).get_many(stored), stored)


def test_reading_makes_no_file(tmp_path):
    assert DiskStore(tmp_path / "none").get_many(KEYS) == {}
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_an_empty_store(tmp_path):
    store = DiskStore(tmp_path)
    store.path.touch()
    assert store.get_many(KEYS) == {}
    store.put_many(FEATURES)
    assert_same(store.get_many(KEYS), FEATURES)


def test_a_failed_write_stores_nothing(tmp_path):
    store = DiskStore(tmp_path)
    with pytest.raises(ValueError, match="could not convert"):
        store.put_many({**FEATURES, b"wrong": "no features"})
    assert store.get_many(KEYS) == {}


def overwrite(store, key, value, checksum):
    connection = sqlite3.connect(store.path)
    with connection:
        connection.execute(
            "UPDATE features SET value = ?, checksum = ? WHERE key = ?", (value, checksum, key)
        )
        assert connection.total_changes == 1
    connection.close()


def flipped(value):
    return bytes([value[0] ^ 1]) + value[1:]


BLOB = pickle.dumps(Path("a pickle"))
VALUE = FEATURES[KEYS[0]].tobytes()


LONG_BLOB = BLOB + b"." * (1 - len(BLOB) % 4)
DAMAGE = {
    "a flipped bit": (flipped(VALUE), _checksum(KEYS[0], VALUE)),
    "cut short": (VALUE[:-4], _checksum(KEYS[0], VALUE)),
    "of another key": (VALUE, _checksum(KEYS[1], VALUE)),
    "checksum of text": (VALUE, "text"),
    "text": ("text", _checksum(KEYS[0], b"text")),
    "number": (7, 7),
    "pickle": (BLOB, _checksum(KEYS[0], VALUE)),
    "pickle with its checksum": (LONG_BLOB, _checksum(KEYS[0], LONG_BLOB)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_row_is_missing_until_it_is_overwritten(tmp_path, caplog, damage):
    store = DiskStore(tmp_path)
    store.put_many(FEATURES)
    overwrite(store, KEYS[0], *DAMAGE[damage])
    others = {key: FEATURES[key] for key in KEYS[1:]}
    with caplog.at_level(logging.WARNING, "skmlic"):
        assert_same(store.get_many(KEYS), others)
    assert "damaged row" in caplog.text
    store.put_many({KEYS[0]: FEATURES[KEYS[0]]})
    assert_same(store.get_many(KEYS), FEATURES)


def test_no_pickle_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pickle, "loads", None)
    monkeypatch.setattr(pickle, "Unpickler", None)
    store = DiskStore(tmp_path)
    store.put_many(FEATURES)
    blob = BLOB + b"." * (-len(BLOB) % 4)
    overwrite(store, KEYS[0], blob, _checksum(KEYS[0], blob))
    found = store.get_many(KEYS)[KEYS[0]]
    assert_array_equal(found, np.frombuffer(blob, "<f4"))


def test_rows_of_other_keys_are_not_found(tmp_path):
    class Damaged:
        def execute(self, query, keys):
            """Return the row that SQLite finds where a page of the file is damaged."""
            value = np.ones(2, dtype="<f4").tobytes()
            return [(b"other", value, _checksum(b"other", value))]

    assert not dict(DiskStore(tmp_path).select(Damaged(), [b"wanted"]))


def test_the_embedder_recomputes_damaged_rows(tmp_path):
    embedder = ImageEmbedder("tiny_cnn", memory=tmp_path).fit(IMAGES)
    expected = embedder.transform(IMAGES)
    store = get_store(tmp_path)
    for key, value in zip(sqlite_keys(store), [b"", b"1234", BLOB], strict=False):
        overwrite(store, key, value, _checksum(key, value))
    clear_cache()
    assert_array_equal(embedder.transform(IMAGES), expected)
    assert cache_info()[:3] == (3, 1, 3)
    clear_cache()
    assert_array_equal(embedder.transform(IMAGES), expected)
    assert cache_info()[:3] == (0, 4, 0)


def sqlite_keys(store):
    connection = sqlite3.connect(store.path)
    keys = [key for (key,) in connection.execute("SELECT key FROM features")]
    connection.close()
    return keys


def garbage(store):
    store.path.write_bytes(b"This is no database. " * 500)


def torn(store):
    store.put_many({number.to_bytes(4, "big"): np.zeros(64, np.float32) for number in range(500)})
    content = store.path.read_bytes()
    store.path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def of_another_program(store):
    connection = sqlite3.connect(store.path)
    connection.execute("CREATE TABLE features (name TEXT)")
    connection.close()


@pytest.mark.parametrize("damage", [garbage, torn, of_another_program])
@pytest.mark.parametrize("first", ["get", "put"])
def test_a_damaged_file_is_renamed(tmp_path, caplog, damage, first):
    store = DiskStore(tmp_path)
    damage(store)
    content = store.path.read_bytes()
    with caplog.at_level(logging.WARNING, "skmlic"):
        if first == "get":
            assert store.get_many(KEYS) == {}
        store.put_many(FEATURES)
    assert_same(DiskStore(tmp_path).get_many(KEYS), FEATURES)
    (aside,) = tmp_path.glob("*.damaged-*[0-9]")
    assert aside.read_bytes()[100:] == content[100:]  # behind SQLite's header
    assert caplog.text.count("was renamed to") == 1
    assert aside.name in caplog.text


@pytest.fixture
def read_only_directory():
    """Return a directory that this process may not write to, even if root runs it."""
    directory = Path(tempfile.mkdtemp())
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    directory.chmod(0o555)
    if is_root:
        os.seteuid(65534)
    yield directory
    if is_root:
        os.seteuid(0)
    shutil.rmtree(directory)


needs_permissions = pytest.mark.skipif(os.name == "nt", reason="needs the permissions of POSIX")


@needs_permissions
def test_a_directory_that_is_read_only(read_only_directory):
    with pytest.raises(OSError, match=r"skmlic-features\.sqlite can't be used .*memory=") as caught:
        DiskStore(read_only_directory).put_many(FEATURES)
    assert str(read_only_directory) in str(caught.value)
    with pytest.raises(OSError, match="Permission denied"):
        DiskStore(read_only_directory / "below").put_many(FEATURES)


@pytest.fixture
def filled_directory():
    """Return a function that makes a store of IMAGES and takes permissions from it."""
    directory = Path(tempfile.mkdtemp())
    ImageEmbedder("tiny_cnn", engine="torch", memory=directory).fit_transform(IMAGES)
    is_root = os.geteuid() == 0

    def restrict(directory_mode, file_mode):
        get_store(directory).path.chmod(file_mode)
        directory.chmod(directory_mode)
        clear_cache()
        if is_root:
            os.seteuid(65534)
        return directory

    yield restrict
    if is_root:
        os.seteuid(0)
    shutil.rmtree(directory)


@needs_permissions
def test_a_filled_store_that_is_read_only_serves_its_features(filled_directory):
    directory = filled_directory(0o555, 0o444)
    embedder = ImageEmbedder("tiny_cnn", engine="torch", memory=directory).fit(IMAGES)
    first = embedder.transform(IMAGES)
    assert cache_info()[:3] == (0, 4, 0)
    with pytest.warns(UserWarning, match=r"can't be stored in memory=.*readonly") as caught:
        second = embedder.transform(np.concatenate([IMAGES, 255 - IMAGES]))
    assert len(caught) == 1
    assert_array_equal(second[:4], first)
    # The process keeps what can't be written.
    assert_array_equal(embedder.transform(255 - IMAGES), second[4:])
    assert cache_info()[:3] == (4, 12, 4)


@needs_permissions
@pytest.mark.parametrize(("directory_mode", "file_mode"), [(0o555, 0), (0, 0o444)])
def test_a_store_that_may_not_be_read_warns_once(filled_directory, directory_mode, file_mode):
    directory = filled_directory(directory_mode, file_mode)
    embedder = ImageEmbedder("tiny_cnn", engine="torch", memory=directory).fit(IMAGES)
    with pytest.warns(UserWarning, match="can't be read from memory=") as caught:
        embedder.transform(IMAGES)
    assert len(caught) == 1
    embedder.transform(IMAGES)
    assert cache_info()[:3] == (4, 4, 4)


def test_a_failing_directory_is_tried_again_later(tmp_path):
    (tmp_path / "file").touch()
    store = get_store(tmp_path / "file")
    for _ in range(2):
        with pytest.warns(UserWarning, match="can't be stored"):
            store.put_many(FEATURES)
        store.put_many(FEATURES)
        assert_same(store.get_many(KEYS), FEATURES)
        _feature_store._failures[store.path]["write"] -= 61
    (tmp_path / "file").unlink()
    store.put_many(FEATURES)
    assert_same(DiskStore(tmp_path / "file").get_many(KEYS), FEATURES)


def test_a_directory_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        DiskStore(tmp_path / "file").put_many(FEATURES)


# The process store


def test_features_beyond_the_limit_are_found_on_a_disk():
    with config_context(feature_cache_bytes=3 * N_BYTES):
        for key in KEYS:
            process_store.put_many({key: FEATURES[key]})
            assert cache_info().bytes <= 3 * N_BYTES
        for _ in range(2):
            assert_same(process_store.get_many(KEYS), FEATURES)
    directory = process_store.disk.path.parent
    assert directory.stat().st_mode & 0o077 == 0 or os.name == "nt"
    clear_cache()
    assert not directory.exists()
    assert process_store.get_many(KEYS) == {}


def test_no_directory_is_made_while_features_fit_or_are_not_kept():
    process_store.put_many(FEATURES)
    assert process_store.disk is None
    with config_context(feature_cache_bytes=0):
        process_store.put_many(FEATURES)
        assert process_store.share() is None
    assert process_store.disk is None


def test_a_shared_directory_holds_all_features():
    process_store.put_many({KEYS[0]: FEATURES[KEYS[0]]})
    directory = process_store.share()
    assert process_store.share() == directory
    process_store.put_many({KEYS[1]: FEATURES[KEYS[1]]})
    worker = ProcessStore()
    worker.join(directory)
    assert worker.disk.get_many(KEYS).keys() == set(KEYS[:2])
    worker.put_many({KEYS[2]: FEATURES[KEYS[2]]})
    memory_store.clear()
    assert process_store.get_many(KEYS).keys() == set(KEYS[:3])
    worker.clear()
    assert Path(directory).exists()


def test_a_directory_that_is_gone_is_ignored(tmp_path):
    worker = ProcessStore()
    worker.join(tmp_path / "none")
    assert worker.disk is None
    (tmp_path / "there").mkdir()
    worker.join(tmp_path / "there")
    (tmp_path / "there").rmdir()
    worker.put_many(FEATURES)
    assert worker.disk is None
    assert list(tmp_path.iterdir()) == []
    assert_same(worker.get_many(KEYS), FEATURES)


def test_a_process_with_a_directory_does_not_join_another(tmp_path):
    directory = process_store.share()
    process_store.join(tmp_path)
    assert process_store.share() == directory


def test_a_temporary_directory_that_can_not_be_made(monkeypatch):
    def refuse(**kwargs):
        raise OSError("No space left on device.")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with config_context(feature_cache_bytes=3 * N_BYTES):
        with pytest.warns(UserWarning, match=r"No space left.*memory='features'"):
            process_store.put_many(FEATURES)
        assert process_store.get_many(KEYS).keys() == set(KEYS[-3:])


FORK = """
import os
from skmlic.embedding._feature_store import process_store

directory = process_store.share()
if os.fork() == 0:
    raise SystemExit
os.wait()
print(os.path.exists(directory), directory)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_only_the_process_that_made_the_directory_deletes_it():
    output, errors = run_python(FORK).communicate(timeout=120)
    assert not errors
    existed, directory = output.split()
    assert existed == "True"
    assert not os.path.exists(directory)


KILLED = """
import os, signal
from skmlic.embedding._feature_store import process_store

print(process_store.share(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs signals of POSIX")
def test_the_directory_of_a_killed_process_is_deleted():
    output, _ = run_python(KILLED).communicate(timeout=120)
    directory = Path(output.strip())
    # The pipes are closed when the tracker of folders has ended as well.
    assert directory.name.startswith("skmlic-")
    assert not directory.exists()


# Several processes

CREATE_TOGETHER = """
import os, sys, time
import numpy as np
from skmlic.embedding._disk_store import DiskStore

def work(store, number, start):
    while time.time() < start:
        pass
    for step in range(3):
        store.put_many({b"%d %d" % (number, step): np.full(10, number, np.float32)})
        store.get_many([b"%d %d" % (other, step) for other in range(6)])

for round in range(6):
    store = DiskStore(os.path.join(sys.argv[1], str(round)))
    if round % 3 == 2:
        store.path.parent.mkdir()
        store.path.write_bytes(b"garbage" * 1000)
    start = time.time() + 0.05
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            try:
                work(store, number, start)
            except BaseException as error:
                print(round, repr(error), flush=True)
                os._exit(1)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_that_create_a_file_at_once(tmp_path):
    output, errors = run_python(CREATE_TOGETHER, tmp_path).communicate(timeout=120)
    assert output == ""
    assert "Traceback" not in errors
    keys = [b"%d %d" % (number, step) for number in range(6) for step in range(3)]
    for round in range(6):
        found = DiskStore(tmp_path / str(round)).get_many(keys)
        # Features may get lost while a damaged file is replaced, but they are never wrong.
        assert round % 3 == 2 or len(found) == len(keys)
        for key, values in found.items():
            assert_array_equal(values, np.full(10, int(key.split()[0])))


WRITE_UNTIL_KILLED = """
import sys
import numpy as np
from skmlic.embedding._disk_store import DiskStore

store = DiskStore(sys.argv[1])
for step in range(10**6):
    store.put_many({b"%d %d" % (step, row): np.full(1000, step, np.float32) for row in range(200)})
    print(step, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_leaves_a_working_store(tmp_path):
    writer = run_python(WRITE_UNTIL_KILLED, tmp_path)
    try:
        for _ in range(5):
            last = int(writer.stdout.readline())
    finally:
        writer.kill()
        output, _ = writer.communicate(timeout=30)
    last = max([last, *map(int, output.split())])
    store = DiskStore(tmp_path)
    for step in range(last + 2):
        found = store.get_many([b"%d %d" % (step, row) for row in range(200)])
        assert len(found) == 200 or (len(found) == 0 and step == last + 1)
        for values in found.values():
            assert_array_equal(values, np.full(1000, step))
    store.put_many(FEATURES)
    assert_same(store.get_many(KEYS), FEATURES)
    assert not list(tmp_path.glob("*damaged*"))


# Statistics


def test_counts_of_the_process():
    assert cache_info() == (0, 0, 0, 0, skmlic.get_config()["feature_cache_bytes"])
    embedder = ImageEmbedder("tiny_cnn").fit(IMAGES)
    features = embedder.transform(IMAGES[[0, 1, 1, 2]])
    info = cache_info()
    assert (info.backbone_passes, info.hits, info.misses) == (3, 0, 3)
    assert info.bytes == 3 * features[0].nbytes
    embedder.transform(IMAGES)
    assert cache_info()[:3] == (4, 3, 4)
    clear_cache()
    assert cache_info()[:4] == (0, 0, 0, 0)
    embedder.transform(IMAGES)
    assert cache_info()[:3] == (4, 0, 4)


@pytest.mark.parametrize("memory", [False, joblib.Memory(None)], ids=["False", "Memory"])
def test_counts_without_a_store(memory):
    embedder = ImageEmbedder("tiny_cnn", memory=memory).fit(IMAGES)
    for n_times in (1, 2):
        embedder.transform(IMAGES)
        assert cache_info()[:4] == (4 * n_times, 0, 4 * n_times, 0)


def test_counts_with_a_limit_of_0():
    with config_context(feature_cache_bytes=0):
        embedder = ImageEmbedder("tiny_cnn").fit(IMAGES)
        first = embedder.transform(IMAGES)
        assert_array_equal(embedder.transform(IMAGES), first)
        assert cache_info() == (8, 0, 8, 0, 0)


def test_clearing_leaves_files(tmp_path):
    embedder = ImageEmbedder("tiny_cnn", memory=tmp_path).fit(IMAGES)
    first = embedder.transform(IMAGES)
    clear_cache()
    assert_array_equal(embedder.transform(IMAGES), first)
    assert cache_info()[:4] == (0, 4, 0, 0)


def test_settings_outlive_clearing():
    with config_context():
        set_config(feature_cache_bytes=5)
        clear_cache()
        assert cache_info().max_bytes == 5
