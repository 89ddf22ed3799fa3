"""Measure suggested images against random ones; print a markdown table.

``python benchmarks/active_learning.py --images DIR --labels CSV``, both as often as there are data
sets. Each run begins with 100 annotated images; more are annotated in rounds, which a method
chooses, and each model is scored on a third of the images that is held out. See README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, name_data
from scipy.special import entr

from skmlic import ImageEmbedder
from skmlic.active_learning import suggest_images
from skmlic.datasets import load_labelled_images
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

SIZES = (100, 150, 200, 300, 400, 600)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--seeds", metavar="N", type=int, nargs="+", default=range(10))
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def choose_at_random(Y, probabilities, features, n_images, rng):
    candidates = np.flatnonzero(np.isnan(Y).any(axis=1))
    return rng.permutation(candidates)[:n_images]


def choose_uncertain(Y, probabilities, features, n_images, rng):
    entropy = (entr(probabilities) + entr(1 - probabilities)).sum(axis=1)
    candidates = np.flatnonzero(np.isnan(Y).any(axis=1))
    return candidates[np.argsort(-entropy[candidates])[:n_images]]


def suggest(Y, probabilities, features, n_images, rng):
    return suggest_images(Y, probabilities, features, n_images=n_images)


METHODS = {
    "random": choose_at_random,
    "largest entropy": choose_uncertain,
    "`suggest_images`": suggest,
}


def measure(X, Y, seed, choose):
    """Return the average precision at each of the sizes."""
    folds = MultiLabelStratifiedKFold(3, shuffle=True, random_state=seed)
    train, test = next(folds.split(X, Y))
    X_train, truth = X[train], Y[train].astype(float)
    rng = np.random.default_rng(seed)
    known = np.full(truth.shape, np.nan)
    start = rng.permutation(len(train))[: SIZES[0]]
    known[start] = truth[start]
    scores = []
    for size, following in zip(SIZES, [*SIZES[1:], None], strict=True):
        rows = np.flatnonzero(~np.isnan(known).any(axis=1))
        assert len(rows) == size
        clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X_train[rows], known[rows])
        scores.append(average_precision_score(Y[test], clf.decision_function(X[test])))
        if following is not None:
            probabilities = clf.predict_proba(X_train)
            new = choose(known, probabilities, X_train, following - size, rng)
            known[new] = truth[new]
    return scores


def main():
    options = parse_options()
    print(*describe_machine(), "", sep="\n")
    for images, labels in zip(options.images, options.labels, strict=True):
        data = load_labelled_images(images, labels)
        Y = data.Y.to_numpy()
        Y = Y[:, Y.sum(axis=0) >= MIN_POSITIVES]
        X = ImageEmbedder().fit_transform(data.paths)
        print(f"### `{name_data(images)}`, {len(Y):,} images, {Y.shape[1]} labels", end="\n\n")
        print(f"| annotated: | {' | '.join(map(str, SIZES))} | mean gain | runs won |")
        print("| --- |" + " --- |" * (len(SIZES) + 2))
        baseline = None
        for name, choose in METHODS.items():
            log(name)
            scores = np.array([measure(X, Y, seed, choose) for seed in options.seeds])
            baseline = scores if baseline is None else baseline
            gains = (scores - baseline)[:, 1:].mean(axis=1).tolist()
            cells = [f"{score:.3f}" for score in scores.mean(axis=0)]
            cells += [f"{mean(gains):+.4f} ± {stdev(gains):.4f}", sum(gain > 0 for gain in gains)]
            print(f"| {name} | {' | '.join(map(str, cells))} |", flush=True)
        print()


if __name__ == "__main__":
    main()
