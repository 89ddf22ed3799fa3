"""
=========================================
Cross-validation of near-duplicate images
=========================================

Bursts of photographs, the frames of a video and the images of a patient are
near-duplicates with the same labels. If some of them are in the training data
and others in the test data, the classifier only has to recognize an image that
it has already seen. In this example, the resulting score is more than twice as
high as the score on new images. A splitter that keeps groups of images
together avoids this.
"""

# %%
# A dataset of series
# -------------------
# We generate series of five images by cropping, mirroring, rotating and
# recoloring a photograph with handwritten digits. The first 60 series are our
# dataset. The other 60 series represent the new images that the classifier
# will be used for.

import numpy as np
import pandas as pd
import torch

from skmlic.augmentation import make_augmentation
from skmlic.datasets import make_digit_scenes

n_series, n_each = 60, 5
originals, labels = make_digit_scenes(
    2 * n_series, image_size=96, random_state=0
)
augment = make_augmentation("affine_color", 96)
torch.manual_seed(0)
images = np.array(
    [
        original if n == 0 else augment(original).permute(1, 2, 0).numpy()
        for original in originals
        for n in range(n_each)
    ]
)
labels = labels.loc[labels.index.repeat(n_each)].reset_index(drop=True)
half = n_series * n_each
X, Y, series = images[:half], labels[:half], np.arange(half) // n_each
X_new, Y_new = images[half:], labels[half:]

# %%
# Each row of the figure shows a series.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(2, n_each, figsize=(8, 3.4), layout="constrained")
for ax, image, number in zip(axes.flat, X, series, strict=False):
    ax.imshow(image)
    ax.set(title=f"series {number}", xticks=[], yticks=[])
plt.show()

# %%
# Comparing two splitters
# -----------------------
# Both splitters stratify by label.
# :class:`~skmlic.model_selection.MultiLabelStratifiedKFold` assigns each image
# separately, and so it splits series.
# :class:`~skmlic.model_selection.MultiLabelStratifiedGroupKFold` assigns each
# series as a whole. For each fold, we compute the score on the test images,
# and the score of the same classifier on the new images. The second classifier
# is trained without regularization, and overfits.

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.metrics import average_precision_score
from skmlic.model_selection import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
)

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
group_cv = MultiLabelStratifiedGroupKFold(5, shuffle=True, random_state=0)
splits = {
    "series split": list(cv.split(X, Y)),
    "series kept together": list(group_cv.split(X, Y, groups=series)),
}
classifiers = {
    "default": TransferMultiLabelClassifier(random_state=0),
    "no regularization": TransferMultiLabelClassifier(
        max_epochs=60,
        dropout=0.0,
        training=TrainingOptions(input_dropout=0.0, mix=None),
        random_state=0,
    ),
}
rows = []
for name, classifier in classifiers.items():
    for split, folds in splits.items():
        for fold, (train, test) in enumerate(folds):
            classifier.fit(X[train], Y.iloc[train])
            for images_scored, X_scored, Y_scored in (
                ("test images", X[test], Y.iloc[test]),
                ("new images", X_new, Y_new),
            ):
                probabilities = classifier.predict_proba(X_scored)
                score = average_precision_score(Y_scored, probabilities)
                rows.append((name, split, images_scored, fold, score))
columns = ["classifier", "folds", "scored on", "fold", "map"]
results = pd.DataFrame(rows, columns=columns)
scores = results.groupby(columns[:3], sort=False)["map"]
print(scores.agg(["mean", "std"]).round(3).to_string())

# %%
# Each point is a fold. Filled points are scores on the test images, which
# cross-validation reports. Open points are scores of the same classifiers on
# the new images, which cross-validation is supposed to estimate.

colors = {"default": "#0072B2", "no regularization": "#D55E00"}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
values = results.set_index(columns[:3])["map"].sort_index()
for shift, (name, color) in zip((-0.1, 0.1), colors.items(), strict=True):
    for x, split in enumerate(splits):
        for images_scored, fill in (
            ("test images", color),
            ("new images", "none"),
        ):
            y = values.loc[name, split, images_scored]
            ax.plot([x + shift] * len(y), y, "o", color=color, mfc=fill)
    ax.plot([], [], "o", color=color, label=name)
ax.plot([], [], "o", color="0.4", mfc="none", label="on new images")
ax.set(xticks=range(2), xticklabels=splits, xlim=(-0.5, 1.5))
ax.set_ylabel("mean average precision")
ax.legend(frameon=False)
plt.show()

# %%
# If series are split, the score is nearly perfect, because each test image is
# similar to training images. If series are kept together, it is close to the
# score on new images, although the classifier is the same. Splitting series
# also misleads the selection of a classifier: the one that overfits has the
# best score.
#
# Note that the groups have to be known. File names, dates and places can help
# to find them. :func:`~skmlic.duplicates.find_duplicates` finds images whose
# features are similar, such as compressed or cropped copies, but not all
# images of a series.
#
# The example :doc:`plot_splits` shows how keeping groups together affects the
# stratification.
