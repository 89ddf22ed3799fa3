"""Measure what changed pictures are worth with a frozen backbone; print a markdown table.

``python benchmarks/views.py --images DIR --labels CSV``: mean average precision over folds, by how
often the head sees each training picture, and with predictions averaged over the mirror image. See
README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from machine import describe_machine
from measuring import say
from quality import LEAST_POSITIVES, N_FOLDS, name_data

import skmlic
from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import load_labelled_images
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

AUGMENTATIONS = ("flip", "light")
N_VIEWS = (2, 4, 8)
EPOCHS = 20
STORE_BYTES = 2**31


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--labels", metavar="CSV", required=True)
    parser.add_argument("--memory", metavar="DIR", help="keeps features for another run")
    parser.add_argument("--seeds", type=int, default=3, help="of the heads (default: 3)")
    return parser.parse_args()


def list_cases():
    """Yield names and parameters: as many epochs, and as many steps as without views."""
    yield "none", {}
    yield "none, features of `mirror=True`", {"mirror": True}
    for augment in AUGMENTATIONS:
        for n_views in N_VIEWS:
            for epochs in (EPOCHS, max(1, round(EPOCHS / n_views))):
                yield (
                    f'`n_views={n_views}`, "{augment}", {epochs} epochs',
                    {"augment": augment, "n_views": n_views, "max_epochs": epochs},
                )


def measure(paths, Y, memory, seeds):
    """Return two dicts of scores, one a fold: of each case, without and with mirror images."""
    scored = Y.sum(axis=0) >= LEAST_POSITIVES
    scores = {tta: {} for tta in (None, "flip")}
    folds = list(MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(Y, Y))
    for name, parameters in list_cases():
        for train, test in folds:
            of_fold = {tta: [] for tta in scores}
            for seed in range(seeds):
                clf = TransferMultiLabelClassifier(random_state=seed, memory=memory, **parameters)
                clf.fit(paths[train], Y[train])
                for tta, found in of_fold.items():
                    probability = clf.set_params(tta=tta).predict_proba(paths[test])
                    found.append(
                        average_precision_score(Y[test][:, scored], probability[:, scored])
                    )
            for tta, found in of_fold.items():
                scores[tta].setdefault(name, []).append(mean(found))
        say("  ".join([name, *(f"tta={tta}: {mean(s[name]):.4f}" for tta, s in scores.items())]))
    return scores


def main():
    options = parse_options()
    skmlic.set_config(feature_cache_bytes=STORE_BYTES)
    loaded = load_labelled_images(options.images, options.labels)
    paths, Y = np.array(loaded.paths), loaded.Y.to_numpy()
    scores = measure(paths, Y, options.memory, options.seeds)
    print(f"# Views: `{name_data(options.images)}`, {len(paths)} pictures\n")
    print(*describe_machine(), "", sep="\n")
    print('| views in training | mean average precision | over folds ± | with `tta="flip"` |')
    print("| --- | --- | --- | --- |")
    for name, plain in scores[None].items():
        flipped = scores["flip"][name]
        print(f"| {name} | {mean(plain):.4f} | {stdev(plain):.4f} | {mean(flipped):.4f} |")


if __name__ == "__main__":
    main()
