"""A linear head from more features than fit into memory, compared with the arithmetic.

Synthetic features are written as Parquet files and a head is fitted on them in batches, for a
hundredth of the rows and then for all. Bytes and seconds of all rows should be a hundred times
those of a hundredth, and the memory should not grow. The files are deleted at the end.

    python benchmarks/scale.py --rows 10000000 --features 256
"""

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from skmlic.distributed import FeatureBatches
from skmlic.distributed._parquet import FeatureFolder, name_part
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.metrics import average_precision_score

N_ROWS_PER_FILE = 8192
N_TEST_ROWS = 20_000
N_PARTS_OF_WARM_UP = 100


class Samples:
    """Rows of noise around a direction for each label, made part by part."""

    def __init__(self, n_features, n_labels):
        self.n_labels = n_labels
        rng = np.random.default_rng(0)
        self._directions = rng.normal(size=(n_labels, n_features)).astype(np.float32) / 4

    def make(self, seed, n_rows):
        """Return features and targets of a part."""
        rng = np.random.default_rng([1, seed])
        Y = (rng.random((n_rows, self.n_labels)) < 0.1).astype(np.uint8)
        noise = rng.standard_normal((n_rows, self._directions.shape[1]), dtype=np.float32)
        return Y @ self._directions + noise, Y


def write(samples, n_rows, folder):
    """Write rows into a folder, and return their targets."""
    folder = FeatureFolder.at(folder)
    folder.create()
    targets = []
    for number, start in enumerate(range(0, n_rows, N_ROWS_PER_FILE)):
        X, Y = samples.make(number, min(N_ROWS_PER_FILE, n_rows - start))
        paths = [f"images/{start + i:09d}.jpg" for i in range(len(X))]
        folder.write(name_part(number), paths, X, {})
        targets.append(Y)
    return np.concatenate(targets)


def run(samples, n_rows, folder, n_jobs):
    """Write rows, fit a head on them, and return what was measured."""
    start = time.perf_counter()
    Y = write(samples, n_rows, folder)
    written = time.perf_counter()
    clf = KernelRidgeMultiLabelClassifierCV(kernels=("linear",), random_state=0)
    clf.fit_batches(FeatureBatches(folder, Y), n_jobs=n_jobs)
    fitted = time.perf_counter()
    X_test, Y_test = samples.make(10**9, N_TEST_ROWS)
    return {
        "bytes": sum(file.stat().st_size for file in Path(folder).iterdir()),
        "seconds to make and write": written - start,
        "seconds to fit": fitted - written,
        "peak memory in MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "average precision": average_precision_score(Y_test, clf.predict_proba(X_test)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--features", type=int, default=256)
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--n-jobs", type=int, default=None)
    parser.add_argument("--folder", help="where the files are written, and deleted at the end")
    options = parser.parse_args()
    samples = Samples(options.features, options.labels)
    results = []
    sizes = [max(options.rows // N_PARTS_OF_WARM_UP, 1), options.rows]
    for n_rows in sizes:
        folder = tempfile.mkdtemp(dir=options.folder)
        try:
            results.append(run(samples, n_rows, folder, options.n_jobs))
        finally:
            shutil.rmtree(folder)
    ratio = sizes[1] / sizes[0]
    print(f"{options.features} features, {options.labels} labels")
    print(f"{'':26}{sizes[0]:>16,} rows {sizes[1]:>14,} rows    expected")
    for name, value in results[0].items():
        grows = name.startswith(("bytes", "seconds"))
        expected = f"{value * ratio:12,.0f}" if grows else ""
        print(f"{name:26}{value:16,.3f} {results[1][name]:24,.3f} {expected}")
    print(f"bytes per row and feature {results[1]['bytes'] / options.rows / options.features:.2f}")
    for name in ("seconds to make and write", "seconds to fit"):
        print(f"rows per second, {name[11:]}: {options.rows / results[1][name]:,.0f}")


if __name__ == "__main__":
    main()
