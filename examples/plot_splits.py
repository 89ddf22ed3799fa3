"""
======================================
Stratified splits for multi-label data
======================================

For a single target, stratified folds have the same fraction of positives. For
multi-label targets, however, ``cv=5`` is a plain
:class:`~sklearn.model_selection.KFold` in scikit-learn. Rare labels and pairs
of labels may then be missing from a fold, where they cannot be scored. This
example compares it with the splitters of skmlic, which stratify by all labels.
"""

# %%
# Labels with realistic frequencies
# ---------------------------------
# We generate labels of which a few are frequent and many are rare. The images
# were taken in series, for example at the same place, and the images of a
# series have similar labels.

import numpy as np
import pandas as pd
from scipy.stats import norm

rng = np.random.default_rng(0)
n_samples, n_labels, n_splits = 600, 12, 5
series = np.arange(n_samples) // 6
frequencies = np.geomspace(0.5, 0.02, n_labels)
series_effects = rng.normal(size=(series.max() + 1, n_labels))
image_effects = rng.normal(size=(n_samples, n_labels))
values = (series_effects[series] + image_effects) / np.sqrt(2)
names = [f"label {j}" for j in range(n_labels)]
Y = pd.DataFrame((values > norm.isf(frequencies)).astype(int), columns=names)
print(Y.sum().to_string())

# %%
# Comparing four splitters
# ------------------------
# :class:`~skmlic.model_selection.MultiLabelStratifiedKFold` stratifies by
# labels, and with ``order=2`` also by pairs of labels.
# :class:`~skmlic.model_selection.MultiLabelStratifiedGroupKFold` also assigns
# all images of a series to the same fold. If training and test data contain
# images of the same series, the scores are too optimistic.

from sklearn.model_selection import KFold

from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
)

options = {"shuffle": True, "random_state": 0}
splitters = {
    "KFold": KFold(n_splits),
    "stratified by labels": MultiLabelStratifiedKFold(n_splits, **options),
    "stratified by pairs": MultiLabelStratifiedKFold(
        n_splits, order=2, **options
    ),
    "stratified, grouped": MultiLabelStratifiedGroupKFold(n_splits, **options),
}
test_folds = {}
for name, splitter in splitters.items():
    groups = series if "grouped" in name else None
    test_folds[name] = [test for _, test in splitter.split(Y, Y, groups)]

# %%
# Missing labels and pairs
# ------------------------
# We count the labels and pairs of labels that are missing from a fold, among
# those that occur at least five times and could be in each fold.

pair_counts = Y.T.to_numpy() @ Y.to_numpy()
is_frequent = Y.sum() >= n_splits
is_frequent_pair = np.triu(pair_counts >= n_splits, k=1)
rows = {}
for name, tests in test_folds.items():
    folds = [Y.iloc[test].to_numpy() for test in tests]
    counts = np.array([fold.sum(axis=0) for fold in folds])
    fold_pair_counts = np.array([fold.T @ fold for fold in folds])
    deviations = np.abs(counts - Y.sum().to_numpy() / n_splits)
    n_parts = sum(len(set(series[test])) for test in tests)
    rows[name] = {
        "labels missing from a fold": (counts[:, is_frequent] == 0).sum(),
        "pairs missing from a fold": (
            fold_pair_counts[:, is_frequent_pair] == 0
        ).sum(),
        "mean deviation of label counts": deviations.mean(),
        "additional parts of series": n_parts - len(set(series)),
    }
print(pd.DataFrame(rows).round(2).to_string())

# %%
# The figure shows which percentage of the positives of each label was assigned
# to each fold. The ideal percentage is 20 %.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    1, 4, figsize=(12, 4), sharey=True, layout="constrained"
)
for ax, (name, tests) in zip(axes, test_folds.items(), strict=True):
    fractions = np.array([Y.iloc[test].sum() / Y.sum() for test in tests]).T
    heatmap = ax.imshow(
        100 * fractions, vmin=0, vmax=40, cmap="PuOr", aspect="auto"
    )
    ax.set(title=name, xlabel="fold", xticks=range(n_splits))
axes[0].set_yticks(
    range(n_labels), [f"{label} ({Y[label].sum()})" for label in names]
)
fig.colorbar(heatmap, ax=axes, label="% of the positives of the label")
plt.show()

# %%
# If series are kept together, the folds are stratified as well as the series
# allow. If the images of your dataset belong together, because they show the
# same place, patient or video, the less balanced folds are worth it: with
# split series, the score does not estimate the performance on new series. See
# :doc:`plot_groups` for an example.
