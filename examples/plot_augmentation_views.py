"""
========================================
Data augmentation with a frozen backbone
========================================

Networks that are trained on images benefit from data augmentation, which
changes the images at random. If the backbone is frozen, only the head is
trained, on features that are computed once. It can still be trained on several
augmented views of each image. This example measures whether that improves the
score, and whether it helps to average the features of each image and of its
mirror image.
"""

# %%
# Available augmentations
# -----------------------
# The first column shows the image, and the others show random changes by each
# of the named augmentations. Regions outside of the original image are gray.

import matplotlib.pyplot as plt
import torch

from skmlic.augmentation import list_augmentations, make_augmentation
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(260, image_size=96, random_state=0)
names = list_augmentations()
torch.manual_seed(0)

fig, axes = plt.subplots(len(names), 7, figsize=(8, 7.2), layout="constrained")
for row, name in zip(axes, names, strict=True):
    augment = make_augmentation(name, 96)
    changed = [augment(X[1]).permute(1, 2, 0).numpy() for _ in row[1:]]
    for ax, image in zip(row, [X[1], *changed], strict=True):
        ax.imshow(image)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name, rotation=0, ha="right", va="center")
plt.show()

# %%
# Which augmentations preserve the labels depends on the labels. For example,
# most digits are no longer the same digit in a mirror image.
#
# Comparing augmentations
# -----------------------
# With ``n_views=3``, the head is trained on each image and on two augmented
# views of it. An epoch is then three times longer, so we use a third of the
# epochs. ``mirror=True`` of :class:`~skmlic.ImageEmbedder` averages the
# features of each image and of its mirror image, also for predictions. This
# doubles the time of a pass. All candidates are evaluated on the same five
# folds.

import pandas as pd
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skmlic import (
    ImageEmbedder,
    TrainingOptions,
    TransferMultiLabelClassifier,
    cache_info,
)
from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold


def make_classifier(augment):
    """Return a classifier that is trained on three views of each image."""
    return TransferMultiLabelClassifier(
        image_size=160,
        max_epochs=7,
        augment=augment,
        training=TrainingOptions(n_views=3),
        random_state=0,
    )


candidates = {
    "no augmentation": TransferMultiLabelClassifier(
        image_size=160, max_epochs=21, random_state=0
    ),
    "mirror=True": make_pipeline(
        ImageEmbedder(image_size=160, mirror=True),
        TransferMultiLabelClassifier(
            "precomputed", max_epochs=21, random_state=0
        ),
    ),
    '3 views, "flip"': make_classifier("flip"),
    '3 views, "light"': make_classifier("light"),
    '3 views, "affine_color"': make_classifier("affine_color"),
}
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
scores, passes = {}, {}
for name, candidate in candidates.items():
    before = cache_info().backbone_passes
    scores[name] = cross_val_score(
        candidate, X, Y, cv=cv, scoring=get_scorer("map")
    )
    passes[name] = cache_info().backbone_passes - before
scores = pd.DataFrame(scores)
difference = scores.sub(scores["no augmentation"], axis=0)
results = pd.DataFrame(
    {
        "mean average precision": scores.mean(),
        "std": scores.std(),
        "difference": difference.mean(),
        "std of difference": difference.std(),
        "new passes": passes,
    }
)
print(results.round(3).to_string())

# %%
# Each point is the difference from the score without augmentation on the same
# fold, and the bar marks the mean.

fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
for row, name in enumerate(difference):
    values = difference[name]
    ax.plot(values, [row] * len(values), "o", color="#0072B2", mfc="none")
    ax.plot(values.mean(), row, "|", color="#D55E00", ms=18, mew=2.5)
ax.axvline(0, color="0.7", lw=1, zorder=0)
ax.set(
    xlabel="difference of mean average precision",
    yticks=range(len(candidates)),
    yticklabels=candidates,
    ylim=(len(candidates) - 0.5, -0.5),
)
plt.show()

# %%
# The additional views require additional passes through the backbone, but the
# differences of the scores are within the variation between folds: a frozen
# network computes similar features for an image and its augmented views. The
# same is true of averaging with the features of the mirror image.
#
# Note that augmentation can be more useful if a label only has about a dozen
# images, or if the backbone is trained. In fine-tuning, ``augment`` changes
# each image differently in each epoch (see :doc:`plot_fine_tuning`).
