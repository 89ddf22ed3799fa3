"""Tests of skmlic.images._jpeg."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.datasets import load_sample_image

from skmlic.images import JPEG_DECODER, describe_read_error, load_rgb
from skmlic.images import _jpeg as jpeg

CHINA = Image.fromarray(load_sample_image("china.jpg"))


def encode(image=CHINA, format="JPEG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def decode(content, monkeypatch=None, min_side=None):
    """Return the pixels, decoded by Pillow if monkeypatch is given, or the reason of an error."""
    if monkeypatch is None:
        try:
            return load_rgb(content, min_side)
        except (OSError, ValueError) as error:
            return describe_read_error(error)
    with monkeypatch.context() as patch:
        patch.setattr(jpeg, "simplejpeg", None)
        return decode(content, min_side=min_side)


@pytest.fixture
def n_fast(monkeypatch):
    """Count the images that simplejpeg decodes."""
    simplejpeg = pytest.importorskip("simplejpeg")
    calls = []

    def counted(*args, **options):
        calls.append(1)
        return decode(*args, **options)

    decode = simplejpeg.decode_jpeg
    monkeypatch.setattr(simplejpeg, "decode_jpeg", counted)
    return lambda: len(calls)


PLAIN = {
    "default": {},
    "colors at full resolution": {"subsampling": 0, "quality": 95},
    "colors at half of it": {"subsampling": 1},
    "progressive": {"progressive": True},
    "stored as RGB": {"keep_rgb": True},
    "restart markers": {"restart_marker_rows": 1},
    "worst quality": {"quality": 1},
    "upright by EXIF": {"exif": exif(1)},
    "EXIF without an orientation": {"exif": Image.Exif()},
    "color profile": {"icc_profile": b"any bytes"},
    "resolution": {"dpi": (300, 300)},
    "comment": {"comment": b"a comment"},
}


@pytest.mark.parametrize("min_side", [None, 224, 100, 50, 20])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", PLAIN.values(), ids=PLAIN)
def test_plain_files_have_the_pixels_of_pillow(options, mode, min_side, monkeypatch, n_fast):
    content = encode(CHINA.convert(mode).resize((601, 403)), **options)
    got = decode(content, min_side=min_side)
    assert n_fast() == 1
    assert_array_equal(got, decode(content, monkeypatch, min_side))


OTHERS = {
    "CMYK": encode(CHINA.convert("CMYK")),
    "turned by EXIF": encode(exif=exif(6)),
    "several images": encode(format="MPO", save_all=True, append_images=[CHINA]),
    "PNG": encode(format="PNG"),
    "WebP": encode(format="WEBP"),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_files_are_left_to_pillow(content, monkeypatch, n_fast):
    got = decode(content)
    assert n_fast() == 0
    assert_array_equal(got, decode(content, monkeypatch))


def test_damaged_files_are_treated_as_by_pillow(monkeypatch, capfd):
    content = encode(CHINA.resize((200, 100)))
    random = np.random.RandomState(0)
    damaged = [content[:-2], content[: len(content) // 2], content[:600], content + b"more"]
    for _ in range(200):
        changed = bytearray(content)
        for place in random.randint(len(content), size=3):
            changed[place] = random.randint(256)
        damaged.append(bytes(changed))
    reasons = set()
    for number, one in enumerate(damaged):
        got, expected = decode(one), decode(one, monkeypatch)
        assert type(got) is type(expected), number
        if isinstance(got, str):
            reasons.add(got)
        assert_array_equal(got, expected)
    assert any("truncated" in reason for reason in reasons)
    assert capfd.readouterr().err == ""


def test_truncated_files_are_read_if_pillow_is_told_to(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    content = encode()[:-5000]
    got = decode(content)
    assert got.shape == (427, 640, 3)
    assert_array_equal(got, decode(content, monkeypatch))


def test_the_decoder_is_named():
    simplejpeg = pytest.importorskip("simplejpeg")
    assert f"simplejpeg {simplejpeg.__version__}" == JPEG_DECODER
