"""Tests of skmlic.images._decoding."""

import io
import os

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from skmlic.images import (
    ContentDigest,
    Preprocessing,
    as_image_list,
    describe_read_error,
    load_rgb,
)

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)
GRAY = RGB[..., 0]


def encode(image, format="PNG", **options):
    """Return the bytes of a file of a PIL image or an array."""
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, format, **options)
    return file.getvalue()


def decode(content):
    return np.asarray(load_rgb(content))


@pytest.fixture
def folder(tmp_path):
    for number, image in enumerate(RGB):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    return tmp_path


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


# The pixels that a camera stores for an upright image, by EXIF orientation.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
QUARTERS = np.kron(
    [[[250, 10, 10], [10, 250, 10]], [[10, 10, 250], [240, 240, 240]]], np.ones((32, 48, 1))
).astype(np.uint8)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_exif_orientation_is_applied(orientation, format):
    stored = np.ascontiguousarray(STORED[orientation](QUARTERS))
    options = {"quality": 95, "subsampling": 0} if format == "JPEG" else {}
    content = encode(stored, format, exif=exif(orientation), **options)
    for image in (content, Image.open(io.BytesIO(content))):
        assert_allclose(np.asarray(load_rgb(image)).astype(int), QUARTERS, atol=12)
    small = Preprocessing((8, 12), interpolation="nearest")(content)
    assert_allclose(small.astype(int), QUARTERS[::8, ::8], atol=12)


def test_invalid_orientation_is_ignored():
    assert_array_equal(decode(encode(RGB[0], exif=exif(99))), RGB[0])


def test_grayscale_file():
    assert_array_equal(decode(encode(GRAY[0])), np.repeat(GRAY[0][..., np.newaxis], 3, axis=-1))


def test_one_bit_file():
    image = Image.fromarray(GRAY[0] > 127)
    assert image.mode == "1"
    expected = np.where(GRAY[0] > 127, 255, 0)[..., np.newaxis]
    assert_array_equal(decode(encode(image)), np.repeat(expected, 3, axis=-1))


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_palette_file(format):
    image = Image.fromarray(RGB[0]).quantize(16)
    assert_array_equal(decode(encode(image, format)), np.asarray(image.convert("RGB")))


def test_transparent_colour_of_a_palette_is_white():
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putpixel((1, 0), 1)
    assert decode(encode(image)).tolist() == [[[200, 0, 0], [0, 0, 200]]]
    assert decode(encode(image, transparency=1)).tolist() == [[[200, 0, 0], [255, 255, 255]]]
    assert decode(encode(image, "GIF", transparency=0)).tolist() == [[[255, 255, 255], [0, 0, 200]]]
    half = decode(encode(image, transparency=bytes([255, 128])))
    assert_allclose(half[0].astype(int), [[200, 0, 0], [127, 127, 227]], atol=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("form", ["file", "PIL"])
def test_transparent_parts_are_white(mode, form):
    colour = {"RGBA": (200, 100, 0), "LA": (100,)}[mode]
    array = np.array([[[*colour, alpha] for alpha in (255, 0, 51)]], dtype=np.uint8)
    image = encode(array) if form == "file" else Image.fromarray(array)
    opaque = np.broadcast_to(colour, 3)
    expected = [opaque, [255] * 3, 0.2 * opaque + 0.8 * 255]
    assert_allclose(decode(image)[0].astype(float), expected, atol=1)


FORMS = {
    "uint8": lambda array: array,
    "float": lambda array: (array / 255).astype(np.float32),
    "uint16": lambda array: array.astype(np.uint16) * 257,
    "int64": lambda array: array.astype(np.int64),
}


@pytest.mark.parametrize("n_colors", [1, 3])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("as_tensor", [False, True])
def test_a_channel_of_full_opacity_is_left_out(n_colors, form, as_tensor):
    colors = RGB[0][..., :n_colors]
    array = FORMS[form](np.concatenate([colors, np.full((8, 12, 1), 255, np.uint8)], axis=-1))
    X = torch.from_numpy(array).permute(2, 0, 1)[None] if as_tensor else array[np.newaxis]
    assert_array_equal(decode(as_image_list(X)[0]), np.broadcast_to(colors, (8, 12, 3)))


@pytest.mark.parametrize("n_colors", [1, 3])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("last", ["zeros", "near infrared", "opacity"])
def test_another_channel_needs_a_decision(n_colors, form, last):
    if last == "zeros":
        last = np.zeros_like(GRAY[0])
    else:
        last = GRAY[1] if last == "near infrared" else GRAY[2] | 128
    colors = RGB[0][..., :n_colors]
    image = FORMS[form](np.concatenate([colors, last[..., np.newaxis]], axis=-1))
    with pytest.raises(ValueError, match="may mean opacity, or something else") as caught:
        decode(image)
    # The advice is followed.
    assert f"image[:, :, :{n_colors}]" in str(caught.value)
    assert_array_equal(decode(image[:, :, :n_colors]), np.broadcast_to(colors, (8, 12, 3)))
    assert "PIL.Image.fromarray(image)" in str(caught.value)
    assert ("8-bit" in str(caught.value)) == (form != "uint8")
    if form == "uint8":
        shown = decode(Image.fromarray(image)).astype(float)
        opacity = last[..., np.newaxis] / 255
        blended = np.broadcast_to(colors * opacity + 255 * (1 - opacity), shown.shape)
        assert_allclose(shown, blended, atol=1)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        pytest.param((3, 8, 8), r"np.moveaxis\(image, 0, -1\)", id="channels first"),
        pytest.param((8, 8, 13), r"image\[:, :, \[2, 1, 0\]\]", id="13 channels"),
    ],
)
def test_advice_on_other_channels(shape, reason):
    image = np.random.RandomState(0).randint(0, 256, shape, dtype=np.uint8)
    with pytest.raises(ValueError, match=reason):
        decode(image)
    followed = np.moveaxis(image, 0, -1) if shape[0] == 3 else image[:, :, [2, 1, 0]]
    assert_array_equal(decode(followed), followed)


