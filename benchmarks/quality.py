"""Measure macro average precision on labelled images; print a markdown table.

``python benchmarks/quality.py --images DIR --labels CSV``, both as often as there are data sets:
the classifier with its defaults against tuned logistic regressions. ``--variants`` adds other
heads. See README.md.
"""

import argparse
import itertools
from collections import namedtuple
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.model_selection import MultiLabelStratifiedKFold

N_FOLDS = 3
MIN_POSITIVES = 20
CS = (0.001, 0.003, 0.01)
HIDDEN = ((), (256,), (512,))
EPOCHS = (20, 40)

# `scored` are the columns of Y with enough positives; `splits` has a list of folds per
# repeat, `features` a matrix per pooling.
Data = namedtuple("Data", ["name", "paths", "Y", "scored", "splits", "features"])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--repeats", type=int, default=5, help="shuffles of the folds (default: 5)")
    parser.add_argument("--limit", type=int, help="size of a random subset (default: all)")
    parser.add_argument("--variants", action="store_true", help="measure other heads as well")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def name_data(images):
    """Return a folder's name, or its parent's if it is called images."""
    folder = Path(images).resolve()
    return folder.parent.name if folder.name == "images" else folder.name


def load_data(images, labels, repeats, limit):
    """Return a data set with its folds and features."""
    loaded = load_labelled_images(images, labels)
    chosen = np.random.RandomState(0).permutation(len(loaded.paths))[:limit]
    paths = np.array(loaded.paths)[np.sort(chosen)]
    Y = loaded.Y.to_numpy()[np.sort(chosen)]
    log(f"{name_data(images)}: {len(paths)} images")
    return Data(
        name_data(images),
        paths,
        Y,
        np.flatnonzero(Y.sum(axis=0) >= MIN_POSITIVES),
        [split(Y, repeat) for repeat in range(repeats)],
        {pooling: embed(paths, pooling) for pooling in ("avg", "stages")},
    )


def split(Y, repeat):
    """Return the folds of a repeat as a list of (train, test)."""
    folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=repeat)
    return list(folds.split(Y, Y))


def embed(paths, pooling):
    """Return the features of images from the default backbone."""
    return ImageEmbedder(pooling=pooling).fit_transform(paths)


def evaluate(data, predict):
    """Return a score per repeat: the mean over folds of the macro average precision.

    ``predict(train, test, repeat)`` fits on the rows ``train`` and returns the scores of all
    labels for the rows ``test``.
    """
    return [
        mean(score(data, test, predict(train, test, repeat)) for train, test in folds)
        for repeat, folds in enumerate(data.splits)
    ]


def score(data, test, predicted):
    """Return the average precision of a fold, averaged over the scored labels."""
    Y = data.Y[test]
    return mean(average_precision_score(Y[:, j], predicted[:, j]) for j in data.scored)


def predict_by_default(data):
    """Return a predictor: the classifier with its defaults, from files."""

    def predict(train, test, repeat):
        classifier = TransferMultiLabelClassifier(random_state=repeat)
        return classifier.fit(data.paths[train], data.Y[train]).predict_proba(data.paths[test])

    return predict


def predict_by_head(data, pooling, standardise, **parameters):
    """Return a predictor: the classifier on features, each standardised or not."""

    def predict(train, test, repeat):
        X_train, X_test = split_features(data.features[pooling], train, test, standardise)
        classifier = TransferMultiLabelClassifier(
            "precomputed", head="net", random_state=repeat, **parameters
        )
        return classifier.fit(X_train, data.Y[train]).predict_proba(X_test)

    return predict


def predict_by_regression(data, pooling, C):
    """Return a predictor: standardised features and a logistic regression per scored label."""

    def predict(train, test, repeat):
        X_train, X_test = split_features(data.features[pooling], train, test, standardise=True)
        predicted = np.zeros((len(test), data.Y.shape[1]))
        for j in data.scored:
            predicted[:, j] = regress(X_train, data.Y[train, j], X_test, C)
        return predicted

    return predict


