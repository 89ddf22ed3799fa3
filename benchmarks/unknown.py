"""Measure what leaving unknown labels out is worth; print a markdown table.

``python benchmarks/unknown.py --images DIR --labels CSV``: a share of the entries of Y is erased at
random in training, and the classifier is judged by all of the test's. See README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import say
from quality import LEAST_POSITIVES, N_FOLDS, embed, name_data

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

ERASED = (0.2, 0.4, 0.6, 0.8)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--repeats", type=int, default=5, help="seeds (default: 5)")
    return parser.parse_args()


def keep_one_positive(Y, rng):
    """Return Y with one known positive a sample, and nothing else."""
    single = np.full(Y.shape, np.nan)
    for row, labels in zip(single, Y, strict=True):
        if labels.any():
            row[rng.choice(np.flatnonzero(labels))] = 1
    return single


def make_cases(Y, rng):
    """Yield a name, what is known, and the classifier's parameters."""
    yield "all known", Y, {}
    for share in ERASED:
        partial = np.where(rng.random(Y.shape) < share, np.nan, Y)
        yield f"{share:.0%} erased: left out", partial, {}
        yield f"{share:.0%} erased: taken for negative", np.nan_to_num(partial), {}
    single = keep_one_positive(Y, rng)
    small = 1 / max(Y.shape[1] - 1, 1)
    yield "one positive known: left out", single, {}
    yield f"one positive known: unknown_weight={small:.2f}", single, {"unknown_weight": small}
    yield "one positive known: taken for negative", np.nan_to_num(single), {}


def measure(X, Y, repeats):
    """Return a dict of the scores of each case, one a seed."""
    scored = Y.sum(axis=0) >= LEAST_POSITIVES
    scores = {}
    for seed in range(repeats):
        say(f"seed {seed + 1} of {repeats}")
        rng = np.random.default_rng(seed)
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(X, Y)
        of_seed = {}
        for train, test in folds:
            for name, known, parameters in make_cases(Y[train].astype(float), rng):
                clf = TransferMultiLabelClassifier("precomputed", random_state=seed, **parameters)
                probability = clf.fit(X[train], known).predict_proba(X[test])
                score = average_precision_score(Y[test][:, scored], probability[:, scored])
                of_seed.setdefault(name, []).append(score)
        for name, of_folds in of_seed.items():
            scores.setdefault(name, []).append(mean(of_folds))
    return scores


def main():
    options = parse_options()
    loaded = load_labelled_images(options.images, options.labels)
    X, Y = embed(loaded.paths, "stages"), loaded.Y.to_numpy()
    scores = measure(X, Y, options.repeats)
    print(f"# Unknown labels: `{name_data(options.images)}`, {len(X)} pictures\n")
    print(*describe_machine(), "", sep="\n")
    print(f"| training | mean average precision | over {options.repeats} seeds ± |")
    print("| --- | --- | --- |")
    for name, values in scores.items():
        print(f"| {name} | {mean(values):.4f} | {stdev(values):.4f} |")


if __name__ == "__main__":
    main()
