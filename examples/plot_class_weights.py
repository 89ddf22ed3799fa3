"""
==============================================
Class weights and other means for rare labels
==============================================

A label with few images is rarely predicted. ``class_weight`` increases its
weight in the loss. There are other means, such as tuned thresholds, which do
not change the training at all. This example compares how well they find rare
labels.
"""

# %%
# Rare labels
# -----------
# We use photographs with one or two handwritten digits, and drop most images
# with high digits, so that 9 is about ten times rarer than 0.

import numpy as np

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(1000, image_size=96, max_digits=2, random_state=0)
fraction = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
kept = np.random.default_rng(0).random(len(X)) < fraction
X, Y = X[kept], Y[kept].reset_index(drop=True)
print(f"{len(X)} images")
print(Y.sum().to_string())

# %%
# The weights
# -----------
# The terms of a label in the loss are multiplied by its weight. The mean of
# all weights is 1.

import pandas as pd

from skmlic.class_weight import compute_label_weight

weights = {
    name: compute_label_weight(Y, name) for name in ("inv_sqrt", "balanced")
}
print(pd.DataFrame(weights, index=Y.columns).round(2).to_string())

# %%
# Five candidates
# ---------------
# We compare the default, two kinds of class weights, a weight of positives
# against negatives (``pos_weight`` of the loss), and the default with
# thresholds tuned for macro F1.

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV


def make(**parameters):
    return TransferMultiLabelClassifier(random_state=0, **parameters)


candidates = {
    "default": make(),
    'class_weight="inv_sqrt"': make(class_weight="inv_sqrt"),
    'class_weight="balanced"': make(class_weight="balanced"),
    "pos_weight=5": make(loss_params={"pos_weight": 5.0}),
    "tuned thresholds": TunedThresholdMultiLabelClassifierCV(
        make(), objective="f1_macro", cv=3
    ),
}

# %%
# All candidates are scored on the same five folds. Mean average precision
# measures the ranking of images, F1 and recall the predicted labels, and the
# log loss the probabilities.

from sklearn.model_selection import cross_validate

from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

scoring = multilabel_scorers("map", "f1_macro", "recall_macro", "neg_log_loss")
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
folds = {}
for name, candidate in candidates.items():
    scores = cross_validate(candidate, X, Y, scoring=scoring, cv=cv)
    folds[name] = pd.DataFrame(scores).filter(like="test")
results = pd.concat(folds, names=["candidate", "fold"])
results.columns = results.columns.str.removeprefix("test_")
by_candidate = results.groupby("candidate", sort=False)
mean, std = by_candidate.mean(), by_candidate.std()
table = mean.map("{:.3f}".format) + " ± " + std.map("{:.3f}".format)
print(table.to_string())

# %%
# Each circle is a fold, and the vertical bar is their mean.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    1, 3, figsize=(9.5, 3), sharey=True, layout="constrained"
)
titles = {
    "map": "mean average precision",
    "f1_macro": "macro F1",
    "neg_log_loss": "negative log loss",
}
for ax, (metric, title) in zip(axes, titles.items(), strict=True):
    for row, name in enumerate(candidates):
        scores = results.loc[name, metric]
        ax.plot(scores, [row] * len(scores), "o", color="#0072B2", mfc="none")
        ax.plot(scores.mean(), row, "|", color="#D55E00", ms=18, mew=2.5)
    ax.set(xlabel=title, yticks=range(len(candidates)), yticklabels=candidates)
    ax.grid(axis="y", color="0.9")
    ax.locator_params(axis="x", nbins=5)
axes[0].set_ylim(len(candidates) - 0.5, -0.5)
plt.show()

# %%
# Class weights do not help here, neither for the ranking nor for the
# predictions, and "balanced" is a little worse. They weigh labels against
# each other, but labels hardly compete, since each has an output of its own.
# Whether a label is predicted depends on its own positives and negatives.
# ``pos_weight`` shifts this balance for all labels, and changes the
# probabilities. A tuned threshold does not: F1 increases, and average
# precision stays the same.
#
# If a backbone is fine-tuned, or many labels share a narrow head, labels do
# compete, and class weights may help more. Compare them on your own folds.
#
# :doc:`plot_losses` compares losses that were designed for rare labels, and
# :doc:`plot_thresholds` shows what thresholds can be tuned for.
