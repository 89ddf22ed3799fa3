"""Tests of skmlic.images."""

import io
import os
import time
from collections import UserList
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
import torchvision
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.datasets import load_sample_image

from skmlic.images import ContentDigest, Preprocessing, as_image_list, describe_source, load_rgb
from skmlic.images import _images as images

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)
GREY = RGB[..., 0]
OPAQUE = np.full((*GREY.shape, 1), 255, dtype=np.uint8)


def pixels(X):
    """Return what X looks like, one array (height, width, 3) an image."""
    return [np.asarray(load_rgb(image)) for image in as_image_list(X)]


def encode(image, format="PNG", **options):
    """Return the bytes of a file of a PIL image or an array."""
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, format, **options)
    return file.getvalue()


def decode(content):
    return np.asarray(load_rgb(content))


def one_column(values):
    column = np.empty((len(values), 1), dtype=object)
    column[:, 0] = values
    return column


@pytest.fixture
def folder(tmp_path):
    for number, image in enumerate(RGB):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    return tmp_path


# The forms of X

PATHS = {
    "list of str": lambda paths: list(map(str, paths)),
    "list of Path": list,
    "list of both": lambda paths: [str(paths[0]), *paths[1:]],
    "tuple": tuple,
    "sequence": UserList,
    "array of str": lambda paths: np.array(list(map(str, paths))),
    "array of Path": lambda paths: np.array(paths),
    "column of str": lambda paths: np.array([[str(path)] for path in paths]),
    "column of Path": lambda paths: one_column(paths),
    "Series of str": lambda paths: pd.Series(list(map(str, paths)), index=[7, 7, 7]),
    "Series of Path": lambda paths: pd.Series(paths),
    "categorical Series": lambda paths: pd.Series(list(map(str, paths)), dtype="category"),
    "Series of pandas strings": lambda paths: pd.Series(list(map(str, paths)), dtype="string"),
    "pandas array": lambda paths: pd.Series(list(map(str, paths)), dtype="string").array,
    "Index": lambda paths: pd.Index(list(map(str, paths))),
    "DataFrame": lambda paths: pd.DataFrame({"path": list(map(str, paths))}),
    "DataFrame of Path": lambda paths: pd.DataFrame({"path": paths}),
    "polars Series": lambda paths: pl.Series(list(map(str, paths))),
    "polars Series of Path": lambda paths: pl.Series(paths, dtype=pl.Object),
    "polars frame": lambda paths: pl.DataFrame({"path": list(map(str, paths))}),
    "polars frame of Path": lambda paths: pl.DataFrame([pl.Series("p", paths, dtype=pl.Object)]),
}


@pytest.mark.parametrize("form", PATHS)
def test_paths_in_every_form(folder, form):
    X = PATHS[form]([folder / f"{number}.png" for number in range(len(RGB))])
    assert_array_equal(pixels(X), RGB)


COLOURED = {
    "uint8": RGB,
    "not contiguous": np.ascontiguousarray(RGB[:, :, ::-1])[:, :, ::-1],
    "float64": RGB / 255,
    "float32": (RGB / 255).astype(np.float32),
    "float16": (RGB / 255).astype(np.float16),
    "int64": RGB.astype(np.int64),
    "uint16": RGB.astype(np.uint16) * 257,
    "big-endian uint16": (RGB.astype(np.uint16) * 257).astype(">u2"),
    "RGBA": np.concatenate([RGB, OPAQUE], axis=-1),
    "float RGBA": np.concatenate([RGB, OPAQUE], axis=-1) / 255,
    "list of arrays": list(RGB),
    "list of mixed arrays": [RGB[0], RGB[1] / 255, RGB[2].astype(int)],
    "Series of arrays": pd.Series(list(RGB)),
    "column of PIL": one_column([Image.fromarray(image) for image in RGB]),
    "PIL": [Image.fromarray(image) for image in RGB],
    "bytes": [encode(image) for image in RGB],
    "bytearray": [bytearray(encode(image)) for image in RGB],
    "memoryview": [memoryview(encode(image)) for image in RGB],
    "polars Series of bytes": pl.Series([encode(image) for image in RGB]),
    "column of bytes": one_column([encode(image) for image in RGB]),
    "tensor": torch.from_numpy(RGB).permute(0, 3, 1, 2),
    "float tensor": torch.from_numpy(RGB / 255).permute(0, 3, 1, 2),
    "tensor with gradient": torch.tensor(RGB / 255, requires_grad=True).permute(0, 3, 1, 2),
    "half tensor": torch.from_numpy(RGB / 255).permute(0, 3, 1, 2).half(),
    "list of tensors": list(torch.from_numpy(RGB).permute(0, 3, 1, 2)),
    "Series of tensors": pd.Series(list(torch.from_numpy(RGB).permute(0, 3, 1, 2))),
    "list of all kinds": [RGB[0], encode(RGB[1]), torch.from_numpy(RGB[2]).permute(2, 0, 1)],
}


