"""Tests of skmlic.images._preprocessing."""

import io
import time

import numpy as np
import pytest
import torch
import torchvision
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.datasets import load_sample_image

from skmlic.images import Preprocessing, check_image_size, load_rgb

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)
CHINA = load_sample_image("china.jpg")


def encode(image, format="PNG", **options):
    """Return the bytes of a file of a PIL image or an array."""
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, format, **options)
    return file.getvalue()


CHINA = load_sample_image("china.jpg")


@pytest.mark.parametrize("size", [(50, 40), (224, 224), (900, 300), (427, 100), (1, 1)])
@pytest.mark.parametrize(
    ("interpolation", "rounding"), [("nearest", 0), ("lanczos", 0), ("bilinear", 1), ("bicubic", 2)]
)
def test_squash_resizes_the_whole_image_as_pillow_does(interpolation, rounding, size):
    got = Preprocessing(size, "squash", interpolation)(CHINA)
    resample = Image.Resampling[interpolation.upper()]
    expected = np.asarray(Image.fromarray(CHINA).resize(size[::-1], resample))
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= rounding
    assert (difference > 0).mean() < 0.02


@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_images_may_be_read_only_and_not_contiguous(resize):
    flipped = CHINA[::-1, ::2]
    flipped.flags.writeable = False
    for size in (flipped.shape[:2], (30, 40)):
        preprocessing = Preprocessing(size, resize)
        got = preprocessing(flipped)
        assert got.flags.c_contiguous
        assert_array_equal(got, preprocessing(np.array(flipped)))


@pytest.mark.parametrize(
    "array",
    [CHINA, CHINA.swapaxes(0, 1), CHINA[:50, :70], RGB[0]],
    ids=["landscape", "portrait", "small", "tiny"],
)
@pytest.mark.parametrize("name", ["resnet18", "inception_v3", "efficientnet_b0", "swin_t"])
def test_crop_equals_that_of_torchvision(array, name):
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    image = Image.fromarray(np.ascontiguousarray(array))
    crop, resize = transforms.crop_size[0], transforms.resize_size[0]
    preprocessing = Preprocessing(
        (crop, crop), "crop", transforms.interpolation.value, crop_pct=crop / resize
    )
    mean, std = torch.tensor(transforms.mean), torch.tensor(transforms.std)
    expected = (transforms(image).permute(1, 2, 0) * std + mean) * 255
    difference = np.abs(preprocessing(image) - expected.numpy())
    assert difference.mean() < 0.5
    assert difference.max() <= 10


def test_crop_of_another_shape_is_the_centre():
    image = np.zeros((100, 300, 3), dtype=np.uint8)
    image[:, 100:200] = 255
    got = Preprocessing((50, 50), "crop", "nearest", crop_pct=1)(image)
    assert (got == 255).all()
    wide = Preprocessing((50, 100), "crop", "nearest", crop_pct=1)(image)
    assert (wide[:, 25:75] == 255).all()
    assert (wide[:, :25] == 0).all()
    assert (wide[:, 75:] == 0).all()


@pytest.mark.parametrize("size", [(60_000, 1), (1, 60_000)])
def test_crop_of_a_long_strip_is_fast(size):
    begun = time.perf_counter()
    strip = Image.new("RGB", size, "red")
    assert (Preprocessing((224, 224), "crop")(strip) == (255, 0, 0)).all()
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (223, 224), (224, 224), (225, 224), (500, 3)])
@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize("size", [(224, 224), (37, 61)])
def test_images_of_any_size_get_the_given_size(shape, resize, size):
    assert Preprocessing(size, resize)(np.zeros((*shape, 3), np.uint8)).shape == (*size, 3)


PHOTOGRAPH = encode(CHINA, "JPEG", quality=95)


@pytest.mark.parametrize("min_side", [1, 53, 54, 106, 107, 213, 214, 427, 428, 900])
@pytest.mark.parametrize("orientation", [1, 6])
def test_drafts_are_never_smaller_than_min_side(min_side, orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    content = encode(CHINA, "JPEG", exif=tags)
    height, width, _ = load_rgb(content, min_side=min_side).shape
    full = sorted(CHINA.shape[:2])
    assert sorted((width, height)) == full or min(width, height) >= min_side
    if min_side <= full[0] // 8:
        assert max(width, height) == full[1] // 8


@pytest.mark.parametrize(
    "preprocessing",
    [Preprocessing((48, 48)), Preprocessing((48, 40), "crop")],
    ids=["squash", "crop"],
)
def test_drafts_look_the_same(preprocessing):
    drafted = preprocessing(PHOTOGRAPH).astype(int)
    assert np.abs(drafted - preprocessing(np.asarray(load_rgb(PHOTOGRAPH)))).mean() < 6


@pytest.mark.parametrize(
    ("image_size", "expected"), [(None, None), (96, (96, 96)), ((np.int64(32), 64), (32, 64))]
)
def test_image_size_is_a_pair(image_size, expected):
    assert check_image_size(image_size) == expected


@pytest.mark.parametrize("image_size", [0, 3.5, "96", (96,), (96, 0), (1, 2, 3), [96, 96]])
def test_invalid_image_sizes(image_size):
    with pytest.raises(ValueError, match=r"image_size=.*expected None, a number of pixels"):
        check_image_size(image_size)
