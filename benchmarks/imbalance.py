"""Measure the effect of methods against label imbalance; print two markdown tables.

``python benchmarks/imbalance.py --images DIR --labels CSV``: weights, losses and samplers
against the default. For the second table ``--drop NAME ...`` leaves labels out, so that some images
have no label. See README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, embed, name_data, split
from sklearn.metrics import f1_score

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
from skmlic.sampling import undersample_unlabelled

BALANCED = TrainingOptions(sampler="balanced")
RARE = {
    "default": {},
    "default, thresholds tuned": {"is_tuned": True},
    'class_weight="inv_sqrt"': {"class_weight": "inv_sqrt"},
    'class_weight="effective"': {"class_weight": "effective"},
    'loss="db"': {"loss": "db"},
    'loss="asl"': {"loss": "asl"},
    'sampler="balanced"': {"training": BALANCED},
    'sampler="balanced", class_weight="inv_sqrt"': {
        "training": BALANCED,
        "class_weight": "inv_sqrt",
    },
}
# `undersampled` is the number of images without a label per image with one.
UNLABELLED = {
    "default": {},
    "hard_negatives=1": {"training": TrainingOptions(hard_negatives=1.0)},
    "hard_negatives=0.5": {"training": TrainingOptions(hard_negatives=0.5)},
    "hard_negatives=0.25": {"training": TrainingOptions(hard_negatives=0.25)},
    "as many at random: 0.5": {"undersampled": 0.5},
    "as many at random: 0.25": {"undersampled": 0.25},
    'sampler="balanced"': {"training": BALANCED},
    'sampler="balanced", hard_negatives=0.5': {
        "training": TrainingOptions(sampler="balanced", hard_negatives=0.5)
    },
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--drop", metavar="NAME", nargs="*", default=(), help="labels to leave out")
    parser.add_argument("--repeats", type=int, default=5, help="number of seeds (default: 5)")
    return parser.parse_args()


def measure(X, Y, cases, repeats):
    """Return a dict of each case's scores, one pair per seed."""
    scored = Y.sum(axis=0) >= MIN_POSITIVES
    scores = {}
    for seed in range(repeats):
        for name, parameters in cases.items():
            log(f"seed {seed + 1} of {repeats}: {name}")
            fold_scores = [
                score(X[train], Y[train], X[test], Y[test], scored, seed, **parameters)
                for train, test in split(Y, seed)
            ]
            scores.setdefault(name, []).append(np.mean(fold_scores, axis=0))
    return scores


def score(X, Y, X_test, Y_test, scored, seed, undersampled=None, is_tuned=False, **parameters):
    """Return average precision and F1, averaged over the labels with enough positives."""
    if undersampled is not None:
        n_max = round(undersampled * Y.any(axis=1).sum())
        X, Y = undersample_unlabelled(X, Y, n_max=n_max, random_state=seed)
    classifier = TransferMultiLabelClassifier(
        "precomputed", head="net", random_state=seed, **parameters
    )
    if is_tuned:
        classifier = TunedThresholdMultiLabelClassifierCV(classifier, cv=3)
    classifier.fit(X, Y)
    return (
        average_precision_score(Y_test[:, scored], classifier.predict_proba(X_test)[:, scored]),
        f1_score(
            Y_test[:, scored],
            classifier.predict(X_test)[:, scored],
            average="macro",
            zero_division=0.0,
        ),
    )


def print_table(title, scores):
    print(f"\n{title}\n")
    print("| training | mean average precision | over seeds ± | macro F1 | over seeds ± |")
    print("| --- | --- | --- | --- | --- |")
    for name, pairs in scores.items():
        columns = [
            f"{statistic(values):.4f}"
            for values in zip(*pairs, strict=True)
            for statistic in (mean, stdev)
        ]
        print(f"| {name} | {' | '.join(columns)} |")


def main():
    options = parse_options()
    loaded = load_labelled_images(options.images, options.labels)
    X, Y = embed(loaded.paths, "stages"), loaded.Y
    print(f"# Imbalance: `{name_data(options.images)}`, {len(X)} images\n")
    print(*describe_machine(), sep="\n")
    print_table("All labels:", measure(X, Y.to_numpy(), RARE, options.repeats))
    if options.drop:
        rest = Y.drop(columns=list(options.drop)).to_numpy()
        n_without = int((~rest.any(axis=1)).sum())
        title = f"Without {', '.join(options.drop)}: {n_without} images have no label."
        print_table(title, measure(X, rest, UNLABELLED, options.repeats))


if __name__ == "__main__":
    main()
