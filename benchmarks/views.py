"""Measure the effect of augmentation with a frozen backbone; print a markdown table.

``python benchmarks/views.py --images DIR --labels CSV``: mean average precision over folds, by the
number of views of each training image that the head is trained on. See README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, N_FOLDS, name_data
from sklearn.pipeline import make_pipeline

import skmlic
from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

AUGMENTATIONS = ("flip", "light")
N_VIEWS = (2, 4, 8)
N_EPOCHS = 20
STORE_BYTES = 2**31


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--memory", metavar="DIR", help="keep features for another run")
    parser.add_argument("--seeds", type=int, default=3, help="heads per fold (default: 3)")
    return parser.parse_args()


def make_classifiers(seed, memory):
    """Yield names and classifiers: with as many epochs, and with as many steps as without views."""
    yield "none", TransferMultiLabelClassifier(head="net", memory=memory, random_state=seed)
    yield (
        "none, features of `mirror=True`",
        make_pipeline(
            ImageEmbedder(mirror=True, memory=memory),
            TransferMultiLabelClassifier("precomputed", head="net", random_state=seed),
        ),
    )
    for augment in AUGMENTATIONS:
        for n_views in N_VIEWS:
            for n_epochs in (N_EPOCHS, max(1, round(N_EPOCHS / n_views))):
                yield (
                    f'`n_views={n_views}`, "{augment}", {n_epochs} epochs',
                    TransferMultiLabelClassifier(
                        augment=augment,
                        max_epochs=n_epochs,
                        training=TrainingOptions(n_views=n_views),
                        memory=memory,
                        random_state=seed,
                    ),
                )


def measure(paths, Y, memory, n_seeds):
    """Return a dict of the scores of each case, one per fold: the mean over seeds."""
    scored = Y.sum(axis=0) >= MIN_POSITIVES
    scores = {}
    folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(Y, Y)
    for number, (train, test) in enumerate(folds):
        by_name = {}
        for seed in range(n_seeds):
            for name, classifier in make_classifiers(seed, memory):
                probability = classifier.fit(paths[train], Y[train]).predict_proba(paths[test])
                score = average_precision_score(Y[test][:, scored], probability[:, scored])
                by_name.setdefault(name, []).append(score)
        for name, seed_scores in by_name.items():
            scores.setdefault(name, []).append(mean(seed_scores))
            log(f"fold {number + 1}: {name}: {scores[name][-1]:.4f}")
    return scores


def main():
    options = parse_options()
    skmlic.set_config(feature_cache_bytes=STORE_BYTES)
    loaded = load_labelled_images(options.images, options.labels)
    paths, Y = np.array(loaded.paths), loaded.Y.to_numpy()
    scores = measure(paths, Y, options.memory, options.seeds)
    print(f"# Views: `{name_data(options.images)}`, {len(paths)} images\n")
    print(*describe_machine(), "", sep="\n")
    print("| views in training | mean average precision | over folds ± |")
    print("| --- | --- | --- |")
    for name, values in scores.items():
        print(f"| {name} | {mean(values):.4f} | {stdev(values):.4f} |")


if __name__ == "__main__":
    main()
