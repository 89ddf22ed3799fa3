"""Repeat fits and predictions in one process; measure its memory, threads and open files.

``python benchmarks/soak.py`` prints a table, ``--figure FILE`` draws the curves. Each kind of work
has a process of its own, and each fit has images of its own. Linux only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import skmlic
from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

N_IMAGES = 32
N_PREDICTED_TOGETHER = 100
N_MEASUREMENTS = 50
# Features fill this many bytes early, so that the store drops some and writes them to a disk.
STORE_BYTES = 2 * 2**20
# What happens in the first part of the repetitions is the start: caches fill, allocators grow.
START = 0.2
PREDICTIONS = "predictions"


def make_kernel():
    return TransferMultiLabelClassifier("tiny_cnn", head="kernel", engine="torch")


def make_net():
    return TransferMultiLabelClassifier("tiny_cnn", head="net", max_epochs=5, engine="torch")


def make_fine_tuned():
    return TransferMultiLabelClassifier("tiny_cnn", freeze=False, max_epochs=1)


def make_openvino():
    return TransferMultiLabelClassifier(image_size=32, engine="openvino")


def make_tuned():
    return TunedThresholdMultiLabelClassifierCV(make_kernel(), cv=3)


MODELS = {
    "kernel head": make_kernel,
    "trained head": make_net,
    "fine-tuning": make_fine_tuned,
    "OpenVINO": make_openvino,
    "thresholds": make_tuned,
}
KINDS = (*MODELS, PREDICTIONS)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=500, help="fits of each kind (500)")
    parser.add_argument(
        "--predictions", type=int, default=200_000, help="images to predict (200,000)"
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND")
    parser.add_argument("--figure", help="file of the plot, such as soak.svg")
    parser.add_argument("--json", action="store_true", help="print all measurements")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def fit(model, seed):
    """Fit and predict images that no other seed has."""
    X, Y = make_multilabel_shapes(N_IMAGES, random_state=seed)
    model().fit(X, Y).predict(X)


def make_prediction():
    """Return a function that predicts images that no other seed has."""
    clf = make_openvino().fit(*make_multilabel_shapes(N_IMAGES, random_state=0))
    rng = np.random.default_rng(0)

    def predict(seed):
        clf.predict(rng.integers(0, 256, (N_PREDICTED_TOGETHER, 32, 32, 3), dtype=np.uint8))

    return predict


def measure():
    """Return the resident memory in bytes, the number of threads, and that of open files."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "bytes": 1024 * int(status["VmRSS"].split()[0]),
        "threads": int(status["Threads"]),
        "files": len(os.listdir("/proc/self/fd")),
    }


def repeat(kind, n_repeats):
    """Do the work again and again, and return what was measured in between."""
    skmlic.set_config(feature_cache_bytes=STORE_BYTES)
    model = MODELS.get(kind)
    work = make_prediction() if kind == PREDICTIONS else lambda seed: fit(model, seed)
    moments = set(np.linspace(1, n_repeats, N_MEASUREMENTS).astype(int).tolist())
    rows = []
    start = time.perf_counter()
    for number in range(1, n_repeats + 1):
        work(number)
        if number in moments:
            rows.append({"repeats": number, **measure()})
    return {"rows": rows, "seconds": time.perf_counter() - start}


def count_repeats(kind, options):
    """Return how often the work of a kind is repeated."""
    if kind == PREDICTIONS:
        return options.predictions // N_PREDICTED_TOGETHER
    return options.fits


def repeat_in_child(kind, options):
    """Return what `repeat` returns in a new process."""
    command = [sys.executable, __file__, "--child", "--kinds", kind]
    command += ["--fits", str(options.fits), "--predictions", str(options.predictions)]
    with tempfile.TemporaryDirectory() as folder:
        output = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "TMPDIR": folder},
        ).stdout
    return json.loads(output.splitlines()[-1])


def summarize(result):
    """Return the growth after the start: of memory per repetition, of threads and of files."""
    rows = result["rows"]
    later = [row for row in rows if row["repeats"] >= START * rows[-1]["repeats"]]
    repeats, n_bytes = (np.array([row[name] for row in later]) for name in ("repeats", "bytes"))
    return {
        "first": later[0],
        "last": later[-1],
        "bytes per repeat": float(np.polyfit(repeats, n_bytes, 1)[0]),
    }


def format_table(results):
    """Return the results as a markdown table."""
    lines = [
        "| work | repetitions | seconds | memory, MB | kB per repetition | threads | open files |",
        "| --- |" + " --- |" * 6,
    ]
    for kind, result in results.items():
        summary = summarize(result)
        first, last = summary["first"], summary["last"]
        lines.append(
            f"| {kind} | {last['repeats']:,} | {result['seconds']:.0f} "
            f"| {first['bytes'] / 1e6:.0f} – {last['bytes'] / 1e6:.0f} "
            f"| {summary['bytes per repeat'] / 1e3:.1f} "
            f"| {first['threads']} – {last['threads']} | {first['files']} – {last['files']} |"
        )
    return "\n".join(lines)


def draw(results, path):
    """Write a plot of memory, threads and open files against the fraction of the repetitions."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    labels = ("resident memory in MB", "threads", "open files")
    for ax, name, label in zip(axes, ("bytes", "threads", "files"), labels, strict=True):
        for kind, result in results.items():
            rows = result["rows"]
            done = np.array([row["repeats"] for row in rows]) / rows[-1]["repeats"]
            values = np.array([row[name] for row in rows])
            ax.plot(100 * done, values / 1e6 if name == "bytes" else values, label=kind)
        ax.set(xlabel="repetitions done in %", ylabel=label, ylim=(0, None))
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main():
    options = parse_options()
    if options.child:
        (kind,) = options.kinds
        print(json.dumps(repeat(kind, count_repeats(kind, options))))
        return
    results = {}
    for kind in options.kinds:
        results[kind] = repeat_in_child(kind, options)
        print(f"{kind}: {results[kind]['seconds']:.0f} s", file=sys.stderr, flush=True)
    print(json.dumps(results) if options.json else format_table(results))
    if options.figure:
        draw(results, options.figure)


if __name__ == "__main__":
    main()