@pytest.mark.parametrize("form", COLOURED)
def test_colour_in_every_form(form):
    assert_array_equal(pixels(COLOURED[form]), RGB)


GREYS = {
    "(n, H, W)": GREY,
    "(n, H, W, 1)": GREY[..., np.newaxis],
    "(n, H, W, 2)": np.concatenate([GREY[..., np.newaxis], OPAQUE], axis=-1),
    "float": GREY / 255,
    "uint16": GREY.astype(np.uint16) * 257,
    "list of arrays": list(GREY),
    "tensor (n, 1, H, W)": torch.from_numpy(GREY)[:, None],
    "tensor (n, 2, H, W)": torch.from_numpy(
        np.concatenate([GREY[:, None], OPAQUE[:, None, ..., 0]], 1)
    ),
    "list of tensors (H, W)": list(torch.from_numpy(GREY)),
    "PIL": [Image.fromarray(image) for image in GREY],
}


@pytest.mark.parametrize("form", GREYS)
def test_grey_in_every_form(form):
    assert_array_equal(pixels(GREYS[form]), np.repeat(GREY[..., np.newaxis], 3, axis=-1))


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy, list])
def test_boolean_images_are_black_and_white(form):
    assert_array_equal(
        pixels(form((GREY > 127)[:, np.newaxis] if form is torch.from_numpy else GREY > 127)),
        np.repeat(np.where(GREY > 127, 255, 0)[..., np.newaxis], 3, axis=-1),
    )


def test_images_of_different_sizes():
    ragged = [RGB[0], RGB[1, :5], RGB[2, :, :3]]
    for X in (ragged, [Image.fromarray(image) for image in ragged], pd.Series(ragged)):
        for got, expected in zip(pixels(X), ragged, strict=True):
            assert_array_equal(got, expected)


def test_no_images():
    assert as_image_list([]) == as_image_list(RGB[:0]) == as_image_list(pd.Series([])) == []


def test_images_are_left_alone(folder):
    lazy = Image.open(folder / "0.png")
    turned = Image.open(io.BytesIO(encode(RGB[0], "JPEG", exif=exif(6))))
    array = RGB[0] / 255
    before = array.copy(), turned.size
    pixels([lazy, turned, array])
    ContentDigest()(turned)
    assert_array_equal(array, before[0])
    assert turned.size == before[1]
    assert turned.getexif()[0x0112] == 6


# Wrong X


