"""Tests of skmlic.images._formats."""

import io
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from skmlic import ImageEmbedder
from skmlic.exceptions import ImageReadError
from skmlic.images import load_rgb

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
RGB = np.random.RandomState(0).randint(0, 256, (16, 24, 3), dtype=np.uint8)


def make_dicom(values, n_bits, photometric="MONOCHROME2", **tags):
    """Return the bytes of a DICOM file."""
    pydicom = pytest.importorskip("pydicom")
    uid = pydicom.uid
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = uid.generate_uid()
    dataset = pydicom.dataset.FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    frame = values
    if "NumberOfFrames" in tags:
        frame = values[0]
    dataset.Rows, dataset.Columns = frame.shape[:2]
    dataset.SamplesPerPixel = 1 if frame.ndim == 2 else 3
    if frame.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = values.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = n_bits, n_bits - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.PixelData = values.tobytes()
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def decode(content, **options):
    return np.asarray(load_rgb(content, **options))


TWELVE_BITS = RAMP.astype(np.uint16) * 16
HOUNSFIELD = {"RescaleSlope": 1, "RescaleIntercept": -1024}


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        pytest.param((RAMP, 8), {}, RAMP, id="8 bits"),
        pytest.param((TWELVE_BITS, 12), {}, RAMP * (4080 / 4095), id="12 bits"),
        pytest.param((RAMP.astype(np.uint16) * 257, 16), {}, RAMP, id="16 bits"),
        pytest.param(
            (RAMP.astype(np.int16) * 16 - 2048, 12), {}, RAMP * (4080 / 4095), id="signed"
        ),
        pytest.param((RAMP, 8, "MONOCHROME1"), {}, 255 - RAMP, id="low values are white"),
        pytest.param(
            (TWELVE_BITS, 12), {"value_range": (0, 4080)}, RAMP, id="value_range of stored values"
        ),
    ],
)
def test_bits_of_a_dicom_file(arguments, options, expected):
    gray = decode(make_dicom(*arguments), **options)
    assert gray.shape == (16, 16, 3)
    assert_allclose(gray[..., 0].astype(float), expected, atol=0.51)


def test_the_window_of_a_dicom_file():
    content = make_dicom(TWELVE_BITS, 12, WindowCenter=40, WindowWidth=400, **HOUNSFIELD)
    # PS3.3, C.11.2.1.2.1
    units = TWELVE_BITS.astype(float) - 1024
    expected = ((units - 39.5) / 399 + 0.5).clip(0, 1) * 255
    assert_allclose(decode(content)[..., 0].astype(float), expected, atol=0.51)
    # The parameter is in Hounsfield units, too, and comes before the window.
    own = decode(content, value_range=(-1024, 3056))
    assert_array_equal(own[..., 0], RAMP)


def test_slope_without_a_window():
    content = make_dicom(TWELVE_BITS, 12, RescaleSlope=2, RescaleIntercept=-1024)
    assert_allclose(decode(content)[..., 0].astype(float), RAMP * (4080 / 4095), atol=0.51)


def test_few_of_the_stated_bits_are_told():
    embedder = ImageEmbedder("tiny_cnn", engine="torch", memory=False)
    content = make_dicom(TWELVE_BITS, 16, **HOUNSFIELD)
    with pytest.warns(UserWarning, match=r"value_range=\(-1024, 3056\)"):
        embedder.fit_transform([content])
    embedder.set_params(value_range=(-1024, 3056)).fit_transform([content])
    embedder.set_params(value_range=None)
    embedder.fit_transform([make_dicom(TWELVE_BITS, 16, WindowCenter=9, WindowWidth=99)])


def test_colors_and_frames_of_a_dicom_file(tmp_path):
    path = tmp_path / "colors.dcm"
    path.write_bytes(make_dicom(RGB, 8, "RGB"))
    assert_array_equal(decode(path, value_range=(0, 4095)), RGB)
    frames = make_dicom(np.stack([RAMP, 255 - RAMP]), 8, NumberOfFrames=2)
    assert_array_equal(decode(frames)[..., 0], RAMP)


def test_dicom_files_that_cannot_be_read(monkeypatch):
    content = make_dicom(RAMP, 8)
    with monkeypatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", 255)
        with pytest.raises(ValueError, match=r"16 x 16 pixels are too many.*= 255"):
            decode(content)
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.dcmread(io.BytesIO(content))
    del dataset.Rows
    file = io.BytesIO()
    dataset.save_as(file)
    with pytest.raises(ValueError, match="a DICOM file without an image"):
        decode(file.getvalue())


def make_heic(image):
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=-1)
    return file.getvalue()


def test_heic_files(tmp_path):
    image = Image.fromarray(np.kron(RGB[::4, ::4], np.ones((16, 16, 1), np.uint8)))
    path = tmp_path / "photo.heic"
    path.write_bytes(make_heic(image))
    assert_allclose(decode(path).astype(float), np.asarray(image), atol=16)
    # Pillow's own list of formats stays as it was.
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(path)


@pytest.mark.parametrize(
    ("head", "module", "kind"),
    [
        (b"\0" * 128 + b"DICM" + b"\0" * 99, "pydicom", "a DICOM file, which needs pydicom"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 99, "pillow_heif", "a HEIC file, which needs pillow-heif"),
        (b"\0\0\0\x18ftypmif1" + b"\0" * 99, "pillow_heif", "a HEIC file, which needs pillow-heif"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, head, module, kind):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImageReadError) as caught:
        ImageEmbedder("tiny_cnn").fit_transform([head])
    assert f"{kind}: pip install 'skmlic[formats]'" in str(caught.value)


def test_deflated_dicom_files_are_refused():
    content = make_dicom(RAMP, 8).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    with pytest.raises(ValueError, match="deflated, which may inflate to any size"):
        decode(content)


@pytest.mark.parametrize("rows", [None, [5, 6]])
def test_damaged_sizes_of_dicom_files(rows):
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(RAMP, 8)))
    dataset.Rows = rows
    file = io.BytesIO()
    dataset.save_as(file)
    with pytest.raises(ValueError, match="a damaged DICOM file with Rows="):
        decode(file.getvalue())


def test_scans_of_a_jpeg_file_are_limited():
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "JPEG", progressive=True)
    start = file.getvalue().index(b"\xff\xda")
    head, scans = file.getvalue()[:start], file.getvalue()[start:]
    decode(head + scans)
    with pytest.raises(ValueError, match=r"a JPEG file of \d+ scans"):
        decode(head + b"\xff\xda\0\x08\x01\x01\0\0\0\0" * 100 + scans)
