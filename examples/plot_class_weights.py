"""
=======================================
Comparing class weights for rare labels
=======================================

A label that few images have is rarely predicted. The parameter
``class_weight`` increases the weight of rare labels in the loss. This example
compares class weights with a weight of the positives, and with tuned
thresholds, which do not change the training at all.
"""

# %%
# A dataset with rare labels
# --------------------------
# The images are photographs with one or two handwritten digits. We drop images
# at random, more of them for higher digits, so that the digit 9 is about ten
# times rarer than 0.

import numpy as np

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(1000, image_size=96, max_digits=2, random_state=0)
fraction = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
kept = np.random.default_rng(0).random(len(X)) < fraction
X, Y = X[kept], Y[kept].reset_index(drop=True)
print(f"{len(X)} images")
print(Y.sum().to_string())

# %%
# Class weights
# -------------
# The loss of each label is multiplied by the weight of the label. The mean of
# the weights is 1.

import pandas as pd

from skmlic.class_weight import compute_label_weight

weights = {
    name: compute_label_weight(Y, name) for name in ("inv_sqrt", "balanced")
}
print(pd.DataFrame(weights, index=Y.columns).round(2).to_string())

# %%
# Five candidates
# ---------------
# We compare the default classifier, two kinds of class weights, a weight of
# the positives of all labels (the parameter ``pos_weight`` of the loss), and
# the default classifier with thresholds that are tuned for macro F1.

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV


def make_classifier(**parameters):
    """Return a classifier with the given parameters."""
    return TransferMultiLabelClassifier(random_state=0, **parameters)


candidates = {
    "default": make_classifier(),
    'class_weight="inv_sqrt"': make_classifier(class_weight="inv_sqrt"),
    'class_weight="balanced"': make_classifier(class_weight="balanced"),
    "pos_weight=5": make_classifier(loss_params={"pos_weight": 5.0}),
    "tuned thresholds": TunedThresholdMultiLabelClassifierCV(
        make_classifier(), objective="f1_macro", cv=3
    ),
}

# %%
# All candidates are evaluated on the same five folds. Mean average precision
# measures how the images are ranked, F1 and recall measure the predictions,
# and the log loss measures the probabilities.

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
# Each circle is a fold, and the bar marks the mean.

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
# Class weights do not help here: the scores with "inv_sqrt" differ from those
# of the default by less than the variation between folds, and "balanced" is
# slightly worse. Class weights change the balance between labels, but labels
# hardly compete with each other, because each has its own output. Whether a
# label is predicted depends on the balance between its positives and its
# negatives. ``pos_weight`` changes this balance for all labels, at the cost of
# worse probabilities. Tuned thresholds increase F1 without changing the
# probabilities or average precision.
#
# Note that labels do compete if the backbone is fine-tuned, or if the hidden
# layer of the head is narrow. Class weights can be more useful then.
#
# The example :doc:`plot_losses` compares losses that were designed for rare
# labels, and :doc:`plot_thresholds` shows what thresholds can be tuned for.
