"""
=============================================
Finding wrong labels and misclassified images
=============================================

A score tells how many predictions are wrong, but not why. Images may be
difficult, their annotations may be wrong, or the classifier may make a
systematic error. A gallery of the images with the largest loss helps to tell
these cases apart. In this example, it reveals wrong annotations.
"""

# %%
# A dataset with wrong labels
# ---------------------------
# The images show coloured shapes. In ten of them, we replace the label of a
# shape that is present by the label of one that is not.

import numpy as np
import pandas as pd

from skmlic.datasets import make_multilabel_shapes

X, Y_true = make_multilabel_shapes(
    500, n_labels=8, image_size=64, allow_unlabelled=False, random_state=0
)
shapes = ("disc", "square", "triangle", "cross", "ring")
colors = ("red", "green", "blue", "yellow")
names = [f"{colors[j % 4]} {shapes[j % 5]}" for j in range(8)]

rng = np.random.default_rng(0)
Y = pd.DataFrame(Y_true, columns=names)
mislabelled = np.sort(rng.choice(len(X), size=10, replace=False))
for row in mislabelled:
    Y.iloc[row, rng.choice(np.flatnonzero(Y_true[row] == 1))] = 0
    Y.iloc[row, rng.choice(np.flatnonzero(Y_true[row] == 0))] = 1

# %%
# Out-of-fold predictions
# -----------------------
# Each image is predicted by a classifier that was not trained on it.
# Otherwise, the classifier could have learned the wrong labels.

from sklearn.model_selection import cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
probabilities = cross_val_predict(
    classifier, X, Y, cv=cv, method="predict_proba"
)

# %%
# Images with the largest loss
# ----------------------------
# The gallery shows the images with the largest log loss first. Signs mark
# labels that were found, false positives, and missed labels.

import matplotlib.pyplot as plt

from skmlic.plots import PredictionGalleryDisplay

gallery = PredictionGalleryDisplay.from_predictions(
    X, Y, probabilities, probabilities >= 0.5, n_images=12
)
plt.show()

# %%
# We count the mislabelled images among those with the largest loss, and
# compare their number with that expected in a random order.

order = np.argsort(-gallery.losses)
is_mislabelled = np.isin(order, mislabelled)
for n in (5, 10, 20, 50):
    print(
        f"first {n}: {is_mislabelled[:n].sum()} of 10 mislabelled images, "
        f"{10 * n / len(X):.1f} expected at random"
    )

# %%
# The figure shows the ranks of the mislabelled images.

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
losses = gallery.losses[order]
ranks = np.arange(1, len(X) + 1)
ax.plot(ranks, losses, color="#0072B2", label="all images")
ax.plot(
    ranks[is_mislabelled],
    losses[is_mislabelled],
    "D",
    color="#D55E00",
    label="mislabelled images",
)
ax.set(xlabel="rank by loss", ylabel="log loss of the image", xscale="log")
ax.legend(frameon=False)
plt.show()

# %%
# Mistakes of a single label
# --------------------------
# The gallery can also be restricted to a label and a kind of mistake. Here it
# shows the false positives of a label, with the highest probability first. The
# first image does contain a green square, and its annotation is wrong.

PredictionGalleryDisplay.from_predictions(
    X,
    Y,
    probabilities,
    probabilities >= 0.5,
    label="green square",
    kind="false positive",
    n_images=8,
)
plt.show()

# %%
# The ten images with the largest loss are the mislabelled ones. The images
# after them are mistakes of the classifier.
#
# Note that this requires an accurate classifier. Otherwise, its own mistakes
# have the largest losses, and hide the wrong annotations.
#
# The example :doc:`plot_label_maps` shows which regions of an image led to a
# prediction.
