"""Training of heads on features, and of backbones together with their heads."""

from skmlic.training._fine_tuned_module import FineTunedModule, find_frozen
from skmlic.training._head_factory import HEAD_MODULES
from skmlic.training._lbfgs import is_lbfgs
from skmlic.training._mlp import MultiLayerPerceptron
from skmlic.training._net import make_prediction_net
from skmlic.training._options import TrainingOptions
from skmlic.training._parameter_checks import check_parameters
from skmlic.training._phases import count_head_epochs

__all__ = [
    "HEAD_MODULES",
    "FineTunedModule",
    "MultiLayerPerceptron",
    "TrainingOptions",
    "check_parameters",
    "count_head_epochs",
    "find_frozen",
    "is_lbfgs",
    "make_prediction_net",
]
