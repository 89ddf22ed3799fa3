"""
==========================
Finding overlooked objects
==========================

Annotators overlook objects more often than they invent them. In this example,
a tenth of the labels of generated images are removed, and out-of-fold
probabilities reveal which.
"""

# %%
# A dataset with overlooked labels
# --------------------------------
# The images show coloured shapes. One in ten positive labels is set to 0.

import numpy as np
import pandas as pd

from skmlic.datasets import make_multilabel_shapes

X, Y_true = make_multilabel_shapes(
    500, n_labels=6, image_size=64, random_state=0
)
shapes = ("disc", "square", "triangle", "cross", "ring")
colors = ("red", "green", "blue", "yellow")
names = [f"{colors[j % 4]} {shapes[j % 5]}" for j in range(6)]

rng = np.random.default_rng(0)
overlooked = (Y_true == 1) & (rng.random(Y_true.shape) < 0.1)
Y = pd.DataFrame(np.where(overlooked, 0, Y_true), columns=names)
print(f"{overlooked.sum()} of {Y.size} annotations are wrong")

# %%
# Out-of-fold probabilities
# -------------------------
# Each image is predicted by a classifier that was not trained on it. The
# features of an image are computed once for all folds.

from sklearn.model_selection import cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
probabilities = cross_val_predict(
    TransferMultiLabelClassifier(random_state=0),
    X,
    Y,
    cv=cv,
    method="predict_proba",
)

# %%
# Suspicious annotations
# ----------------------
# :func:`~skmlic.label_issues.find_label_issues` returns the annotations that
# are more likely wrong than right.

from skmlic.label_issues import find_label_issues

issues = find_label_issues(Y, probabilities)
issues.head()

# %%
# Since we know the truth, we can count how many of them are wrong.

columns = Y.columns.get_indexer(issues["label"])
is_wrong = overlooked[issues["sample"], columns]
print(
    f"{is_wrong.sum()} of {len(issues)} suspicious annotations are wrong; "
    f"{overlooked.sum()} are wrong in all"
)

# %%
# :class:`~skmlic.plots.LabelIssuesDisplay` shows the images. A plus sign marks
# a label that is probably missing, with the predicted probability.

import matplotlib.pyplot as plt

from skmlic.plots import LabelIssuesDisplay

LabelIssuesDisplay(images=X, issues=issues).plot(n_images=8)
plt.show()

# %%
# How many errors a review finds
# ------------------------------
# With ``threshold=0`` all annotations are ranked. We compare this ranking with
# the one by the probability of the given value, which does not consider that
# labels are overlooked but not invented.

ranked = find_label_issues(Y, probabilities, threshold=0)
by_error = overlooked[ranked["sample"], Y.columns.get_indexer(ranked["label"])]
confidence = np.where(Y == 1, probabilities, 1 - probabilities)
by_confidence = overlooked.ravel()[np.argsort(confidence, axis=None)]

n_reviewed = np.arange(1, 301)
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for found, label in (
    (by_error, "by error probability"),
    (by_confidence, "by probability of the given value"),
):
    ax.plot(n_reviewed, found.cumsum()[:300] / overlooked.sum(), label=label)
ax.set(
    xlabel="number of annotations reviewed",
    ylabel="fraction of errors found",
    ylim=(0, 1.02),
)
ax.legend(frameon=False)
plt.show()

# %%
# The number of errors is estimated without knowing the truth.

print(
    f"estimated number of errors: {ranked['error_probability'].sum():.0f}, "
    f"true number: {overlooked.sum()}"
)
