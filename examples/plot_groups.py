"""
=====================================
Pictures that are nearly the same
=====================================

A burst of photographs, frames of a video, several pictures of one patient: near-duplicates with the
same labels. If some of them are in the training and others in the test, the classifier need only
recognise the picture. How much too good does that make a score? Here, more than twice as high as
what the classifier reaches on pictures that are new.
"""

# %%
# Series of pictures
# ------------------
# Each of 60 photographs with handwritten digits is taken five times: as it is, and with another
# crop, angle and light. The same is done for 60 others, which serve as the pictures that the
# classifier will meet later.

import numpy as np
import pandas as pd
import torch

from skmlic.augmentation import make_augmentation
from skmlic.datasets import make_digit_scenes

n_series, n_each = 60, 5
originals, labels = make_digit_scenes(2 * n_series, image_size=96, random_state=0)
change = make_augmentation("affine_color", 96)
torch.manual_seed(0)
pictures = np.array(
    [
        original if number == 0 else change(original).permute(1, 2, 0).numpy()
        for original in originals
        for number in range(n_each)
    ]
)
labels = labels.loc[labels.index.repeat(n_each)].reset_index(drop=True)
half = n_series * n_each
X, Y, series = pictures[:half], labels[:half], np.arange(half) // n_each
X_later, Y_later = pictures[half:], labels[half:]

# %%
import matplotlib.pyplot as plt

fig, axes = plt.subplots(2, n_each, figsize=(8, 3.4), layout="constrained")
for ax, picture, number in zip(axes.flat, X, series, strict=False):
    ax.imshow(picture)
    ax.set(title=f"series {number}", xticks=[], yticks=[])
plt.show()

# %%
# Two ways to make folds
# ----------------------
# One shares out labels, and tears series apart; the other shares out labels as well as it can with
# whole series. What is the score on later pictures?

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedGroupKFold, MultiLabelStratifiedKFold

torn = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
whole = MultiLabelStratifiedGroupKFold(5, shuffle=True, random_state=0)
ways = {
    "series torn apart": list(torn.split(X, Y)),
    "whole series": list(whole.split(X, Y, groups=series)),
}
candidates = {
    "default": TransferMultiLabelClassifier(random_state=0),
    "60 epochs, no dropout": TransferMultiLabelClassifier(
        max_epochs=60, dropout=0.0, input_dropout=0.0, mix=None, random_state=0
    ),
}
rows = []
for name, candidate in candidates.items():
    for way, folds in ways.items():
        for fold, (train, test) in enumerate(folds):
            candidate.fit(X[train], Y.iloc[train])
            seen = average_precision_score(Y.iloc[test], candidate.predict_proba(X[test]))
            later = average_precision_score(Y_later, candidate.predict_proba(X_later))
            rows += [(name, way, fold, seen), (name, f"later, {way}", fold, later)]
results = pd.DataFrame(rows, columns=["candidate", "scored on", "fold", "map"])
print(results.groupby(["candidate", "scored on"])["map"].agg(["mean", "std"]).round(3).to_string())

# %%
# Each point is a fold. Filled: the score that the cross-validation reports. Open: the same fits on
# later pictures, which is what it should have reported.

COLOURS = {"default": "#0072B2", "60 epochs, no dropout": "#D55E00"}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for shift, (name, colour) in zip((-0.1, 0.1), COLOURS.items(), strict=True):
    of_candidate = results[results["candidate"] == name]
    for place, way in enumerate(ways):
        for what, fill in ((way, colour), (f"later, {way}", "none")):
            scores = of_candidate.loc[of_candidate["scored on"] == what, "map"]
            ax.plot([place + shift] * len(scores), scores, "o", color=colour, mfc=fill)
    ax.plot([], [], "o", color=colour, label=name)
ax.plot([], [], "o", color="0.4", mfc="none", label="the same on later pictures")
ax.set(xticks=range(2), xticklabels=ways, xlim=(-0.5, 1.5), ylabel="mean average precision")
ax.legend(frameon=False)
plt.show()

# %%
# With series torn apart the score is nearly perfect, and about the same pictures over and over.
# With whole series it is about what later pictures get. Nothing about the classifier has changed,
# and torn series can't choose between candidates either: what has learnt the pictures by heart
# looks best.
#
# A caveat: groups have to be known. Look for them in file names, dates and places;
# :func:`~skmlic.datasets.describe_dataset` finds files of equal content, not pictures that merely
# look alike.
#
# Next: what whole series cost in evenness, in :doc:`plot_splits`.
