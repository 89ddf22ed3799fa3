"""
===============================
Fine-tuning a backbone on a CPU
===============================

By default, the backbone is frozen and computes the features of each image
once. Fine-tuning also trains the last stages of the backbone, which requires a
forward and a backward pass for each image and epoch. This example compares the
score and the time of fine-tuning with those of a frozen backbone that uses
larger images.
"""

# %%
# The dataset
# -----------
# The images are small photographs with handwritten digits. We only use a few
# images of 64 × 64 pixels, so that the example runs in half a minute on a CPU.

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(210, image_size=64, random_state=0)

# %%
# Three candidates
# ----------------
# :func:`~skmlic.model_stages` lists the stages of a backbone, and
# ``freeze="blocks.4"`` freezes the backbone up to this stage. First, the head
# is trained alone for ``unfreeze_after`` epochs, then the other stages are
# trained as well. The third candidate is frozen, and resizes the images to 224
# pixels, the size that the backbone was pretrained with.

from skmlic import (
    TrainingOptions,
    TransferMultiLabelClassifier,
    model_stages,
)

print(model_stages("efficientnet_lite0"))

options = {"engine": "torch", "memory": False, "random_state": 0}
candidates = {
    "frozen": TransferMultiLabelClassifier(image_size=64, **options),
    "fine-tuned": TransferMultiLabelClassifier(
        image_size=64,
        freeze="blocks.4",
        max_epochs=22,
        training=TrainingOptions(unfreeze_after=20, backbone_lr=3e-4),
        **options,
    ),
    "frozen, 224 pixels": TransferMultiLabelClassifier(**options),
}

# %%
# Scores and times
# ----------------
# We evaluate all candidates on the same three folds. The times are the
# processor seconds of fitting and predicting. To make them comparable, all
# candidates run in torch, and ``memory=False`` disables the cache of features,
# so that each fit includes the passes of the frozen backbone.

import time

import pandas as pd

from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
rows = []
for name, candidate in candidates.items():
    for fold, (train, test) in enumerate(cv.split(X, Y)):
        start = time.process_time()
        candidate.fit(X[train], Y.iloc[train])
        probabilities = candidate.predict_proba(X[test])
        seconds = time.process_time() - start
        score = average_precision_score(Y.iloc[test], probabilities)
        rows.append((name, fold, score, seconds))
columns = ["candidate", "fold", "mean average precision", "seconds"]
results = pd.DataFrame(rows, columns=columns)
table = results.groupby("candidate", sort=False).agg(
    {"mean average precision": ["mean", "std"], "seconds": "median"}
)
print(table.round(2).to_string())

# %%
# The column ``trained`` of ``history_`` shows what was trained in each epoch.
# The epochs with the backbone take much longer.

history = candidates["fine-tuned"].history_
columns = ["trained", "train_loss", "seconds"]
print(history[columns].tail(4).round(3).to_string())

# %%
# In the left figure, each line connects the scores of the candidates on a
# fold, and the bars mark the means. The right figure shows the training loss.

import matplotlib.pyplot as plt

fig, (ax, loss_ax) = plt.subplots(
    1, 2, figsize=(10, 3.8), layout="constrained"
)
scores = results.pivot(
    index="candidate", columns="fold", values="mean average precision"
).loc[list(candidates)]
ax.plot(scores, color="0.75", zorder=0)
ax.plot(scores, "o", color="#0072B2", mfc="none")
ax.plot(scores.mean(axis=1), "_", color="#D55E00", ms=28, mew=2.5)
ax.set(ylabel="mean average precision", xlim=(-0.4, 2.4))

for trained, label, color in (
    ("head", "head", "#0072B2"),
    ("all", "head and backbone", "#D55E00"),
):
    loss = history.loc[history["trained"] == trained, "train_loss"]
    loss_ax.plot(loss, "o-", color=color, ms=4, label=label)
loss_ax.set(xlabel="epoch", ylabel="training loss")
loss_ax.legend(title="trained", frameon=False)
plt.show()

# %%
# Fine-tuning is not worth its time for these images: its two epochs take
# longer than the 20 epochs of the head, and change the score by less than the
# variation between folds. Larger images with the frozen backbone take more
# time than fine-tuning does here, but they improve the score by about 0.1 in
# every fold.
#
# Note that 140 training images and two epochs are very few. Fine-tuning can be
# worth its time with thousands of images and a GPU, in particular if the
# images look different from the photographs that the backbone was pretrained
# on. But first try larger images and a better frozen backbone (see
# :doc:`plot_backbones`), and compare the scores on the same folds.
