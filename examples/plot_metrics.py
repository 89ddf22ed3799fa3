"""
=====================================
Comparing scores for multi-label data
=====================================

Scores for multi-label predictions average over labels, over images, or over
all entries of Y, and they can disagree about which predictions are best. This
example derives several predictions from the same probabilities and compares
them by five common scores.
"""

# %%
# Out-of-fold probabilities
# -------------------------
# The images are photographs with one or two handwritten digits. We remove many
# of the images with a high digit, so that high digits are rare.

import numpy as np
from sklearn.model_selection import cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_digit_scenes(1200, image_size=96, max_digits=2, random_state=0)
keep_probability = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
is_kept = np.random.default_rng(0).random(len(X)) < keep_probability
X, Y = X[is_kept], Y[is_kept].reset_index(drop=True)

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
probabilities = cross_val_predict(
    classifier, X, Y, cv=cv, method="predict_proba"
)

# %%
# Predictions
# -----------
# We compare two thresholds that are the same for all labels, the most probable
# label of each image, and a threshold per label that is equal to the label's
# frequency. The latter is low for rare labels, which are then predicted often.

from skmlic.metrics import top_k_labels

predictions = {
    "threshold 0.5": probabilities >= 0.5,
    "threshold 0.3": probabilities >= 0.3,
    "most probable label": top_k_labels(probabilities, 1),
    "threshold = frequency": probabilities >= Y.mean().to_numpy(),
    "no labels": np.zeros_like(probabilities),
}

# %%
# Scores
# ------
# The F1 score can be averaged over labels (macro), over images (samples), or
# computed from all entries of Y at once (micro). Subset accuracy is the
# fraction of images with all labels correct, and 1 minus the Hamming loss is
# the fraction of correct entries.

from functools import partial

import pandas as pd

from skmlic.metrics import f1_score, hamming_loss, subset_accuracy_score

metrics = {
    "macro F1": partial(f1_score, average="macro", undefined=0.0),
    "micro F1": partial(f1_score, average="micro", undefined=0.0),
    "samples F1": partial(f1_score, average="samples", undefined=0.0),
    "subset accuracy": subset_accuracy_score,
    "1 - Hamming loss": lambda Y_true, Y_pred: (
        1 - hamming_loss(Y_true, Y_pred)
    ),
}
test_folds = [test for _, test in cv.split(X, Y)]
scores = pd.DataFrame(
    {
        (metric, fold): {
            name: function(Y.iloc[test], Y_pred[test].astype(int))
            for name, Y_pred in predictions.items()
        }
        for metric, function in metrics.items()
        for fold, test in enumerate(test_folds)
    }
)
mean = scores.T.groupby(level=0, sort=False).mean().T
print(mean.round(2).to_string())
print(mean.idxmax().rename("best").to_string())

# %%
# Each point is the score of a fold, and the bar marks the mean. A star marks
# the predictions with the best mean score.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    1, len(metrics), figsize=(9.5, 3), sharey=True, layout="constrained"
)
for ax, metric in zip(axes, metrics, strict=True):
    for row, name in enumerate(predictions):
        is_best = name == mean[metric].idxmax()
        color = "#D55E00" if is_best else "#0072B2"
        values = scores.loc[name, metric]
        ax.plot(
            values, [row] * len(values), "o", color=color, mfc="none", ms=5
        )
        ax.plot(values.mean(), row, "|", color=color, ms=14, mew=2)
        if is_best:
            ax.plot(values.mean(), row - 0.38, "*", color=color, ms=9)
    ax.set(xlabel=metric, xlim=(-0.05, 1.05))
    ax.set(yticks=range(len(predictions)), yticklabels=predictions)
    ax.grid(axis="y", color="0.9")
axes[0].set_ylim(len(predictions) - 0.5, -0.7)
plt.show()

# %%
# Macro F1 gives each label the same weight, so it rewards low thresholds for
# rare labels. Micro F1 counts the additional false positives of these
# thresholds at full weight. As nearly every image has one or two labels, the
# most probable label is a good prediction by the scores that average over
# images, but these scores do not show how well each label is predicted.
# Finally, 88 % of the entries are correct even if no label is ever predicted:
# the Hamming loss is only informative if labels are frequent.
#
# Scores per label
# ----------------
# A mean over labels does not show which labels are predicted well. The
# classification report has the scores of each label.

from skmlic.metrics import classification_report

Y_pred = predictions["threshold = frequency"].astype(int)
print(classification_report(Y, Y_pred, probabilities))

# %%
# Note that the scores of the rarest labels are uncertain, because each of
# these labels only has about a dozen positive images.
#
# Instead of comparing given predictions, thresholds can be optimized for a
# score, as the example :doc:`plot_thresholds` shows.
