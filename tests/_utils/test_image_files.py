"""The names of image files."""

import numpy as np
import pytest
from PIL import Image, features

from skmlic._utils._image_files import is_image_name, list_image_extensions
from skmlic.datasets import load_labelled_images

PIXELS = Image.fromarray(np.zeros((8, 8, 3), dtype=np.uint8))


@pytest.mark.parametrize("extension", ["jfif", "jpe", "JPG", "avif", "jp2", "ppm", "pgm", "webp"])
def test_files_that_pillow_writes_are_images(tmp_path, extension):
    if extension == "avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    PIXELS.save(tmp_path / f"a.{extension}")
    assert is_image_name(f"a.{extension}")
    # Names without ending are found in all formats.
    (tmp_path / "labels.csv").write_text("file,sea\na,1\n")
    data = load_labelled_images(tmp_path, tmp_path / "labels.csv")
    assert data.paths == [str(tmp_path / f"a.{extension}")]


@pytest.mark.parametrize("name", ["a.eps", "a.pdf", "a.h5", "a.txt", "a", "jpg", ".a.jpg", "a.mpg"])
def test_other_files_are_none(name):
    assert not is_image_name(name)


def test_common_formats_come_first():
    extensions = list_image_extensions()
    assert extensions[:3] == (".jpg", ".jpeg", ".png")
    assert {".heic", ".dcm", ".mpo"} < set(extensions)
    assert len(set(extensions)) == len(extensions)


def test_formats_of_plugins_are_images(monkeypatch):
    monkeypatch.setattr(Image, "EXTENSION", dict(Image.registered_extensions()))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    assert not is_image_name("a.new")
    Image.register_open("NEW", lambda file, name: None)
    Image.register_extension("NEW", ".new")
    assert is_image_name("a.new")
