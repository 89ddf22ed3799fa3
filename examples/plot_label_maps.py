"""
====================================
Locating labels with activation maps
====================================

A probability tells whether an image has a label, but not where the classifier
found it. If the features are averages of the network's feature maps, a score
can be decomposed exactly: a label activation map shows how much each region
contributes to it. In this example, we use such maps to check whether a
classifier of digits looks at the digits.
"""

# %%
# Training a classifier
# ---------------------
# The images are photographs with one to three handwritten digits on cards.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(500, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.3, random_state=0
)
classifier = TransferMultiLabelClassifier(random_state=0)
classifier.fit(X_train, Y_train)

# %%
# Label activation maps
# ---------------------
# Each row shows an image and the maps of its most probable labels. Red regions
# increase the score of the label, and blue regions decrease it.

import matplotlib.pyplot as plt
import numpy as np

from skmlic.plots import LabelActivationMapDisplay

three_digits = np.flatnonzero(Y_test.sum(axis=1) == 3)[:4]
LabelActivationMapDisplay.from_estimator(classifier, X_test[three_digits])
plt.show()

# %%
# Maps and logits
# ---------------
# The mean of a map is the logit of the label, up to a constant. If the head is
# linear, this constant is the same for all images, which we check here. If the
# head has hidden layers, the constant depends on the image. The check uses
# 32-bit floating-point numbers, because it only holds approximately for
# bfloat16, which is the default on processors that support it.

from skmlic.inspection import label_activation_maps

linear = TransferMultiLabelClassifier(
    hidden_layer_sizes=(), precision="fp32", random_state=0
)
linear.fit(X_train, Y_train)
logits = linear.decision_function(X_test[:20])
map_means = label_activation_maps(linear, X_test[:20]).mean(axis=(2, 3))
constants = logits - map_means
print(
    "largest standard deviation of the constant of a label: "
    f"{constants.std(axis=0).max():.3f}"
)
print(
    "mean standard deviation of the logits of a label: "
    f"{logits.std(axis=0).mean():.3f}"
)

# %%
# Covering regions
# ----------------
# To test the maps, we cover a square of half the width and height of the image
# with gray, once where the map of a label is highest and once where it is
# lowest. If the maps are right, only the former reduces the probability of the
# label. The maps are smoothed with a filter of the same size, so that the
# location does not depend on a single pixel of the map.

from scipy.ndimage import uniform_filter

maps = label_activation_maps(classifier, X_test)
n_rows, n_columns = maps.shape[2:]
smooth_maps = uniform_filter(
    maps, size=(0, 0, n_rows // 2, n_columns // 2), mode="nearest"
)
side = X_test.shape[1]


def cover(image, location):
    """Return the image with a gray square around a location of the map."""
    row, column = divmod(location, n_columns)
    center = [(row + 0.5) / n_rows, (column + 0.5) / n_columns]
    top, left = (int(np.clip(side * (c - 0.25), 0, side // 2)) for c in center)
    covered = image.copy()
    covered[top : top + side // 2, left : left + side // 2] = 128
    return covered


# %%
# We cover a hundred labels that are present in the test images.

indices, labels = np.nonzero(Y_test.to_numpy() == 1)
chosen = np.random.default_rng(0).permutation(len(indices))[:100]
indices, labels = indices[chosen], labels[chosen]
chosen_maps = smooth_maps[indices, labels].reshape(len(indices), -1)


def predict_labels(images):
    """Return the probability of the chosen label of each image."""
    return classifier.predict_proba(images)[np.arange(len(images)), labels]


before = predict_labels(X_test[indices])
after = {}
for name, locations in {
    "highest": chosen_maps.argmax(axis=1),
    "lowest": chosen_maps.argmin(axis=1),
}.items():
    pairs = zip(X_test[indices], locations, strict=True)
    covered = np.array([cover(image, location) for image, location in pairs])
    after[name] = predict_labels(covered)
    print(
        f"covered where the map is {name}: mean probability "
        f"{before.mean():.2f} before, {after[name].mean():.2f} after"
    )

# %%
# Each point is a label of an image.

fig, axes = plt.subplots(
    1, 2, figsize=(8, 3.8), sharey=True, layout="constrained"
)
for ax, (name, probabilities) in zip(axes, after.items(), strict=True):
    ax.plot([0, 1], [0, 1], color="0.7", lw=1)
    ax.plot(before, probabilities, "o", color="#0072B2", mfc="none", ms=4)
    ax.set(title=f"covered where the map is {name}", aspect="equal")
    ax.set_xlabel("probability before")
axes[0].set_ylabel("probability after")
plt.show()

# %%
# The classifier does look at the digits: if the region in which the map is
# highest is covered, the probability of most labels becomes much lower. If the
# region in which it is lowest is covered, the probability increases.
#
# Note that a map shows where a score comes from, not whether the prediction is
# correct. The map of a wrong label looks just as convincing. Furthermore, the
# maps have a low resolution, and each of their pixels depends on a large part
# of the image.
#
# The example :doc:`plot_mistakes` shows how to find images that are worth such
# an inspection.
