"""
==========================
A look inside the training
==========================

Which learning rate to take, when to stop, and what happened on the way: the rate finder, early
stopping on a score of held-out pictures, and the history as a data frame.
"""

# %%
# Pictures
# --------
# Scenes of handwritten digits; the labels say which digits are in a picture.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(600, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(X, Y, test_size=0.3, random_state=0)
clf = TransferMultiLabelClassifier(random_state=0)

# %%
# A learning rate
# ---------------
# In one short training the rate rises from batch to batch. Where the loss falls the rate is
# useful, where it rises again training diverges; a tenth of the rate with the lowest loss is the
# suggestion.

import matplotlib.pyplot as plt

from skmlic.learning_rate import LearningRateFinder

finder = LearningRateFinder(clf).fit(X_train, Y_train)
finder.plot()
plt.show()

# %%
# When to stop
# ------------
# A tenth of the pictures, with their share of every label, is held out and scored after each epoch.
# Training ends when mean average precision has not got better for ten epochs, and goes back to the
# weights it was best with.

clf.set_params(
    **finder.best_params_,
    lr_schedule="cosine",
    max_epochs=60,
    early_stopping=True,
    n_iter_no_change=10,
    scoring=["map", "f1_macro"],
)
clf.fit(X_train, Y_train)
print(f"{clf.n_iter_} epochs; the weights are those of epoch {clf.best_epoch_}")

# %%
# What happened
# -------------
# ``history_`` has a row an epoch, ``batch_history_`` one a batch. The line marks the epoch whose
# weights were kept.

from skmlic.plots import TrainingHistoryDisplay

TrainingHistoryDisplay.from_estimator(clf)
plt.show()
clf.history_.tail()

# %%
# The test pictures have the last word.

from skmlic.metrics import get_scorer

print(f"mean average precision {get_scorer('map')(clf, X_test, Y_test):.3f}")

# %%
# Next: how good the suggested rate is, in :doc:`plot_learning_rate`; one's own callbacks, in
# :doc:`plot_callbacks`.
