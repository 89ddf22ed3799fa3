"""Measure seconds and memory of each step for numbers of images from 100 to 100,000; draw a plot.

``python benchmarks/growth.py`` prints a table, ``--figure FILE`` writes the plot. The images are
synthetic JPEG files of 64 pixels with 80 labels, and pass through the default network at this size.
Each number of images has a process of its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from child import read_peak, reset_peak
from images import copy_images
from PIL import Image

import skmlic
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

SIDE = 64
N_LABELS = 80
N_ORIGINALS = 500
SIZES = (100, 1_000, 10_000, 50_000, 100_000)
STEPS = ("embedding", "fit with thresholds", "report")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of images")
    parser.add_argument("--figure", help="file of the plot, such as growth.svg")
    parser.add_argument("--child", metavar="FOLDER", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_dataset(folder, n_images):
    """Return paths and labels; an image is a mean of patterns that belong to its labels."""
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 256, (N_LABELS, 8, 8, 3)).repeat(8, axis=1).repeat(8, axis=2)
    originals = []
    Y = rng.random((N_ORIGINALS, N_LABELS)) < np.geomspace(0.3, 0.01, N_LABELS)
    for number, labels in enumerate(Y):
        pixels = patterns[labels].mean(axis=0) if labels.any() else np.full((SIDE, SIDE, 3), 128)
        noisy = (pixels + rng.normal(scale=20, size=pixels.shape)).clip(0, 255).astype(np.uint8)
        path = Path(folder) / f"original-{number}.jpg"
        Image.fromarray(noisy).save(path, quality=85)
        originals.append(str(path))
    return copy_images(originals, folder, n_images), Y[np.arange(n_images) % N_ORIGINALS].astype(
        int
    )


def measure(folder, n_images):
    """Return the seconds and the peak memory, in bytes, of each step."""
    paths, Y = make_dataset(folder, n_images)
    embedder = skmlic.ImageEmbedder(image_size=SIDE).fit(paths)
    embedder.transform(paths[:8])
    skmlic.clear_cache()
    clf = skmlic.TransferMultiLabelClassifier(image_size=SIDE, random_state=0)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv="loo")
    # The network is loaded and compiled before the first step.
    steps = {
        "embedding": lambda: embedder.transform(paths),
        "fit with thresholds": lambda: tuned.fit(paths, Y),
        "report": lambda: skmlic.report(tuned, paths, Y, Path(folder) / "report.html", cv="loo"),
    }
    results = {}
    for name, step in steps.items():
        reset_peak()
        start = time.perf_counter()
        step()
        results[name] = {"seconds": time.perf_counter() - start, "bytes": read_peak()}
    return results


def measure_in_child(n_images):
    """Return what `measure` returns in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--child", folder, "--sizes", str(n_images)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def format_table(results):
    """Return the results as a markdown table."""
    lines = [
        "| images | " + " | ".join(f"{step}, s" for step in STEPS) + " | peak memory, MB |",
        "| --- |" + " --- |" * (len(STEPS) + 1),
    ]
    for n_images, steps in results.items():
        seconds = " | ".join(f"{steps[step]['seconds']:.1f}" for step in STEPS)
        peak = max(steps[step]["bytes"] for step in STEPS) / 1e6
        lines.append(f"| {n_images:,} | {seconds} | {peak:,.0f} |")
    return "\n".join(lines)


def draw(results, path):
    """Write a plot of the seconds of each step, and of the peak memory."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    sizes = list(results)
    for step in STEPS:
        left.loglog(sizes, [results[n][step]["seconds"] for n in sizes], "o-", label=step)
        right.loglog(sizes, [results[n][step]["bytes"] / 1e6 for n in sizes], "o-", label=step)
    left.set(xlabel="number of images", ylabel="seconds")
    right.set(xlabel="number of images", ylabel="peak memory of the process in MB")
    left.legend(frameon=False)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def main():
    options = parse_options()
    if options.child:
        print(json.dumps(measure(options.child, options.sizes[0])))
        return
    results = {}
    for n_images in options.sizes:
        results[n_images] = measure_in_child(n_images)
        print(f"{n_images}: {results[n_images]}", file=sys.stderr, flush=True)
    print(format_table(results))
    if options.figure:
        draw(results, options.figure)


if __name__ == "__main__":
    main()
