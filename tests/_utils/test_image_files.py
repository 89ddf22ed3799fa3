"""The names of image files."""

import numpy as np
import pytest
from PIL import Image

from skmlic import config_context, set_config
from skmlic._utils._image_files import is_image_name, list_image_extensions
from skmlic.datasets import load_labelled_images

PIXELS = Image.fromarray(np.zeros((8, 8, 3), dtype=np.uint8))


@pytest.mark.parametrize("extension", ["jfif", "jpe", "JPG", "avif", "jp2", "ppm", "pgm", "webp"])
def test_files_that_pillow_writes_are_images(tmp_path, extension):
    if f".{extension.lower()}" not in Image.registered_extensions():
        pytest.skip(f"this Pillow writes no {extension}")
    PIXELS.save(tmp_path / f"a.{extension}")
    assert is_image_name(f"a.{extension}")
    # Names without ending are found in all formats.
    (tmp_path / "labels.csv").write_text("file,sea\na,1\n")
    data = load_labelled_images(tmp_path, tmp_path / "labels.csv")
    assert data.paths == [str(tmp_path / f"a.{extension}")]


@pytest.mark.parametrize(
    "name", ["a.eps", "a.pdf", "a.h5", "a.txt", "a", "jpg", ".a.jpg", "a.mpg", "a.psd"]
)
def test_other_files_are_none(name):
    assert not is_image_name(name)


def test_common_formats_come_first():
    extensions = list_image_extensions()
    assert extensions[:3] == (".jpg", ".jpeg", ".png")
    assert {".heic", ".dcm", ".mpo"} < set(extensions)
    assert len(set(extensions)) == len(extensions)


def test_extensions_follow_the_setting():
    with config_context(image_formats=["JPEG", "DICOM", "FITS"]):
        assert {".jpg", ".mpo", ".dcm", ".fits"} < set(list_image_extensions())
        assert not {".png", ".heic"} & set(list_image_extensions())
    assert not is_image_name("a.fits")


def test_formats_of_plugins_are_named(monkeypatch):
    monkeypatch.setattr(Image, "EXTENSION", dict(Image.registered_extensions()))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    with pytest.raises(ValueError, match=r"expected a list of names from AVIF, BLP, .* Import"):
        set_config(image_formats=["NEW"])
    Image.register_open("NEW", lambda file, name: None)
    Image.register_extension("NEW", ".new")
    assert not is_image_name("a.new")
    with config_context(image_formats=["NEW"]):
        assert is_image_name("a.new")
