"""Training of a linear head by L-BFGS: on all samples at once, until convergence."""

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from skmlic._utils._warnings import warn_caller
from skmlic.training._net import MultiLabelNet, StopTraining

LBFGS_SETTINGS = {
    "lr": 1.0,
    "optimizer": torch.optim.LBFGS,
    "optimizer__line_search_fn": "strong_wolfe",
    "optimizer__tolerance_change": 1e-12,
    # This limits the evaluations of the loss in the 20 iterations of a step.
    "optimizer__max_eval": 1000,
    "iterator_train__shuffle": False,
    "module__input_dropout": 0.0,
}
# The training has converged when no entry of the gradient of a label's mean loss is larger.
_TOLERANCE = 1e-7


class LbfgsNet(MultiLabelNet):
    """A net whose epoch is a step of L-BFGS: up to 20 iterations on all samples.

    Parameters
    ----------
    *args, **kwargs : see MultiLabelNet
    weight_decay : float, default=0.0
        Factor of half the sum of squared weights, without biases, in the loss.
    """

    def __init__(self, *args, weight_decay=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight_decay = weight_decay

    def initialize_module(self):
        """Make the head in double precision, since rounding would end the optimization early."""
        super().initialize_module()
        self.module_.double()
        return self

    def on_train_end(self, net, X=None, y=None, **kwargs):
        """Return to single precision."""
        super().on_train_end(net, X=X, y=y, **kwargs)
        self.module_.float()

    def infer(self, x, **fit_params):
        """Return logits in the precision of the head."""
        return super().infer(x.to(next(self.module_.parameters()).dtype), **fit_params)

    def get_train_step_accumulator(self):
        """Return an accumulator that keeps the last evaluation of a step."""
        return _LastEvaluation()

    def _compute_gradients(self, batch, **fit_params):
        """Return the penalized loss, and its gradient in the weights, times the entries of Y.

        The optimizer's tolerances are absolute, and too coarse for a mean.
        """
        step = super()._compute_gradients(batch, **fit_params)
        penalty = self._penalty()
        penalty.backward()
        n_entries = step["y_pred"].numel()
        for parameter in self.module_.parameters():
            parameter.grad *= n_entries
        return {**step, "loss": (step["loss"] + penalty).detach() * n_entries}

    def train_step(self, batch, **fit_params):
        """Take up to 20 iterations; record whether they converged."""
        inputs, target = batch
        group = self.optimizer_.param_groups[0]
        group["tolerance_grad"] = _TOLERANCE * len(inputs)
        state = self.optimizer_.state[group["params"][0]]
        n_before = state.get("n_iter", 0)
        step = super().train_step((inputs.double(), target), **fit_params)
        self.has_converged_ = state.get("n_iter", 0) - n_before < group["max_iter"]
        return {**step, "loss": step["loss"] / step["y_pred"].numel()}

    def _penalty(self):
        weights = (p for name, p in self.module_.named_parameters() if name.endswith("weight"))
        return self.weight_decay / 2 * sum(weight.square().sum() for weight in weights)


class _LastEvaluation:
    def store_step(self, step):
        self.step = step

    def get_step(self):
        return self.step


class Convergence(Callback):
    """End the training on convergence; warn if it ends earlier."""

    def on_epoch_end(self, net, **kwargs):
        """End the training on convergence."""
        if getattr(net, "has_converged_", False):
            raise StopTraining

    def on_train_end(self, net, **kwargs):
        """Warn if the epochs were not enough."""
        if len(net.history) >= net.max_epochs and not getattr(net, "has_converged_", True):
            warn_caller(
                f"optimizer='lbfgs' has not converged in max_epochs={net.max_epochs}. Raise "
                "max_epochs or weight_decay.",
                ConvergenceWarning,
            )


def is_lbfgs(optimizer):
    """Tell whether the parameter ``optimizer`` means L-BFGS."""
    return optimizer is torch.optim.LBFGS or (
        isinstance(optimizer, str) and optimizer.lower() == "lbfgs"
    )


_REQUIRED_OPTIONS = {
    "warmup_epochs": 0,
    "sampler": None,
    "hard_negatives": None,
    "gradient_clip": None,
}


def check_lbfgs(classifier, options):
    """Raise an error for parameters that L-BFGS can't train with.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    options : TrainingOptions
        The classifier's.
    """
    wrong = []
    if np.size(classifier.hidden_layer_sizes):
        wrong.append(f"hidden_layer_sizes={classifier.hidden_layer_sizes!r}")
    # 1 is the number of a stage, and equal to True.
    if classifier.freeze is not True:
        wrong.append(f"freeze={classifier.freeze!r}")
    if classifier.lr_schedule is not None:
        wrong.append(f"lr_schedule={classifier.lr_schedule!r}")
    required = {**_REQUIRED_OPTIONS, "mix": "auto" if options.mix == "auto" else None}
    for name, value in required.items():
        if getattr(options, name) != value:
            wrong.append(f"{name}={getattr(options, name)!r}")
    if wrong:
        raise ValueError(
            "optimizer='lbfgs' trains a linear head on all images at once; expected "
            "hidden_layer_sizes=(), freeze=True, and no schedule, sampler or change of the "
            f"gradient, not {', '.join(wrong)}."
        )
