"""Tests of skmlic.images._used_range."""

import warnings

import numpy as np
import pytest
from PIL import Image

from skmlic.images import UsedRanges, load_rgb

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def collect(*images, value_range=None):
    """Return the warning after some images, or None."""
    ranges = UsedRanges(value_range)
    for image in images:
        load_rgb(image, value_range=value_range, observe=ranges.add)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ranges.warn()
    assert len(caught) <= 1
    return str(caught[0].message) if caught else None


def as_dtype(dtype, factor=1):
    return (RAMP * np.float64(factor)).astype(dtype)


@pytest.mark.parametrize(
    ("image", "told", "value_range"),
    [
        pytest.param(
            as_dtype("u2", 16), "from 0 to 4080, of 0 for black to 65535", (0, 4095), id="12 bits"
        ),
        pytest.param(as_dtype("u2", 4), "from 0 to 1020, of 0", (0, 1023), id="10-bit uint16"),
        pytest.param(as_dtype("i2", 16), "int16 images are from 0 to 4080", (0, 4095), id="int16"),
        pytest.param(as_dtype("i4", 12), "int32 images are from 0 to 3060", (0, 4095), id="int32"),
        pytest.param(
            Image.fromarray(as_dtype("u2", 16)), "uint16 images", (0, 4095), id="PIL I;16"
        ),
        pytest.param(Image.fromarray(as_dtype("i4", 16)), "int32 images", (0, 4095), id="PIL I"),
        pytest.param(as_dtype("u2", 10) + 9000, "from 9000 to 11550", (0, 16383), id="offset"),
        pytest.param(as_dtype(">u2", 16), "uint16 images", (0, 4095), id="big-endian uint16"),
        pytest.param(as_dtype(">u2"), "taken for 8-bit images", (0, 255), id="big-endian 8-bit"),
        pytest.param(RAMP % 2, "uint8 images are from 0 to 1, of 0", (0, 1), id="mask"),
        pytest.param(RAMP % 17, "uint8 images are from 0 to 16, of 0", (0, 16), id="digits"),
        pytest.param(
            RAMP / 255**2, "float64 images are from 0 to 0.0039", (0, 1 / 255), id="float"
        ),
        pytest.param(as_dtype("u2"), "taken for 8-bit images", (0, 255), id="8-bit uint16"),
        pytest.param(as_dtype("u2"), "dark images of 16 bits", (0, 65535), id="dark uint16"),
    ],
)
def test_images_that_use_a_small_part_are_told_with_a_remedy_that_works(image, told, value_range):
    message = collect(image, image)
    assert told in message
    low, high = value_range
    assert f"value_range=({low:.6g}, {high:.6g})" in message
    followed = collect(image, value_range=value_range)
    assert (followed is None) == (value_range != (0, 65535))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(RAMP, id="uint8"),
        pytest.param(RAMP % 18, id="uint8 up to 17"),
        pytest.param(as_dtype("i8"), id="8-bit int64"),
        pytest.param(as_dtype("i4"), id="8-bit int32"),
        pytest.param(as_dtype("u2", 17), id="more than 12 bits"),
        pytest.param(as_dtype("u2", 257), id="16 bits"),
        pytest.param(RAMP / 255, id="float"),
        pytest.param(RAMP > 9, id="bool"),
        pytest.param(Image.fromarray(RAMP > 9), id="PIL 1"),
        pytest.param(Image.fromarray(RAMP), id="PIL L"),
        pytest.param(np.full((4, 4), 7, np.uint16), id="constant"),
        pytest.param(np.zeros((4, 4, 3), np.uint8), id="black"),
        pytest.param(1 + RAMP * 1e-9, id="white apart from rounding errors"),
    ],
)
def test_other_images_are_not_told(image):
    assert collect(image) is None


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_dark_files_of_8_bits_become_arrays(mode):
    image = Image.fromarray(RAMP % 16).convert(mode)
    message = collect(image)
    assert "8-bit images are from 0 to 15" in message
    assert "np.asarray(PIL.Image.open(path)), with value_range=(0, 15)" in message
    assert collect(np.asarray(image), value_range=(0, 15)) is None


@pytest.mark.parametrize("dtype", ["u2", "i2", "i4", "i8"])
def test_images_of_two_scales_are_told(dtype):
    dark, bright = as_dtype(dtype), as_dtype(dtype, 100)
    message = collect(bright, dark, bright)
    assert f"1 of 3 images of type {np.dtype(dtype)} have no value above 255" in message
    assert "value_range=(0, 32767)" in message
    assert collect(bright, dark, bright, value_range=(0, 32767)) is None


def test_one_image_of_a_batch_that_uses_more_is_enough():
    assert collect(RAMP % 2, RAMP, RAMP % 3) is None
    assert collect(Image.fromarray(RAMP % 2), Image.fromarray(RAMP)) is None


def test_types_are_told_in_one_warning():
    message = collect(RAMP % 2, RAMP / 10**5)
    assert len(message.splitlines()) == 2
