"""
=============================
Losses made for rare labels
=============================

Of a label that one picture in thirty has, nearly all that binary cross-entropy sees are easy
negatives. Focal, asymmetric and distribution-balanced loss take weight from them; ZLPR compares
labels of a picture with each other. What do they change: the ranking of the pictures, the decisions
at 0.5, or the probabilities?
"""

# %%
# Rare labels
# -----------
# Photographs with one or two handwritten digits. Pictures with a high digit are thinned out, so
# that 9 is about ten times rarer than 0.

import numpy as np

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(1200, image_size=96, max_digits=2, random_state=0)
share = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
kept = np.random.default_rng(0).random(len(X)) < share
X, Y = X[kept], Y[kept].reset_index(drop=True)
print(f"{len(X)} pictures")
print(Y.sum().to_string())

# %%
# The same folds for each loss
# ----------------------------
# A loss has a name, and options in ``loss_params``. Scores are mean average precision (the
# ranking), macro F1 at 0.5 (the decisions) and the error of calibration (the probabilities; smaller
# is better, so that the scorer turns its sign).

import pandas as pd
from sklearn.model_selection import cross_validate

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(4, shuffle=True, random_state=0)
scoring = multilabel_scorers("map", "f1_macro", "neg_expected_calibration_error")
folds = {}
for loss in ("bce", "focal", "asl", "db", "zlpr"):
    classifier = TransferMultiLabelClassifier(loss=loss, random_state=0)
    scores = cross_validate(classifier, X, Y, scoring=scoring, cv=cv)
    folds[loss] = pd.DataFrame({metric: scores[f"test_{metric}"] for metric in scoring})
results = pd.concat(folds, names=["loss", "fold"])
mean, std = (results.groupby("loss", sort=False).agg(how) for how in ("mean", "std"))
print((mean.map("{:.3f}".format) + " ± " + std.map("{:.3f}".format)).to_string())

# %%
# Differences to binary cross-entropy, fold by fold: folds differ more from each other than losses
# do, so that scores of the same fold are compared. Each point is a fold, the bar their mean.

import matplotlib.pyplot as plt

difference = (results - results.loc["bce"]).drop(index="bce")
losses = [loss for loss in folds if loss != "bce"]
TITLES = {
    "map": "mean average precision",
    "f1_macro": "macro F1 at 0.5",
    "neg_expected_calibration_error": "minus calibration error",
}
fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.8), sharey=True, layout="constrained")
for ax, (metric, title) in zip(axes, TITLES.items(), strict=True):
    for row, loss in enumerate(losses):
        values = difference.loc[loss, metric]
        ax.plot(values, [row] * len(values), "o", color="#0072B2", mfc="none")
        ax.plot(values.mean(), row, "|", color="#D55E00", ms=18, mew=2.5)
    ax.axvline(0, color="0.7", lw=1, zorder=0)
    ax.set(xlabel=f"{title}\nagainst bce", yticks=range(len(losses)), yticklabels=losses)
    ax.locator_params(axis="x", nbins=5)
axes[0].set_ylim(len(losses) - 0.5, -0.5)
plt.show()

# %%
# None of them ranks the pictures better by more than folds differ. ZLPR raises macro F1 a little
# and leaves the probabilities nearly as they were. The asymmetric loss and its like raise macro F1
# at 0.5, since they push all probabilities up, and the price is that these can no longer be taken
# at their word. Thresholds tuned behind binary cross-entropy gain nearly as much and leave
# the probabilities alone (:doc:`plot_class_weights`).
#
# A caveat: these losses were made for networks that are trained as a whole, on many pictures. Here
# a head learns from some hundred, on features of a frozen network.
