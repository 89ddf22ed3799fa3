"""Measure how evenly splitters distribute labels and pairs of labels; print markdown tables.

``python benchmarks/splits.py`` uses simulated labels. ``--data DIR`` adds those of the folders in
DIR, each with a file labels.csv: file names in the first column, then a column of 0 and 1 for each
label. ``--images DIR`` adds the labels.csv of a folder of images, or of its parent.
"""

import argparse
import time
from collections import namedtuple
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from measuring import log
from sklearn.model_selection import KFold

from skmlic.model_selection import MultiLabelStratifiedGroupKFold, MultiLabelStratifiedKFold

N_FOLDS = 5
TIMED_SHAPE = (100_000, 80)
N_GROUPS = 20_000
SHAPES = ((10_000, 20), (10_000, 80))
SPLITTERS = {
    "KFold": KFold,
    "order 1": MultiLabelStratifiedKFold,
    "order 2": lambda *args, **kwargs: MultiLabelStratifiedKFold(*args, order=2, **kwargs),
}

# Number of pairs missing from a test fold, and mean absolute deviations of the folds' counts.
Evenness = namedtuple("Evenness", ["missing", "labels", "pairs"])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", help="folder of folders with a labels.csv each")
    parser.add_argument("--images", metavar="DIR", help="folder of images with a labels.csv")
    parser.add_argument("--repeats", type=int, default=5, help="number of seeds (default: 5)")
    return parser.parse_args()


def make_labels(n_samples, n_labels, seed=0):
    """Return independent labels with frequencies from 20 % down to 0.2 % in a geometric series."""
    rng = np.random.RandomState(seed)
    return (rng.uniform(size=(n_samples, n_labels)) < np.geomspace(0.2, 0.002, n_labels)).astype(
        int
    )


def find_tables(options):
    """Return a dict name -> path of labels.csv."""
    tables = sorted(Path(options.data).glob("*/labels.csv")) if options.data else []
    if options.images:
        folder = Path(options.images).resolve()
        tables += [f / "labels.csv" for f in (folder, folder.parent) if (f / "labels.csv").exists()]
    return {table.parent.name: table for table in tables}


def load_labels(options):
    """Return a dict name -> Y of real and simulated labels."""
    real = {name: pd.read_csv(path, index_col=0) for name, path in find_tables(options).items()}
    simulated = {f"simulated {n:,} x {k}": make_labels(n, k) for n, k in SHAPES}
    return {name: frame.to_numpy() for name, frame in real.items()} | simulated


def count_pairs(Y):
    """Return the products of the pairs of columns that are 1 in some row."""
    n_labels = Y.shape[1]
    products = np.concatenate([Y[:, [i]] & Y[:, i + 1 :] for i in range(n_labels)], axis=1)
    return products[:, products.any(axis=0)]


def measure_evenness(Y, pairs, tests):
    """Return the evenness of the folds with these test parts."""

    def count(columns):
        return np.array([columns[test].sum(axis=0) for test in tests])

    labels, together = count(Y), count(pairs)
    frequent = together.sum(axis=0) >= len(tests)
    return Evenness(
        (together[:, frequent] == 0).sum(axis=1).mean(),
        np.abs(labels - labels.mean(axis=0)).mean(),
        np.abs(together - together.mean(axis=0)).mean(),
    )


def compare_evenness(Y, repeats):
    """Return a dict splitter -> Evenness, the mean over seeds."""
    pairs = count_pairs(Y)
    results = {}
    for name, splitter in SPLITTERS.items():
        rounds = []
        for seed in range(repeats):
            splits = splitter(N_FOLDS, shuffle=True, random_state=seed).split(Y, Y)
            rounds.append(measure_evenness(Y, pairs, [test for _, test in splits]))
        results[name] = Evenness(*np.mean(rounds, axis=0))
    return results


def time_splitters(repeats):
    """Return a dict splitter -> seconds, the median; the splitters run alternately."""
    Y = make_labels(*TIMED_SHAPE)
    groups = np.random.RandomState(0).randint(N_GROUPS, size=len(Y))
    contenders = {
        "iterative-stratification's own": (MultilabelStratifiedKFold, {}, None),
        "`MultiLabelStratifiedKFold`, order 1": (MultiLabelStratifiedKFold, {}, None),
        "`MultiLabelStratifiedKFold`, order 2": (MultiLabelStratifiedKFold, {"order": 2}, None),
        "`MultiLabelStratifiedGroupKFold`, order 1": (MultiLabelStratifiedGroupKFold, {}, groups),
        "`MultiLabelStratifiedGroupKFold`, order 2": (
            MultiLabelStratifiedGroupKFold,
            {"order": 2},
            groups,
        ),
    }
    seconds = {name: [] for name in contenders}
    for seed in range(repeats):
        for name, (splitter, parameters, group) in contenders.items():
            cv = splitter(N_FOLDS, shuffle=True, random_state=seed, **parameters)
            start = time.perf_counter()
            list(cv.split(Y, Y, groups=group))
            seconds[name].append(time.perf_counter() - start)
            log(f"  round {seed + 1} of {repeats}: {name}: {seconds[name][-1]:.2f} s")
    return {name: median(times) for name, times in seconds.items()}


def print_times(seconds):
    n_samples, n_labels = TIMED_SHAPE
    print(
        f"\n{N_FOLDS} folds of {n_samples:,} samples with {n_labels} labels, in groups of "
        f"about {n_samples // N_GROUPS}:\n\n| splitter | seconds |\n| --- | --- |"
    )
    for name, value in seconds.items():
        print(f"| {name} | {value:.2f} |")


def print_evenness(results):
    print(
        f"\n{N_FOLDS} shuffled folds. Missing: the number of pairs of labels that occur {N_FOLDS} "
        "times or more, but not in a test fold, mean over folds. Deviation: the mean absolute "
        "deviation of the counts in test folds from their mean.\n\n"
        "| labels | splitter | pairs missing | deviation, labels | deviation, pairs |\n"
        "| --- | --- | --- | --- | --- |"
    )
    for data, by_splitter in results.items():
        for name, even in by_splitter.items():
            print(
                f"| {data} | {name} | {even.missing:.1f} | {even.labels:.2f} | {even.pairs:.2f} |"
            )


def main():
    options = parse_options()
    evenness = {}
    for name, Y in load_labels(options).items():
        log(name)
        evenness[name] = compare_evenness(Y, options.repeats)
    log("seconds")
    print_times(time_splitters(options.repeats))
    print_evenness(evenness)


if __name__ == "__main__":
    main()
