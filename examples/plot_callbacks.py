"""
====================================
Monitoring and resuming the training
====================================

The head is a skorch net, and the parameter ``net_params`` passes callbacks to
it, which monitor and control the training. This example shows what is possible
without a callback, how to write a callback, and how to resume a training that
was interrupted.
"""

# %%
# Training without a callback
# ---------------------------
# The attribute ``history_`` has one row per epoch. If there is a validation
# set, its loss and scores are recorded, and ``early_stopping=True`` stops the
# training when they no longer improve and restores the weights of the best
# epoch. ``verbose=1`` would show progress bars.

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(500, image_size=96, random_state=0)
X_train, X_valid, Y_train, Y_valid = multilabel_train_test_split(
    X, Y, test_size=0.3, random_state=0
)
classifier = TransferMultiLabelClassifier(
    max_epochs=60,
    early_stopping=True,
    scoring=["map", "loss"],
    random_state=0,
)
classifier.fit(X_train, Y_train, X_val=X_valid, y_val=Y_valid)
print(
    f"{classifier.n_iter_} epochs, "
    f"with the weights of epoch {classifier.best_epoch_}"
)
classifier.history_.tail(3)

# %%
# Using a callback of skorch
# --------------------------
# Callbacks are passed as a list in ``net_params``. Here, a callback stops the
# training when the training loss has hardly decreased for three epochs. This
# does not require a validation set.

from skorch.callbacks import EarlyStopping

stopping = EarlyStopping("train_loss", patience=3, threshold=0.02, sink=str)
stopped = TransferMultiLabelClassifier(
    max_epochs=60, net_params={"callbacks": [stopping]}, random_state=0
)
stopped.fit(X_train, Y_train)
print(f"{stopped.n_iter_} epochs")

# %%
# Writing a callback
# ------------------
# A callback is a class with methods that are called during the training. Each
# ``fit`` copies the callbacks, so they have to record values in the history of
# the net instead of their own attributes. The recorded values become columns
# of ``history_``. The following callback records the norm of the weights of
# each layer.

from skorch.callbacks import Callback


class WeightNorms(Callback):
    """Record the norm of the weights of each layer after each epoch."""

    def on_epoch_end(self, net, **kwargs):
        weights = [w.detach() for w in net.module_.parameters() if w.ndim == 2]
        for number, weight in enumerate(weights, 1):
            net.history.record(f"norm_{number}", float(weight.norm()))


classifiers = {
    weight_decay: TransferMultiLabelClassifier(
        max_epochs=60,
        optimizer="adamw",
        weight_decay=weight_decay,
        net_params={"callbacks": [WeightNorms()]},
        random_state=0,
    ).fit(X_train, Y_train)
    for weight_decay in (0.0, 1.0)
}
classifiers[0.0].history_.tail(3)

# %%
# The left figure shows the first classifier. The validation loss soon stops
# decreasing, whereas the training loss continues to decrease. The vertical
# line marks the best epoch. The right figure shows the norms of both layers
# with and without weight decay. In each step, AdamW reduces all weights by the
# fraction ``lr * weight_decay``, which is 0.001 here.

import matplotlib.pyplot as plt

fig, (ax, norm_ax) = plt.subplots(
    1, 2, figsize=(10, 3.8), layout="constrained"
)
history = classifier.history_
ax.plot(history["train_loss"], color="#0072B2", label="training loss")
ax.plot(history["valid_loss"], color="#D55E00", label="validation loss")
ax.plot(
    history["map"],
    color="#009E73",
    ls="--",
    label="validation average precision",
)
ax.axvline(classifier.best_epoch_, color="0.6", lw=1)
ax.set(xlabel="epoch", ylim=(0, None))
ax.legend(frameon=False, fontsize="small")
styles = zip(classifiers.items(), ("-", "--"), strict=True)
for (weight_decay, fitted), style in styles:
    for number, color in ((1, "#0072B2"), (2, "#D55E00")):
        label = f"layer {number}, weight_decay={weight_decay}"
        norms = fitted.history_[f"norm_{number}"]
        norm_ax.plot(norms, style, color=color, label=label)
norm_ax.set(xlabel="epoch", ylabel="norm of the weights")
norm_ax.legend(frameon=False, fontsize="small")
plt.show()

# %%
# Resuming a training
# -------------------
# With the option ``checkpoint``, the training is saved on disk as each epoch
# begins. We interrupt a training in its tenth epoch. Calling ``fit`` again
# with the same data resumes the training, and the result is the same as
# without the interruption. The callback that interrupts the training counts
# the epochs in an attribute of its class, which all copies have in common.

import tempfile

import numpy as np


class PowerCut(Callback):
    """Interrupt the training once, and count the epochs."""

    is_over = False
    n_epochs = 0

    def on_epoch_end(self, net, **kwargs):
        PowerCut.n_epochs += 1
        if len(net.history) == 10 and not PowerCut.is_over:
            PowerCut.is_over = True
            raise KeyboardInterrupt


with tempfile.TemporaryDirectory() as folder:
    classifier = TransferMultiLabelClassifier(
        training=TrainingOptions(checkpoint=folder),
        net_params={"callbacks": [PowerCut()]},
        random_state=0,
    )
    try:
        classifier.fit(X_train, Y_train)
    except KeyboardInterrupt:
        print(f"interrupted in epoch {PowerCut.n_epochs}")
    PowerCut.n_epochs = 0
    classifier.fit(X_train, Y_train)
print(f"resumed for {PowerCut.n_epochs} of {classifier.n_iter_} epochs")

expected = TransferMultiLabelClassifier(random_state=0).fit(X_train, Y_train)
same = np.array_equal(
    classifier.predict_proba(X_valid), expected.predict_proba(X_valid)
)
print(f"the same probabilities: {same}")
