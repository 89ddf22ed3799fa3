"""
===================================
Labels that nobody has looked for
===================================

Who labels pictures by hand seldom checks each of them for each label. An empty cell of the table
then does not mean "no": it means that nobody looked. What does it cost to take the empty cells for
"no", as a table of 0 and 1 forces one to?
"""

# %%
# Cells erased at random
# ----------------------
# Photographs with one to three handwritten digits, whose labels we know. A growing share of the
# cells is erased, in training only: the tests are scored by all labels. NaN in ``Y`` is the name
# for "unknown", and an unknown cell says nothing to the loss.

import numpy as np

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_digit_scenes(390, image_size=96, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
folds = list(MultiLabelStratifiedKFold(3, shuffle=True, random_state=0).split(X, Y))

drawn = np.random.default_rng(0).random(Y.shape)
print(Y.where(drawn >= 0.4)[:5].to_string())

# %%
# Left out, or taken for negative
# -------------------------------
# Besides mean average precision we look at the number of labels that the probabilities add up to,
# against the true number. Where that is 1, probabilities are right on average.

import pandas as pd

from skmlic.metrics import average_precision_score


def score(training_labels):
    """Score the classifier on the folds, trained on other labels than it is tested on."""
    rows = []
    for train, test in folds:
        classifier.fit(X[train], training_labels.iloc[train])
        probability, truth = classifier.predict_proba(X[test]), Y.iloc[test].to_numpy()
        rows.append((average_precision_score(truth, probability), probability.sum() / truth.sum()))
    return pd.DataFrame(rows, columns=["average precision", "labels expected / true"])


scores = {}
for erased in (0.0, 0.25, 0.5, 0.75):
    known = Y.where(drawn >= erased)
    scores["left out", erased] = score(known)
    scores["taken for negative", erased] = score(known.fillna(0)) if erased else score(known)
scores = pd.concat(scores, names=["unknown cells", "share erased", "fold"]).sort_index()
mean = scores.groupby(["share erased", "unknown cells"]).mean()
print(mean.unstack("unknown cells").round(2).to_string())

# %%
# Each point is a fold, lines join the means.

import matplotlib.pyplot as plt

STYLES = {"left out": ("#0072B2", "o", -0.006), "taken for negative": ("#D55E00", "s", 0.006)}

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for ax, column in zip(axes, scores, strict=True):
    for name, (colour, marker, shift) in STYLES.items():
        by_share = scores.loc[name, column].unstack("fold")
        ax.plot(by_share.index, by_share.mean(axis=1), color=colour)
        ax.plot(by_share.index + shift, by_share, marker, color=colour, mfc="none")
        ax.plot([], [], marker=marker, color=colour, mfc="none", label=name)
    ax.set(xlabel="share of the cells that is unknown in training", ylabel=column)
axes[1].axhline(1, color="0.7", lw=1, zorder=0)
axes[0].legend(frameon=False, loc="lower left")
plt.show()

# %%
# The ranking suffers a little more when unknown cells are taken for negative; on these pictures by
# no more than folds differ. The probabilities are ruined: they add up to as few labels as were
# left in the table, so that at 0.5 next to nothing is predicted. Left out, unknown cells leave
# the probabilities nearly right.
#
# Only positives are known
# ------------------------
# The hard case: each picture comes with one of its labels, and nothing else. With unknown cells
# left out there is no "no" to learn from. They then have to count a little, as negatives:
# ``unknown_weight=1 / (n_labels - 1)``.

rng = np.random.default_rng(0)
one_positive = pd.DataFrame(np.nan, index=Y.index, columns=Y.columns)
for row, labels in enumerate(Y.to_numpy()):
    one_positive.iat[row, rng.choice(np.flatnonzero(labels))] = 1.0

of_weight = {}
for unknown_weight in (0.0, 1 / 9, 1.0):
    classifier.set_params(unknown_weight=unknown_weight)
    of_weight[f"unknown_weight={unknown_weight:.2f}"] = score(one_positive).mean()
print(pd.DataFrame(of_weight).T.round(2).to_string())

# %%
# A weight of 1 is the same as to take them for negative.
#
# A caveat: here cells were erased by chance. People rather leave out what is hard to see, and what
# is left then tells less about what was erased.
#
# In the *test*, too, unknown cells are left out of skmlic's scores. A label that no test picture
# has is another matter: see :doc:`plot_missing_label`.
