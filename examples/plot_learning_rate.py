"""
=========================================
Finding a learning rate with a single run
=========================================

With a learning rate that is too small, training ends before the network has
learned much; with one that is too large, it diverges.
:class:`~skmlic.learning_rate.LearningRateFinder` suggests a rate after a
single short training run. This example compares the suggestion with a
cross-validated search over many learning rates.
"""

# %%
# The suggested learning rate
# ---------------------------
# The finder increases the learning rate after each batch and suggests a tenth
# of the rate at which the loss is lowest. The suggestion depends on the
# network, the loss and the optimizer, so we compare two optimizers.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.learning_rate import LearningRateFinder

X, Y = make_digit_scenes(360, image_size=96, random_state=0)
classifiers = {
    "adam": TransferMultiLabelClassifier(max_epochs=10, random_state=0),
    "sgd": TransferMultiLabelClassifier(
        max_epochs=10, optimizer="sgd", random_state=0
    ),
}
finders = {
    name: LearningRateFinder(classifier).fit(X, Y)
    for name, classifier in classifiers.items()
}

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for ax, (name, finder) in zip(axes, finders.items(), strict=True):
    finder.plot(ax=ax)
    ax.set_title(name)
plt.show()
for name, finder in finders.items():
    print(f"{name}: {finder.best_params_['lr']:.5f}")

# %%
# Cross-validated learning rates
# ------------------------------
# We evaluate multiples of each suggested rate on the same three folds.

import pandas as pd

from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
folds = list(cv.split(X, Y))
rows = []
for name, classifier in classifiers.items():
    for factor in (0.01, 0.1, 0.3, 1, 3, 10):
        rate = factor * finders[name].best_params_["lr"]
        classifier.set_params(lr=rate)
        for fold, (train, test) in enumerate(folds):
            classifier.fit(X[train], Y.iloc[train])
            probabilities = classifier.predict_proba(X[test])
            score = average_precision_score(Y.iloc[test], probabilities)
            rows.append((name, factor, rate, fold, score))
columns = ["optimizer", "factor", "learning rate", "fold", "map"]
results = pd.DataFrame(rows, columns=columns)
scores = results.groupby(["optimizer", "factor", "learning rate"])["map"]
print(scores.agg(["mean", "std"]).round(3).to_string())

# %%
# Each point is the score of a fold, and the solid line connects the means. The
# dashed line marks the suggested rate.

fig, axes = plt.subplots(
    1, 2, figsize=(10, 3.6), sharey=True, layout="constrained"
)
for ax, (name, group) in zip(axes, results.groupby("optimizer"), strict=True):
    ax.semilogx(
        group["learning rate"], group["map"], "o", color="#0072B2", mfc="none"
    )
    ax.semilogx(group.groupby("learning rate")["map"].mean(), color="#0072B2")
    ax.axvline(finders[name].best_params_["lr"], color="#D55E00", ls="--")
    ax.set(xlabel="learning rate", title=name)
axes[0].set_ylabel("mean average precision")
plt.show()

# %%
# For Adam, the suggested rate scores nearly as well as the best rate of the
# search: the improvement with three times the rate is smaller than the
# variation between folds. With a tenth of the rate, ten epochs are too few.
# For stochastic gradient descent, the suggestion is conservative: a ten times
# larger rate scores better, and so would more epochs.
#
# Note that the finder only sees the loss of the first batches, not the score
# after training. It rules out unsuitable learning rates; finding the best one
# requires a cross-validated search.
#
# The example :doc:`plot_training` shows how the scores change during training.
