"""
===================================
Early stopping and training history
===================================

This example trains a classifier with a learning rate suggested by
:class:`~skmlic.learning_rate.LearningRateFinder`, stops early based on scores
of held-out images, and plots the training history.
"""

# %%
# The dataset
# -----------
# The images are photographs with handwritten digits, and the labels are the
# digits in an image.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(600, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.3, random_state=0
)
classifier = TransferMultiLabelClassifier(random_state=0)

# %%
# Finding a learning rate
# -----------------------
# The finder increases the learning rate after each batch of a short training
# run. At useful rates the loss decreases, and at rates that are too large it
# increases again. The finder suggests a tenth of the rate at which the loss is
# lowest.

import matplotlib.pyplot as plt

from skmlic.learning_rate import LearningRateFinder

finder = LearningRateFinder(classifier).fit(X_train, Y_train)
finder.plot()
plt.show()

# %%
# Early stopping
# --------------
# With ``early_stopping=True``, a stratified tenth of the training images is
# held out and scored after each epoch. Training stops when mean average
# precision has not improved for ten epochs, and the weights of the best epoch
# are restored.

classifier.set_params(
    **finder.best_params_,
    lr_schedule="cosine",
    max_epochs=60,
    early_stopping=True,
    n_iter_no_change=10,
    scoring=["map", "f1_macro"],
)
classifier.fit(X_train, Y_train)
print(f"{classifier.n_iter_} epochs, best epoch: {classifier.best_epoch_}")

# %%
# Training history
# ----------------
# The data frame ``history_`` has one row per epoch, and ``batch_history_`` has
# one row per batch. In the figure, a line marks the best epoch.

from skmlic.plots import TrainingHistoryDisplay

TrainingHistoryDisplay.from_estimator(classifier)
plt.show()
classifier.history_.tail()

# %%
# Finally, we evaluate the classifier on the test images.

from skmlic.metrics import get_scorer

score = get_scorer("map")(classifier, X_test, Y_test)
print(f"mean average precision: {score:.3f}")

# %%
# The example :doc:`plot_learning_rate` compares the suggested learning rate
# with others, and :doc:`plot_callbacks` adds callbacks to the training.
