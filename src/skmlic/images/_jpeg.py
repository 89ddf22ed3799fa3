"""Decoding of JPEG files by simplejpeg, in less time than Pillow takes and with the same pixels."""

try:
    import simplejpeg
except ImportError:
    simplejpeg = None

JPEG_DECODER = "Pillow" if simplejpeg is None else f"simplejpeg {simplejpeg.__version__}"
_ORIENTATION = 0x0112


def decode_jpeg(image, content):
    """Return the pixels of a plain JPEG file, or None for all others, which Pillow decodes.

    Plain files are upright and undamaged, and hold gray values or colors, but not CMYK. Both
    packages use libjpeg-turbo in the same way, so that their pixels are equal.

    Parameters
    ----------
    image : PIL.Image.Image
        The file as Pillow opened it, not yet decoded; its size is that of the pixels.
    content : bytes-like
        The whole file.

    Returns
    -------
    rgb : ndarray of shape (height, width, 3), dtype uint8, or None
        ``None`` if the file is not plain, or simplejpeg is not installed.
    """
    if simplejpeg is None or image.format != "JPEG" or image.mode not in ("L", "RGB"):
        return None
    if image.getexif().get(_ORIENTATION, 1) != 1:
        return None
    height, width = image.height, image.width
    try:
        # Of a file with several headers, the packages may read different ones.
        header = simplejpeg.decode_jpeg_header(content, min_height=height, min_width=width)
        if header[:2] != (height, width):
            return None
        return simplejpeg.decode_jpeg(content, min_height=height, min_width=width)
    except ValueError:  # Pillow tells whether the damage can be overlooked.
        return None
