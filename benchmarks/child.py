"""What the benchmarks do in a new process: paths come on the standard input, a line each.

``child.py store FOLDER``: the seconds of fit and transform with a disk store there.
``child.py memory ENGINE PRECISION``: the peak of memory while pictures are embedded.
"""

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

# Pictures before the peak is watched: two batches.
WARM_UP = 64


def import_openvino():
    """Import what skmlic imports late, so that no import is timed."""
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
    """Return the peak in bytes while pictures are embedded, once the network is compiled."""
    embedder = ImageEmbedder(engine=engine, precision=precision, device="cpu").fit(paths)
    embedder.transform(paths[:WARM_UP])
    forget_peak()
    features = embedder.transform(paths)
    peak = read_peak()
    sizes = [Image.open(path).size for path in paths]
    return {
        "peak": peak,
        "feature_bytes": features[0].nbytes,
        "decoded_bytes": mean(3 * width * height for width, height in sizes),
    }


def forget_peak():
    """Begin the peak anew, where Linux lets a process do so: compiling may have been higher."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def read_peak():
    """Return the peak of resident memory in bytes.

    On Linux from /proc, since ``ru_maxrss`` of a new process starts from its parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


TASKS = {"store": measure_store, "memory": measure_memory}


if __name__ == "__main__":
    _, task, *arguments = sys.argv
    print(json.dumps(TASKS[task](sys.stdin.read().splitlines(), *arguments)))
