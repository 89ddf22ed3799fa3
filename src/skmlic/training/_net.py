"""The head, and the skorch net that trains it."""

import contextlib
import math

import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, EpochTimer, PassthroughScoring
from torch import nn

from skmlic._utils._activations import ACTIVATIONS

# In standard deviations. A feature that hardly varied in training can be thousands of them away in
# a new picture, and would decide alone.
FARTHEST = 10


class Head(nn.Module):
    """Features to one logit a label.

    Parameters
    ----------
    n_features, n_labels : int
        Width of the input and of the output.
    hidden_layer_sizes : tuple of int
        Units of the hidden layers; ``()`` makes a linear head.
    activation : str
        A key of ``ACTIVATIONS``.
    dropout : float
        Probability of dropping a hidden unit.
    input_dropout : float
        Probability of dropping a feature.
    feature_mean, feature_scale : tensor of shape (n_features,)
        Subtracted from and divided into the features, which then are cut off at ten.
    """

    def __init__(
        self,
        n_features,
        n_labels,
        *,
        hidden_layer_sizes,
        activation,
        dropout,
        input_dropout,
        feature_mean,
        feature_scale,
    ):
        super().__init__()
        self.register_buffer("feature_mean", feature_mean.clone())
        self.register_buffer("feature_scale", feature_scale.clone())
        layers = [nn.Dropout(input_dropout)]
        for n_units in hidden_layer_sizes:
            layers += [
                nn.Linear(n_features, n_units),
                ACTIVATIONS[activation](),
                nn.Dropout(dropout),
            ]
            n_features = n_units
        layers.append(nn.Linear(n_features, n_labels))
        if not hidden_layer_sizes:
            # What a random start says about rare features stays, without weight decay.
            nn.init.zeros_(layers[-1].weight)
            nn.init.zeros_(layers[-1].bias)
        self.layers = nn.Sequential(*layers)

    def forward(self, features):
        """Return logits of shape (n, n_labels) of features (n, n_features)."""
        standardised = (features - self.feature_mean) / self.feature_scale
        return self.layers(standardised.clamp(-FARTHEST, FARTHEST))


class AssumedNegatives(nn.Module):
    """A loss in which unknown entries count a little, as if they were negatives.

    Parameters
    ----------
    loss : nn.Module
        Of known entries; NaN in its target is unknown.
    weight : float
        What an unknown entry counts, where a known one counts 1.
    """

    def __init__(self, loss, weight):
        super().__init__()
        self.loss = loss
        self.weight = weight

    def forward(self, logits, target):
        """Return the loss; the target is Y, or (Y, sample weights of shape (n,))."""
        labels, *rest = target if isinstance(target, tuple) else (target,)
        unknown = labels.isnan()
        assumed = torch.where(unknown, 0.0, torch.nan)
        n_known, n_assumed = (~unknown).sum(), self.weight * unknown.sum()
        of_known = self.loss(logits, (labels, *rest) if rest else labels)
        of_assumed = self.loss(logits, (assumed, *rest) if rest else assumed)
        return (n_known * of_known + n_assumed * of_assumed) / (n_known + n_assumed)


class TensorDataset(torch.utils.data.Dataset):
    """Features and targets, each a tensor or a tuple of tensors."""

    def __init__(self, X, y=None):
        self.X = X
        self.y = y

    def __len__(self):
        return len(self.X[0] if isinstance(self.X, tuple) else self.X)

    def __getitem__(self, index):
        """Return features and target of one sample or of an array of them."""
        return take_rows(self.X, index), take_rows(self.y, index)

    @property
    def target(self):
        """The targets, by the name that PictureDataset has for them."""
        return self.y

    def take(self, rows):
        """Return some of the samples as a dataset."""
        return TensorDataset(*self[rows])


class TensorLoader:
    """Batches cut out of a TensorDataset in one piece, shuffled anew each time.

    Takes the place of torch's DataLoader, which collates sample by sample and costs several times
    what training a small head does. An ``order`` says which rows to take, instead.
    """

    def __init__(self, dataset, batch_size, shuffle=False, order=None):
        self.dataset = dataset
        self.batch_size = len(dataset) if batch_size == -1 else batch_size
        self.shuffle = shuffle
        self.order = order

    def __len__(self):
        return count_batches(self)

    def __iter__(self):
        if not self.shuffle and self.order is None:
            # Slices are not copied.
            rows = [
                slice(start, start + self.batch_size)
                for start in range(0, len(self.dataset), self.batch_size)
            ]
        else:
            rows = draw_batches(self)
        for batch in rows:
            yield self.dataset[batch]


def count_batches(loader):
    """Return the number of a loader's batches."""
    taken = loader.dataset if loader.order is None else loader.order
    return math.ceil(len(taken) / loader.batch_size)


def draw_batches(loader):
    """Return the row numbers of a loader's batches, as a tuple of tensors."""
    n_rows = len(loader.dataset)
    if loader.order is not None:
        if loader.order.n_all != n_rows:
            raise ValueError(
                f"sampler and hard_negatives choose among {loader.order.n_all} pictures, and "
                f"net_params keeps {n_rows} of them; expected early_stopping=True, or X_val and "
                "y_val in fit, in place of its train_split."
            )
        rows = loader.order.draw()
    else:
        rows = torch.randperm(n_rows) if loader.shuffle else torch.arange(n_rows)
    return rows.split(loader.batch_size)


def take_rows(target, index):
    """Return rows of a target, which may be None or a tuple of tensors."""
    if target is None:
        return torch.empty(0)
    if isinstance(target, tuple):
        return tuple(part[index] for part in target)
    return target[index]


class StopTraining(Exception):
    """Raised by a callback to end the training after this epoch, without an error."""


def _has_stopped(named_callback):
    _, callback = named_callback
    return isinstance(callback, EarlyStopping) and callback.misses_ == callback.patience


class MultiLabelNet(NeuralNet):
    """A skorch net of one logit a label, quick on tensors.

    Differs from its base in two ways: an interrupt is not swallowed, so that a half-trained net
    never passes for a trained one; and a callback ends the training by ``StopTraining``. (skorch's
    ``EarlyStopping`` does it by an interrupt of its own, which is told from a user's.)
    """

    def notify(self, method_name, **cb_kwargs):
        """Call a method of all callbacks."""
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt:
            if method_name == "on_epoch_end" and any(map(_has_stopped, self.callbacks_)):
                raise StopTraining from None
            raise

    @property
    def _default_callbacks(self):
        return [
            ("epoch_timer", EpochTimer()),
            ("train_loss", PassthroughScoring(name="train_loss", on_train=True)),
            ("valid_loss", PassthroughScoring(name="valid_loss")),
        ]

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train until the history has ``max_epochs`` epochs.

        Parameters
        ----------
        X : tensor or TensorDataset
        y : tensor, tuple of tensor or None
        classes : Ignored
        **fit_params : dict
            Passed on to ``fit_loop``.
        """
        if not self.initialized_:
            self.initialize()
        fit_params.pop("_routing_method", None)
        with contextlib.suppress(StopTraining):
            self.notify("on_train_begin", X=X, y=y)
            self.fit_loop(X, y, epochs=self.max_epochs - len(self.history), **fit_params)
        self.notify("on_train_end", X=X, y=y)
        return self
