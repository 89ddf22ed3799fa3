"""
==============================================
Callbacks and checkpoints
==============================================

The head is a skorch net, so callbacks of skorch can monitor and control its
training through ``net_params``. This example shows what is possible without a
callback, how to write one, and how an interrupted training resumes.
"""

# %%
# Without a callback
# ------------------
# ``history_`` has one row per epoch. With a hold-out set it contains its loss
# and scores, and ``early_stopping`` restores the best epoch. ``verbose=1``
# would show progress bars.

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
# Callbacks of skorch
# -------------------
# Callbacks are passed as a list in ``net_params``. Here the training ends
# when its loss has hardly decreased, without a hold-out set.

from skorch.callbacks import EarlyStopping

stopping = EarlyStopping("train_loss", patience=3, threshold=0.02, sink=str)
by_loss = TransferMultiLabelClassifier(
    max_epochs=60, net_params={"callbacks": [stopping]}, random_state=0
)
by_loss.fit(X_train, Y_train)
print(f"{by_loss.n_iter_} epochs")

# %%
# A callback of our own
# ---------------------
# A callback is a class with methods that are called during the training.
# Callbacks are copied for each training, so what they record belongs in the
# net's history, and becomes a column of ``history_``. This callback records
# the norm of the weights of each layer.

from skorch.callbacks import Callback


class WeightNorms(Callback):
    """Record the norm of the weights of each layer after each epoch."""

    def on_epoch_end(self, net, **kwargs):
        weights = [w.detach() for w in net.module_.parameters() if w.ndim == 2]
        for number, weight in enumerate(weights, 1):
            net.history.record(f"norm_{number}", float(weight.norm()))


watched = {
    weight_decay: TransferMultiLabelClassifier(
        max_epochs=60,
        optimizer="adamw",
        weight_decay=weight_decay,
        net_params={"callbacks": [WeightNorms()]},
        random_state=0,
    ).fit(X_train, Y_train)
    for weight_decay in (0.0, 1.0)
}
watched[0.0].history_.tail(3)

# %%
# The left figure shows the first classifier: the loss of the hold-out set
# soon stops decreasing, while the training loss continues to decrease. The
# right figure shows the norms of the two layers: in each step, AdamW reduces
# all weights by the fraction ``lr * weight_decay``, here a thousandth.

import matplotlib.pyplot as plt

fig, (ax, norm_ax) = plt.subplots(
    1, 2, figsize=(10, 3.8), layout="constrained"
)
history = classifier.history_
ax.plot(history["train_loss"], color="#0072B2", label="training loss")
ax.plot(history["valid_loss"], color="#D55E00", label="hold-out loss")
ax.plot(
    history["map"],
    color="#009E73",
    ls="--",
    label="hold-out average precision",
)
ax.axvline(classifier.best_epoch_, color="0.6", lw=1)
ax.set(xlabel="epoch", ylim=(0, None))
ax.legend(frameon=False, fontsize="small")
styles = zip(watched.items(), ("-", "--"), strict=True)
for (weight_decay, fitted), style in styles:
    for number, color in ((1, "#0072B2"), (2, "#D55E00")):
        label = f"layer {number}, weight_decay={weight_decay}"
        norms = fitted.history_[f"norm_{number}"]
        norm_ax.plot(norms, style, color=color, label=label)
norm_ax.set(xlabel="epoch", ylabel="norm of the weights")
norm_ax.legend(frameon=False, fontsize="small")
plt.show()

# %%
# An interrupted training
# -----------------------
# ``training__checkpoint`` saves the training on disk after each epoch. We
# interrupt a training in its tenth epoch. The same ``fit`` resumes from there,
# and ends with the same model as a training without an interruption.

import tempfile

import numpy as np


class PowerCut(Callback):
    """Interrupt the training once, and count the epochs that begin."""

    is_over = False
    n_epochs = 0

    def on_epoch_begin(self, net, **kwargs):
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
