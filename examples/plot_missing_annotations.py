"""
============================
Training with missing labels
============================

In many datasets, not every image was checked for every label. An empty cell of
the table of labels is then not a negative: it is unknown whether the image has
the label. skmlic represents such missing labels by NaN in ``Y`` and excludes
them from the loss. This example compares this with treating missing labels as
negatives, which a table of 0 and 1 implies.
"""

# %%
# Removing labels at random
# -------------------------
# The images are photographs with one to three handwritten digits. We replace
# an increasing fraction of the entries of ``Y`` by NaN for training, and score
# the predictions with the complete labels.

import numpy as np

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_digit_scenes(390, image_size=96, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
folds = list(cv.split(X, Y))

uniform = np.random.default_rng(0).random(Y.shape)
print(Y.where(uniform >= 0.4)[:5].to_string())

# %%
# Excluding missing labels or treating them as negatives
# ------------------------------------------------------
# In addition to mean average precision, we compute the ratio of the expected
# number of labels, which is the sum of the probabilities, to the true number.
# If this ratio is 1, the probabilities are correct on average.

import pandas as pd

from skmlic.metrics import average_precision_score


def cross_validate(Y_train):
    """Fit the classifier to given labels, and score it with the true ones."""
    rows = []
    for train, test in folds:
        classifier.fit(X[train], Y_train.iloc[train])
        probabilities = classifier.predict_proba(X[test])
        Y_test = Y.iloc[test].to_numpy()
        average_precision = average_precision_score(Y_test, probabilities)
        ratio = probabilities.sum() / Y_test.sum()
        rows.append((average_precision, ratio))
    return pd.DataFrame(
        rows, columns=["mean average precision", "expected / true labels"]
    )


scores = {}
for fraction in (0.0, 0.25, 0.5, 0.75):
    Y_missing = Y.where(uniform >= fraction)
    scores["excluded", fraction] = cross_validate(Y_missing)
    # Without missing labels, both treatments train on the same labels.
    scores["treated as negative", fraction] = (
        cross_validate(Y_missing.fillna(0))
        if fraction
        else scores["excluded", fraction]
    )
scores = pd.concat(
    scores, names=["missing labels", "fraction missing", "fold"]
).sort_index()
mean = scores.groupby(["fraction missing", "missing labels"]).mean()
print(mean.unstack("missing labels").round(2).to_string())

# %%
# Each point is the score of a fold, and the lines connect the means.

import matplotlib.pyplot as plt

styles = {
    "excluded": ("#0072B2", "o", -0.006),
    "treated as negative": ("#D55E00", "s", 0.006),
}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for ax, column in zip(axes, scores, strict=True):
    for name, (color, marker, shift) in styles.items():
        values = scores.loc[name, column].unstack("fold")
        ax.plot(values.index, values.mean(axis=1), color=color)
        ax.plot(values.index + shift, values, marker, color=color, mfc="none")
        ax.plot([], [], marker=marker, color=color, mfc="none", label=name)
    ax.set(xlabel="fraction of missing labels in training", ylabel=column)
axes[1].axhline(1, color="0.7", lw=1, zorder=0)
axes[0].legend(title="missing labels", frameon=False, loc="lower left")
plt.show()

# %%
# Treating missing labels as negatives reduces mean average precision slightly
# more than excluding them, but here the difference is within the variation
# between folds. However, the probabilities become much too low: their sum is
# close to the number of labels that are left, so at a threshold of 0.5 hardly
# any label is predicted. If missing labels are excluded, the probabilities
# remain nearly correct.
#
# Training with positives only
# ----------------------------
# In the most difficult case, only one label of each image is known, and no
# negatives are. If missing labels are excluded, there are no negatives to
# train on. Missing labels then have to count as negatives with a small weight.
# A common choice is ``missing_weight=1 / (n_labels - 1)``.
# With a weight of 0, ``fit`` warns that no negatives are known.

from skmlic import TrainingOptions

rng = np.random.default_rng(0)
Y_single = pd.DataFrame(np.nan, index=Y.index, columns=Y.columns)
for row, labels in enumerate(Y.to_numpy()):
    Y_single.iat[row, rng.choice(np.flatnonzero(labels))] = 1.0

mean_by_weight = {}
for missing_weight in (0.0, 1 / 9, 1.0):
    classifier.set_params(
        training=TrainingOptions(missing_weight=missing_weight)
    )
    name = f"missing_weight={missing_weight:.2f}"
    mean_by_weight[name] = cross_validate(Y_single).mean()
print(pd.DataFrame(mean_by_weight).T.round(2).to_string())

# %%
# With a weight of 1, missing labels are treated as negatives.
#
# Note that the labels in this example are missing at random. In practice, the
# labels that are hard to see are missing more often, and the known labels are
# then less representative.
#
# The scorers of skmlic exclude missing labels from the test data, too. Labels
# without positives in the test data are a different problem, which is the
# topic of :doc:`plot_undefined_scores`.
