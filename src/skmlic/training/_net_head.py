"""The head that is trained by gradient descent."""

import itertools
from dataclasses import dataclass

import numpy as np

from skmlic._utils._threads import count_threads
from skmlic.training._head import Head
from skmlic.training._net_factory import make_head_net
from skmlic.training._train import train

_LARGEST_INPUT_DROPOUT = 0.7
_N_FEATURES_KEPT = 150
# Below this number of multiplications per step, a second thread made training a tenth faster, but
# up to twenty times slower while another process was busy.
_SMALL_HEAD = 2**27


@dataclass(frozen=True)
class NetHead(Head):
    """A multi-layer perceptron on standardized features.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Number of units of each hidden layer; ``()`` is a linear head.
    activation : str
        Activation of the hidden layers.
    dropout : float
        Probability that a hidden unit is dropped in training.
    input_dropout : float or "auto"
        Probability that a feature is dropped in training.
    mix : {"auto", "mixup"} or None
        How samples are mixed in training. "auto" is "mixup" if ``can_mix`` and no label is missing.
    can_mix : bool
        Whether "auto" may mix samples with this loss and optimizer.
    """

    hidden_layer_sizes: tuple
    activation: str
    dropout: float
    input_dropout: float | str
    mix: str | None
    can_mix: bool

    def fit(self, data, validation, settings, *, seed, start=None):
        """Train the head; see :meth:`Head.fit`."""
        module_settings = {
            "hidden_layer_sizes": self.hidden_layer_sizes,
            "activation": self.activation,
            "dropout": self.dropout,
            "input_dropout": self._choose_input_dropout(data.X.shape[1]),
        }
        net = make_head_net(data, module_settings, self._choose_mix(data.Y), settings)
        n_threads = self._count_threads(data, net.batch_size)
        return train(net, data, validation, seed=seed, start=start, n_threads=n_threads)

    def _count_threads(self, data, batch_size):
        """Return 1 for a small head, whose threads would wait for each other more than compute."""
        widths = [data.X.shape[1], *self.hidden_layer_sizes, data.Y.shape[1]]
        n_weights = sum(a * b for a, b in itertools.pairwise(widths))
        return 1 if n_weights * batch_size < _SMALL_HEAD else count_threads()

    def _choose_input_dropout(self, n_features):
        if self.input_dropout != "auto":
            return self.input_dropout
        if not self.hidden_layer_sizes:
            return 0.0
        return float(np.clip(1 - _N_FEATURES_KEPT / n_features, 0, _LARGEST_INPUT_DROPOUT))

    def _choose_mix(self, Y):
        if self.mix != "auto":
            return self.mix
        # A label that is missing in one of two samples is missing in their mixture.
        return "mixup" if self.can_mix and not np.isnan(Y).any() else None
