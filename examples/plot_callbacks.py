"""
=========================
Callbacks and checkpoints
=========================

The head is a skorch net: what skorch offers to watch and to steer a training with can be handed to
it through ``net_params``. What needs no callback, and how does one write one's own?
"""

# %%
# Without any callback
# --------------------
# ``history_`` has a row an epoch. With held-out pictures it has their loss and scores, and
# ``early_stopping`` goes back to the best epoch. ``verbose=1`` would show progress bars.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(500, image_size=96, random_state=0)
X_train, X_valid, Y_train, Y_valid = multilabel_train_test_split(
    X, Y, test_size=0.3, random_state=0
)
classifier = TransferMultiLabelClassifier(
    max_epochs=60, early_stopping=True, scoring=["map", "loss"], random_state=0
)
classifier.fit(X_train, Y_train, X_val=X_valid, y_val=Y_valid)
print(f"{classifier.n_iter_} epochs, the weights of epoch {classifier.best_epoch_}")
classifier.history_.tail(3)

# %%
# skorch's callbacks
# ------------------
# They go into ``net_params`` in a list. Here the loss of the training is averaged over epochs, and
# the training ends when it has hardly fallen, for lack of held-out pictures.

from skorch.callbacks import EarlyStopping

by_loss = TransferMultiLabelClassifier(
    max_epochs=60,
    net_params={"callbacks": [EarlyStopping("train_loss", patience=3, threshold=0.02, sink=str)]},
    random_state=0,
)
by_loss.fit(X_train, Y_train)
print(f"{by_loss.n_iter_} epochs")

# %%
# One's own
# ---------
# A callback is a class with methods that are called on the way. Callbacks are copied for each
# training, so that what they note belongs into the net's history: it comes back as a column of
# ``history_``. This one notes how large the weights of the head's layers are.

from skorch.callbacks import Callback


class WeightNorms(Callback):
    """Note the norm of each layer's weights at the end of each epoch."""

    def on_epoch_end(self, net, **kwargs):
        layers = [weight.detach() for weight in net.module_.parameters() if weight.ndim == 2]
        for number, weight in enumerate(layers, 1):
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
# Left, the first classifier: the loss of held-out pictures soon stays where it is while that of the
# training goes on falling. Right, the norms of the two layers: AdamW takes the part
# ``lr * weight_decay`` off all weights in each step, here a thousandth.

import matplotlib.pyplot as plt

fig, (ax, of_norms) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
history = classifier.history_
ax.plot(history["train_loss"], color="#0072B2", label="loss in training")
ax.plot(history["valid_loss"], color="#D55E00", label="loss of held-out pictures")
ax.plot(history["map"], color="#009E73", ls="--", label="average precision of held-out pictures")
ax.axvline(classifier.best_epoch_, color="0.6", lw=1)
ax.set(xlabel="epoch", ylim=(0, None))
ax.legend(frameon=False, fontsize="small")
for (weight_decay, fitted), style in zip(watched.items(), ("-", "--"), strict=True):
    for number, colour in ((1, "#0072B2"), (2, "#D55E00")):
        label = f"layer {number}, weight_decay={weight_decay}"
        of_norms.plot(fitted.history_[f"norm_{number}"], style, color=colour, label=label)
of_norms.set(xlabel="epoch", ylabel="norm of the weights")
of_norms.legend(frameon=False, fontsize="small")
plt.show()

# %%
# A training that was cut off
# ---------------------------
# ``checkpoint`` keeps the training on disk after each epoch. We end one by force in its tenth
# epoch; the same ``fit`` goes on from there, and ends with the same model as one that was never cut
# off.

import tempfile

import numpy as np


class PowerCut(Callback):
    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 10:
            raise KeyboardInterrupt


with tempfile.TemporaryDirectory() as folder:
    kept = TransferMultiLabelClassifier(checkpoint=folder, random_state=0)
    try:
        kept.set_params(net_params={"callbacks": [PowerCut()]}).fit(X_train, Y_train)
    except KeyboardInterrupt:
        print("cut off")
    resumed = kept.set_params(net_params=None).fit(X_train, Y_train)
undisturbed = TransferMultiLabelClassifier(random_state=0).fit(X_train, Y_train)
same = np.array_equal(resumed.predict_proba(X_valid), undisturbed.predict_proba(X_valid))
print(f"{resumed.n_iter_} epochs, the same probabilities: {same}")