def test_transparent_colour_of_an_rgb_file_is_white():
    image = Image.fromarray(np.array([[[9, 8, 7], [1, 2, 3]]], dtype=np.uint8))
    assert decode(encode(image, transparency=(1, 2, 3))).tolist() == [[[9, 8, 7], [255] * 3]]


@pytest.mark.parametrize("format", ["TIFF", "JPEG"])
def test_cmyk_file(format):
    inks = {
        "cyan": (255, 0, 0, 0),
        "red": (0, 255, 255, 0),
        "black": (0, 0, 0, 255),
        "none": (0,) * 4,
    }
    image = Image.new("CMYK", (64, 16))
    for number, ink in enumerate(inks.values()):
        image.paste(ink, (16 * number, 0, 16 * number + 16, 16))
    content = encode(image, format, **({"quality": 95} if format == "JPEG" else {}))
    assert Image.open(io.BytesIO(content)).mode == "CMYK"
    expected = [[0, 255, 255], [255, 0, 0], [0, 0, 0], [255, 255, 255]]
    assert_allclose(decode(content)[8, 8::16].astype(int), expected, atol=8)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_sixteen_bit_file(format, byteorder):
    deep = Image.fromarray((GRAY[0].astype(np.uint16) * 257).astype(f"{byteorder}u2"))
    assert deep.mode.startswith("I;16")
    if format == "PNG" and byteorder == ">":
        pytest.skip("Pillow writes no PNG of mode I;16B")
    expected = np.repeat(GRAY[0][..., np.newaxis], 3, axis=-1)
    assert_array_equal(decode(encode(deep, format)), expected)
    assert_array_equal(np.asarray(load_rgb(deep)), expected)


def test_deep_grayscale_pil_images():
    expected = np.repeat(GRAY[0][..., np.newaxis], 3, axis=-1)
    for deep in (GRAY[0].astype(np.int32) * 257, (GRAY[0] / 255).astype(np.float32)):
        assert_array_equal(np.asarray(load_rgb(Image.fromarray(deep))), expected)


def test_the_first_frame_of_an_animation():
    frames = [Image.fromarray(image).quantize() for image in RGB]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert_allclose(decode(content).astype(int), np.asarray(frames[0].convert("RGB")), atol=2)


def read(image):
    """Read an image as the embedder does."""
    digest = ContentDigest()
    return load_rgb(digest.verified(image, digest(image)))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        read(tmp_path / "missing.png")


def test_directory(tmp_path):
    with pytest.raises(OSError, match="a directory, not a regular file"):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(OSError, match="not a regular file"):
        read(tmp_path / "pipe.png")


@pytest.mark.parametrize("as_bytes", [True, False])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "^empty$"),
        (b"Not an image.", "^not in a format that Pillow reads$"),
        (encode(RGB[0])[:10], "^a damaged PNG file, or of a kind that Pillow can't read$"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "^in the format EPS, which .* convert it to PNG$"),
        (b"SIMPLE  =  T" + b" " * 68, r"^in the format FITS, .*'image_formats'\], 'FITS'\]\)$"),
        (encode(RGB[0])[:-60], "truncated"),
        (encode(RGB[0], "JPEG")[:-60], "truncated"),
        (encode(RGB[0], "TIFF")[:-60], "truncated|decoder error|format|buffer"),
    ],
)
def test_damaged_content(tmp_path, content, reason, as_bytes):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises((OSError, ValueError), match=reason):
        read(content if as_bytes else path)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (None, "None is not an image; expected a path, encoded bytes"),
        (float("nan"), "nan is not an image"),
        (pd.NA, "<NA> is not an image"),
        (3, "3 is not an image"),
        (["a.png"], r"\['a.png'\] is not an image"),
        (np.array([[RGB, None]], dtype=object), "is not an image"),
        (np.zeros((0, 3, 3)), r"shape \(0, 3, 3\); expected \(height, width"),
        (np.zeros((4, 4, 5)), r"shape \(4, 4, 5\); expected"),
        (np.zeros(4), r"shape \(4,\); expected"),
        (np.array(3.0), r"shape \(.*\); expected"),
        (np.full((2, 2), 1j), "dtype complex128; expected uint8"),
    ],
)
def test_wrong_entries(image, reason):
    with pytest.raises((TypeError, ValueError), match=reason):
        read(image)


@pytest.mark.parametrize("limit", [RGB[0].size // 3 - 1, 10])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_decompression_bombs_are_refused(folder, monkeypatch, limit, as_bytes):
    # Pillow itself only warns up to twice its limit; here warnings are errors.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(ValueError, match=f"PIL.Image.MAX_IMAGE_PIXELS = {limit}"):
        read(encode(RGB[0]) if as_bytes else folder / "0.png")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bombs_are_refused_when_warnings_are_ignored(folder, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 95)
    with pytest.raises(ValueError, match=r"12 x 8 pixels.*PIL.Image.MAX_IMAGE_PIXELS = 95"):
        read(folder / "0.png")


@pytest.mark.parametrize("limit", [96, None])
def test_images_within_the_limit_are_read(folder, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert_array_equal(read(folder / "0.png"), RGB[0])


def test_reasons_are_one_line():
    assert describe_read_error(FileNotFoundError(2, "No such file or directory", "a.png")) == (
        "No such file or directory"
    )
    assert describe_read_error(ValueError("two\n  lines")) == "two lines"
    assert describe_read_error(ValueError()) == "ValueError"
