"""Measure how evenly splitters share out labels and pairs of labels; print markdown tables.

``python benchmarks/splits.py`` takes simulated labels, with ``--data DIR`` also the real ones in
the folders below DIR, each with a file labels.csv: the file name first, then a column of 0 and 1
for each label. With ``--images DIR`` it takes the table in that folder of pictures or beside it.
"""

import argparse
import time
from collections import namedtuple
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from measuring import say
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

# Of one set of folds: pairs missing from a test fold, and mean absolute deviations of counts.
Evenness = namedtuple("Evenness", ["missing", "labels", "pairs"])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", help="folders with a labels.csv each")
    parser.add_argument("--images", metavar="DIR", help="pictures with a labels.csv")
    parser.add_argument("--repeats", type=int, default=5, help="seeds (default: 5)")
    return parser.parse_args()


def make_labels(n_samples, n_labels, seed=0):
    """Return independent labels with frequencies from 20 % down to 0.2 %, equal ratios apart."""
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
    """Return a dict name -> Y, of real and simulated labels."""
    real = {name: pd.read_csv(path, index_col=0) for name, path in find_tables(options).items()}
    made = {f"simulated {n:,} x {k}": make_labels(n, k) for n, k in SHAPES}
    return {name: frame.to_numpy() for name, frame in real.items()} | made


def count_pairs(Y):
    """Return the products of all pairs of columns that are somewhere 1."""
    n_labels = Y.shape[1]
    products = np.concatenate([Y[:, [i]] & Y[:, i + 1 :] for i in range(n_labels)], axis=1)
    return products[:, products.any(axis=0)]


def measure_evenness(Y, pairs, tests):
    """Return how even the folds with these test parts are."""

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
    """Return a dict splitter -> seconds, a median; the splitters take turns."""
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
            say(f"  round {seed + 1} of {repeats}: {name}: {seconds[name][-1]:.2f} s")
    return {name: median(times) for name, times in seconds.items()}


def print_times(seconds):
    n_samples, n_labels = TIMED_SHAPE
    print(
        f"\n{N_FOLDS} folds of {n_samples:,} samples with {n_labels} labels, the groups' sizes "
        f"about {n_samples // N_GROUPS}:\n\n| splitter | seconds |\n| --- | --- |"
    )
    for name, value in seconds.items():
        print(f"| {name} | {value:.2f} |")


def print_evenness(results):
    print(
        f"\n{N_FOLDS} shuffled folds. Missing: pairs of labels that occur {N_FOLDS} times or more "
        "and not in a test fold, the mean over folds. Deviations are of counts in test folds from "
        "their share, the mean absolute value.\n\n"
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
        say(name)
        evenness[name] = compare_evenness(Y, options.repeats)
    say("seconds")
    print_times(time_splitters(options.repeats))
    print_evenness(evenness)


if __name__ == "__main__":
    main()
