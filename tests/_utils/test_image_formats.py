"""Tests of the formats of images that are read."""

import pytest
from PIL import Image

from skmlic import config_context, get_config
from skmlic._utils._image_formats import IMAGE_FORMATS, find_format, list_pillow_formats


def test_setting():
    assert get_config()["image_formats"] == IMAGE_FORMATS
    with config_context(image_formats=[*IMAGE_FORMATS, "FITS", "PNG"]):
        assert get_config()["image_formats"] == (*IMAGE_FORMATS, "FITS")
    with config_context(image_formats=iter(["PNG"])):
        assert get_config()["image_formats"] == ("PNG",)


@pytest.mark.parametrize("names", ["PNG", [], ["jpg"], ["PNG", None], ["EPS"], ["IPTC"], ["HDF5"]])
def test_wrong_formats(names):
    with (
        pytest.raises(ValueError, match=r"^image_formats=.*: expected a list of names from AVIF,"),
        config_context(image_formats=names),
    ):
        pass
    assert get_config()["image_formats"] == IMAGE_FORMATS


def test_order():
    """TGA is tried last: it has no first bytes that tell it from other formats."""
    formats = list_pillow_formats(IMAGE_FORMATS)
    assert formats[-1] == "TGA"
    assert set(formats) <= set(IMAGE_FORMATS) - {"DICOM"}
    assert list_pillow_formats(("TIFF", "DICOM")) == ["TIFF"]


def test_default_decodes_no_format_inside_another():
    """Plugins of Pillow that open any format, or that start programs, are left out."""
    assert not {"EPS", "IPTC", "SPIDER", "WMF", "PSD", "ICNS", "ICO"} & set(IMAGE_FORMATS)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%!PS-Adobe", "EPS"),
        (b"8BPS", "PSD"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"", None),
        (b"text", None),
    ],
)
def test_format_of_a_file(head, name):
    assert find_format(head) == name
    assert name is None or name in Image.OPEN
