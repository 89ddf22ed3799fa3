"""Measure fine-tuning against a frozen backbone; print a markdown table.

``python benchmarks/fine_tuning.py --images DIR --labels CSV``: mean average precision over folds,
and the minutes per fit. It takes long on a CPU. See README.md.
"""

import argparse
import time
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import log
from quality import MIN_POSITIVES, N_FOLDS, name_data

import skmlic
from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

N_HEAD_EPOCHS = 20
# Each step has the 64 images of a default batch, but needs the memory of 16 only.
TUNED = {
    "freeze": False,
    "batch_size": 16,
    "training": TrainingOptions(unfreeze_after=N_HEAD_EPOCHS, accumulation_steps=4),
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--epochs", type=int, default=2, help="epochs of fine-tuning (default: 2)")
    parser.add_argument("--augment", help="name of an augmentation (default: none)")
    return parser.parse_args()


def measure(cases, paths, Y):
    """Return the scores and the seconds of each case, one per fold."""
    scored = Y.sum(axis=0) >= MIN_POSITIVES
    scores, seconds = ({name: [] for name in cases} for _ in range(2))
    folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(Y, Y)
    for number, (train, test) in enumerate(folds):
        for name, parameters in cases.items():
            skmlic.clear_cache()
            start = time.perf_counter()
            clf = TransferMultiLabelClassifier(random_state=0, **parameters)
            clf.fit(paths[train], Y[train])
            seconds[name].append(time.perf_counter() - start)
            probability = clf.predict_proba(paths[test])
            score = average_precision_score(Y[test][:, scored], probability[:, scored])
            scores[name].append(score)
            log(f"fold {number + 1}: {name}: {score:.4f}, {seconds[name][-1]:.0f} s")
    return scores, seconds


def main():
    options = parse_options()
    loaded = load_labelled_images(options.images, options.labels)
    paths, Y = np.array(loaded.paths), loaded.Y.to_numpy()
    tuned = {**TUNED, "max_epochs": N_HEAD_EPOCHS + options.epochs, "augment": options.augment}
    cases = {"frozen": {}, f"fine-tuned, {options.epochs} epochs": tuned}
    scores, seconds = measure(cases, paths, Y)
    print(f"# Fine-tuning: `{name_data(options.images)}`, {len(paths)} images\n")
    print(*describe_machine(), "", sep="\n")
    print("| backbone | mean average precision | over folds ± | minutes per fit |")
    print("| --- | --- | --- | --- |")
    for name, values in scores.items():
        minutes = mean(seconds[name]) / 60
        print(f"| {name} | {mean(values):.4f} | {stdev(values):.4f} | {minutes:.1f} |")


if __name__ == "__main__":
    main()
