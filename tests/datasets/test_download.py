"""Tests of downloads, with small archives from a local server."""

import io
import zipfile
from pathlib import Path

import pytest

from skmlic.datasets._download import Archive, fetch_archive


@pytest.fixture
def archive(server, pack):
    return server.publish("set.zip", pack("zip", {"a/b.txt": b"content" * 3000}))


@pytest.fixture
def fetch(archive, tmp_path):
    def fetch_it(archive=archive, **options):
        defaults = {"download_if_missing": True, "n_retries": 2, "delay": 0, "verbose": False}
        return fetch_archive(archive, tmp_path / "home", **(defaults | options))

    return fetch_it


def is_whole(folder):
    return (
        (folder / "a" / "b.txt").read_bytes() == b"content" * 3000
        # Neither parts nor the archive remain.
        and [path.name for path in folder.parent.iterdir()] == [folder.name]
    )


def test_archive_is_fetched_once(fetch, server):
    assert is_whole(fetch())
    assert is_whole(fetch())
    assert server.asked == [(None, None)]


@pytest.mark.parametrize("mark", ["etag", "modified"])
def test_interrupted_download_is_resumed(fetch, server, mark):
    server.etag, server.modified = {
        "etag": ('"1"', None),
        "modified": ('W/"1"', "Tue, 10 Jul 2018 00:00:00 GMT"),
    }[mark]
    server.breaks = [10000, 5000]
    assert is_whole(fetch())
    version = server.etag if mark == "etag" else server.modified
    assert server.asked == [(None, None), ("bytes=10000-", version), ("bytes=15000-", version)]


def test_interrupted_download_is_resumed_by_a_later_call(fetch, server):
    server.breaks = [10000]
    with pytest.raises(OSError, match=r"ended after 10000 of \d+ bytes.*will be resumed"):
        fetch(n_retries=0)
    assert is_whole(fetch(n_retries=0))
    assert server.asked[1] == ("bytes=10000-", '"1"')


@pytest.mark.parametrize("change", ["no ranges", "other file", "no version"])
def test_download_starts_from_scratch_if_it_cannot_be_resumed(fetch, archive, server, pack, change):
    if change == "no ranges":
        server.ranges = False
    if change == "no version":
        server.etag = None
    server.breaks = [10000]
    with pytest.raises(OSError, match="ended after"):
        fetch(n_retries=0)
    if change == "other file":
        archive = server.publish(
            "set.zip", pack("zip", {"a/b.txt": b"content" * 3000, "new": b"1"})
        )
        server.etag = '"2"'
    assert (fetch(archive) / "a" / "b.txt").stat().st_size == 21000


def test_download_that_ended_after_the_last_byte(fetch, server, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "set.zip.part").write_bytes(server.files["set.zip"])
    (home / "set.zip.version").write_text('"1"')
    assert is_whole(fetch())
    assert len(server.asked) == 1


def test_part_longer_than_the_file(fetch, server, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "set.zip.part").write_bytes(server.files["set.zip"] + b"more")
    (home / "set.zip.version").write_text('"1"')
    assert is_whole(fetch())
    assert server.asked[1:] == [(None, None)]


def test_server_errors_are_retried_but_not_client_errors(fetch, server, tmp_path):
    server.statuses = [503, 500]
    assert is_whole(fetch())
    assert len(server.asked) == 3
    server.statuses = [404]
    lost = Archive(f"{server.url}/lost.zip", "")
    place = str(tmp_path / "home" / "lost.zip")
    with pytest.raises(OSError, match=r"404.*Download http.*lost\.zip .*put it at") as caught:
        fetch(lost)
    assert place in str(caught.value)
    assert "resumed" not in str(caught.value)
    assert len(server.asked) == 4


def test_wrong_checksum(fetch, archive, server):
    with pytest.raises(OSError, match=rf"MD5 {archive.md5}, expected 0123.*deleted; try again"):
        fetch(Archive(archive.url, "0123"))
    assert is_whole(fetch())
    assert len(server.asked) == 2


def test_progress_bar(fetch, capsys):
    fetch(verbose=True)
    assert "set.zip" in capsys.readouterr().err


def test_no_progress_is_shown_by_default(fetch, capsys):
    fetch()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("offline")
def test_offline_error_names_the_file_and_its_place(fetch, archive, server, tmp_path):
    file = tmp_path / "home" / "set.zip"
    with pytest.raises(OSError, match="no network") as caught:
        fetch()
    advice = f"Download {archive.url} on another machine and put it at {str(file)!r}"
    assert advice in str(caught.value)
    file.write_bytes(b"another")
    with pytest.raises(OSError, match="Delete it and try again"):
        fetch()
    file.write_bytes(server.files["set.zip"])
    assert is_whole(fetch())
    assert server.asked == []


def test_download_if_missing(fetch, server):
    with pytest.raises(OSError, match=r"download_if_missing is False\. Download http"):
        fetch(download_if_missing=False)
    assert server.asked == []
    fetch()
    assert is_whole(fetch(download_if_missing=False))


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_stay_inside(fetch, server, pack, tmp_path, kind, name):
    archive = server.publish(f"evil.{kind}", pack(kind, {"good": b"1", name: b"2"}))
    if (kind, name) == ("tar", "/tmp/evil"):
        # tarfile's filter removes the slash.
        assert (fetch(archive) / "tmp" / "evil").exists()
    else:
        with pytest.raises(OSError, match="can't be unpacked"):
            fetch(archive)
        assert not (tmp_path / "home" / "evil").exists()
    assert not (tmp_path / "evil").exists()
    assert not Path("/tmp/evil").exists()


def test_links_are_refused(fetch, server):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo("link")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(OSError, match="'link' would leave the folder"):
        fetch(server.publish("link.zip", stream.getvalue()))


def test_damaged_member_leaves_no_incomplete_folder(fetch, server, pack, tmp_path):
    content = pack("zip", {"a": b"1", "b": b"content"}).replace(b"content", b"CONTENT")
    with pytest.raises(OSError, match="CRC"):
        fetch(server.publish("bad.zip", content))
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["bad.zip"]


def test_remains_of_a_killed_process_are_replaced(fetch, tmp_path):
    (tmp_path / "home" / "set.part").mkdir(parents=True)
    (tmp_path / "home" / "set.part" / "half").write_text("x")
    folder = fetch()
    assert is_whole(folder)
    assert not (folder / "half").exists()
