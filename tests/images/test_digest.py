"""Tests of skmlic.images._digest."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from skmlic.images import ContentDigest, _digest

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)


def encode(image, format="PNG", **options):
    """Return the bytes of a file of a PIL image or an array."""
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, format, **options)
    return file.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


@pytest.fixture
def folder(tmp_path):
    for number, image in enumerate(RGB):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    return tmp_path


def test_equal_content_has_an_equal_digest(folder):
    digest = ContentDigest()
    path = folder / "0.png"
    content = path.read_bytes()
    forms = path, str(path), content, bytearray(content), memoryview(content)
    assert len({digest(form) for form in forms}) == 1
    (folder / "copy.png").write_bytes(content)
    assert digest(folder / "copy.png") == digest(path)
    assert digest(RGB[0]) == digest(RGB[0].copy()) == digest(np.asfortranarray(RGB[0]))
    assert digest(Image.open(path)) == digest(Image.fromarray(RGB[0]))
    assert len(digest(path)) == ContentDigest.size


def with_palette(colours, mode="RGB"):
    image = Image.new("P", (4, 4))
    image.putpalette(colours, mode)
    return image


def with_info(**info):
    image = Image.fromarray(RGB[0])
    image.info.update(info)
    return image


def turned(orientation):
    return Image.open(io.BytesIO(encode(RGB[0], exif=exif(orientation))))


def test_different_content_has_a_different_digest():
    changed = RGB[0].copy()
    changed[0, 0, 0] ^= 1
    content = bytearray(encode(RGB[0]))
    content[-1] ^= 1
    different = [
        RGB[0],
        changed,
        RGB[0].astype(np.uint16),
        RGB[0].astype(np.int64),
        RGB[0].astype(">i8"),
        RGB[0].reshape(12, 8, 3),
        RGB[0].reshape(-1),
        RGB[0] > 255,
        np.zeros((8, 12, 3), np.uint8),
        encode(RGB[0]),
        content,
        b"",
        Image.fromarray(RGB[0]),
        Image.fromarray(changed),
        Image.fromarray(RGB[0].reshape(12, 8, 3)),
        Image.fromarray(RGB[0]).convert("L"),
        Image.new("L", (8, 12)),
        Image.new("1", (8, 12)),
        with_palette([1, 2, 3]),
        with_palette([1, 2, 4]),
        with_palette([1, 2, 3, 255], "RGBA"),
        with_palette([1, 2, 3, 0], "RGBA"),
        with_info(transparency=(1, 2, 3)),
        with_info(transparency=(1, 2, 4)),
        turned(3),
        turned(6),
    ]
    digest = ContentDigest()
    assert len({digest(image) for image in different}) == len(different)


@pytest.fixture
def reads(monkeypatch):
    """Return a list that the names of the files read are added to."""
    read, names = _digest.read_regular_file, []

    def note_and_read(path):
        names.append(os.path.basename(path))
        return read(path)

    monkeypatch.setattr(_digest, "read_regular_file", note_and_read)
    return names


@pytest.fixture
def _all_files_are_old(monkeypatch):
    monkeypatch.setattr(_digest, "_RECENT_NS", -(10**9))


@pytest.mark.usefixtures("_all_files_are_old")
def test_a_file_that_is_old_is_read_once(folder, reads):
    digest = ContentDigest()
    assert digest(folder / "0.png") == digest(str(folder / "0.png"))
    assert reads == ["0.png"]
    digest.clear()
    digest(folder / "0.png")
    assert reads == ["0.png"] * 2


def test_a_file_that_is_recent_is_read_again(folder, reads):
    digest = ContentDigest()
    digest(folder / "0.png")
    digest(folder / "0.png")
    assert reads == ["0.png"] * 2


@pytest.mark.usefixtures("_all_files_are_old")
@pytest.mark.parametrize("how", ["in place", "replaced"])
def test_a_file_rewritten_with_its_size_and_time_has_another_digest(folder, how):
    path, digest = folder / "0.bmp", ContentDigest()
    path.write_bytes(encode(RGB[0], "BMP"))
    before, stat = digest(path), path.stat()
    time.sleep(0.02)  # the clock of the file system advances in steps
    if how == "in place":
        path.write_bytes(encode(RGB[1], "BMP"))
    else:
        (folder / "new").write_bytes(encode(RGB[1], "BMP"))
        (folder / "new").replace(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert digest(path) == digest(encode(RGB[1], "BMP")) != before


@pytest.mark.usefixtures("_all_files_are_old")
def test_a_relative_path_belongs_to_the_working_directory(folder, monkeypatch):
    digest = ContentDigest()
    (folder / "sub").mkdir()
    (folder / "sub" / "0.png").write_bytes(encode(RGB[1]))
    monkeypatch.chdir(folder)
    first = digest("0.png")
    monkeypatch.chdir(folder / "sub")
    assert digest("0.png") != first


def test_a_file_that_changes_between_digest_and_decoding_is_refused(folder):
    digest = ContentDigest()
    path = folder / "0.png"
    before = digest(path)
    assert digest.verified(path, before) == path.read_bytes()
    path.write_bytes(encode(RGB[1]))
    with pytest.raises(OSError, match="changed while it was read"):
        digest.verified(path, before)


def test_only_files_are_verified():
    for image in (RGB[0], encode(RGB[0]), Image.fromarray(RGB[0])):
        assert ContentDigest().verified(image, b"") is image