@pytest.mark.parametrize(
    ("X", "error", "messages"),
    [
        ("a.png", TypeError, ["X is one str", r"Write \[X\]"]),
        (Path("a.png"), TypeError, ["X is one PosixPath|X is one WindowsPath", r"Write \[X\]"]),
        (b"abc", TypeError, ["X is one 3 bytes", r"Write \[X\]"]),
        (Image.new("L", (2, 3)), TypeError, [r"X is one PIL image L \(2, 3\)", r"Write \[X\]"]),
        (7, TypeError, ["X is int", "expected a list of paths"]),
        (None, TypeError, ["X is NoneType", "expected a list of paths"]),
        ({"paths": ["a.png"]}, TypeError, ["X is dict with keys paths", r"X\['paths'\]"]),
        (iter(["a.png"]), TypeError, ["X is list_iterator", r"Write list\(X\)"]),
        ({"a.png", "b.png"}, TypeError, ["X is set", r"Write list\(X\)"]),
        (
            pd.DataFrame({"path": ["a.png"], "width": [3]}),
            ValueError,
            [r"2 columns \(path, width\)", "expected one column", r"X\['path'\]"],
        ),
        (pl.DataFrame({"a": ["a.png"], "b": [3]}), ValueError, [r"2 columns \(a, b\)"]),
        (np.zeros((4, 7)), ValueError, [r"\(4, 7\), a feature matrix", "backbone='precomputed'"]),
        (np.zeros(4), ValueError, [r"shape \(4,\)", r"expected images of shape \(n_samples"]),
        (np.zeros((2, 3, 4, 5, 6)), ValueError, [r"shape \(2, 3, 4, 5, 6\)"]),
        (RGB[0], ValueError, [r"\(8, 12, 3\), which looks like one picture", r"X\[np.newaxis\]"]),
        (
            np.moveaxis(RGB, -1, 1),
            ValueError,
            [r"\(3, 3, 8, 12\), channels first", r"X.transpose\(0, 2, 3, 1\)"],
        ),
        (
            np.array([["a.png", "b.png"]]),
            ValueError,
            [r"shape \(1, 2\)", r"expected shape \(n_samples,\) or \(n_samples, 1\)"],
        ),
        (RGB.astype(object), ValueError, ["'O' objects of shape"]),
        (
            torch.zeros(3, 8, 12),
            ValueError,
            [r"tensor of shape \(3, 8, 12\)", r"X\[None\]", r"X\[:, None\]"],
        ),
        (torch.from_numpy(RGB), ValueError, ["channels last", r"X.permute\(0, 3, 1, 2\)"]),
    ],
)
def test_wrong_x_says_what_came_what_was_expected_and_what_to_type(X, error, messages):
    with pytest.raises(error) as caught:
        as_image_list(X)
    for message in messages:
        assert caught.match(message)


# Single images that can't be read


def read(image):
    """Read an image as the embedder does."""
    digest = ContentDigest()
    return load_rgb(digest.verified(image, digest(image)))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        read(tmp_path / "missing.png")


def test_directory(tmp_path):
    with pytest.raises(OSError, match="a directory, not a file"):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(OSError, match="not a regular file"):
        read(tmp_path / "pipe.png")


@pytest.mark.parametrize("as_bytes", [True, False])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "^empty$"),
        (b"Not a picture.", "^no format that Pillow reads$"),
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
        (None, "None is no image; expected a path, encoded bytes"),
        (float("nan"), "nan is no image"),
        (pd.NA, "<NA> is no image"),
        (3, "3 is no image"),
        (["a.png"], r"\['a.png'\] is no image"),
        (np.array([[RGB, None]], dtype=object), "is no image"),
        (np.zeros((0, 3, 3)), r"shape \(0, 3, 3\); expected \(height, width\)"),
        (np.zeros((4, 4, 5)), r"shape \(4, 4, 5\); expected"),
        (np.zeros(4), r"shape \(4,\); expected"),
        (np.array(3.0), r"shape \(.*\); expected"),
        (np.full((2, 2), 256), "int64 values from 256 to 256; expected 0 to 255"),
        (np.full((2, 2), -1), "expected 0 to 255"),
        (np.full((2, 2), 255.0), "float values from 255 to 255; expected 0 to 1: divide by 255"),
        (np.full((2, 2), -0.1), "expected 0 to 1"),
        (np.full((2, 2), np.nan), "float values from nan to nan"),
        (np.full((2, 2), 1j), "dtype complex128; expected uint8"),
        (
            Image.fromarray(np.full((2, 2), 10**6, dtype=np.int32)),
            "32-bit grey values from 1000000",
        ),
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
def test_decompression_bombs_are_refused_where_warnings_are_ignored(folder, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 95)
    with pytest.raises(ValueError, match=r"12 x 8 pixels.*PIL.Image.MAX_IMAGE_PIXELS = 95"):
        read(folder / "0.png")


