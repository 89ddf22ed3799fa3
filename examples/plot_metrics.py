"""
==================================
One score can't tell everything
==================================

The same probabilities, five ways to make decisions of them. Which way is the best one? Five usual
scores, all of them right, hardly agree. What does each of them see, and what does it hide?
"""

# %%
# Probabilities out of fold
# -------------------------
# Photographs with one or two handwritten digits, of which high ones are rarer.

import numpy as np
from sklearn.model_selection import cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_digit_scenes(1200, image_size=96, max_digits=2, random_state=0)
share = np.where(Y == 1, np.geomspace(1, 0.1, 10), 1).prod(axis=1)
kept = np.random.default_rng(0).random(len(X)) < share
X, Y = X[kept], Y[kept].reset_index(drop=True)

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
probability = cross_val_predict(classifier, X, Y, cv=cv, method="predict_proba")

# %%
# Decisions
# ---------
# One probability for all labels; a picture's most probable label, whatever its probability; or the
# share of pictures that the label is on, for each label, which predicts rare labels readily.

from skmlic.metrics import top_k_labels

decisions = {
    "from 0.5 on": probability >= 0.5,
    "from 0.3 on": probability >= 0.3,
    "the first label": top_k_labels(probability, 1),
    "above its frequency": probability >= Y.mean().to_numpy(),
    "no label at all": np.zeros_like(probability),
}

# %%
# Scores
# ------
# F1 averaged over labels (macro), over all decisions (micro) and over pictures (samples); the share
# of pictures with all labels right (subset); the share of single decisions that are right.

from functools import partial

import pandas as pd

from skmlic.metrics import f1_score, hamming_loss, subset_accuracy_score

metrics = {
    "macro F1": partial(f1_score, average="macro", undefined=0.0),
    "micro F1": partial(f1_score, average="micro", undefined=0.0),
    "samples F1": partial(f1_score, average="samples", undefined=0.0),
    "subset accuracy": subset_accuracy_score,
    "1 - Hamming loss": lambda truth, predicted: 1 - hamming_loss(truth, predicted),
}
parts = [test for _, test in cv.split(X, Y)]
scores = pd.DataFrame(
    {
        (metric, fold): {
            name: function(Y.iloc[test], predicted[test].astype(int))
            for name, predicted in decisions.items()
        }
        for metric, function in metrics.items()
        for fold, test in enumerate(parts)
    }
)
mean = scores.T.groupby(level=0, sort=False).mean().T
print(mean.round(2).to_string())
print(mean.idxmax().rename("best").to_string())

# %%
# Points are folds, bars their means; the star is the best of its column.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, len(metrics), figsize=(9.5, 3), sharey=True, layout="constrained")
for ax, metric in zip(axes, metrics, strict=True):
    for row, name in enumerate(decisions):
        best = name == mean[metric].idxmax()
        colour = "#D55E00" if best else "#0072B2"
        ax.plot(scores.loc[name, metric], [row] * len(parts), "o", color=colour, mfc="none", ms=5)
        ax.plot(mean.loc[name, metric], row, "|", color=colour, ms=14, mew=2)
        if best:
            ax.plot(mean.loc[name, metric], row - 0.38, "*", color=colour, ms=9)
    ax.set(xlabel=metric, yticks=range(len(decisions)), yticklabels=decisions, xlim=(-0.05, 1.05))
    ax.grid(axis="y", color="0.9")
axes[0].set_ylim(len(decisions) - 0.5, -0.7)
plt.show()

# %%
# Averaged over labels, it pays to predict rare ones readily; averaged over decisions, that costs
# more false alarms than it is worth. Where nearly every picture has one or two labels, the most
# probable one is a good guess for pictures, which says nothing about labels. And of single
# decisions nine in ten are right even if no label is ever predicted: the Hamming loss is for labels
# that are on half of the pictures.
#
# Behind the mean
# ---------------
# A mean over labels hides which labels are told at all.

from skmlic.metrics import classification_report

print(classification_report(Y, decisions["above its frequency"].astype(int), probability))

# %%
# A caveat: the rare labels' own scores rest on a dozen pictures each.
#
# Next: choose the decisions for a score instead of a score for the decisions, in
# :doc:`plot_thresholds`.
