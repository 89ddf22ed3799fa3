"""
=======================
Do class weights help?
=======================

A label with few pictures is rarely predicted. The usual first thought is to weigh it up in the
loss. ``class_weight`` does that; so do other means, and tuned thresholds don't touch the training
at all. Which of them finds more of the rare labels?
"""

# %%
# Rare labels
# -----------
# Photographs with one or two handwritten digits. Pictures with a high digit are thinned out, so
# that 9 is about ten times rarer than 0.

import numpy as np

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(1000, image_size=96, max_digits=2, random_state=0)
share = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
kept = np.random.default_rng(0).random(len(X)) < share
X, Y = X[kept], Y[kept].reset_index(drop=True)
print(f"{len(X)} pictures")
print(Y.sum().to_string())

# %%
# The weights
# -----------
# Each label's term of the loss is multiplied by its weight, and weights have a mean of 1.

import pandas as pd

from skmlic.class_weight import compute_label_weight

weights = {name: compute_label_weight(Y, name) for name in ("inv_sqrt", "balanced")}
print(pd.DataFrame(weights, index=Y.columns).round(2).to_string())

# %%
# Five candidates
# ---------------
# The default, two kinds of class weights, a weight of positives against negatives (``pos_weight``,
# of the loss), and thresholds tuned for macro F1 behind the default training.

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

default = TransferMultiLabelClassifier(random_state=0)
candidates = {
    "default": default,
    'class_weight="inv_sqrt"': TransferMultiLabelClassifier(
        class_weight="inv_sqrt", random_state=0
    ),
    'class_weight="balanced"': TransferMultiLabelClassifier(
        class_weight="balanced", random_state=0
    ),
    "pos_weight=5": TransferMultiLabelClassifier(loss_params={"pos_weight": 5.0}, random_state=0),
    "tuned thresholds": TunedThresholdMultiLabelClassifierCV(default, objective="f1_macro", cv=3),
}

# %%
# The same five folds for all. Mean average precision asks how well pictures are ranked, F1 and
# recall what is decided, the log loss whether probabilities can be taken at their word.

from sklearn.model_selection import cross_validate

from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

scoring = multilabel_scorers("map", "f1_macro", "recall_macro", "neg_log_loss")
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
folds = {
    name: pd.DataFrame(cross_validate(candidate, X, Y, scoring=scoring, cv=cv)).filter(like="test")
    for name, candidate in candidates.items()
}
results = pd.concat(folds, names=["candidate", "fold"])
results.columns = results.columns.str.removeprefix("test_")
mean, std = (results.groupby("candidate", sort=False).agg(how) for how in ("mean", "std"))
print((mean.map("{:.3f}".format) + " ± " + std.map("{:.3f}".format)).to_string())

# %%
# Each point is a fold, the vertical bar their mean.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 3, figsize=(9.5, 3), sharey=True, layout="constrained")
titles = {"map": "mean average precision", "f1_macro": "macro F1", "neg_log_loss": "minus log loss"}
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
# Class weights bring nothing here, neither to the ranking nor to the decisions; "balanced" is
# rather a little worse. They weigh labels against each other, and labels hardly compete: each has
# an output of its own. Whether a label is predicted depends on its own positives and negatives.
# That balance is what ``pos_weight`` shifts, for all labels alike, and what a threshold answers
# without touching the probabilities: F1 goes up, and average precision stays what it was.
# ``pos_weight`` pays with its probabilities.
#
# A caveat: where a backbone is fine-tuned, or many labels share a narrow head, they do compete, and
# class weights may do more. Try them on your own folds.
#
# Next: losses made for rare labels, in :doc:`plot_losses`; what thresholds can be tuned for, in
# :doc:`plot_thresholds`.
