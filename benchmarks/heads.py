"""Compare heads on features; print a markdown table of four scores.

``python benchmarks/heads.py --images DIR --labels CSV``, both as often as there are data sets: the
default head, others, and logistic regression. See README.md.
"""

import argparse
import time
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import say
from quality import LEAST_POSITIVES, N_FOLDS, embed, name_data
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import LRScheduler
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from skmlic import TransferMultiLabelClassifier
from skmlic._net import Head
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
# Of the classifier, which the schedule has to be told.
EPOCHS = 20
INPUT_DROPOUT = 0.7
# Of a label without positives or without negatives in training, a regression knows this logit.
CERTAIN = 10.0


class InputDropoutHead(Head):
    """A head that drops features, too."""

    def __init__(self, *args, input_dropout, **parameters):
        super().__init__(*args, **parameters)
        self.layers.insert(0, nn.Dropout(input_dropout))


class LogisticRegressions:
    """A logistic regression a label, on standardised features."""

    def __init__(self, C):
        self.C = C

    def fit(self, X, Y):
        self.scaler = StandardScaler().fit(X)
        X = self.scaler.transform(X)
        self.regressions = [self._fit_label(X, y) for y in Y.T]
        return self

    def decision_function(self, X):
        X = self.scaler.transform(X)
        return np.column_stack(
            [
                np.full(len(X), regression)
                if isinstance(regression, float)
                else regression.decision_function(X)
                for regression in self.regressions
            ]
        )

    def _fit_label(self, X, y):
        if y.min() == y.max():
            return CERTAIN if y[0] else -CERTAIN
        return LogisticRegression(C=self.C, max_iter=1000).fit(X, y)


class MeanOfLogits:
    """Estimators side by side."""

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
    parser.add_argument("--repeats", type=int, default=5, help="of the folds (default: 5)")
    parser.add_argument("--first-seed", type=int, default=0, help="of the repeats (default: 0)")
    parser.add_argument("--train-size", type=int, help="pictures to train on (default: all)")
    parser.add_argument("--pooling", default="stages", help='of the embedder (default: "stages")')
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def make_head(seed, **parameters):
    return TransferMultiLabelClassifier("precomputed", random_state=seed, **parameters)


def make_heads(seed):
    """Return a dict method -> unfitted estimator."""
    cosine = {"callbacks": [("rate", LRScheduler(CosineAnnealingLR, T_max=EPOCHS))]}
    noisy = {"module": InputDropoutHead, "module__input_dropout": INPUT_DROPOUT}
    wide = {"hidden_layer_sizes": (512,)}

    def standardised(**parameters):
        return make_pipeline(StandardScaler(), make_head(seed, **parameters))

    dropped = f"standardised, {INPUT_DROPOUT:.0%} of the features dropped"
    candidate = standardised(net_params={**noisy, **cosine})
    heads = {
        "**the default**": make_head(seed),
        "the default, cosine": make_head(seed, net_params=cosine),
        "standardised": standardised(),
        dropped: standardised(net_params=noisy),
        f"{dropped}, cosine": candidate,
        f"{dropped}, cosine, 512 units": standardised(**wide, net_params={**noisy, **cosine}),
        f"{dropped}, cosine, and logistic regression": MeanOfLogits(
            clone(candidate), LogisticRegressions(BEST_C)
        ),
    }
    return {**heads, **{f"logistic regression, C = {C}": LogisticRegressions(C) for C in CS}}


def score(Y, logits, scored):
    """Return the four scores of a fold."""
    decided = (logits >= 0).astype(int)
    return (
        average_precision_score(Y[:, scored], logits[:, scored]),
        f1_score(Y[:, scored], decided[:, scored]),
        one_label_accuracy_score(Y, logits),
        subset_accuracy_score(Y, decided),
    )


def measure(X, Y, options):
    """Return for each method its scores, an array (repeats, scores), and the seconds of a fit."""
    scored = Y.sum(axis=0) >= LEAST_POSITIVES
    scores, seconds = {}, {}
    for seed in range(options.first_seed, options.first_seed + options.repeats):
        folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(Y, Y)
        of_seed = {}
        for train, test in folds:
            # Of a few pictures the first of a random order: folds come sorted.
            train = np.random.RandomState(seed).permutation(train)[: options.train_size]
            for name, head in make_heads(seed).items():
                start = time.perf_counter()
                head.fit(X[train], Y[train])
                seconds.setdefault(name, []).append(time.perf_counter() - start)
                logits = head.decision_function(X[test])
                of_seed.setdefault(name, []).append(score(Y[test], logits, scored))
        for name, of_folds in of_seed.items():
            scores.setdefault(name, []).append(np.mean(of_folds, axis=0))
            say(f"  seed {seed}, {name}: {format_scores(scores[name][-1:])}")
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
        say(f"{name_data(images)}: {len(loaded.paths)} pictures")
        results = measure(embed(loaded.paths, options.pooling), loaded.Y.to_numpy(), options)
        trained = f", {options.train_size} of a fold to train on" if options.train_size else ""
        print(f"## `{name_data(images)}`, {len(loaded.paths)} pictures{trained}\n")
        print("| head | " + " | ".join(SCORES) + " | seconds a fit |")
        print("| --- |" + " --- |" * (len(SCORES) + 1))
        for name, (scores, seconds) in results.items():
            print(f"| {name} | {format_scores(scores)} | {seconds:.1f} |")
        print()


if __name__ == "__main__":
    main()
