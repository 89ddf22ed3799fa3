"""Rows about the feature store on disk, and about memory."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from images import copy_images
from measuring import divide, format_spread, log, make_result, make_skipped
from rows_embedding import find_obstacle

import skmlic
from skmlic import ImageEmbedder

CHILD = Path(__file__).with_name("child.py")
MIN_WARM_RATIO = 20
# The features of an image are kept twice, in the store and in the returned matrix; the rest is for
# keys, paths and the allocator.
MAX_FEATURE_MULTIPLE = 4
MEMORY_ENGINES = (("openvino", "auto"), ("torch", "fp32"))


def run_warm_store(paths, repeats):
    """Time fit_transform with an empty and with a filled disk store."""
    ImageEmbedder().fit_transform(paths[:8])
    here, elsewhere = {"first": [], "second": []}, {"first": [], "second": []}
    for number in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("first", "second"):
                here[name].append(embed_here(paths, Path(folder, "here")))
                elsewhere[name].append(run_child("store", paths, str(Path(folder, "elsewhere"))))
                log(f"  round {number + 1} of {repeats}: {name}: {here[name][-1]:.3f} s here")
                log(f"  round {number + 1} of {repeats}: {name}: {elsewhere[name][-1]} elsewhere")
    whole = {name: [t["fit"] + t["transform"] for t in times] for name, times in elsewhere.items()}
    loading = format_spread([times["fit"] for times in elsewhere["second"]])
    return [
        describe_warm_store("in one process", here, "the network loaded before both"),
        describe_warm_store(
            "each in a new process", whole, f"{loading} s of the second load the network"
        ),
    ]


def describe_warm_store(where, seconds, note):
    """Return the result of fitting twice, in one process or in new ones."""
    return make_result(
        f"Second `fit_transform` with a disk store, {where}, against the first: times faster",
        divide(seconds["first"], seconds["second"]),
        (">=", MIN_WARM_RATIO),
        f"first {format_spread(seconds['first'])} s; second "
        f"{format_spread(seconds['second'], '{:.3f}')} s; {note}",
    )


def embed_here(paths, memory):
    """Return the seconds of fit_transform with an empty store in the process."""
    skmlic.clear_cache()
    start = time.perf_counter()
    ImageEmbedder(memory=memory).fit_transform(paths)
    return time.perf_counter() - start


def run_child(task, paths, *arguments):
    """Run a task of child.py in a new process; return what it measured."""
    command = [sys.executable, str(CHILD), task, *arguments]
    done = subprocess.run(
        command, input="\n".join(paths), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_memory(paths, repeats):
    """Measure how much more memory a process needs for four times as many images."""
    with tempfile.TemporaryDirectory() as folder:
        log(f"  writing {4 * len(paths)} different files")
        copies = copy_images(paths, folder, 4 * len(paths))
        return [
            measure_memory(copies, repeats, engine, precision)
            for engine, precision in MEMORY_ENGINES
        ]


def measure_memory(paths, repeats, engine, precision):
    """Measure the growth of the peak per additional image, as a multiple of its features' bytes."""
    what = (
        f"Peak memory with paths as X, {engine}: growth per additional image, as a multiple of "
        "the bytes of its features"
    )
    if obstacle := find_obstacle(engine, precision):
        return make_skipped(what, obstacle)
    few = len(paths) // 4
    growths, peaks = [], []
    for number in range(repeats):
        small = run_child("memory", paths[:few], engine, precision)
        large = run_child("memory", paths, engine, precision)
        growths.append((large["peak"] - small["peak"]) / (len(paths) - few))
        peaks.append((small["peak"], large["peak"]))
        log(f"  round {number + 1} of {repeats}: {engine}: {growths[-1] / 1000:.1f} kB per image")
    features = large["feature_bytes"]
    return make_result(
        what,
        [growth / features for growth in growths],
        ("<=", MAX_FEATURE_MULTIPLE),
        f"{few} images {format_megabytes(peaks, 0)}; {len(paths)} images "
        f"{format_megabytes(peaks, 1)}; an additional image: "
        f"{format_spread([g / 1000 for g in growths], '{:.1f}')} kB; its features: "
        f"{features / 1000:.1f} kB; its pixels, decoded: {large['decoded_bytes'] / 1000:.0f} kB",
    )


def format_megabytes(peaks, column):
    """Return the median peak of one column as text."""
    return format_spread([row[column] / 1e6 for row in peaks], "{:.0f}") + " MB"
