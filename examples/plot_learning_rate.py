"""
=================================
Is the suggested rate a good one?
=================================

Too small a learning rate and the training ends before it has learnt; too large, and it never
settles. :class:`~skmlic.learning_rate.LearningRateFinder` suggests one after a single short
training. How good is the suggestion, compared with trying many rates on folds?
"""

# %%
# The suggestion
# --------------
# The rate rises from batch to batch. A tenth of the rate where the loss is lowest is suggested. It
# depends on the network, the loss and the batches, so that we ask for two optimizers.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.learning_rate import LearningRateFinder

X, Y = make_digit_scenes(360, image_size=96, random_state=0)
classifiers = {
    "adam": TransferMultiLabelClassifier(max_epochs=10, random_state=0),
    "sgd": TransferMultiLabelClassifier(max_epochs=10, optimizer="sgd", random_state=0),
}
finders = {name: LearningRateFinder(clf).fit(X, Y) for name, clf in classifiers.items()}

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for ax, (name, finder) in zip(axes, finders.items(), strict=True):
    finder.plot(ax=ax)
    ax.set_title(name)
plt.show()
print({name: round(finder.best_params_["lr"], 5) for name, finder in finders.items()})

# %%
# All the rates
# -------------
# Rates around the suggestion, each on the same three folds.

import pandas as pd

from skmlic.metrics import average_precision_score
from skmlic.model_selection import MultiLabelStratifiedKFold

folds = list(MultiLabelStratifiedKFold(3, shuffle=True, random_state=0).split(X, Y))
rows = []
for name, classifier in classifiers.items():
    for factor in (0.01, 0.1, 0.3, 1, 3, 10):
        rate = factor * finders[name].best_params_["lr"]
        classifier.set_params(lr=rate)
        for fold, (train, test) in enumerate(folds):
            classifier.fit(X[train], Y.iloc[train])
            score = average_precision_score(Y.iloc[test], classifier.predict_proba(X[test]))
            rows.append((name, factor, rate, fold, score))
columns = ["optimizer", "times the suggestion", "rate", "fold", "map"]
results = pd.DataFrame(rows, columns=columns)
table = results.groupby(["optimizer", "times the suggestion", "rate"])["map"]
print(table.agg(["mean", "std"]).round(3).to_string())

# %%
# Points are folds, lines join the means, the dashed line is the suggestion.

fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
for ax, (name, of_optimizer) in zip(axes, results.groupby("optimizer"), strict=True):
    ax.semilogx(of_optimizer["rate"], of_optimizer["map"], "o", color="#0072B2", mfc="none")
    ax.semilogx(of_optimizer.groupby("rate")["map"].mean(), color="#0072B2")
    ax.axvline(finders[name].best_params_["lr"], color="#D55E00", ls="--")
    ax.set(xlabel="learning rate", title=name)
axes[0].set_ylabel("mean average precision")
plt.show()

# %%
# For Adam the suggestion does nearly as well as the best rate tried, and three times as much does
# no better than folds differ; a tenth of it wastes the ten epochs. For plain gradient descent it is
# on the safe side: ten times more does better, and more epochs would, too.
#
# A caveat: the finder looks at the loss of the first batches, not at the score in the end. It
# rules out rates that waste an evening; what is best, only folds can say.
#
# Next: what happens during the training, in :doc:`plot_training`.
