"""Tests of files that are complete or left unchanged."""

import pytest

from skmlic._utils._atomic_file import replace_atomically


def test_file_is_replaced_at_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    with replace_atomically(str(path)) as unfinished:
        unfinished.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("existed", [True, False])
def test_errors_leave_the_directory_unchanged(error, existed, tmp_path):
    path = tmp_path / "file"
    if existed:
        path.write_text("before")

    def fail():
        with replace_atomically(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == ([path] if existed else [])
    assert not existed or path.read_text() == "before"


def test_file_has_the_rights_of_other_new_files(tmp_path):
    with replace_atomically(tmp_path / "file") as unfinished:
        unfinished.write_text("text")
    (tmp_path / "other").write_text("text")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_longest_names(tmp_path):
    path = tmp_path / ("ä" * 127)
    with replace_atomically(path) as unfinished:
        unfinished.write_text("text")
    assert path.read_text() == "text"
