"""A network as its source provides it, and the seed of random weights."""

from dataclasses import dataclass

from torch import nn

from skmlic._utils._random_numbers import RandomNumbers
from skmlic.images import Preprocessing

_RANDOM_WEIGHTS_SEED = 0


@dataclass(frozen=True)
class Network:
    """A network without its classifier, and the preprocessing that belongs to its weights.

    Parameters
    ----------
    name : str
        The name that the user gave, or the name of the module's class.
    weights_name : str
        The source of the weights.
    module : nn.Module
        The network.
    preprocessing : Preprocessing
        Turns images into the network's input.
    entry : str, default="forward"
        Name of the module's method that returns its last map.
    final : {"output", "last map"}, default="output"
        Whether the last map is that method's output, or the last map that a child returns.
    """

    name: str
    weights_name: str
    module: nn.Module
    preprocessing: Preprocessing
    entry: str = "forward"
    final: str = "output"


def seeded_weights():
    """Return a context in which random weights are reproducible."""
    return RandomNumbers(_RANDOM_WEIGHTS_SEED)
