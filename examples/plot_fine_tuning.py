"""
==================================
Is fine-tuning worth its time?
==================================

A frozen backbone sees each picture once; only the head on top of it is trained. Fine-tuning goes
on and trains the last stages of the backbone, too, which takes a pass forward and backward through
them for each picture and epoch. What does it bring, and what else could the same time buy?
"""

# %%
# Pictures
# --------
# Small photographs with handwritten digits, of 64 × 64 pixels: few, so that this page is built in
# half a minute on a CPU.

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(210, image_size=64, random_state=0)

# %%
# Three candidates
# ----------------
# A backbone's stages are named by ``model_stages``; ``freeze="blocks.4"`` trains what comes after
# that one. The head is trained alone for ``unfreeze_after`` epochs, then both go on together. The
# third candidate is frozen and magnifies the pictures to twice their size.

from skmlic import TransferMultiLabelClassifier, model_stages

print(model_stages("efficientnet_lite0"))

common = {"engine": "torch", "memory": False, "random_state": 0}
candidates = {
    "frozen": TransferMultiLabelClassifier(image_size=64, **common),
    "fine-tuned": TransferMultiLabelClassifier(
        image_size=64,
        freeze="blocks.4",
        unfreeze_after=20,
        max_epochs=22,
        backbone_lr=3e-4,
        **common,
    ),
    "frozen, 224 pixels": TransferMultiLabelClassifier(**common),
}

# %%
# All have the same three folds. Seconds are those of the processor for a fit and its predictions,
# of the median fold, in torch for all of them. ``memory=False`` stores nothing between fits, so
# that passes of the frozen backbone are part of them.

import time

import pandas as pd

from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

folds = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
rows = []
for name, candidate in candidates.items():
    for fold, (train, test) in enumerate(folds.split(X, Y)):
        start = time.process_time()
        candidate.fit(X[train], Y.iloc[train])
        score = average_precision_score(Y.iloc[test], candidate.predict_proba(X[test]))
        rows.append((name, fold, score, time.process_time() - start))
results = pd.DataFrame(rows, columns=["candidate", "fold", "mean average precision", "seconds"])
by_candidate = results.groupby("candidate", sort=False)
table = by_candidate.agg({"mean average precision": ["mean", "std"], "seconds": "median"})
print(table.round(2).to_string())

# %%
# What was trained when, and how long an epoch of it took, is in ``history_``.

history = candidates["fine-tuned"].history_
print(history[["trained", "train_loss", "seconds"]].tail(4).round(3).to_string())

# %%
# Left, the folds: lines join the scores of the same fold. Right, the loss in training.

import matplotlib.pyplot as plt

fig, (ax, of_loss) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
by_fold = results.pivot(index="candidate", columns="fold", values="mean average precision")
by_fold = by_fold.loc[list(candidates)]
ax.plot(by_fold, color="0.75", zorder=0)
ax.plot(by_fold, "o", color="#0072B2", mfc="none")
ax.plot(by_fold.mean(axis=1), "_", color="#D55E00", ms=28, mew=2.5)
ax.set(ylabel="mean average precision", xlim=(-0.4, 2.4))

for (name, part), colour in zip(
    history.groupby("trained", sort=False), ("#0072B2", "#D55E00"), strict=True
):
    label = {"head": "the head alone", "all": "head and backbone"}[name]
    of_loss.plot(part.index, part["train_loss"], "o-", color=colour, ms=4, label=label)
of_loss.set(xlabel="epoch", ylabel="loss in training")
of_loss.legend(frameon=False)
plt.show()

# %%
# On these pictures fine-tuning is not worth it: two epochs of it take longer than all the rest of a
# fit, and change the score by less than folds differ. The same frozen network on magnified pictures
# gains about .1 in every fold, for half as much time again.
#
# A caveat: 140 pictures are few to teach a network with, and two epochs are short. With thousands
# of pictures, and a GPU, fine-tuning may pay; most of all where pictures look unlike the
# photographs that the network was pretrained on. Try larger pictures and a stronger frozen backbone
# first (:doc:`plot_backbones`), and compare on folds, as here.
