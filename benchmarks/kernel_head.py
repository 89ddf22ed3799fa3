"""Measure the kernel head beside the trained one; print a markdown table.

``python benchmarks/kernel_head.py --images DIR --labels CSV``, both as often as there are data
sets. See README.md.
"""

import argparse
import time
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import CS, MIN_POSITIVES, N_FOLDS, name_data, regress, split_features

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.metrics import average_precision_score, f1_score
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)

BACKBONES = {
    "default features": "efficientnet_lite0",
    'features of the recipe "best"': ["efficientnet_lite0", "efficientnet_lite2"],
}
ERASED = (0.2, 0.4)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=range(400, 405))
    parser.add_argument("--memory", metavar="DIR", help="keep features for another run")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def list_models(block_widths, seed):
    """Return the models by name, each with thresholds as its users would tune them."""
    kernel = KernelRidgeMultiLabelClassifierCV(block_widths=block_widths, random_state=seed)
    net = TransferMultiLabelClassifier("precomputed", head="net", random_state=seed)
    return {
        "**kernel**": TunedThresholdMultiLabelClassifierCV(kernel, cv="loo"),
        "trained": TunedThresholdMultiLabelClassifierCV(net, cv=5, random_state=seed),
    }


def measure(X, Y, block_widths, seeds):
    """Return average precision, F1 and seconds of each fold, by model."""
    results = {}
    for seed in seeds:
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(Y, Y):
            for name, model in list_models(block_widths, seed).items():
                start = time.perf_counter()
                model.fit(X[train], Y[train])
                seconds = time.perf_counter() - start
                probabilities, predicted = model.predict_proba(X[test]), model.predict(X[test])
                scores = (
                    average_precision_score(Y[test], probabilities),
                    f1_score(Y[test], predicted, average="macro", undefined="skip"),
                )
                results.setdefault(name, []).append((*scores, seconds))
            for C in CS:
                name = f"logistic regression, C = {C}"
                start = time.perf_counter()
                X_train, X_test = split_features(X, train, test, standardise=True)
                scores = [regress(X_train, y, X_test, C) for y in Y[train].T]
                seconds = time.perf_counter() - start
                precision = average_precision_score(Y[test], np.transpose(scores))
                results.setdefault(name, []).append((precision, np.nan, seconds))
        log(f"seed {seed}")
    return results


def measure_erased(X, Y, block_widths, seeds):
    """Return average precision of the kernel head with erased labels, by their fraction."""
    results = {}
    for seed in seeds:
        rng = np.random.RandomState(seed)
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(Y, Y):
            for fraction in ERASED:
                known = np.where(rng.uniform(size=Y[train].shape) < fraction, np.nan, Y[train])
                model = KernelRidgeMultiLabelClassifierCV(
                    block_widths=block_widths, random_state=seed
                )
                probabilities = model.fit(X[train], known).predict_proba(X[test])
                precision = average_precision_score(Y[test], probabilities)
                name = f"**kernel**, {fraction:.0%} of the labels erased"
                results.setdefault(name, []).append((precision, np.nan, np.nan))
    return results


def print_rows(title, results):
    """Print a row per model: means over folds and seeds."""
    best = max((n for n in results if n.startswith("log")), key=lambda n: mean_of(results[n], 0))
    print(f"\n{title}:\n")
    print("| head | mean average precision | over folds ± | macro F1, tuned | seconds per fit |")
    print("| --- | --- | --- | --- | --- |")
    for name, rows in results.items():
        if name.startswith("log") and name != best:
            continue
        deviation = stdev(row[0] for row in rows)
        f1, seconds = mean_of(rows, 1), mean_of(rows, 2)
        cells = [f"{mean_of(rows, 0):.4f}", f"{deviation:.4f}"]
        cells += [
            "" if np.isnan(f1) else f"{f1:.4f}",
            "" if np.isnan(seconds) else f"{seconds:.2f}",
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")


def mean_of(rows, column):
    return mean(row[column] for row in rows)


def main():
    options = parse_options()
    print(*describe_machine(), "", sep="\n")
    for images, labels in zip(options.images, options.labels, strict=True):
        loaded = load_labelled_images(images, labels)
        Y = loaded.Y.to_numpy()
        Y = Y[:, Y.sum(axis=0) >= MIN_POSITIVES]
        for title, backbone in BACKBONES.items():
            embedder = ImageEmbedder(backbone, memory=options.memory)
            X = embedder.fit_transform(loaded.paths)
            results = measure(X, Y, embedder.block_widths_, options.seeds)
            if isinstance(backbone, str):
                results |= measure_erased(X, Y, embedder.block_widths_, options.seeds)
            print_rows(f"`{name_data(images)}`, {Y.shape[1]} labels, {title}", results)


if __name__ == "__main__":
    main()