@pytest.mark.parametrize("limit", [96, None])
def test_pictures_within_the_limit_are_read(folder, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert_array_equal(read(folder / "0.png"), RGB[0])


def test_sources():
    assert describe_source("a.png") == describe_source(Path("a.png")) == "a.png"
    assert describe_source(RGB[0]) == "array of shape (8, 12, 3), uint8"
    assert describe_source(b"abc") == "3 bytes"
    assert describe_source(None) == "NoneType"
    assert describe_source(Image.new("L", (2, 3))) == "PIL image L (2, 3)"


# As it looks to a person


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


# What a camera held in that way stores of an upright picture.
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
def test_turned_pictures_are_upright(orientation, format):
    stored = np.ascontiguousarray(STORED[orientation](QUARTERS))
    options = {"quality": 95, "subsampling": 0} if format == "JPEG" else {}
    content = encode(stored, format, exif=exif(orientation), **options)
    for image in (content, Image.open(io.BytesIO(content))):
        assert_allclose(np.asarray(load_rgb(image)).astype(int), QUARTERS, atol=12)
    small = Preprocessing((8, 12), interpolation="nearest")(content)
    assert_allclose(small.astype(int), QUARTERS[::8, ::8], atol=12)


def test_damaged_orientation_is_no_orientation():
    assert_array_equal(decode(encode(RGB[0], exif=exif(99))), RGB[0])


def test_grey_file():
    assert_array_equal(decode(encode(GREY[0])), np.repeat(GREY[0][..., np.newaxis], 3, axis=-1))


def test_one_bit_file():
    image = Image.fromarray(GREY[0] > 127)
    assert image.mode == "1"
    expected = np.where(GREY[0] > 127, 255, 0)[..., np.newaxis]
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
@pytest.mark.parametrize("form", ["file", "PIL", "array", "float array", "tensor"])
def test_transparent_parts_are_white(mode, form):
    colour = {"RGBA": (200, 100, 0), "LA": (100,)}[mode]
    array = np.array([[[*colour, alpha] for alpha in (255, 0, 51)]], dtype=np.uint8)
    X = {
        "file": lambda: [encode(array)],
        "PIL": lambda: [Image.fromarray(array)],
        "array": lambda: array[np.newaxis],
        "float array": lambda: array[np.newaxis] / 255,
        "tensor": lambda: torch.from_numpy(array).permute(2, 0, 1)[None],
    }[form]()
    opaque = np.broadcast_to(colour, 3)
    expected = [opaque, [255] * 3, 0.2 * opaque + 0.8 * 255]
    assert_allclose(pixels(X)[0][0].astype(float), expected, atol=1)


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
    deep = Image.fromarray((GREY[0].astype(np.uint16) * 257).astype(f"{byteorder}u2"))
    assert deep.mode.startswith("I;16")
    if format == "PNG" and byteorder == ">":
        pytest.skip("Pillow writes no PNG of mode I;16B")
    expected = np.repeat(GREY[0][..., np.newaxis], 3, axis=-1)
    assert_array_equal(decode(encode(deep, format)), expected)
    assert_array_equal(np.asarray(load_rgb(deep)), expected)


def test_deep_grey_pil_images():
    expected = np.repeat(GREY[0][..., np.newaxis], 3, axis=-1)
    for deep in (GREY[0].astype(np.int32) * 257, (GREY[0] / 255).astype(np.float32)):
        assert_array_equal(np.asarray(load_rgb(Image.fromarray(deep))), expected)


def test_the_first_frame_of_an_animation():
    frames = [Image.fromarray(image).quantize() for image in RGB]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert_allclose(decode(content).astype(int), np.asarray(frames[0].convert("RGB")), atol=2)


# Resizing

CHINA = load_sample_image("china.jpg")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos"])
def test_squash_resizes_all_of_the_picture(interpolation):
    got = Preprocessing((50, 40), "squash", interpolation)(CHINA)
    resample = Image.Resampling[interpolation.upper()]
    assert_array_equal(got, np.asarray(Image.fromarray(CHINA).resize((40, 50), resample)))


@pytest.mark.parametrize("picture", [CHINA, CHINA.swapaxes(0, 1), CHINA[:50, :70], RGB[0]])
@pytest.mark.parametrize("name", ["resnet18", "inception_v3", "efficientnet_b0", "swin_t"])
def test_crop_is_that_of_torchvision(picture, name):
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    image = Image.fromarray(np.ascontiguousarray(picture))
    crop, resize = transforms.crop_size[0], transforms.resize_size[0]
    preprocessing = Preprocessing(
        (crop, crop), "crop", transforms.interpolation.value, crop_pct=crop / resize
    )
    mean, std = torch.tensor(transforms.mean), torch.tensor(transforms.std)
    expected = (transforms(image).permute(1, 2, 0) * std + mean) * 255
    difference = np.abs(preprocessing(image) - expected.numpy())
    assert difference.mean() < 0.5
    assert difference.max() <= 10


def test_crop_of_another_shape_takes_the_centre():
    picture = np.zeros((100, 300, 3), dtype=np.uint8)
    picture[:, 100:200] = 255
    got = Preprocessing((50, 50), "crop", "nearest", crop_pct=1)(picture)
    assert (got == 255).all()
    wide = Preprocessing((50, 100), "crop", "nearest", crop_pct=1)(picture)
    assert (wide[:, 25:75] == 255).all()
    assert (wide[:, :25] == 0).all()
    assert (wide[:, 75:] == 0).all()


@pytest.mark.parametrize("size", [(60_000, 1), (1, 60_000)])
def test_crop_of_a_long_strip_takes_no_long_time(size):
    begun = time.perf_counter()
    strip = Image.new("RGB", size, "red")
    assert (Preprocessing((224, 224), "crop")(strip) == (255, 0, 0)).all()
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (223, 224), (224, 224), (225, 224), (500, 3)])
@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize("size", [(224, 224), (37, 61)])
def test_any_size_becomes_the_wanted_one(shape, resize, size):
    assert Preprocessing(size, resize)(np.zeros((*shape, 3), np.uint8)).shape == (*size, 3)


