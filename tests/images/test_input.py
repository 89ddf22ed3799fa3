"""Tests of skmlic.images._input: every accepted form of X."""

import io
import itertools
from collections import UserList
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image

from skmlic.images import ContentDigest, as_image_list, describe_source, load_rgb

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)
GRAY = RGB[..., 0]
OPAQUE = np.full((*GRAY.shape, 1), 255, dtype=np.uint8)


def pixels(X):
    """Return the decoded images of X, one array (height, width, 3) per image."""
    return [np.asarray(load_rgb(image)) for image in as_image_list(X)]


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


def one_column(values):
    column = np.empty((len(values), 1), dtype=object)
    column[:, 0] = values
    return column


@pytest.fixture
def folder(tmp_path):
    for number, image in enumerate(RGB):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    return tmp_path


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


COLOR_FORMS = {
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
    # pandas 2.2 converts the tensors of a list, for which torch 2.6 warns.
    "Series of tensors": pd.Series(
        np.fromiter(torch.from_numpy(RGB).permute(0, 3, 1, 2), dtype=object)
    ),
    "list of all kinds": [RGB[0], encode(RGB[1]), torch.from_numpy(RGB[2]).permute(2, 0, 1)],
}


@pytest.mark.parametrize("form", COLOR_FORMS)
def test_color_in_every_form(form):
    assert_array_equal(pixels(COLOR_FORMS[form]), RGB)


GRAYSCALE_FORMS = {
    "(n, H, W)": GRAY,
    "(n, H, W, 1)": GRAY[..., np.newaxis],
    "(n, H, W, 2)": np.concatenate([GRAY[..., np.newaxis], OPAQUE], axis=-1),
    "float": GRAY / 255,
    "uint16": GRAY.astype(np.uint16) * 257,
    "list of arrays": list(GRAY),
    "tensor (n, 1, H, W)": torch.from_numpy(GRAY)[:, None],
    "tensor (n, 2, H, W)": torch.from_numpy(
        np.concatenate([GRAY[:, None], OPAQUE[:, None, ..., 0]], 1)
    ),
    "list of tensors (H, W)": list(torch.from_numpy(GRAY)),
    "PIL": [Image.fromarray(image) for image in GRAY],
}


@pytest.mark.parametrize("form", GRAYSCALE_FORMS)
def test_grayscale_in_every_form(form):
    assert_array_equal(pixels(GRAYSCALE_FORMS[form]), np.repeat(GRAY[..., np.newaxis], 3, axis=-1))


@pytest.mark.parametrize(
    "form", [np.asarray, torch.from_numpy, list], ids=["array", "tensor", "list"]
)
def test_boolean_images_are_black_and_white(form):
    assert_array_equal(
        pixels(form((GRAY > 127)[:, np.newaxis] if form is torch.from_numpy else GRAY > 127)),
        np.repeat(np.where(GRAY > 127, 255, 0)[..., np.newaxis], 3, axis=-1),
    )


def test_images_of_different_sizes():
    ragged = [RGB[0], RGB[1, :5], RGB[2, :, :3]]
    for X in (ragged, [Image.fromarray(image) for image in ragged], pd.Series(ragged)):
        for got, expected in zip(pixels(X), ragged, strict=True):
            assert_array_equal(got, expected)


def test_no_images():
    assert as_image_list([]) == as_image_list(RGB[:0]) == as_image_list(pd.Series([])) == []


def test_images_are_not_modified(folder):
    lazy = Image.open(folder / "0.png")
    turned = Image.open(io.BytesIO(encode(RGB[0], "JPEG", exif=exif(6))))
    array = RGB[0] / 255
    before = array.copy(), turned.size
    pixels([lazy, turned, array])
    ContentDigest()(turned)
    assert_array_equal(array, before[0])
    assert turned.size == before[1]
    assert turned.getexif()[0x0112] == 6


# Invalid X


class Endless:
    """Images that are generated for ever, again and again."""

    def __iter__(self):
        return itertools.repeat(RGB[0])


class Stream(torch.utils.data.IterableDataset):
    """A Dataset that can't be indexed, whose length is known."""

    def __iter__(self):
        return iter(RGB)

    def __len__(self):
        return len(RGB)


class Unsized(torch.utils.data.Dataset):
    """A Dataset without length, which never raises an IndexError."""

    def __getitem__(self, index):
        return RGB[index % len(RGB)]


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
        ((path for path in ["a.png"]), TypeError, ["X is generator", r"Write list\(X\)"]),
        (map(str, ["a.png"]), TypeError, ["X is map", r"Write list\(X\)"]),
        (Endless(), TypeError, ["X is Endless", r"Write list\(X\)"]),
        (Stream(), TypeError, ["X is Stream", r"Write list\(X\)"]),
        (
            torch.utils.data.DataLoader(list(RGB)),
            TypeError,
            ["X is a DataLoader, which returns batches", r"Write X\.dataset"],
        ),
        (
            Unsized(),
            TypeError,
            ["X is Unsized, which has no length", r"\[X\[i\] for i in range\(n_samples\)\]"],
        ),
        ({"bytes": b"abc", "path": None}, TypeError, ["X is one image", r"Write \[X\]"]),
        ({"image": RGB, "label": [1]}, TypeError, ["keys image, label", r"X\['image'\]"]),
        (
            pd.DataFrame({"path": ["a.png"], "width": [3]}),
            ValueError,
            [r"2 columns \(path, width\)", "expected one column", r"X\['path'\]"],
        ),
        (pl.DataFrame({"a": ["a.png"], "b": [3]}), ValueError, [r"2 columns \(a, b\)"]),
        (np.zeros((4, 7)), ValueError, [r"\(4, 7\), a feature matrix", "backbone='precomputed'"]),
        (np.zeros(4), ValueError, [r"shape \(4,\)", r"expected images of shape \(n_samples"]),
        (np.zeros((2, 3, 4, 5, 6)), ValueError, [r"shape \(2, 3, 4, 5, 6\)"]),
        (RGB[0], ValueError, [r"\(8, 12, 3\), which looks like one image", r"X\[np.newaxis\]"]),
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
def test_errors_name_the_given_x_the_expected_one_and_a_fix(X, error, messages):
    with pytest.raises(error) as caught:
        as_image_list(X)
    for message in messages:
        assert caught.match(message)


def test_following_the_advice():
    for X in (
        list(iter(RGB)),
        list(Stream()),
        torch.utils.data.DataLoader(list(RGB)).dataset,
        [Unsized()[i] for i in range(3)],
    ):
        assert_array_equal(pixels(X), RGB)


def test_sources():
    assert describe_source("a.png") == describe_source(Path("a.png")) == "a.png"
    assert describe_source(RGB[0]) == "array of shape (8, 12, 3), uint8"
    assert describe_source(b"abc") == "3 bytes"
    assert describe_source(None) == "NoneType"
    assert describe_source(Image.new("L", (2, 3))) == "PIL image L (2, 3)"
