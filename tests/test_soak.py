"""A short form of benchmarks/soak.py: fits and predictions leave nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "soak.py"
N_FITS = 20


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("kind", ["trained head", "predictions"])
def test_memory_threads_and_files_do_not_grow(kind):
    options = ["--kinds", kind, "--fits", str(N_FITS), "--predictions", str(100 * N_FITS)]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), "--json", *options],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)[kind]["rows"]
    middle, last = next(row for row in rows if row["repeats"] >= N_FITS // 2), rows[-1]
    assert last["threads"] <= middle["threads"]
    assert last["files"] <= middle["files"]
    # Allocators keep some of what was freed.
    assert last["bytes"] - middle["bytes"] < 5e6
