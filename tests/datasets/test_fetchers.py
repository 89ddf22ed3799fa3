"""Tests of fetched data sets, with small archives of the same form from a server of our own."""

import hashlib
import io
import json
import os
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import (
    _download,
    _fetchers,
    fetch_coco,
    fetch_voc2007,
    fetch_voc2012,
    load_voc,
)
from skmlic.datasets._download import Archive, fetch_archive


class Server(ThreadingHTTPServer):
    """Serves ``files``; ``ranges``, ``etag`` and ``breaks`` say how well."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.ranges = True
        self.etag = '"1"'
        self.modified = None
        # After how many bytes each of the next answers ends.
        self.breaks = []
        self.statuses = []
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers["Range"], self.headers["If-Range"]
        server.asked.append(asked)
        content = server.files.get(self.path.lstrip("/"))
        if server.statuses:
            self.send_error(server.statuses.pop(0))
            return
        if content is None:
            self.send_error(404)
            return
        start = 0
        if server.ranges and asked[0] and asked[1] in (server.etag, server.modified):
            start = int(asked[0].removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        for name, value in [("ETag", server.etag), ("Last-Modified", server.modified)]:
            if value:
                self.send_header(name, value)
        self.end_headers()
        end = start + server.breaks.pop(0) if server.breaks else len(content)
        self.wfile.write(content[start:end])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(_download.urllib.request, "urlopen", refuse)


def md5(content):
    return hashlib.md5(content).hexdigest()


def make_zip(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def make_tar(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def make_jpeg():
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), "navy").save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def archive(server):
    content = make_zip({"a/b.txt": b"content" * 3000})
    server.files["set.zip"] = content
    return Archive(f"{server.url}/set.zip", md5(content))


@pytest.fixture
def fetch(archive, tmp_path):
    def fetch_it(archive=archive, **options):
        defaults = {"download_if_missing": True, "n_retries": 2, "delay": 0, "verbose": False}
        return fetch_archive(archive, tmp_path / "home", **(defaults | options))

    return fetch_it


def is_whole(folder):
    return (
        (folder / "a" / "b.txt").read_bytes() == b"content" * 3000
        # Neither parts nor the archive are left.
        and [path.name for path in folder.parent.iterdir()] == [folder.name]
    )


# Downloads


def test_archive_is_fetched_once(fetch, server):
    assert is_whole(fetch())
    assert is_whole(fetch())
    assert server.asked == [(None, None)]


@pytest.mark.parametrize("mark", ["etag", "modified"])
def test_broken_download_goes_on(fetch, server, mark):
    server.etag, server.modified = {
        "etag": ('"1"', None),
        "modified": ('W/"1"', "Tue, 10 Jul 2018 00:00:00 GMT"),
    }[mark]
    server.breaks = [10000, 5000]
    assert is_whole(fetch())
    version = server.etag if mark == "etag" else server.modified
    assert server.asked == [(None, None), ("bytes=10000-", version), ("bytes=15000-", version)]


def test_broken_download_goes_on_in_a_later_call(fetch, server):
    server.breaks = [10000]
    with pytest.raises(OSError, match=r"ended after 10000 of \d+ bytes.*come so far is kept"):
        fetch(n_retries=0)
    assert is_whole(fetch(n_retries=0))
    assert server.asked[1] == ("bytes=10000-", '"1"')


@pytest.mark.parametrize("change", ["no ranges", "other file", "no version"])
def test_download_begins_anew_where_it_can_not_go_on(fetch, archive, server, change):
    if change == "no ranges":
        server.ranges = False
    if change == "no version":
        server.etag = None
    server.breaks = [10000]
    with pytest.raises(OSError, match="ended after"):
        fetch(n_retries=0)
    if change == "other file":
        content = make_zip({"a/b.txt": b"content" * 3000, "new": b"1"})
        server.files["set.zip"], server.etag = content, '"2"'
        archive = Archive(archive.url, md5(content))
    assert (fetch(archive) / "a" / "b.txt").stat().st_size == 21000


def test_process_that_ended_after_the_last_byte(fetch, server, tmp_path):
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


def test_errors_of_the_server(fetch, server, tmp_path):
    server.statuses = [503, 500]
    assert is_whole(fetch())
    assert len(server.asked) == 3
    server.statuses = [404]
    lost = Archive(f"{server.url}/lost.zip", "")
    place = str(tmp_path / "home" / "lost.zip")
    with pytest.raises(OSError, match=r"404.*Fetch http.*lost\.zip .*put it at") as caught:
        fetch(lost)
    assert place in str(caught.value)
    assert "kept" not in str(caught.value)
    assert len(server.asked) == 4


def test_wrong_checksum(fetch, archive, server):
    with pytest.raises(OSError, match=rf"MD5 {archive.md5}, expected 0123.*deleted; try again"):
        fetch(Archive(archive.url, "0123"))
    assert is_whole(fetch())
    assert len(server.asked) == 2


def test_progress_is_shown_if_wanted(fetch, capsys):
    fetch(verbose=True)
    assert "set.zip" in capsys.readouterr().err


def test_nothing_is_shown_otherwise(fetch, capsys):
    fetch()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("offline")
def test_offline_says_what_to_fetch_and_where_to_put_it(fetch, archive, server, tmp_path):
    file = tmp_path / "home" / "set.zip"
    with pytest.raises(OSError, match="no network") as caught:
        fetch()
    assert f"Fetch {archive.url} where there is a network, and put it at {str(file)!r}" in str(
        caught.value
    )
    file.write_bytes(b"another")
    with pytest.raises(OSError, match="Delete it and try again"):
        fetch()
    file.write_bytes(server.files["set.zip"])
    assert is_whole(fetch())
    assert server.asked == []


def test_download_if_missing(fetch, server):
    with pytest.raises(OSError, match=r"download_if_missing is False\. Fetch http"):
        fetch(download_if_missing=False)
    assert server.asked == []
    fetch()
    assert is_whole(fetch(download_if_missing=False))


# Unpacking


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_stay_inside(fetch, server, tmp_path, kind, name):
    content = {"zip": make_zip, "tar": make_tar}[kind]({"good": b"1", name: b"2"})
    server.files[f"evil.{kind}"] = content
    archive = Archive(f"{server.url}/evil.{kind}", md5(content))
    if (kind, name) == ("tar", "/tmp/evil"):
        # tarfile's filter takes the slash off.
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
    server.files["link.zip"] = stream.getvalue()
    with pytest.raises(OSError, match="'link' would leave the folder"):
        fetch(Archive(f"{server.url}/link.zip", md5(stream.getvalue())))


def test_damaged_member_and_no_half_unpacked_folder(fetch, server, tmp_path):
    content = make_zip({"a": b"1", "b": b"content"})
    content = content.replace(b"content", b"CONTENT")
    server.files["bad.zip"] = content
    with pytest.raises(OSError, match="CRC"):
        fetch(Archive(f"{server.url}/bad.zip", md5(content)))
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["bad.zip"]


def test_remains_of_a_killed_process_do_no_harm(fetch, tmp_path):
    (tmp_path / "home" / "set.part").mkdir(parents=True)
    (tmp_path / "home" / "set.part" / "half").write_text("x")
    folder = fetch()
    assert is_whole(folder)
    assert not (folder / "half").exists()


# Data sets

VOC_VALUES = {"000001": {"cat": 1, "dog": 0}, "000002": {"cat": -1, "dog": 1}}


def make_voc(root, splits):
    files = {}
    main = f"{root}/ImageSets/Main"
    for split, names in splits.items():
        files[f"{main}/{split}.txt"] = "".join(f"{name}\n" for name in names).encode()
        for label in ("cat", "dog"):
            rows = [f"{name} {VOC_VALUES[name][label]:2d}\n" for name in names]
            files[f"{main}/{label}_{split}.txt"] = "".join(rows).encode()
        for name in names:
            files[f"{root}/JPEGImages/{name}.jpg"] = make_jpeg()
            files[f"{root}/Annotations/{name}.xml"] = b"<annotation/>"
    return files


@pytest.fixture
def publish(server, monkeypatch):
    def publish_archive(key, content):
        name = _fetchers.ARCHIVES[key].filename
        server.files[name] = content
        monkeypatch.setitem(_fetchers.ARCHIVES, key, Archive(f"{server.url}/{name}", md5(content)))

    return publish_archive


QUIET = {"verbose": False, "delay": 0}


def test_voc2007(publish, server, tmp_path):
    both = ["000001", "000002"]
    splits = {"trainval": both, "train": both[:1], "val": both[1:]}
    publish("voc2007-trainval", make_tar(make_voc("VOCdevkit/VOC2007", splits)))
    publish("voc2007-test", make_tar(make_voc("VOCdevkit/VOC2007", {"test": both[::-1]})))

    data = fetch_voc2007(data_home=tmp_path, **QUIET)
    assert [Path(path).name for path in data.paths] == ["000001.jpg", "000002.jpg"]
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])
    assert all(Path(path).is_relative_to(tmp_path / "skmlic" / "voc2007") for path in data.paths)
    train = fetch_voc2007(split="train", difficult="unknown", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(train.Y, [[1, np.nan]])
    assert len(server.asked) == 1

    test = fetch_voc2007(split="test", difficult="negative", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(test.Y, [[0, 1], [1, 0]])
    assert len(server.asked) == 2
    by_hand = load_voc(Path(test.folder).parent, split="test", difficult="negative")
    pd.testing.assert_frame_equal(test.frame, by_hand.frame)


def test_voc2012(publish, tmp_path):
    publish("voc2012-trainval", make_tar(make_voc("VOCdevkit/VOC2012", {"val": ["000002"]})))
    data = fetch_voc2012(split="val", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    with pytest.raises(ValueError, match="split='test', expected 'train', 'val' or 'trainval'"):
        fetch_voc2012(split="test")


@pytest.mark.parametrize("year", [2014, 2017])
def test_coco(publish, server, tmp_path, year):
    content = {
        "images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 2, "category_id": 1, "iscrowd": 1}],
    }
    annotations = {f"annotations/instances_val{year}.json": json.dumps(content).encode()}
    pictures = {f"val{year}/{name}.jpg": make_jpeg() for name in (1, 2)}
    publish(f"coco{year}-annotations", make_zip(annotations))
    publish(f"coco{year}-val", make_zip(pictures))
    data = fetch_coco(year=year, data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0], [1]])
    assert all(map(os.path.isfile, data.paths))
    data = fetch_coco(year=year, crowd="negative", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0], [0]])
    assert len(server.asked) == 2


def test_data_home_of_scikit_learn(publish, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    publish("voc2012-trainval", make_tar(make_voc("VOCdevkit/VOC2012", {"val": ["000002"]})))
    data = fetch_voc2012(split="val", **QUIET)
    assert Path(data.folder).is_relative_to(tmp_path)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("fetch", [fetch_voc2007, fetch_voc2012, fetch_coco])
def test_data_sets_offline(fetch, tmp_path):
    with pytest.raises(OSError, match=r"can't be fetched \(no network\).*put it at"):
        fetch(data_home=tmp_path, n_retries=1, **QUIET)
    with pytest.raises(OSError, match="download_if_missing is False"):
        fetch(data_home=tmp_path, download_if_missing=False)


def test_bad_split_of_coco():
    with pytest.raises(ValueError, match="split='test', expected 'train' or 'val'"):
        fetch_coco(split="test")
    with pytest.raises(ValueError, match="year=2015, expected 2014 or 2017"):
        fetch_coco(year=2015)


def test_checksums_are_those_of_torchvision():
    from torchvision.datasets.voc import DATASET_YEAR_DICT

    for key, year in [
        ("voc2007-trainval", "2007"),
        ("voc2007-test", "2007-test"),
        ("voc2012-trainval", "2012"),
    ]:
        known = DATASET_YEAR_DICT[year]
        archive = _fetchers.ARCHIVES[key]
        assert (archive.filename, archive.md5) == (known["filename"], known["md5"])