def regress(X_train, y_train, X_test, C):
    """Return the decision function of one label; zeros if the training part has one class only."""
    if y_train.min() == y_train.max():
        return np.zeros(len(X_test))
    regression = LogisticRegression(C=C, max_iter=1000).fit(X_train, y_train)
    return regression.decision_function(X_test)


def split_features(features, train, test, standardise):
    """Return the features of both parts, optionally standardised by the training part."""
    if not standardise:
        return features[train], features[test]
    scaler = StandardScaler().fit(features[train])
    return scaler.transform(features[train]), scaler.transform(features[test])


def tune_regression(data, pooling):
    """Return the scores of the C that is best on the test folds, and that C."""
    scores = {}
    for C in CS:
        scores[C] = evaluate(data, predict_by_regression(data, pooling, C))
        log(f"  logistic regression, {pooling}, C = {C}: {format_scores(scores[C])}")
    best = max(CS, key=lambda C: mean(scores[C]))
    return scores[best], best


def measure(data, variants):
    """Return a dict method -> formatted scores for one data set."""
    cells = {}

    def note(method, scores, remark=""):
        cells[method] = format_scores(scores) + remark
        log(f"  {method}: {cells[method]}")

    note("**`TransferMultiLabelClassifier()`**", evaluate(data, predict_by_default(data)))
    for pooling, name in (("avg", "plain averaged features"), ("stages", '"stages" features')):
        scores, best = tune_regression(data, pooling)
        note(f"Logistic regression, {name}, C tuned on the test folds", scores, f" (C = {best})")
    if variants:
        scores = evaluate(data, predict_by_head(data, "avg", standardise=False))
        note("Default head, plain averaged features", scores)
        for method, parameters in list_variants():
            note(method, evaluate(data, predict_by_head(data, "stages", **parameters)))
    return cells


def list_variants():
    """Yield names and parameters of heads on "stages" features."""
    for standardise, hidden, epochs in itertools.product((False, True), HIDDEN, EPOCHS):
        features = "standardised" if standardise else "not standardised"
        yield (
            f"Head {hidden}, {epochs} epochs, {features}",
            {"standardise": standardise, "hidden_layer_sizes": hidden, "max_epochs": epochs},
        )


def format_scores(scores):
    """Return the mean and standard deviation over the repeats as text."""
    if len(scores) < 2:
        return f"{mean(scores):.4f}"
    return f"{mean(scores):.4f} ± {stdev(scores):.4f}"


def describe_data(data):
    """Return a line of a markdown list."""
    return (
        f"- {data.name}: {len(data.paths)} images, {data.Y.shape[1]} labels, "
        f"{len(data.scored)} of them scored"
    )


def format_report(sets, tables, machine, repeats):
    """Return the whole report as markdown."""
    used = ImageEmbedder().fit(sets[0].paths)
    return "\n".join(
        [
            "# Quality",
            "",
            f"Macro average precision over the labels with {MIN_POSITIVES} or more positives, "
            f"mean of {N_FOLDS} stratified folds; mean ± standard deviation over {repeats} "
            "shuffles of the folds. Written by `python benchmarks/quality.py`. A regression whose "
            "C is tuned on the test folds is favoured.",
            "",
            *map(describe_data, sets),
            f"- Features: {used.backbone}, {used.engine_} {used.precision_}",
            *machine,
            "",
            "| method | " + " | ".join(data.name for data in sets) + " |",
            "| --- |" + " --- |" * len(sets),
            *(
                f"| {method} | " + " | ".join(table[method] for table in tables) + " |"
                for method in tables[0]
            ),
            "",
        ]
    )


def main():
    options = parse_options()
    machine = describe_machine()
    sets, tables = [], []
    for images, labels in zip(options.images, options.labels, strict=True):
        sets.append(load_data(images, labels, options.repeats, options.limit))
        tables.append(measure(sets[-1], options.variants))
    print(format_report(sets, tables, machine, options.repeats))


if __name__ == "__main__":
    main()
