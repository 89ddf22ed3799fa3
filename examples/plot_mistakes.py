"""
===================================
Which pictures does it get wrong?
===================================

A score says how many decisions are wrong. To know what to do about them, look at them: are they
hard pictures, wrong labels, or a habit of the classifier? A gallery of the worst ones takes two
lines, and finds labels that are wrong.
"""

# %%
# Wrong labels
# ------------
# Pictures of coloured shapes. To see whether the gallery finds them, we falsify the labels of ten
# pictures: a shape that is there is exchanged for one that is not.

import numpy as np
import pandas as pd

from skmlic.datasets import make_multilabel_shapes

X, Y_true = make_multilabel_shapes(
    500, n_labels=8, image_size=64, allow_unlabelled=False, random_state=0
)
kinds, colours = ("disc", "square", "triangle", "cross", "ring"), ("red", "green", "blue", "yellow")
names = [f"{colours[j % 4]} {kinds[j % 5]}" for j in range(8)]

rng = np.random.default_rng(0)
Y = pd.DataFrame(Y_true, columns=names)
falsified = np.sort(rng.choice(len(X), size=10, replace=False))
for row in falsified:
    Y.iloc[row, rng.choice(np.flatnonzero(Y_true[row] == 1))] = 0
    Y.iloc[row, rng.choice(np.flatnonzero(Y_true[row] == 0))] = 1

# %%
# Predictions out of fold
# -----------------------
# Each picture is predicted by a classifier that was not trained on it: one that was would have
# learnt the wrong label, too.

from sklearn.model_selection import cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
probability = cross_val_predict(classifier, X, Y, cv=cv, method="predict_proba")

# %%
# The worst ones
# --------------
# The pictures whose labels were least expected, by log loss. Signs say which labels were found, set
# by mistake, and missed.

import matplotlib.pyplot as plt

from skmlic.plots import PredictionGalleryDisplay

worst = PredictionGalleryDisplay.from_predictions(
    X, Y, probability, probability >= 0.5, n_images=12
)
plt.show()

# %%
# How many of the falsified pictures are among the worst? In brackets what chance would find.

order = np.argsort(-worst.losses)
is_falsified = np.isin(order, falsified)
for n in (5, 10, 20, 50):
    print(f"worst {n}: {is_falsified[:n].sum()} of 10 ({10 * n / len(X):.1f})")

# %%
# The figure: at which place of the order the falsified labels come.

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(np.arange(1, len(X) + 1), worst.losses[order], color="#0072B2", label="all pictures")
places = np.flatnonzero(is_falsified)
ax.plot(places + 1, worst.losses[order][places], "D", color="#D55E00", label="falsified labels")
ax.set(xlabel="place in the order, worst first", ylabel="log loss of the picture", xscale="log")
ax.legend(frameon=False)
plt.show()

# %%
# A single label
# --------------
# The same for one label, and one kind of mistake: pictures labelled as having no green square that
# were taken to have one, the surest first. The first has one: its label was falsified.

PredictionGalleryDisplay.from_predictions(
    X, Y, probability, probability >= 0.5, label="green square", kind="false positive", n_images=8
)
plt.show()

# %%
# The falsified labels come first of all: somebody who looks through the worst twentieth of the
# pictures has found them. What comes after them are mistakes of the classifier itself.
#
# A caveat: that works as well as the classifier does. Where it is often wrong, its own mistakes
# come first, and wrong labels are lost among them.
#
# Next: where in the picture such a label was seen, in :doc:`plot_label_maps`.
