import hashlib
import io
import json
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skmlic.datasets import _download, load_labelled_images

NAMES = ("beach.jpg", "forest.jpg", "lake.PNG", "a.png", "b.JPG", "007.jpeg", "more/c.png")


@pytest.fixture
def folder(tmp_path):
    """A folder of images."""
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for name in NAMES:
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def write(tmp_path):
    """A function that writes a table and returns its path."""

    def write_table(text, encoding="utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_table


@pytest.fixture
def read(folder, write):
    """A function that writes a table and loads it."""

    def read_table(text, **options):
        return load_labelled_images(folder, write(text), **options)

    return read_table


@pytest.fixture
def file_names():
    """A function that returns the names of the files that a reader found."""
    return lambda data: [Path(path).name for path in data.paths]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder, which is the current one."""
    place = tmp_path / "data"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return place


@pytest.fixture
def write_files():
    """A function that writes files by name.

    Their content is text, bytes, an object as JSON, or an image of a color (an int).
    """

    def write(files):
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, int):
                Image.new("L", (4, 4), content).save(path)
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content))

    return write


@pytest.fixture
def check():
    """A function that compares data with rows of values by the names of images.

    The labels are the key None.
    """

    def compare(data, expected):
        expected = dict(expected)
        assert data.label_names == expected.pop(None)
        names = [Path(path).name for path in data.paths]
        found = dict(zip(names, data.Y.to_numpy(), strict=True))
        assert list(found) == list(expected)
        for name, row in expected.items():
            np.testing.assert_array_equal(found[name], row, err_msg=name)

    return compare


class Server(ThreadingHTTPServer):
    """A server of ``files``, whose faults are set by its other attributes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.ranges = True
        self.etag = '"1"'
        self.modified = None
        # The next answers end after these numbers of bytes.
        self.breaks = []
        self.statuses = []
        self.asked = []

    def publish(self, name, content):
        """Serve a file, and return the Archive that describes it."""
        self.files[name] = content
        return _download.Archive(f"{self.url}/{name}", hashlib.md5(content).hexdigest())

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


@pytest.fixture
def pack():
    """A function that returns the content of an archive of files."""

    def pack_files(kind, files):
        stream = io.BytesIO()
        if kind == "zip":
            with zipfile.ZipFile(stream, "w") as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
        else:
            with tarfile.open(fileobj=stream, mode="w") as archive:
                for name, content in files.items():
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        return stream.getvalue()

    return pack_files
