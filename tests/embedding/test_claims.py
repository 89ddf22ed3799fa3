"""Tests of skmlic.embedding._claims."""

import numpy as np
import pytest

from skmlic.embedding import _claims
from skmlic.embedding._claims import Claims
from skmlic.embedding._disk_store import DiskStore

KEYS = [bytes([key]) * 8 for key in range(10)]
VALUES = np.arange(4, dtype=np.float32)


@pytest.fixture
def store(tmp_path):
    return DiskStore(tmp_path)


@pytest.fixture
def open_claims(store):
    opened = []

    def make():
        opened.append(Claims(store, len(VALUES)))
        return opened[-1]

    yield make
    for claims in opened:
        claims._lock.close()


def look(claims, keys=KEYS, n_claims=0):
    found, claimed, taken = claims.exchange({}, [], keys, n_claims)
    return sorted(found), claimed, taken


def end(claims):
    """Do what the operating system does if the owner's process is killed."""
    claims._lock.close()


def lock_files(store):
    return list(store.path.parent.glob("*.claim-*"))


def test_a_key_has_one_owner(open_claims):
    first, second = open_claims(), open_claims()
    assert look(first, n_claims=3) == ([], KEYS[:3], [])
    assert look(second, n_claims=3) == ([], KEYS[3:6], KEYS[:3])
    assert look(second, KEYS[:3], n_claims=3) == ([], [], KEYS[:3])


def test_finished_keys_are_found_and_the_others_free_again(store, open_claims):
    first, second = open_claims(), open_claims()
    look(first, n_claims=3)
    first.exchange({KEYS[0]: VALUES}, [KEYS[1]], [], 0)
    assert look(second, KEYS[:3], 10) == ([KEYS[0]], [KEYS[1]], [KEYS[2]])
    first.close()
    second.close()
    assert look(open_claims(), n_claims=10) == ([KEYS[0]], KEYS[1:], [])
    assert len(lock_files(store)) == 1


def test_rows_of_another_length_count_as_missing(store, open_claims):
    store.put_many({KEYS[0]: VALUES[:2], KEYS[1]: VALUES})
    assert look(open_claims(), KEYS[:2], 2) == ([KEYS[1]], [KEYS[0]], [])


def test_claims_of_a_killed_process_are_void_at_once(store, open_claims):
    first, second = open_claims(), open_claims()
    look(first, n_claims=3)
    assert look(second, n_claims=1)[1] == KEYS[3:4]
    end(first)
    assert look(second, KEYS[:3], n_claims=3) == ([], KEYS[:3], [])
    assert len(lock_files(store)) == 1


def test_claims_without_a_file_of_their_owner_are_void(store, open_claims):
    first, second = open_claims(), open_claims()
    look(first, n_claims=3)
    end(first)
    first._lock_path(first._owner).unlink()
    assert look(second, n_claims=2) == ([], KEYS[:2], [])


def test_claims_of_an_owner_without_progress_are_void_after_a_minute(open_claims, monkeypatch):
    now = 0
    monkeypatch.setattr(_claims.time, "monotonic", lambda: now)
    first, second = open_claims(), open_claims()
    look(first, n_claims=3)
    look(second)
    now = 59
    assert look(second, n_claims=1)[1] == KEYS[3:4]
    first.exchange({}, [], [], 0)
    now = 61
    assert look(second, KEYS[:3], n_claims=1)[2] == KEYS[:3]
    now = 122
    assert look(second, KEYS[:3], n_claims=3)[1] == KEYS[:3]
    # The first owner was alive after all.
    first.exchange({KEYS[0]: VALUES}, [], [], 0)
    assert look(second, KEYS[:1]) == (KEYS[:1], [], [])
    first.close()
    third = open_claims()
    assert look(third, KEYS[:3], n_claims=3) == (KEYS[:1], [], KEYS[1:3])


def test_the_end_of_processes_on_other_machines_is_not_known(open_claims, monkeypatch):
    monkeypatch.setattr(_claims.socket, "gethostname", lambda: "elsewhere")
    first = open_claims()
    look(first, n_claims=3)
    end(first)
    monkeypatch.undo()
    second = open_claims()
    assert look(second, KEYS[:3], n_claims=3)[2] == KEYS[:3]
    monkeypatch.setattr(_claims, "_SECONDS_OF_LEASE", -1)
    assert look(second, KEYS[:3], n_claims=3)[1] == KEYS[:3]


def test_an_owner_without_a_directory(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Claims(DiskStore(tmp_path / "file"), 4)
    with pytest.raises(OSError, match="can't be locked"):
        Claims(DiskStore(tmp_path / "none", must_exist=True), 4)
    assert not (tmp_path / "none").exists()
