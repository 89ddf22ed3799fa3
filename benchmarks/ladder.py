"""Measure the speed and the quality of richer features; print a markdown table.

``python benchmarks/ladder.py --images DIR --labels CSV``, both as often as there are data sets.
``--rates`` prints the speed only, for which nothing else may be running, ``--quality`` the average
precision only. See README.md.
"""

import argparse
from statistics import mean, median

import numpy as np
from loops import make_network
from machine import describe_machine
from measuring import divide, format_rate, log, make_embedding, time_alternately
from quality import (
    CS,
    MIN_POSITIVES,
    N_FOLDS,
    Data,
    describe_data,
    evaluate,
    format_scores,
    name_data,
    predict_by_head,
    regress,
    score,
    split,
    split_features,
)
from rows_embedding import PLAIN, make_plain_loops, take_fastest

import skmlic
from skmlic import ImageEmbedder
from skmlic.datasets import load_labelled_images

PAIR = ["efficientnet_lite0", "efficientnet_lite2"]
ALL = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
EMBEDDERS = {
    '`pooling="avg"`': {"pooling": "avg"},
    "**default**": {},
    "mirror": {"mirror": True},
    "320 px": {"image_size": 320},
    "224 and 320 px": {"image_size": [224, 320]},
    "224 and 320 px, mirror": {"image_size": [224, 320], "mirror": True},
    "Lite1": {"backbone": "efficientnet_lite1"},
    "Lite2": {"backbone": "efficientnet_lite2"},
    "Lite2, mirror": {"backbone": "efficientnet_lite2", "mirror": True},
    "Lite0 + Lite2": {"backbone": PAIR},
    "Lite0 + Lite2, mirror": {"backbone": PAIR, "mirror": True},
    "Lite0 + Lite1 + Lite2": {"backbone": ALL},
    "Lite0 + Lite1 + Lite2, mirror": {"backbone": ALL, "mirror": True},
}
STORE_BYTES = 2**32


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--repeats", type=int, default=3, help="shuffles or rounds (default: 3)")
    parser.add_argument(
        "--limit", type=int, default=640, help="largest number of images for the speed (640)"
    )
    parser.add_argument("--memory", metavar="DIR", help="keep features for another run")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--rates", action="store_true", help="measure the speed only")
    parts.add_argument("--quality", action="store_true", help="measure the average precision only")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def measure_rates(paths, repeats):
    """Return the seconds of the plain loops and of each embedder, from files and an empty store."""
    embedders = {
        name: ImageEmbedder(device="cpu", **parameters) for name, parameters in EMBEDDERS.items()
    }
    contenders = make_plain_loops(make_network(), paths)
    for name, embedder in embedders.items():
        contenders[name] = make_embedding(embedder.fit(paths), paths)
    return time_alternately(contenders, repeats)


def load_data(images, labels, repeats, memory):
    """Return a data set with its folds and each embedder's features."""
    loaded = load_labelled_images(images, labels)
    Y = loaded.Y.to_numpy()
    features = {}
    for name, parameters in EMBEDDERS.items():
        log(f"{name_data(images)}: features, {name}")
        features[name] = ImageEmbedder(memory=memory, **parameters).fit_transform(loaded.paths)
    return Data(
        name_data(images),
        np.array(loaded.paths),
        Y,
        np.flatnonzero(Y.sum(axis=0) >= MIN_POSITIVES),
        [split(Y, repeat) for repeat in range(repeats)],
        features,
    )


def tune_regression(data, name):
    """Return the scores of the C that is best on the test folds, and that C."""
    scores = {C: [] for C in CS}
    for folds in data.splits:
        by_C = {C: [] for C in CS}
        for train, test in folds:
            X_train, X_test = rotate(
                *split_features(data.features[name], train, test, standardise=True)
            )
            predicted = np.zeros((len(test), data.Y.shape[1]))
            for C in CS:
                for j in data.scored:
                    predicted[:, j] = regress(X_train, data.Y[train, j], X_test, C)
                by_C[C].append(score(data, test, predicted))
        for C in CS:
            scores[C].append(mean(by_C[C]))
    best = max(CS, key=lambda C: mean(scores[C]))
    return scores[best], best


def rotate(X_train, X_test):
    """Project both onto the span of the training rows: the regression is the same there."""
    if X_train.shape[1] <= len(X_train):
        return X_train, X_test
    axes, triangle = np.linalg.qr(X_train.T)
    return triangle.T, X_test @ axes


def measure_quality(data):
    """Return the cells of one data set, a list per embedder."""
    cells = {}
    for name in EMBEDDERS:
        head = evaluate(data, predict_by_head(data, name, standardise=False))
        regression, best = tune_regression(data, name)
        cells[name] = [format_scores(head), f"{format_scores(regression)} (C = {best})"]
        log(f"  {data.name}: {name}: head {cells[name][0]}, regression {cells[name][1]}")
    return cells


def format_rates(seconds, n_images):
    """Return the cells of the speed: images per second, and the ratio to the plain loop's."""
    plain = take_fastest(seconds, PLAIN)
    return {
        name: [
            format_rate(n_images, seconds[name]),
            f"{median(divide(plain, seconds[name])):.1f} ×",
        ]
        for name in EMBEDDERS
    } | {"plain loop": [format_rate(n_images, plain), "1 ×"]}


def print_table(columns, cells):
    """Print a markdown table with a row per embedder."""
    print("| features of an image | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for name, row in cells.items():
        print(f"| {name} | " + " | ".join(row) + " |")


def main():
    options = parse_options()
    machine = describe_machine()
    skmlic.set_config(feature_cache_bytes=STORE_BYTES)
    columns, notes = [], []
    cells = {name: [] for name in EMBEDDERS}
    if not options.quality:
        paths = load_labelled_images(options.images[0], options.labels[0]).paths[: options.limit]
        rates = format_rates(measure_rates(paths, options.repeats), len(paths))
        columns += ["images/s from files", "plain loop"]
        cells = {name: list(row) for name, row in rates.items()}
        notes.append(f"- Speed: {len(paths)} images of {name_data(options.images[0])}")
    if not options.rates:
        for images, labels in zip(options.images, options.labels, strict=True):
            data = load_data(images, labels, options.repeats, options.memory)
            columns += [f"{data.name}, head", f"{data.name}, regression"]
            for name, row in measure_quality(data).items():
                cells[name] += row
            notes.append(describe_data(data))
        if "plain loop" in cells:
            cells["plain loop"] += [""] * (len(columns) - 2)
    print("# Richer features\n")
    print(
        f"Macro average precision of the default head, and of a logistic regression whose C is "
        f"tuned on the test folds, {N_FOLDS} folds × {options.repeats} shuffles.\n"
    )
    print(*notes, *machine, "", sep="\n")
    print_table(columns, cells)


if __name__ == "__main__":
    main()
