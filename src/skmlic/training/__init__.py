"""The training of heads on features, and of backbones with them."""

from skmlic.training._options import TrainingOptions

__all__ = ["TrainingOptions"]
