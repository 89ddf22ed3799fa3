"""Rows about decoding: from files to a network's pixels, in one thread."""

import tempfile
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
from images import make_large_images
from measuring import Contender, divide, format_rate, make_result, time_alternately
from PIL import Image

from skmlic.images import JPEG_DECODER, Preprocessing

PREPROCESSING = Preprocessing((224, 224))
MIN_RATIO = 2
MIN_LARGE_RATIO = 8
N_LARGE = 12


def decode_plainly(path):
    """Return a network's pixels by Pillow, as transforms of torchvision and timm do."""
    with Image.open(path) as image:
        rgb = image.convert("RGB")
        return np.asarray(rgb.resize(PREPROCESSING.size, Image.Resampling.BICUBIC))


def decode_all(decode, paths):
    """Decode files one after the other."""
    for path in paths:
        decode(path)


def compare_decoders(what, paths, repeats, target):
    """Return a row: Pillow's seconds over skmlic's for the same files."""
    decoders = {f"skmlic with {JPEG_DECODER}": PREPROCESSING, "Pillow": decode_plainly}
    contenders = {
        name: Contender(partial(decode_all, decode, paths[:2]), partial(decode_all, decode, paths))
        for name, decode in decoders.items()
    }
    seconds = time_alternately(contenders, repeats)
    own, plain = seconds.values()
    size = mean(Path(path).stat().st_size for path in paths) / 1e6
    rates = "; ".join(f"{name} {format_rate(len(paths), s)}" for name, s in seconds.items())
    details = f"{rates}; {size:.2f} MB per file"
    return make_result(f"{what}: times faster", divide(plain, own), (">=", target), details)


def run_decoding(paths, repeats):
    """Compare the decoding of ordinary files and of photographs of 12 megapixels."""
    what = "Decoding and resizing to 224 pixels, one thread, against Pillow"
    results = [compare_decoders(what, paths, repeats, MIN_RATIO)]
    with tempfile.TemporaryDirectory() as folder:
        large = make_large_images(folder, N_LARGE)
        what += ", photographs of 12 megapixels"
        return [*results, compare_decoders(what, large, repeats, MIN_LARGE_RATIO)]
