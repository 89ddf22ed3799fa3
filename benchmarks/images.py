"""The images that the benchmarks embed."""

import hashlib
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

SIZE = (500, 375)
LARGE_SIZE = (4032, 3024)
NOISE = 3
QUALITY = 90


def make_images(folder, n_images):
    """Write JPEG crops of scikit-learn's two sample photographs; return their paths."""
    rng = np.random.RandomState(0)
    photographs = [Image.fromarray(image) for image in load_sample_images().images]
    paths = []
    for number in range(n_images):
        photograph = photographs[number % len(photographs)]
        path = Path(folder) / f"{number:05d}.jpg"
        crop_photograph(rng, photograph).save(path, quality=QUALITY)
        paths.append(str(path))
    return paths


def make_large_images(folder, n_images):
    """Write crops as large as a phone's photographs, with noise of a sensor; return their paths."""
    rng = np.random.RandomState(0)
    photographs = [Image.fromarray(image) for image in load_sample_images().images]
    paths = []
    for number in range(n_images):
        crop = crop_photograph(rng, photographs[number % len(photographs)], LARGE_SIZE)
        noise = rng.normal(scale=NOISE, size=(*LARGE_SIZE[::-1], 3))
        pixels = (np.asarray(crop) + noise).round().clip(0, 255).astype(np.uint8)
        path = Path(folder) / f"{number:02d}.jpg"
        Image.fromarray(pixels).save(path, quality=QUALITY)
        paths.append(str(path))
    return paths


def crop_photograph(rng, photograph, size=SIZE):
    """Return a random part of a photograph, at least half as wide as it, resized."""
    width = rng.randint(photograph.width // 2, photograph.width * 7 // 8)
    height = width * size[1] // size[0]
    left = rng.randint(photograph.width - width + 1)
    top = rng.randint(photograph.height - height + 1)
    box = (left, top, left + width, top + height)
    return photograph.resize(size, Image.Resampling.BICUBIC, box=box)


def find_images(folder, n_images):
    """Return the paths of the first JPEG files of a folder, by name."""
    found = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg"))
    if not found:
        raise SystemExit(f"--images {folder}: no .jpg or .jpeg file in this folder.")
    return [str(path) for path in found[:n_images]]


def copy_images(paths, folder, n_copies):
    """Write copies that differ in a few bytes after the JPEG's end; return their paths."""
    copies = []
    for number in range(n_copies):
        copy = Path(folder) / f"{number:06d}.jpg"
        content = Path(paths[number % len(paths)]).read_bytes()
        copy.write_bytes(content + number.to_bytes(4, "little"))
        copies.append(str(copy))
    return copies


def count_distinct(paths):
    """Return the number of files with distinct contents."""
    return len({hashlib.sha256(Path(path).read_bytes()).digest() for path in paths})


def describe_images(paths):
    """Return the number and the median size of the files as text."""
    widths, heights = zip(*(Image.open(path).size for path in paths), strict=True)
    n_bytes = median(Path(path).stat().st_size for path in paths)
    return (
        f"{len(paths)} JPEG files, in the median {median(widths):.0f} x {median(heights):.0f} "
        f"pixels and {n_bytes / 1000:.0f} kB"
    )
