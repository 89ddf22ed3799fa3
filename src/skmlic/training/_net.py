"""The skorch net of a multi-label classifier."""

import contextlib

from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, EpochTimer, PassthroughScoring
from torch import nn

from skmlic.training._tensor_data import TensorDataset, TensorLoader

PREDICTION_BATCH_SIZE = 4096


class StopTraining(Exception):
    """Raised by a callback to end the training after this epoch, without an error."""


def _has_stopped(named_callback):
    _, callback = named_callback
    return isinstance(callback, EarlyStopping) and callback.misses_ == callback.patience


class MultiLabelNet(NeuralNet):
    """A skorch net with one logit per label.

    It differs from its base in three ways. An interrupt by the user is not swallowed, so that a
    half-trained net never looks like a trained one. A callback ends the training by raising
    ``StopTraining``; the interrupt that skorch's ``EarlyStopping`` raises is distinguished from a
    user's. Batches and training steps take random numbers from ``random_numbers_``, which
    :func:`~skmlic.training._train.train` sets for the time of the training.
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

    def run_single_epoch(self, iterator, *args, **kwargs):
        """Train or validate on all batches."""
        if iterator is not None:
            iterator = self.random_numbers_.iterate(iterator)
        super().run_single_epoch(iterator, *args, **kwargs)

    def train_step_single(self, batch, **fit_params):
        """Compute logits, loss and gradients of a batch."""
        with self.random_numbers_:
            return self._compute_gradients(batch, **fit_params)

    def validation_step(self, batch, **fit_params):
        """Compute logits and loss of a batch."""
        with self.random_numbers_:
            return super().validation_step(batch, **fit_params)

    def _compute_gradients(self, batch, **fit_params):
        return super().train_step_single(batch, **fit_params)

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


def make_prediction_net(module, device="cpu", batch_size=PREDICTION_BATCH_SIZE):
    """Return a net that predicts with a given module.

    Parameters
    ----------
    module : nn.Module
        Features of shape (n, n_features) to logits of shape (n, n_labels).
    device : str, default="cpu"
        Device of the net.
    batch_size : int, default=4096
        Number of samples per batch.

    Returns
    -------
    net : MultiLabelNet
    """
    net = MultiLabelNet(
        module,
        criterion=nn.BCEWithLogitsLoss,
        iterator_train=TensorLoader,
        iterator_valid=TensorLoader,
        iterator_valid__batch_size=batch_size,
        dataset=TensorDataset,
        train_split=None,
        device=device,
        verbose=0,
    )
    net.initialize()
    net.trim_for_prediction()
    return net
