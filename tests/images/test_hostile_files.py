"""Files that state a large image in few bytes: they end soon, and without filling the memory."""

import io
import re
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from skmlic.images import load_rgb

# Numbers that occur in a file as its width and height, and hardly otherwise.
WIDTH, HEIGHT = 237, 219
# Sides just below Pillow's limit of pixels, and beyond every limit.
SIDES = (9_000, 30_000, 2**31 - 1)
FORMATS = {
    "AVIF": {},
    "BMP": {},
    "GIF": {},
    "JPEG": {},
    "JPEG2000": {},
    "PNG": {},
    "PPM": {},
    "TGA": {"compression": "tga_rle"},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {},
}
MAX_SECONDS = 10
MAX_BYTES = 2.5e9


def make_file(format):
    Image.init()
    if format not in Image.SAVE:
        pytest.skip(f"this Pillow writes no {format}")
    file = io.BytesIO()
    # Black pixels take few bytes, none of which looks like a side.
    Image.new("RGB", (WIDTH, HEIGHT)).save(file, format, **FORMATS[format])
    return file.getvalue()


def encode_number(number):
    """Return the number as files write it."""
    encoded = [str(number).encode()]
    for form in (">H", "<H", ">I", "<I"):
        limit = 2 ** (8 * struct.calcsize(form)) - 1
        encoded.append(struct.pack(form, min(number, limit)))
    return encoded


def state_side(content, side):
    """Return the file with other sides wherever it states its own."""
    new = encode_number(side)
    for old in (encode_number(WIDTH), encode_number(HEIGHT)):
        # Numbers of four bytes first, of which those of two are a part.
        for before, after in reversed(list(zip(old, new, strict=True))):
            content = content.replace(before, after)
    if content.startswith(b"\x89PNG"):
        checksum = struct.pack(">I", zlib.crc32(content[12:29]))
        content = content[:29] + checksum + content[33:]
    return content


def read_peak():
    return 1024 * int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])


@pytest.mark.parametrize("format", FORMATS)
def test_sides_are_changed(format):
    assert state_side(make_file(format), 9_000) != make_file(format)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("format", FORMATS)
def test_large_images_in_few_bytes(format, side):
    peak = Path("/proc/self/clear_refs")
    if not peak.exists():
        pytest.skip("the peak of memory is read from /proc")
    content = state_side(make_file(format), side)
    peak.write_text("5")
    before, start = read_peak(), time.perf_counter()
    try:
        image = load_rgb(content)
    except Exception:
        image = None
    assert time.perf_counter() - start < MAX_SECONDS
    assert read_peak() - before < MAX_BYTES
    assert image is None or image.shape[2] == 3
