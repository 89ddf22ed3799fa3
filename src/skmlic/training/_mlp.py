"""The module of the trained head: a multi-layer perceptron on standardized features."""

from typing import Any, Self

import torch
from torch import nn

from skmlic._utils._activations import ACTIVATIONS

# A feature that hardly varied in training can be thousands of standard deviations from its mean in
# a new image, and would then determine the logits alone.
LARGEST_DEVIATION = 10


class MultiLayerPerceptron(nn.Module):
    """A multi-layer perceptron from features, which it standardizes, to one logit per label.

    Parameters
    ----------
    n_features, n_labels : int
        Width of the input and of the output.
    hidden_layer_sizes : tuple of int
        Number of units of each hidden layer; ``()`` makes a linear head.
    activation : str
        A key of ``ACTIVATIONS``.
    dropout : float
        Probability of dropping a hidden unit.
    input_dropout : float
        Probability of dropping a feature.
    feature_mean, feature_scale : tensor of shape (n_features,)
        Features are standardized by them, then clipped to ``LARGEST_DEVIATION``.
    """

    def __init__(
        self,
        n_features: int,
        n_labels: int,
        *,
        hidden_layer_sizes: tuple[int, ...],
        activation: str,
        dropout: float,
        input_dropout: float,
        feature_mean: torch.Tensor,
        feature_scale: torch.Tensor,
    ) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {
            "activation": activation,
            "dropout": dropout,
            "input_dropout": input_dropout,
        }
        self.register_buffer("feature_mean", feature_mean.clone())
        self.register_buffer("feature_scale", feature_scale.clone())
        layers = [Dropout(input_dropout)]
        for n_units in hidden_layer_sizes:
            layers += [
                nn.Linear(n_features, n_units),
                ACTIVATIONS[activation](),
                Dropout(dropout),
            ]
            n_features = n_units
        layers.append(nn.Linear(n_features, n_labels))
        if not hidden_layer_sizes:
            # Without weight decay, random initial weights of rare features would never change.
            nn.init.zeros_(layers[-1].weight)
            nn.init.zeros_(layers[-1].bias)
        self.layers: nn.Sequential = nn.Sequential(*layers)

    @classmethod
    def from_state(cls, settings: dict[str, Any], state: dict[str, torch.Tensor]) -> Self:
        """Return a module with given weights.

        Parameters
        ----------
        settings : dict
            The attribute ``settings`` of the module that had the weights.
        state : dict of str to tensor
            Its ``state_dict``.

        Returns
        -------
        module : MultiLayerPerceptron
        """
        widths = [len(tensor) for name, tensor in state.items() if name.endswith(".bias")]
        # Layers take no memory until their shapes have been compared with those of the state.
        with torch.device("meta"):
            module = cls(
                len(state["feature_mean"]),
                widths[-1],
                hidden_layer_sizes=tuple(widths[:-1]),
                feature_mean=state["feature_mean"],
                feature_scale=state["feature_scale"],
                **settings,
            )
        copies = {name: tensor.clone() for name, tensor in state.items()}
        module.load_state_dict(copies, assign=True)
        return module

    @property
    def n_features(self) -> int:
        """Width of the input."""
        return len(self.feature_mean)

    @property
    def n_labels(self) -> int:
        """Width of the output."""
        return self.layers[-1].out_features

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (n, n_labels) for features of shape (n, n_features)."""
        standardized = (features - self.feature_mean) / self.feature_scale
        return self.layers(standardized.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION))

    def linearize(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits for activation maps; see :class:`skmlic.training._head.Head`.

        Standardized features are scaled down where ``forward`` clips them, so that every place of a
        map is scaled by the same factor.
        """
        standardized = (features - self.feature_mean) / self.feature_scale
        factor = (LARGEST_DEVIATION / standardized.detach().abs()).clamp(max=1)
        return self.layers(standardized * factor), self.feature_mean.expand_as(features)


class Dropout(nn.Dropout):
    """Dropout whose random numbers take a third of the time of torch's on a CPU."""

    def forward(self, units):
        """Return units of which some are zero, and the others larger, in training."""
        if not self.training or not self.p:
            return units
        return units * (torch.rand_like(units) >= self.p) / (1 - self.p)
