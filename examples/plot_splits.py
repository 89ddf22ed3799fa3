"""
=============================
Folds that share out labels
=============================

With one label, stratified folds have the same share of positives. With several, scikit-learn's
``cv=5`` is a plain ``KFold``: rare labels, and pairs of labels, may be missing from a fold, and
what is missing can't be scored. What do splitters for many labels do about it?
"""

# %%
# Labels as they come in practice: a few frequent ones, many rare ones, and some that go together.
# Pictures were taken in series, whose labels are alike.

import numpy as np
import pandas as pd
from scipy.stats import norm

rng = np.random.default_rng(0)
n_samples, n_labels, n_splits = 600, 12, 5
series = np.arange(n_samples) // 6
frequency = np.geomspace(0.5, 0.02, n_labels)
of_series = rng.normal(size=(series.max() + 1, n_labels))[series]
of_picture = rng.normal(size=(n_samples, n_labels))
Y = ((of_series + of_picture) / 2**0.5 > norm.isf(frequency)).astype(int)
names = [f"label {j}" for j in range(n_labels)]
Y = pd.DataFrame(Y, columns=names)
print(Y.sum().to_string())

# %%
# Four ways to make five folds
# ----------------------------
# :class:`~skmlic.model_selection.MultiLabelStratifiedKFold` shares out labels, with ``order=2``
# also pairs of labels, and :class:`~skmlic.model_selection.MultiLabelStratifiedGroupKFold` keeps
# series together: pictures of one series in training and test make any classifier look good.

from sklearn.model_selection import KFold

from skmlic.model_selection import MultiLabelStratifiedGroupKFold, MultiLabelStratifiedKFold

splitters = {
    "cv=5, KFold": KFold(n_splits),
    "stratified": MultiLabelStratifiedKFold(n_splits, shuffle=True, random_state=0),
    "stratified, pairs": MultiLabelStratifiedKFold(n_splits, shuffle=True, random_state=0, order=2),
    "stratified, in series": MultiLabelStratifiedGroupKFold(n_splits, shuffle=True, random_state=0),
}
folds = {}
for name, splitter in splitters.items():
    groups = series if "series" in name else None
    folds[name] = [test for _, test in splitter.split(Y, Y, groups)]

# %%
# What is missing
# ---------------
# Labels and pairs that occur at least five times, so that each fold could have one.

pairs = np.einsum("ij,ik->jk", Y, Y)
upper = np.triu(pairs >= n_splits, k=1)
summary = {}
for name, tests in folds.items():
    counts = np.array([Y.iloc[test].sum() for test in tests])
    in_fold = np.array([np.einsum("ij,ik->jk", Y.iloc[test], Y.iloc[test]) for test in tests])
    split_series = sum(len(set(series[test])) for test in tests) - len(set(series))
    summary[name] = {
        "labels missing from a fold": int((counts[:, Y.sum() >= n_splits] == 0).sum()),
        "pairs missing from a fold": int((in_fold[:, upper] == 0).sum()),
        "mean deviation of a label": np.abs(counts - Y.sum().to_numpy() / n_splits).mean(),
        "series torn apart": split_series,
    }
print(pd.DataFrame(summary).T.round(2).to_string())

# %%
# The picture of it: each label's share of positives that fell into each fold, of which 20 % would
# be even.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 4, figsize=(12, 4), sharey=True, layout="constrained")
for ax, (name, tests) in zip(axes, folds.items(), strict=True):
    share = np.array([Y.iloc[test].sum() / Y.sum() for test in tests]).T
    image = ax.imshow(100 * share, vmin=0, vmax=40, cmap="PuOr", aspect="auto")
    ax.set(title=name, xlabel="fold", xticks=range(n_splits))
axes[0].set_yticks(range(n_labels), [f"{label} ({Y[label].sum()})" for label in names])
fig.colorbar(image, ax=axes, label="% of the label's positives")
plt.show()

# %%
# Where series are kept together, labels can only be as even as series allow. If pictures of your
# set belong together (the same place, patient, or video), that price is worth paying: a score from
# torn series is not about new pictures.
