"""Compare heads on features; print a markdown table of four scores.

``python benchmarks/heads.py --images DIR --labels CSV``, both as often as there are data sets: the
default head, others, and logistic regression. See README.md.
"""

import argparse
import time
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, N_FOLDS, embed, name_data

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import (
    average_precision_score,
    f1_score,
    one_label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.model_selection import MultiLabelStratifiedKFold

SCORES = ("mAP", "macro F1", "one label", "all labels")
CS = (0.001, 0.003, 0.01)
BEST_C = 0.003


class MeanOfLogits:
    """The mean of the logits of several estimators."""

    def __init__(self, *estimators):
        self.estimators = estimators

    def fit(self, X, Y):
        for estimator in self.estimators:
            estimator.fit(X, Y)
        return self

    def decision_function(self, X):
        return np.mean([each.decision_function(X) for each in self.estimators], axis=0)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--repeats", type=int, default=5, help="shuffles of the folds (default: 5)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="seed of the first shuffle (default: 0)"
    )
    parser.add_argument("--train-size", type=int, help="training images per fold (default: all)")
    parser.add_argument(
        "--pooling", default="stages", help='pooling of the embedder (default: "stages")'
    )
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def make_heads(seed, n_entries):
    """Return a dict method -> unfitted estimator; ``n_entries`` is the size of Y in training."""

    def make(**parameters):
        return TransferMultiLabelClassifier(
            "precomputed", head="net", random_state=seed, **parameters
        )

    def regress(C):
        # The decay that is equivalent to scikit-learn's C; the scores agree to four places.
        decay = 1 / (C * n_entries)
        linear = {"hidden_layer_sizes": (), "optimizer": "lbfgs", "max_epochs": 100}
        return make(**linear, weight_decay=decay)

    unmixed = TrainingOptions(mix=None)
    return {
        "**the default**": make(),
        "`input_dropout=0.0`": make(training=TrainingOptions(input_dropout=0.0)),
        "`input_dropout=0.5`": make(training=TrainingOptions(input_dropout=0.5)),
        '`lr_schedule="cosine"`': make(lr_schedule="cosine"),
        "`mix=None`": make(training=unmixed),
        '`mix=None, lr_schedule="cosine"`': make(training=unmixed, lr_schedule="cosine"),
        "`hidden_layer_sizes=(512,)`": make(hidden_layer_sizes=(512,)),
        '`hidden_layer_sizes=(512,), lr_schedule="cosine"`': make(
            hidden_layer_sizes=(512,), lr_schedule="cosine"
        ),
        f"mean of the default and of logistic regression, C = {BEST_C}": MeanOfLogits(
            make(), regress(BEST_C)
        ),
        **{f"logistic regression, C = {C}": regress(C) for C in CS},
    }


def score(Y, logits, scored):
    """Return the four scores of a fold."""
    predicted = (logits >= 0).astype(int)
    return (
        average_precision_score(Y[:, scored], logits[:, scored]),
        f1_score(Y[:, scored], predicted[:, scored]),
        one_label_accuracy_score(Y, logits),
        subset_accuracy_score(Y, predicted),
    )


def measure(X, Y, options):
    """Return each method's scores, an array (repeats, scores), and its mean seconds per fit."""
    scored = Y.sum(axis=0) >= MIN_POSITIVES
    scores, seconds = {}, {}
    for seed in range(options.first_seed, options.first_seed + options.repeats):
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(Y, Y)
        by_name = {}
        for train, test in folds:
            # The order is random, because folds are sorted and --train-size takes the first images.
            train = np.random.RandomState(seed).permutation(train)[: options.train_size]
            for name, head in make_heads(seed, Y[train].size).items():
                start = time.perf_counter()
                head.fit(X[train], Y[train])
                seconds.setdefault(name, []).append(time.perf_counter() - start)
                logits = head.decision_function(X[test])
                by_name.setdefault(name, []).append(score(Y[test], logits, scored))
        for name, fold_scores in by_name.items():
            scores.setdefault(name, []).append(np.mean(fold_scores, axis=0))
            log(f"  seed {seed}, {name}: {format_scores(scores[name][-1:])}")
    return {name: (np.array(scores[name]), mean(seconds[name])) for name in scores}


def format_scores(scores):
    """Return cells of a table: mean ± standard deviation over the repeats of each score."""
    columns = np.transpose(scores).tolist()
    if len(scores) < 2:
        return " | ".join(f"{mean(column):.4f}" for column in columns)
    return " | ".join(f"{mean(column):.4f} ± {stdev(column):.4f}" for column in columns)


def main():
    options = parse_options()
    print("# Heads\n")
    print(*describe_machine(), "", sep="\n")
    for images, labels in zip(options.images, options.labels, strict=True):
        loaded = load_labelled_images(images, labels)
        log(f"{name_data(images)}: {len(loaded.paths)} images")
        results = measure(embed(loaded.paths, options.pooling), loaded.Y.to_numpy(), options)
        trained = f", {options.train_size} per fold to train on" if options.train_size else ""
        print(f"## `{name_data(images)}`, {len(loaded.paths)} images{trained}\n")
        print("| head | " + " | ".join(SCORES) + " | seconds per fit |")
        print("| --- |" + " --- |" * (len(SCORES) + 1))
        for name, (scores, seconds) in results.items():
            print(f"| {name} | {format_scores(scores)} | {seconds:.1f} |")
        print()


if __name__ == "__main__":
    main()
