"""
================================
Comparing losses for rare labels
================================

If one image in thirty has a label, binary cross-entropy is dominated by easy
negatives. The focal, asymmetric and distribution-balanced losses reduce their
weight, and ZLPR compares the scores of the labels of an image with each other.
This example measures how these losses affect the ranking of the images, the
predictions at a threshold of 0.5, and the calibration of the probabilities.
"""

# %%
# A dataset with rare labels
# --------------------------
# The images are photographs with one or two handwritten digits. We remove many
# of the images with a high digit, so that the digit 9 is about ten times rarer
# than the digit 0.

import numpy as np

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(1200, image_size=96, max_digits=2, random_state=0)
keep_probability = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
is_kept = np.random.default_rng(0).random(len(X)) < keep_probability
X, Y = X[is_kept], Y[is_kept].reset_index(drop=True)
print(f"{len(X)} images")
print(Y.sum().to_string())

# %%
# Cross-validating the losses
# ---------------------------
# The parameter ``loss`` selects a loss by name, and ``loss_params`` sets its
# options. We use three scores on the same folds: mean average precision
# evaluates the ranking, macro F1 evaluates the predictions at 0.5, and the
# expected calibration error evaluates the probabilities. A small calibration
# error is better, so its scorer returns the negative error.

import pandas as pd
from sklearn.model_selection import cross_validate

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(4, shuffle=True, random_state=0)
scoring = multilabel_scorers(
    "map", "f1_macro", "neg_expected_calibration_error"
)
fold_scores = {}
for loss in ("bce", "focal", "asl", "db", "zlpr"):
    classifier = TransferMultiLabelClassifier(loss=loss, random_state=0)
    scores = cross_validate(classifier, X, Y, scoring=scoring, cv=cv)
    fold_scores[loss] = pd.DataFrame(
        {metric: scores[f"test_{metric}"] for metric in scoring}
    )
results = pd.concat(fold_scores, names=["loss", "fold"])
mean = results.groupby("loss", sort=False).mean()
std = results.groupby("loss", sort=False).std()
summary = mean.map("{:.3f}".format) + " ± " + std.map("{:.3f}".format)
print(summary.to_string())

# %%
# The scores vary more between folds than between losses, so we compare each
# loss with binary cross-entropy on the same fold. Each point is the difference
# on a fold, and the bar marks the mean.

import matplotlib.pyplot as plt

difference = (results - results.loc["bce"]).drop(index="bce")
losses = [loss for loss in fold_scores if loss != "bce"]
titles = {
    "map": "mean average precision",
    "f1_macro": "macro F1 at 0.5",
    "neg_expected_calibration_error": "negative calibration error",
}
fig, axes = plt.subplots(
    1, 3, figsize=(9.5, 2.8), sharey=True, layout="constrained"
)
for ax, (metric, title) in zip(axes, titles.items(), strict=True):
    for row, loss in enumerate(losses):
        values = difference.loc[loss, metric]
        ax.plot(values, [row] * len(values), "o", color="#0072B2", mfc="none")
        ax.plot(values.mean(), row, "|", color="#D55E00", ms=18, mew=2.5)
    ax.axvline(0, color="0.7", lw=1, zorder=0)
    ax.set(xlabel=f"{title}\nminus that of bce")
    ax.set(yticks=range(len(losses)), yticklabels=losses)
    ax.locator_params(axis="x", nbins=5)
axes[0].set_ylim(len(losses) - 0.5, -0.5)
plt.show()

# %%
# No loss improves the ranking by more than the variation between folds. ZLPR
# slightly increases macro F1, with nearly the same calibration error. The
# focal, asymmetric and distribution-balanced losses increase macro F1 because
# they increase all probabilities, and the probabilities are no longer
# calibrated. Tuning the thresholds of a classifier that was trained with
# binary cross-entropy increases macro F1 nearly as much, and does not change
# the probabilities (see :doc:`plot_class_weights`).
#
# Note that these losses were designed for networks that are trained end to end
# on many images. Here, only a head is trained, on the features of a few
# hundred images from a frozen backbone.
