"""Measure the effect of leaving missing labels out; print a markdown table.

``python benchmarks/missing_labels.py --images DIR --labels CSV``: a fraction of the entries of Y is
erased at random in training, and the classifier is scored on all entries of the test parts. See
README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, N_FOLDS, embed, name_data

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

ERASED = (0.2, 0.4, 0.6, 0.8)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--repeats", type=int, default=5, help="number of seeds (default: 5)")
    return parser.parse_args()


def keep_one_positive(Y, rng):
    """Return Y with one known positive per sample; all other entries are missing."""
    single = np.full(Y.shape, np.nan)
    for row, labels in zip(single, Y, strict=True):
        if labels.any():
            row[rng.choice(np.flatnonzero(labels))] = 1
    return single


def make_cases(Y, rng):
    """Yield a name, Y with missing labels, and the classifier's parameters."""
    yield "all known", Y, {}
    for fraction in ERASED:
        partial = np.where(rng.random(Y.shape) < fraction, np.nan, Y)
        yield f"{fraction:.0%} erased: left out", partial, {}
        yield f"{fraction:.0%} erased: taken for negative", np.nan_to_num(partial), {}
    single = keep_one_positive(Y, rng)
    small = 1 / max(Y.shape[1] - 1, 1)
    yield "one positive known: left out", single, {}
    weighted = {"training": TrainingOptions(missing_weight=small)}
    yield f"one positive known: missing_weight={small:.2f}", single, weighted
    yield "one positive known: taken for negative", np.nan_to_num(single), {}


def measure(X, Y, repeats):
    """Return a dict of the scores of each case, one per seed."""
    scored = Y.sum(axis=0) >= MIN_POSITIVES
    scores = {}
    for seed in range(repeats):
        log(f"seed {seed + 1} of {repeats}")
        rng = np.random.default_rng(seed)
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(X, Y)
        by_name = {}
        for train, test in folds:
            for name, known, parameters in make_cases(Y[train].astype(float), rng):
                clf = TransferMultiLabelClassifier(
                    "precomputed", head="net", random_state=seed, **parameters
                )
                probability = clf.fit(X[train], known).predict_proba(X[test])
                score = average_precision_score(Y[test][:, scored], probability[:, scored])
                by_name.setdefault(name, []).append(score)
        for name, fold_scores in by_name.items():
            scores.setdefault(name, []).append(mean(fold_scores))
    return scores


def main():
    options = parse_options()
    loaded = load_labelled_images(options.images, options.labels)
    X, Y = embed(loaded.paths, "stages"), loaded.Y.to_numpy()
    scores = measure(X, Y, options.repeats)
    print(f"# Missing labels: `{name_data(options.images)}`, {len(X)} images\n")
    print(*describe_machine(), "", sep="\n")
    print(f"| training | mean average precision | over {options.repeats} seeds ± |")
    print("| --- | --- | --- |")
    for name, values in scores.items():
        print(f"| {name} | {mean(values):.4f} | {stdev(values):.4f} |")


if __name__ == "__main__":
    main()
