"""Encoded images, and arrays and PIL images in all forms of X."""

import io
import struct

import numpy as np
from PIL import Image

from skmlic import ImageEmbedder
from skmlic.datasets import make_multilabel_shapes
from skmlic.images import ContentDigest, as_image_list, load_rgb

MAX_LENGTH = 4096
_EMBEDDER = ImageEmbedder("tiny_cnn", precision="fp32", engine="torch", memory=False)
_DTYPES = ("u1", "<u2", ">u2", "<i2", "<i4", "<f2", "<f4", ">f8", "?", "<u8")
_MODES = ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "LA", "PA", "I;16")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "TGA", "JPEG2000", "HEIF")


def seeds():
    """Return an image in each format, and as DICOM, with the number of its form before it."""
    rgb = make_multilabel_shapes(1, random_state=0)[0][0][:16, :12]
    contents = [_encode(Image.fromarray(rgb), name) for name in _FORMATS]
    contents += [_encode(Image.fromarray(rgb).convert(mode), "TIFF") for mode in ("I", "F", "CMYK")]
    contents += [_encode(Image.fromarray(rgb).quantize(7), "PNG"), _make_dicom()]
    return [bytes([number % 4]) + content for number, content in enumerate(contents)] + [
        bytes([number]) + rgb.tobytes() for number in range(4, 8)
    ]


def run(data):
    """Read an image; the first byte chooses the form."""
    if not data:
        return
    form, content = data[0] % 8, data[1:]
    if form in (0, 1):
        image = content
    elif form in (2, 3):
        image = {"bytes": content, "path": "x.jpg"}
    else:
        image = (_to_array if form in (4, 5) else _to_pil)(content)
    entry = as_image_list([image])[0]
    if form % 2:
        ContentDigest()(entry)
        rgb = load_rgb(entry, min_side=8)
        assert rgb.dtype == np.uint8
        assert rgb.ndim == rgb.shape[2] == 3
        assert rgb.size
    else:
        features = _EMBEDDER.fit([entry]).transform([entry])
        assert np.isfinite(features).all()


def _to_array(content):
    if len(content) < 4:
        return np.frombuffer(content, np.uint8)
    dtype = np.dtype(_DTYPES[content[0] % len(_DTYPES)])
    shape = tuple(side % 40 for side in content[1 : 2 + content[0] % 3])
    content = content[4:].ljust(int(np.prod(shape)) * dtype.itemsize, b"\0")
    return np.frombuffer(content, dtype, count=int(np.prod(shape))).reshape(shape)


def _to_pil(content):
    mode, *size = struct.unpack("3B", content[:3].ljust(3, b"\1"))
    image = Image.new(_MODES[mode % len(_MODES)], tuple(side % 40 for side in size))
    pixels = content[3:].ljust(len(image.tobytes()), b"\0")[: len(image.tobytes())]
    image.frombytes(pixels)
    return image


def _encode(image, name):
    stream = io.BytesIO()
    if name == "HEIF":
        from pillow_heif import from_pillow

        from_pillow(image).save(stream)
    else:
        image.save(stream, name)
    return stream.getvalue()


def _make_dicom():
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 4, 6, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.WindowCenter, dataset.WindowWidth = 100, 200
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = np.arange(24, dtype="<u2").tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
