"""Archives from unknown sources."""

import shutil
import tarfile
import zipfile
from collections import namedtuple

import pytest

from skmlic.datasets import _unpack
from skmlic.datasets._unpack import unpack

LINK = 0o120777 << 16


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "inner" / "unpacked"


@pytest.fixture(autouse=True)
def outside(tmp_path, folder):
    """Nothing may appear besides the archive and the folder."""
    folder.parent.mkdir()
    yield
    assert {path.name for path in tmp_path.iterdir()} <= {"inner", "a.zip", "a.tar"}
    assert {path.name for path in folder.parent.iterdir()} <= {"unpacked"}


def write_zip(tmp_path, name, content=b"content", attributes=0):
    member = zipfile.ZipInfo(name)
    member.external_attr = attributes
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return tmp_path / "a.zip"


def write_tar(tmp_path, name, **fields):
    member = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(member, field, value)
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(member)
    return tmp_path / "a.tar"


@pytest.mark.parametrize("name", ["../x.jpg", "/x.jpg", "..\\x.jpg", "a/../../x.jpg"])
def test_zip_members_outside(name, tmp_path, folder):
    with pytest.raises(OSError, match=r"can't be unpacked: .* would leave the folder"):
        unpack(write_zip(tmp_path, name), folder)
    assert not folder.exists()


def test_links(tmp_path, folder):
    with pytest.raises(OSError, match=r"'a\.jpg' would leave the folder"):
        unpack(write_zip(tmp_path, "a.jpg", b"/etc/passwd", LINK), folder)
    for target in ("/etc/passwd", "b.jpg"):
        tar = write_tar(tmp_path, "a.jpg", type=tarfile.SYMTYPE, linkname=target)
        with pytest.raises(OSError, match=r"'a\.jpg' is a link"):
            unpack(tar, folder)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("../x.jpg", {}), ("x.jpg", {"type": tarfile.CHRTYPE})],
)
def test_tar_members(name, fields, tmp_path, folder):
    with pytest.raises(OSError, match="can't be unpacked"):
        unpack(write_tar(tmp_path, name, **fields), folder)


def test_backslashes_of_windows(tmp_path, folder):
    unpack(write_zip(tmp_path, "sea\\a.jpg"), folder)
    assert (folder / "sea" / "a.jpg").read_bytes() == b"content"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_size(kind, tmp_path, folder, monkeypatch):
    if kind == "zip":
        file = write_zip(tmp_path, "a.jpg", bytes(100_000))
    else:
        with tarfile.open(tmp_path / "a.tar", "w:gz") as archive:
            (folder.parent / "a.jpg").write_bytes(bytes(100_000))
            archive.add(folder.parent / "a.jpg", "a.jpg")
            (folder.parent / "a.jpg").unlink()
        file = tmp_path / "a.tar"
    monkeypatch.setattr(_unpack, "_LARGE", 50_000)
    with pytest.raises(OSError, match=r"would have 100,000\. If that is right, unpack it yourself"):
        unpack(file, folder)
    monkeypatch.setattr(_unpack, "_LARGE", 200_000)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(99_999))
    with pytest.raises(OSError, match=r"has 100,000 bytes.*99,999 bytes left.*SCIKIT_LEARN_DATA"):
        unpack(file, folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(100_000))
    unpack(file, folder)
    assert (folder / "a.jpg").stat().st_size == 100_000


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
@pytest.mark.parametrize("content", [b"nonsense", b"\x1f\x8bnonsense", b""])
def test_damaged_archives(name, content, tmp_path, folder):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match="can't be unpacked"):
        unpack(tmp_path / name, folder)
