"""
===============================
Where was the label seen?
===============================

A high score says that a label is in the picture, not where. For averages of a network's maps the
score can be taken apart exactly: a map says what each place adds to it. Does the classifier look at
the digits?
"""

# %%
# A classifier
# ------------
# Photographs with one to three handwritten digits on cards.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(500, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(X, Y, test_size=0.3, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0).fit(X_train, Y_train)

# %%
# Maps
# ----
# A row is a picture; beside it are its most probable labels, red where a place speaks for the label
# and blue where it speaks against it.

import matplotlib.pyplot as plt
import numpy as np

from skmlic.plots import LabelActivationMapDisplay

three_digits = np.flatnonzero(Y_test.sum(axis=1) == 3)[:4]
LabelActivationMapDisplay.from_estimator(classifier, X_test[three_digits])
plt.show()

# %%
# The maps add up
# ---------------
# The mean of a map is the label's logit, up to a constant of the label (of the picture too, with
# hidden layers). For a linear head, the logits minus the maps' means are the same for all pictures.
# (In bfloat16, the default on processors that compute in it, nearly so.)

from skmlic.inspection import label_activation_maps

linear = TransferMultiLabelClassifier(hidden_layer_sizes=(), precision="fp32", random_state=0).fit(
    X_train, Y_train
)
some = X_test[:20]
rest = linear.decision_function(some) - label_activation_maps(linear, some).mean(axis=(2, 3))
print(f"spread of what is left, largest of all labels: {rest.std(axis=0).max():.3f}")
print(f"spread of the logits themselves: {linear.decision_function(some).std(axis=0).mean():.3f}")

# %%
# Does it look at the digit?
# --------------------------
# A test without knowing places: cover a quarter of the picture with grey, once where the map is
# highest and once where it is lowest, and see how far the label's probability falls.

maps = label_activation_maps(classifier, X_test)
truth = Y_test.to_numpy() == 1
n_rows, n_columns = maps.shape[2:]
side = X_test.shape[1]


def cover(picture, place):
    """Return the picture with a grey square of half its side around a place of the map."""
    middle = [(place // n_columns + 0.5) / n_rows, (place % n_columns + 0.5) / n_columns]
    top, left = (int(np.clip(side * (at - 0.25), 0, side // 2)) for at in middle)
    covered = picture.copy()
    covered[top : top + side // 2, left : left + side // 2] = 128
    return covered


# Means over squares of that size, so that a single bright place does not decide.
from scipy.ndimage import uniform_filter

smooth = uniform_filter(maps, size=(0, 0, n_rows // 2, n_columns // 2), mode="nearest")
pictures, labels = np.nonzero(truth)
chosen = np.random.default_rng(0).permutation(len(pictures))[:100]
pictures, labels = pictures[chosen], labels[chosen]
of_label = smooth[pictures, labels].reshape(len(pictures), -1)
before = classifier.predict_proba(X_test[pictures])[np.arange(len(pictures)), labels]
after = {}
for name, places in (
    ("where it speaks for it", of_label.argmax(axis=1)),
    ("where it speaks against it", of_label.argmin(axis=1)),
):
    covered = np.array([cover(X_test[i], place) for i, place in zip(pictures, places, strict=True)])
    after[name] = classifier.predict_proba(covered)[np.arange(len(pictures)), labels]
    print(f"covered {name}: {before.mean():.2f} → {after[name].mean():.2f}")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharey=True, layout="constrained")
for ax, (name, probability) in zip(axes, after.items(), strict=True):
    ax.plot([0, 1], [0, 1], color="0.7", lw=1)
    ax.plot(before, probability, "o", color="#0072B2", mfc="none", ms=4)
    ax.set(title=f"covered {name}", xlabel="probability before", aspect="equal")
axes[0].set_ylabel("probability after")
plt.show()

# %%
# The classifier does look at the digits: most labels are lost with the square where the map is
# highest; covered where it is lowest, the label gets surer.
#
# A caveat: a map says where the score comes from, not whether the answer is right: a wrong label
# has a map, too, and it looks just as sure. Deep maps are coarse, and each of their places has seen
# a good part of the picture.
#
# Next: the pictures that are worth such a look, in :doc:`plot_mistakes`.
