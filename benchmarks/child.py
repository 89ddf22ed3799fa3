"""Measure what needs a new process; paths are read from the standard input, one per line.

``child.py store FOLDER``: the seconds of fit and transform with a disk store in this folder.
``child.py memory ENGINE PRECISION``: the peak memory while images are embedded.
"""

import argparse
import contextlib
import importlib.util
import json
import resource
import sys
import time
from pathlib import Path
from statistics import mean

from PIL import Image

from skmlic import ImageEmbedder

# The images that are embedded before the peak is measured are two batches.
N_WARM_UP = 64


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    store = tasks.add_parser("store", help="seconds of fit and transform with a disk store")
    store.add_argument("folder", help="folder of the store")
    memory = tasks.add_parser("memory", help="peak memory while images are embedded")
    memory.add_argument("engine")
    memory.add_argument("precision")
    return parser.parse_args()


def import_openvino():
    """Import openvino, which skmlic imports late, so that its import is not timed."""
    if importlib.util.find_spec("openvino") is not None:
        importlib.import_module("openvino")


def measure_store(paths, memory):
    """Return the seconds of fit, which loads the network, and of transform."""
    import_openvino()
    start = time.perf_counter()
    embedder = ImageEmbedder(memory=memory).fit(paths)
    loaded = time.perf_counter()
    embedder.transform(paths)
    return {"fit": loaded - start, "transform": time.perf_counter() - loaded}


def measure_memory(paths, engine, precision):
    """Return the peak in bytes while images are embedded, once the network is compiled."""
    embedder = ImageEmbedder(engine=engine, precision=precision, device="cpu").fit(paths)
    embedder.transform(paths[:N_WARM_UP])
    reset_peak()
    features = embedder.transform(paths)
    peak = read_peak()
    sizes = [Image.open(path).size for path in paths]
    return {
        "peak": peak,
        "feature_bytes": features[0].nbytes,
        "decoded_bytes": mean(3 * width * height for width, height in sizes),
    }


def reset_peak():
    """Reset the peak on Linux, since compiling may have needed more memory than embedding."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def read_peak():
    """Return the peak of resident memory in bytes.

    On Linux it is read from /proc, since ``ru_maxrss`` of a new process starts from its parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    options = parse_options()
    paths = sys.stdin.read().splitlines()
    if options.task == "store":
        measured = measure_store(paths, options.folder)
    else:
        measured = measure_memory(paths, options.engine, options.precision)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
