"""Tests of skmlic.images._value_range."""

import io
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image

from skmlic.images import Preprocessing, as_image_list, check_value_range, load_rgb

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
DEEP = RAMP.astype(np.uint16) * 257


def decode(image, **options):
    """Return the gray levels of an image."""
    rgb = np.asarray(load_rgb(image, **options))
    assert_array_equal(rgb, np.repeat(rgb[..., :1], 3, axis=-1))
    return rgb[..., 0]


def encode(array, format="PNG"):
    file = io.BytesIO()
    Image.fromarray(array).save(file, format)
    return file.getvalue()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param(RAMP, RAMP, id="uint8"),
        pytest.param(RAMP > 99, np.where(RAMP > 99, 255, 0), id="bool"),
        pytest.param((RAMP // 2).astype(np.int8), RAMP // 2, id="int8"),
        *(
            pytest.param(RAMP.astype(dtype), RAMP, id=f"8-bit {np.dtype(dtype)}")
            for dtype in ("u2", ">u2", "i2", "u4", "i4", "u8", "i8")
        ),
        *(
            pytest.param(DEEP.astype(dtype), RAMP, id=f"16-bit {np.dtype(dtype)}")
            for dtype in ("u2", ">u2", "u4", "i4", "u8", "i8")
        ),
        pytest.param((DEEP // 2).astype(np.int16), RAMP // 2, id="int16 above 255"),
        *(
            pytest.param((RAMP / 255).astype(dtype), RAMP, id=f"{np.dtype(dtype)}")
            for dtype in ("f2", "f4", ">f4", "f8")
        ),
        pytest.param(RAMP / 255 * (1 + 2e-7), RAMP, id="rounding error above 1"),
        pytest.param(RAMP / 255 - 1e-8, RAMP, id="rounding error below 0"),
        pytest.param((RAMP / 255 + 1e-3).astype("f2"), RAMP, id="rounding error of float16"),
        pytest.param(Image.fromarray(RAMP), RAMP, id="PIL L"),
        pytest.param(Image.fromarray(RAMP).convert("I"), RAMP, id="PIL I of L"),
        pytest.param(Image.fromarray(RAMP.astype(np.int32)), RAMP, id="PIL I of 8-bit int32"),
        pytest.param(Image.fromarray(DEEP.astype(np.int32)), RAMP, id="PIL I of 16-bit int32"),
        pytest.param(Image.fromarray(RAMP.astype(np.uint16)), RAMP, id="8-bit PIL I;16"),
        pytest.param(Image.fromarray(DEEP), RAMP, id="PIL I;16"),
        pytest.param(Image.fromarray(DEEP.astype(">u2")), RAMP, id="PIL I;16B"),
        pytest.param(Image.fromarray((RAMP / 255).astype("f4")), RAMP, id="PIL F"),
        pytest.param(encode(DEEP), RAMP, id="PNG"),
        pytest.param(encode(RAMP.astype(np.uint16)), RAMP, id="16-bit PNG of 8-bit values"),
        pytest.param(encode(DEEP, "TIFF"), RAMP, id="TIFF"),
        pytest.param(encode(RAMP.astype(np.int32), "TIFF"), RAMP, id="32-bit TIFF"),
        pytest.param(encode((RAMP / 255).astype("f4"), "TIFF"), RAMP, id="TIFF of floats"),
    ],
)
def test_one_rule_per_type(image, expected):
    assert_array_equal(decode(image), expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64, torch.uint16])
def test_tensors_follow_the_rules_of_arrays(dtype):
    X = torch.from_numpy(RAMP.astype(np.int64)).to(dtype)[None, None]
    assert_array_equal(decode(as_image_list(X)[0]), RAMP)


def test_a_white_tensor_resized_by_torch():
    X = torch.nn.functional.interpolate(
        torch.ones(1, 3, 41, 41), size=(17, 17), mode="bilinear", antialias=True
    )
    assert X.max() > 1
    assert (decode(as_image_list(X)[0]) == 255).all()


@pytest.mark.parametrize(
    ("image", "value_range"),
    [
        pytest.param(RAMP.astype(np.uint16) * 16, (0, 4080), id="12-bit array"),
        pytest.param(encode(RAMP.astype(np.uint16) * 16), (0, 4080), id="12-bit PNG"),
        pytest.param(Image.fromarray(RAMP.astype(np.int32) * 16), (0, 4080), id="PIL I"),
        pytest.param(RAMP.astype(np.int16) * 16 - 1024, (-1024, 3056), id="Hounsfield units"),
        pytest.param(RAMP.astype(np.int64) * 10**6, (0, 255 * 10**6), id="large integers"),
        pytest.param(RAMP.astype(np.float32), (0, 255), id="floats to 255"),
        pytest.param(encode(RAMP.astype(np.float32), "TIFF"), (0, 255), id="TIFF to 255"),
        pytest.param(RAMP / 127.5 - 1, (-1, 1), id="floats from -1 to 1"),
        pytest.param(DEEP, (0, 65535), id="16 bits"),
        pytest.param(RAMP, (0, 255), id="uint8"),
        pytest.param(RAMP > 99, (0, 255), id="bool"),
        pytest.param(encode(RAMP), (0, 4095), id="files of 8 bits keep their scale"),
        pytest.param(Image.fromarray(RAMP), (0, 4095), id="PIL images of 8 bits keep their scale"),
    ],
)
def test_value_range(image, value_range):
    expected = (
        np.where(RAMP > 99, 255, 0) if getattr(image, "dtype", None) is np.dtype(bool) else RAMP
    )
    assert_array_equal(decode(image, value_range=value_range), expected)
    preprocessing = Preprocessing((16, 16), "squash", "nearest", value_range=value_range)
    assert_array_equal(preprocessing(image)[..., 0], expected)


def test_values_beyond_the_range_are_clipped():
    window = decode(RAMP.astype(np.int32), value_range=(100, 151))
    assert_array_equal(window, ((RAMP.astype(int) - 100) * 5).clip(0, 255))
    assert_array_equal(decode(np.array([[-np.inf, np.inf]]), value_range=(0, 1)), [[0, 255]])


def test_a_mask_of_small_numbers():
    assert_array_equal(decode(RAMP % 2, value_range=(0, 1)), RAMP % 2 * 255)


NAN = np.where(RAMP == 3, np.nan, RAMP / 255)


@pytest.mark.parametrize(
    ("image", "told", "advice"),
    [
        pytest.param(NAN, "from nan to nan", "np.nan_to_num(image)", id="NaN"),
        pytest.param(
            np.where(RAMP == 3, np.inf, RAMP / 255),
            "to inf",
            "np.nan_to_num(image, posinf=1, neginf=0)",
            id="infinite",
        ),
        pytest.param(
            RAMP / 255 * 1.2 - 0.1,
            "float values from -",
            "np.clip(image, 0, 1)",
            id="overshoot: clip",
        ),
        pytest.param(
            RAMP / 255 * 1.2 - 0.1,
            "float values from -",
            "value_range=(0, 1)",
            id="overshoot: range",
        ),
        pytest.param(RAMP * 1.0, "0 to 255", "value_range=(0, 255)", id="floats to 255: range"),
        pytest.param(RAMP * 1.0, "0 to 255", "divide by 255", id="floats to 255: divide"),
        pytest.param(
            RAMP * 1.1 - 10, "from -10 to 27", "value_range=(0, 255)", id="overshoot of 255"
        ),
        pytest.param(DEEP * 1.0, "to 65535", "value_range=(0, 65535)", id="floats to 65535: range"),
        pytest.param(DEEP * 1.0, "to 65535", "divide by 65535", id="floats to 65535: divide"),
        pytest.param(RAMP / 127.5 - 1, "-1 to 1", "value_range=(-1, 1)", id="from -1 to 1"),
        pytest.param(
            RAMP / 50 - 2.1, "float values from -", "as they were before", id="standardized"
        ),
        pytest.param(RAMP / 255 * 16, "0 to 16", "value_range=(0, 16)", id="from 0 to 16"),
        pytest.param(
            RAMP * 16.0 - 1024, "-1024 to 3056", "value_range=(-1024, 3056)", id="Hounsfield"
        ),
        pytest.param(
            RAMP.astype(np.int32) * 16 - 1024,
            "int32 values from -1024 to 3056",
            "value_range=(-1024, 3056)",
            id="negative integers",
        ),
        pytest.param(
            RAMP.astype(np.int64) * 1000,
            "int64 values from 0 to 255000",
            "value_range=(0, 255000)",
            id="large integers",
        ),
        pytest.param(np.full((2, 2), -3), "-3 to -3", "value_range=(-3, -2)", id="constant"),
    ],
)
def test_errors_name_a_remedy_that_works(image, told, advice):
    for form in (image, Image.fromarray(image.astype(np.float32))):
        if image.dtype.kind != "f" and form is not image:
            continue
        with pytest.raises(ValueError, match=re.escape(told)) as caught:
            decode(form)
        assert advice in str(caught.value)
    if advice.startswith("value_range"):
        value_range = eval(advice.removeprefix("value_range="))
        got = decode(image, value_range=value_range)
    elif advice.startswith("np."):
        got = decode(eval(advice))
    elif advice.startswith("divide"):
        got = decode(image / int(advice.split()[-1]))
    else:
        return
    # The advice keeps the order of the values, apart from those that are clipped.
    order = np.nan_to_num(image).ravel().argsort(kind="stable")
    if np.isfinite(image).all():
        assert (np.diff(got.ravel()[order].astype(int)) >= 0).all()


def test_nan_is_told_with_a_value_range():
    with pytest.raises(ValueError, match=r"np\.nan_to_num"):
        decode(NAN, value_range=(0, 1))


@pytest.mark.parametrize(
    ("value_range", "expected"),
    [(None, None), ((0, 4095), (0.0, 4095.0)), ((np.int16(-5), 1.5), (-5.0, 1.5))],
)
def test_check_value_range(value_range, expected):
    assert check_value_range(value_range) == expected


@pytest.mark.parametrize(
    "value_range", [(1, 0), (0, 0), (0,), (0, 1, 2), [0, 1], ("0", "1"), (0, np.nan), (0, np.inf)]
)
def test_invalid_value_ranges(value_range):
    with pytest.raises(ValueError, match=r"value_range=.*expected None or a tuple \(black, white"):
        check_value_range(value_range)
