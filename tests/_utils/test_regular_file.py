"""Tests of the opening of files."""

import ast
import os
import pickle
import socket
import stat
from pathlib import Path

import pytest

import skmlic
from skmlic import config_context
from skmlic._utils import _regular_file
from skmlic._utils._regular_file import (
    check_regular_file,
    open_regular_file,
    open_regular_text,
    read_regular_file,
)
from skmlic.exceptions import FileRefusedError


def read_stream(path):
    with open_regular_file(path) as file:
        return file.read()


def read_text(path):
    with open_regular_text(path) as file:
        return file.read()


def check(path):
    check_regular_file(path)


OPENERS = [read_regular_file, read_stream, read_text, check]


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # Names of sockets have at most 108 bytes.


def make_link_to_device(path):
    path.symlink_to(os.devnull)


KINDS = {
    "a directory": os.mkdir,
    "a named pipe": make_pipe,
    "a socket": make_socket,
    "a device": make_link_to_device,
}


@pytest.mark.parametrize("size", [0, 1, 2**14, 2**14 + 1, 10**6])
def test_content(size, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\n" * size)
    assert read_regular_file(path) == read_regular_file(str(path)) == path.read_bytes()
    assert read_stream(path) == path.read_bytes()
    assert read_text(path) == path.read_text()


def test_text(tmp_path):
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf\xc3\xa4\r\n\xff")
    with open_regular_text(tmp_path / "file", errors="replace", newline="") as file:
        assert list(file) == ["ä\r\n", "\ufffd"]
        assert file.name == str(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt", reason="these files do not exist on Windows")
@pytest.mark.parametrize("read", OPENERS)
@pytest.mark.parametrize("kind", KINDS)
def test_other_files_are_refused(kind, read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    KINDS[kind](tmp_path / "file")
    with pytest.raises(FileRefusedError, match=f"file' is {kind}, not a regular file$") as caught:
        read(tmp_path / "file")
    assert caught.value.filename == str(tmp_path / "file")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
@pytest.mark.parametrize("read", OPENERS[:3])
def test_pipe_that_replaces_a_file(read, tmp_path, monkeypatch):
    """What another process does after the first check, the second one tells."""
    os.mkfifo(tmp_path / "pipe")
    regular = os.stat_result((stat.S_IFREG, *[0] * 9))
    monkeypatch.setattr(_regular_file, "check_regular_file", lambda _: regular)
    n_open = len(os.listdir("/dev/fd"))
    with pytest.raises(FileRefusedError, match="named pipe"):
        read(tmp_path / "pipe")
    assert len(os.listdir("/dev/fd")) == n_open


@pytest.mark.parametrize("read", OPENERS)
def test_links_are_followed(read, tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read(tmp_path / "link") == read(tmp_path / "file")


@pytest.mark.parametrize("read", OPENERS)
def test_missing_file(read, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        read(tmp_path / "missing")


@pytest.mark.parametrize("read", [read_regular_file, read_text])
def test_limit(read, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    with config_context(max_file_bytes=5):
        assert len(read(path)) == 5
    with config_context(max_file_bytes=4):
        with pytest.raises(FileRefusedError, match=r"limit of 4 bytes: .*max_file_bytes=5\)"):
            read(path)
        assert len(read_stream(path)) == 5


def test_sparse_file(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(FileRefusedError, match="max_file_bytes=1099511627776"):
        read_regular_file(tmp_path / "file")


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs /proc")
def test_limit_of_a_file_that_states_no_size():
    assert len(read_regular_file("/proc/self/maps")) > 1000
    with config_context(max_file_bytes=1000), pytest.raises(FileRefusedError, match="1,000"):
        read_regular_file("/proc/self/maps")


# Functions that open a file by its path, or may.
OPENING = {
    *("open", "read_bytes", "read_text", "fromfile", "memmap", "loadtxt", "genfromtxt"),
    *("load_file", "safe_open", "ZipFile", "ParquetFile", "read_csv", "read_excel", "read_parquet"),
}
# Modules that call them, and what they open.
OTHER_OPENINGS = {
    "_utils/_atomic_file.py": "its own unfinished file",
    "_utils/_compat.py": "/proc/cpuinfo",
    "_utils/_regular_file.py": "regular files",
    "_utils/_torch_files.py": "an open file",
    "backbones/_weight_files.py": "safetensors, which takes a path, after check_regular_file",
    "cli/__init__.py": "os.devnull",
    "cli/_demo.py": "a file that the demo wrote",
    "cli/_images.py": "a pipe of the shell, such as /dev/fd/63, as a list of images",
    "cli/_outputs.py": "a file to write",
    "datasets/_download.py": "a file to write",
    "datasets/_formats/_image_folder.py": "the bytes of read_regular_file",
    "datasets/_formats/_source.py": "the bytes of read_regular_file",
    "datasets/_unpack.py": "an open file",
    "distributed/_parquet.py": "files of an fsspec file system",
    "images/_formats.py": "bytes of an image",
    "persistence/_file.py": "safetensors, which takes a path, after open_regular_file",
    "plots/_report/_images.py": "bytes of an image",
    "plots/_report/_template.py": "a file of the package",
    "training/_checkpoint.py": "its own unfinished file",
}


def test_no_other_module_opens_files():
    source = Path(skmlic.__file__).parent
    opening = set()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            function = getattr(node, "func", None)
            if getattr(function, "id", getattr(function, "attr", None)) in OPENING:
                opening.add(path.relative_to(source).as_posix())
    assert opening == set(OTHER_OPENINGS), "open files by skmlic._utils._regular_file"
