"""Measure what richer features cost and what they are worth; print a markdown table.

``python benchmarks/ladder.py --images DIR --labels CSV``, both as often as there are data sets.
``--rates`` prints the speed only, for which nothing else may be running, ``--quality`` the average
precision only. See README.md.
"""

import argparse
from statistics import mean, median

import numpy as np
from loops import make_network
from machine import describe_machine
from measuring import divide, format_rate, make_embedding, say, take_turns
from quality import (
    CS,
    LEAST_POSITIVES,
    N_FOLDS,
    Data,
    cut,
    describe_data,
    evaluate,
    format_scores,
    name_data,
    predict_by_head,
    regress,
    score,
    split,
)
from rows_embedding import PLAIN, faster_of, make_plain_loops

import skmlic
from skmlic import ImageEmbedder
from skmlic.datasets import load_labelled_images

PAIR = ["efficientnet_lite0", "efficientnet_lite2"]
ALL = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
RUNGS = {
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
    parser.add_argument("--repeats", type=int, default=3, help="of folds or rounds (default: 3)")
    parser.add_argument("--limit", type=int, default=640, help="most pictures for the speed (640)")
    parser.add_argument("--memory", metavar="DIR", help="keeps features for another --quality")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--rates", action="store_true", help="the speed only")
    parts.add_argument("--quality", action="store_true", help="the average precision only")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def measure_rates(paths, repeats):
    """Return the seconds of the plain loops and of each rung, from files and an empty store."""
    embedders = {name: ImageEmbedder(device="cpu", **rung) for name, rung in RUNGS.items()}
    contenders = make_plain_loops(make_network(), paths)
    for name, embedder in embedders.items():
        contenders[name] = make_embedding(embedder.fit(paths), paths)
    return take_turns(contenders, repeats)


def load_data(images, labels, repeats, memory):
    """Return a data set with its folds and each rung's features."""
    loaded = load_labelled_images(images, labels)
    Y = loaded.Y.to_numpy()
    features = {}
    for name, rung in RUNGS.items():
        say(f"{name_data(images)}: features, {name}")
        features[name] = ImageEmbedder(memory=memory, **rung).fit_transform(loaded.paths)
    return Data(
        name_data(images),
        np.array(loaded.paths),
        Y,
        np.flatnonzero(Y.sum(axis=0) >= LEAST_POSITIVES),
        [split(Y, repeat) for repeat in range(repeats)],
        features,
    )


def tune_regression(data, name):
    """Return the scores of the C that is best on the test folds, and that C."""
    scores = {C: [] for C in CS}
    for folds in data.splits:
        of_repeat = {C: [] for C in CS}
        for train, test in folds:
            X_train, X_test = rotate(*cut(data.features[name], train, test, standardise=True))
            predicted = np.zeros((len(test), data.Y.shape[1]))
            for C in CS:
                for j in data.scored:
                    predicted[:, j] = regress(X_train, data.Y[train, j], X_test, C)
                of_repeat[C].append(score(data, test, predicted))
        for C in CS:
            scores[C].append(mean(of_repeat[C]))
    best = max(CS, key=lambda C: mean(scores[C]))
    return scores[best], best


def rotate(X_train, X_test):
    """Return both in the space that training spans: the same regression in fewer dimensions."""
    if X_train.shape[1] <= len(X_train):
        return X_train, X_test
    axes, triangle = np.linalg.qr(X_train.T)
    return triangle.T, X_test @ axes


def measure_quality(data):
    """Return the cells of one data set, a list for each rung."""
    cells = {}
    for name in RUNGS:
        head = evaluate(data, predict_by_head(data, name, standardise=False))
        regression, best = tune_regression(data, name)
        cells[name] = [format_scores(head), f"{format_scores(regression)} (C = {best})"]
        say(f"  {data.name}: {name}: head {cells[name][0]}, regression {cells[name][1]}")
    return cells


def format_rates(seconds, n_pictures):
    """Return the cells of the speed: pictures a second, times as fast as the plain loop."""
    plain = faster_of(seconds, PLAIN)
    return {
        name: [
            format_rate(n_pictures, seconds[name]),
            f"{median(divide(plain, seconds[name])):.1f} ×",
        ]
        for name in RUNGS
    } | {"plain loop": [format_rate(n_pictures, plain), "1 ×"]}


def print_table(columns, cells):
    """Print a markdown table with a row for each rung."""
    print("| features of one picture | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for name, row in cells.items():
        print(f"| {name} | " + " | ".join(row) + " |")


def main():
    options = parse_options()
    machine = describe_machine()
    skmlic.set_config(feature_cache_bytes=STORE_BYTES)
    columns, notes = [], []
    cells = {name: [] for name in RUNGS}
    if not options.quality:
        paths = load_labelled_images(options.images[0], options.labels[0]).paths[: options.limit]
        rates = format_rates(measure_rates(paths, options.repeats), len(paths))
        columns += ["pictures/s from files", "plain loop"]
        cells = {name: list(row) for name, row in rates.items()}
        notes.append(f"- Speed: {len(paths)} pictures of {name_data(options.images[0])}")
    if not options.rates:
        for images, labels in zip(options.images, options.labels, strict=True):
            data = load_data(images, labels, options.repeats, options.memory)
            columns += [f"{data.name}, head", f"{data.name}, regression"]
            for name, row in measure_quality(data).items():
                cells[name] += row
            notes.append(describe_data(data))
        if "plain loop" in cells:
            cells["plain loop"] += [""] * (len(columns) - 2)
    print("# Ladder\n")
    print(
        f"Macro average precision of the default head, and of a logistic regression whose C is "
        f"tuned on the test folds, {N_FOLDS} folds × {options.repeats} shuffles.\n"
    )
    print(*notes, *machine, "", sep="\n")
    print_table(columns, cells)


if __name__ == "__main__":
    main()
