"""File formats that optional packages read: DICOM and HEIC."""

from PIL import Image

# The brands of HEIF files whose images are compressed by HEVC, and those of any compression.
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1"}
HEAD_SIZE = 132
_INSTALL = "pip install 'skmlic[formats]'"


def is_dicom(head):
    """Tell whether the first bytes of a file are those of DICOM (PS3.10, section 7.1)."""
    return head[128:132] == b"DICM"


def is_heif(head):
    """Tell whether the first bytes of a file are those of HEIF (ISO/IEC 23008-12)."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS


def open_heif(file):
    """Return the PIL image of a HEIC file, not yet decoded.

    Raises
    ------
    ImportError
        If pillow-heif is not installed.
    """
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise ImportError(f"a HEIC file, which needs pillow-heif: {_INSTALL}") from error
    return HeifImageFile(file)


def read_dicom(file, value_range=None):
    """Return the values of a DICOM file, and how a viewer shows them.

    Of several frames, the first is read. Values are those of the modality, such as Hounsfield
    units, to which the file's slope or table turns stored ones.

    Parameters
    ----------
    file : file object
        Open for reading bytes.
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
    dataset = dcmread(file)
    if "Rows" not in dataset:
        raise ValueError("a DICOM file without an image")
    check_size(dataset.Columns, dataset.Rows)
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


def check_size(width, height):
    """Raise an error if an image has more pixels than Pillow's limit."""
    if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{width} x {height} pixels are too many. {describe_limit()}")


def describe_limit():
    """Return how to raise Pillow's limit."""
    return f"Raise PIL.Image.MAX_IMAGE_PIXELS = {Image.MAX_IMAGE_PIXELS} if you trust the file."