PHOTOGRAPH = encode(CHINA, "JPEG", quality=95)


@pytest.mark.parametrize("min_side", [1, 10, 53, 54, 100, 106, 107, 213, 214, 300, 427, 428, 900])
@pytest.mark.parametrize("orientation", [1, 6])
def test_drafts_are_never_smaller_than_wanted(min_side, orientation):
    content = encode(CHINA, "JPEG", exif=exif(orientation))
    width, height = load_rgb(content, min_side=min_side).size
    full = sorted(CHINA.shape[:2])
    assert sorted((width, height)) == full or min(width, height) >= min_side
    if min_side <= full[0] // 8:
        assert max(width, height) == full[1] // 8


@pytest.mark.parametrize(
    "preprocessing", [Preprocessing((48, 48)), Preprocessing((48, 40), "crop")]
)
def test_drafts_look_the_same(preprocessing):
    drafted = preprocessing(PHOTOGRAPH).astype(int)
    assert np.abs(drafted - preprocessing(decode(PHOTOGRAPH))).mean() < 6


# The digest of the content


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
    """Return a list of the files that are read."""
    read_bytes, paths = Path.read_bytes, []
    monkeypatch.setattr(
        images.Path, "read_bytes", lambda path: paths.append(path.name) or read_bytes(path)
    )
    return paths


@pytest.fixture
def _all_files_are_old(monkeypatch):
    monkeypatch.setattr(images, "_RECENT_NS", -(10**9))


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
    time.sleep(0.02)  # the clock of the file system goes in steps
    if how == "in place":
        path.write_bytes(encode(RGB[1], "BMP"))
    else:
        (folder / "new").write_bytes(encode(RGB[1], "BMP"))
        (folder / "new").replace(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert digest(path) == digest(encode(RGB[1], "BMP")) != before


@pytest.mark.usefixtures("_all_files_are_old")
def test_a_relative_path_is_that_of_the_working_directory(folder, monkeypatch):
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


def test_what_is_no_file_needs_no_second_look():
    for image in (RGB[0], encode(RGB[0]), Image.fromarray(RGB[0])):
        assert ContentDigest().verified(image, b"") is image
