"""
===========================
More views of each picture
===========================

Changed at random, one picture makes many. A network that is trained on pictures profits from that.
Does a head on stored features, which a frozen network computes of each changed picture, too? And
what does it bring to look at each picture's mirror image when labels are predicted?
"""

# %%
# What the changes look like
# --------------------------
# The rows are the named augmentations; the first picture of each is as it is. Whatever comes into
# view from outside is grey.

import matplotlib.pyplot as plt
import torch

from skmlic.augmentation import list_augmentations, make_augmentation
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(260, image_size=96, random_state=0)
names = list_augmentations()
torch.manual_seed(0)

fig, axes = plt.subplots(len(names), 7, figsize=(8, 7.2), layout="constrained")
for row, name in zip(axes, names, strict=True):
    change = make_augmentation(name, 96)
    views = [X[1], *(change(X[1]).permute(1, 2, 0).numpy() for _ in row[1:])]
    for ax, view in zip(row, views, strict=True):
        ax.imshow(view)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name, rotation=0, ha="right", va="center")
plt.show()

# %%
# Digits are no cats: most of them are other signs, or none, in a mirror. What is harmless depends
# on the labels.
#
# The comparison
# --------------
# With ``n_views=3`` the head sees each training picture as it is and two changes of it. An epoch is
# three times longer, so that a third of the epochs takes as many steps. ``tta="flip"`` averages
# predictions over the picture and its mirror image. All have the same five folds.

import pandas as pd
from sklearn.model_selection import cross_val_score

from skmlic import TransferMultiLabelClassifier, cache_info
from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold


def make_classifier(**parameters):
    return TransferMultiLabelClassifier(image_size=160, random_state=0, **parameters)


candidates = {
    "as it is": make_classifier(max_epochs=21),
    'tta="flip"': make_classifier(max_epochs=21, tta="flip"),
    '3 views, "flip"': make_classifier(max_epochs=7, n_views=3, augment="flip"),
    '3 views, "light"': make_classifier(max_epochs=7, n_views=3, augment="light"),
    '3 views, "affine_color"': make_classifier(max_epochs=7, n_views=3, augment="affine_color"),
}
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
scores, passes = {}, {}
for name, candidate in candidates.items():
    before = cache_info().backbone_passes
    scores[name] = cross_val_score(candidate, X, Y, cv=cv, scoring=get_scorer("map"))
    passes[name] = cache_info().backbone_passes - before
scores = pd.DataFrame(scores)
difference = scores.sub(scores["as it is"], axis=0)
print(
    pd.DataFrame(
        {
            "mean average precision": scores.mean(),
            "std": scores.std(),
            "difference": difference.mean(),
            "its std": difference.std(),
            "new passes": passes,
        }
    )
    .round(3)
    .to_string()
)

# %%
# Each point is a fold's difference to the same fold without views, the vertical bar their mean.

fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
for row, name in enumerate(difference):
    ax.plot(difference[name], [row] * len(difference), "o", color="#0072B2", mfc="none")
    ax.plot(difference[name].mean(), row, "|", color="#D55E00", ms=18, mew=2.5)
ax.axvline(0, color="0.7", lw=1, zorder=0)
ax.set(
    xlabel="difference of mean average precision",
    yticks=range(len(candidates)),
    yticklabels=candidates,
    ylim=(len(candidates) - 0.5, -0.5),
)
plt.show()

# %%
# Views cost passes, and bring nothing that can be told from the spread over folds: a frozen network
# describes a picture and its changes much alike. The mirror image in prediction is as little a
# gain.
#
# A caveat: where there are a dozen pictures a label, or where the backbone is trained, changes may
# matter more. In fine-tuning ``augment`` changes each picture anew in each epoch.
#
# Next: what else fine-tuning takes, in :doc:`plot_fine_tuning`.
