"""Measure the effect of tuned thresholds; print markdown tables.

``python benchmarks/thresholds.py --images DIR --labels CSV``, both as often as there are data sets:
nested cross-validation of each strategy for each objective. Without data sets, only simulated
scores are used. See README.md.
"""

import argparse
from collections import defaultdict
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, N_FOLDS, embed, name_data
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import f1_score
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV

AVERAGES = ("macro", "micro", "samples")
STRATEGIES = ("per_label", "mean_of_folds", "shared", "shrunken", "fbr", "top_k")
N_INNER = 5
SIMULATED_ROWS = (200, 500, 2000, 10_000)
N_SIMULATED_TEST = 50_000
CLASSIFIERS = {
    "logistic regression": make_pipeline(
        StandardScaler(), MultiOutputClassifier(LogisticRegression(C=0.003, max_iter=1000))
    ),
    "trained head": TransferMultiLabelClassifier("precomputed", head="net", random_state=0),
}


class GivenScores(ClassifierMixin, BaseEstimator):
    """A classifier whose X is its probabilities: all strategies tune on the same scores."""

    def fit(self, X, y):
        self.classes_ = np.tile([0, 1], (y.shape[1], 1))
        return self

    def predict_proba(self, X):
        return X


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", default=[])
    parser.add_argument("--labels", metavar="CSV", action="append", default=[])
    parser.add_argument(
        "--repeats", type=int, default=5, help="shuffles of the outer folds (default: 5)"
    )
    parser.add_argument(
        "--min-positives",
        type=int,
        default=MIN_POSITIVES,
        help=f"least number of positives of a label (default: {MIN_POSITIVES})",
    )
    parser.add_argument("--no-simulation", action="store_true", help="use the data sets only")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def predict_proba(classifier, X):
    """Return the probabilities of the labels as one matrix."""
    probabilities = classifier.predict_proba(X)
    return (
        np.column_stack([p[:, 1] for p in probabilities])
        if isinstance(probabilities, list)
        else probabilities
    )


def score_nested(classifier, X, Y, train, test):
    """Return the out-of-fold scores of the training part, their folds, and the test's scores."""
    inner = list(MultiLabelStratifiedKFold(N_INNER).split(X[train], Y[train]))
    held_out = np.empty((len(train), Y.shape[1]))
    for fit, score in inner:
        fitted = clone(classifier).fit(X[train][fit], Y[train][fit])
        held_out[score] = predict_proba(fitted, X[train][score])
    fitted = clone(classifier).fit(X[train], Y[train])
    return held_out, inner, predict_proba(fitted, X[test])


def compare(results, held_out, inner, truth, test_scores, test_truth):
    """Add each method's score on the test part to results[average][method]."""
    for average in AVERAGES:
        options = {"average": average}
        fixed = f1_score(test_truth, test_scores >= 0.5, **options)
        results[average]["0.5"].append(fixed)
        for strategy in STRATEGIES:
            if strategy == "fbr" and average != "macro":
                continue
            for at_least_one in (False, True) if average == "samples" else (False,):
                tuner = TunedThresholdMultiLabelClassifierCV(
                    GivenScores(),
                    objective=f"f1_{average}",
                    strategy=strategy,
                    at_least_one=at_least_one,
                    cv=inner,
                ).fit(held_out, truth)
                name = strategy + (", at least one" if at_least_one else "")
                reached = f1_score(test_truth, tuner.predict(test_scores), **options)
                results[average][name].append(reached)


def measure(X, Y, classifier, repeats):
    """Return a dict average -> method -> list of scores, one per outer fold."""
    results = {average: defaultdict(list) for average in AVERAGES}
    for repeat in range(repeats):
        log(f"repeat {repeat + 1} of {repeats}")
        outer = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=repeat)
        for train, test in outer.split(X, Y):
            held_out, inner, scores = score_nested(classifier, X, Y, train, test)
            compare(results, held_out, inner, Y[train], scores, Y[test])
    return results


def simulate(n_rows, repeats):
    """Tune on calibrated probabilities of 20 labels, of which 0.3 to 50 % are positive."""
    results = {average: defaultdict(list) for average in AVERAGES}
    offsets = np.linspace(-7.5, 0, 20)
    for repeat in range(3 * repeats):
        rng = np.random.default_rng(repeat)
        n = n_rows + N_SIMULATED_TEST
        scores = expit(offsets + 2 * rng.normal(size=(n, 20)) + rng.normal(size=(n, 1)))
        truth = (rng.random(scores.shape) < scores).astype(int)
        seen = truth[:n_rows].sum(axis=0) >= N_INNER
        scores, truth = scores[:, seen], truth[:, seen]
        inner = list(MultiLabelStratifiedKFold(N_INNER).split(truth[:n_rows], truth[:n_rows]))
        compare(results, scores[:n_rows], inner, truth[:n_rows], scores[n_rows:], truth[n_rows:])
    return results


def format_table(title, results):
    """Return a table: mean and standard deviation over folds, and the gain over 0.5."""
    lines = [f"### {title}", "", "| objective | thresholds | F1 | over folds ± | against 0.5 |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for average, by_method in results.items():
        fixed = by_method["0.5"]
        best = max(mean(scores) for scores in by_method.values())
        for method, scores in by_method.items():
            gains = [score - before for score, before in zip(scores, fixed, strict=True)]
            wins = sum(gain > 0 for gain in gains)
            shown = f"{mean(scores):.4f}"
            shown = f"**{shown}**" if mean(scores) >= best - 0.0005 else shown
            gain = "" if method == "0.5" else f"{mean(gains):+.4f}, wins {wins}/{len(gains)}"
            lines.append(f"| {average} | {method} | {shown} | {stdev(scores):.4f} | {gain} |")
    return "\n".join([*lines, ""])


def main():
    options = parse_options()
    tables = []
    for images, labels in zip(options.images, options.labels, strict=True):
        loaded = load_labelled_images(images, labels)
        X, Y = embed(loaded.paths, "stages"), loaded.Y.to_numpy()
        Y = Y[:, Y.sum(axis=0) >= options.min_positives]
        for name, classifier in CLASSIFIERS.items():
            log(f"{name_data(images)}, {name}")
            title = f"`{name_data(images)}`, {len(X)} images, {Y.shape[1]} labels, {name}"
            tables.append(format_table(title, measure(X, Y, classifier, options.repeats)))
    for n_rows in () if options.no_simulation else SIMULATED_ROWS:
        log(f"simulated, {n_rows} rows")
        title = f"simulated, {n_rows} rows to tune on"
        tables.append(format_table(title, simulate(n_rows, options.repeats)))
    print("# Thresholds\n")
    print(*describe_machine(), "", *tables, sep="\n")


if __name__ == "__main__":
    main()
