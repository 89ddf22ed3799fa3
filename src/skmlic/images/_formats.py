"""Opening of image files in the formats that are read; optional packages read DICOM and HEIC."""

import io

from PIL import Image, UnidentifiedImageError

from skmlic._utils._config import get_config
from skmlic._utils._image_formats import find_format, is_decoded, list_pillow_formats

# The brands of HEIF files whose images are compressed by HEVC, and those of any compression.
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1"}
_HEAD_SIZE = 132
# Each scan of a progressive JPEG takes the time of an image; encoders write about ten. libtiff has
# the same limit.
_SCAN, _MOST_SCANS = b"\xff\xda", 100
# The transfer syntax "Deflated Explicit VR Little Endian" (PS3.5, section A.5)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_INSTALL = "pip install 'skmlic[formats]'"


def open_image(content):
    """Return an image file as Pillow opens it, not yet decoded.

    Parameters
    ----------
    content : bytes-like
        The whole file.

    Returns
    -------
    image : PIL.Image.Image or None
        ``None`` for a DICOM file, which :func:`read_dicom` reads.

    Raises
    ------
    ValueError
        If it is in none of the formats of :func:`skmlic.set_config`, or has more pixels than
        Pillow's limit.
    ImportError
        If the package that reads the format is not installed.
    """
    names = get_config()["image_formats"]
    try:
        image = Image.open(io.BytesIO(content), formats=list_pillow_formats(names))
    except UnidentifiedImageError:
        head = bytes(content[:_HEAD_SIZE])
        name = _find_name(head)
        if name not in names:
            raise ValueError(_describe_other(name, head)) from None
        if name == "DICOM":
            return None
        if name != "HEIF":
            raise ValueError(
                f"a damaged {name} file, or of a kind that Pillow can't read"
            ) from None
        image = _open_heif(io.BytesIO(content))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"{error} {_describe_limit()}") from None
    _check_size(*image.size)
    n_scans = bytes(content).count(_SCAN) if image.format in ("JPEG", "MPO") else 0
    if n_scans > _MOST_SCANS:
        raise ValueError(
            f"a JPEG file of {n_scans} scans, each of which takes the time of an image"
        )
    return image


def _find_name(head):
    """Return the name of the format of a file, by its first bytes, or None."""
    if head[128:132] == b"DICM":  # PS3.10, section 7.1
        return "DICOM"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:  # ISO/IEC 23008-12
        return "HEIF"
    return find_format(head)


def _describe_other(name, head):
    """Return why a file is not read whose format is not among those of the settings."""
    if name is None:
        return "not in a format that Pillow reads" if head else "empty"
    if name in ("DICOM", "HEIF") or is_decoded(name):
        return (
            f"in the format {name}, which the settings leave out. If you trust the file, write "
            f"skmlic.set_config(image_formats=[*skmlic.get_config()['image_formats'], {name!r}])"
        )
    return f"in the format {name}, which Pillow does not decode by itself; convert it to PNG"


def _open_heif(file):
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise ImportError(f"a HEIC file, which needs pillow-heif: {_INSTALL}") from error
    return HeifImageFile(file)


def read_dicom(content, value_range=None):
    """Return the values of a DICOM file, and how a viewer shows them.

    Of several frames, the first is read. Values are those of the modality, such as Hounsfield
    units, to which the file's slope or table turns stored ones.

    Parameters
    ----------
    content : bytes-like
        The whole file.
    value_range : tuple (black, white), default=None
        By default, the window or table of the file is applied, otherwise the number of bits that
        the file states determines black and white.

    Returns
    -------
    values : ndarray of shape (height, width) or (height, width, 3)
    value_range : tuple (black, white) or None
        ``None`` for colors and floats.
    is_negative : bool
        Whether low values are white.

    Raises
    ------
    ImportError
        If pydicom is not installed.
    ValueError
        If there is no image in the file, or more pixels than Pillow's limit.
    """
    try:
        from pydicom import dcmread, pixels
    except ImportError as error:
        raise ImportError(f"a DICOM file, which needs pydicom: {_INSTALL}") from error
    if _DEFLATED in bytes(content):
        raise ValueError(
            "a DICOM file whose data set is deflated, which may inflate to any size. If you trust "
            "the file, inflate it, for example with dcmconv of DCMTK"
        )
    dataset = dcmread(io.BytesIO(content))
    if "Rows" not in dataset:
        raise ValueError("a DICOM file without an image")
    if not isinstance(dataset.Rows, int) or not isinstance(dataset.Columns, int):
        raise ValueError(
            f"a damaged DICOM file with Rows={dataset.Rows}, Columns={dataset.Columns}"
        )
    _check_size(dataset.Columns, dataset.Rows)
    values = pixels.pixel_array(dataset, index=0)
    kind = dataset.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        return pixels.apply_color_lut(values, dataset), None, False
    if not kind.startswith("MONOCHROME") or values.dtype.kind == "f":
        return values, None, False
    values = pixels.apply_modality_lut(values, dataset)
    if value_range is None:
        values = pixels.apply_voi_lut(values, dataset)
        value_range = _find_shown_range(dataset)
    return values, value_range, kind == "MONOCHROME1"


def _find_shown_range(dataset):
    """Return the range of the values of a table or a window, or of all values without them."""
    for name in ("VOILUTSequence", "ModalityLUTSequence"):
        if dataset.get(name):
            return 0, 2 ** dataset[name][0].LUTDescriptor[2] - 1
    n_levels = 2**dataset.BitsStored
    lowest = -n_levels // 2 if dataset.PixelRepresentation else 0
    slope = float(dataset.get("RescaleSlope", 1))
    intercept = float(dataset.get("RescaleIntercept", 0))
    return lowest * slope + intercept, (lowest + n_levels - 1) * slope + intercept


def _check_size(width, height):
    """Raise an error if an image has more pixels than Pillow's limit."""
    if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{width} x {height} pixels are too many. {_describe_limit()}")


def _describe_limit():
    """Return how to raise Pillow's limit."""
    return f"Raise PIL.Image.MAX_IMAGE_PIXELS = {Image.MAX_IMAGE_PIXELS} if you trust the file."
