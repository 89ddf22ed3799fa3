"""A linear head trained as a logistic regression is: all samples at once, to convergence."""

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
    # Of the loss, in all 20 iterations of a step.
    "optimizer__max_eval": 1000,
    "iterator_train__shuffle": False,
    "module__input_dropout": 0.0,
}
# Of the gradient's largest entry, of the mean over samples of a label's loss.
_TOLERANCE = 1e-7


class LbfgsNet(MultiLabelNet):
    """A net whose epoch is a step of L-BFGS: up to 20 of its iterations, on all samples.

    Parameters
    ----------
    *args, **kwargs : see MultiLabelNet
    weight_decay : float, default=0.0
        What half the sum of squared weights, biases excepted, adds to the loss.
    """

    def __init__(self, *args, weight_decay=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight_decay = weight_decay

    def initialize_module(self):
        """Make the head, in double precision: rounding would end the search early."""
        super().initialize_module()
        self.module_.double()
        return self

    def on_train_end(self, net, X=None, y=None, **kwargs):
        """Go back to single precision."""
        super().on_train_end(net, X=X, y=y, **kwargs)
        self.module_.float()

    def infer(self, x, **fit_params):
        """Return logits, in the head's precision."""
        return super().infer(x.to(next(self.module_.parameters()).dtype), **fit_params)

    def get_train_step_accumulator(self):
        """Return what keeps the last of a step's evaluations."""
        return _LastEvaluation()

    def train_step_single(self, batch, **fit_params):
        """Compute the penalised loss and its gradient, times the number of entries of Y.

        The optimizer's tolerances are absolute, and too coarse for a mean.
        """
        step = super().train_step_single(batch, **fit_params)
        penalty = self._penalty()
        penalty.backward()
        n_entries = step["y_pred"].numel()
        for parameter in self.module_.parameters():
            parameter.grad *= n_entries
        return {**step, "loss": (step["loss"] + penalty).detach() * n_entries}

    def train_step(self, batch, **fit_params):
        """Take up to 20 iterations; tell the training's end once they converge."""
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
    """End the training once it has converged; warn if it ends otherwise."""

    def on_epoch_end(self, net, **kwargs):
        """End it."""
        if getattr(net, "has_converged_", False):
            raise StopTraining

    def on_train_end(self, net, **kwargs):
        """Warn if the epochs did not suffice."""
        if len(net.history) >= net.max_epochs and not getattr(net, "has_converged_", True):
            warn_caller(
                f"optimizer='lbfgs' has not converged in max_epochs={net.max_epochs}. Raise "
                "max_epochs or weight_decay.",
                ConvergenceWarning,
            )


def is_lbfgs(optimizer):
    """Whether a classifier's ``optimizer`` means L-BFGS."""
    return optimizer is torch.optim.LBFGS or (
        isinstance(optimizer, str) and optimizer.lower() == "lbfgs"
    )


# What parameters of the classifier have to be.
_NEEDED = {
    "freeze": True,
    "lr_schedule": None,
    "warmup_epochs": 0,
    "sampler": None,
    "hard_negatives": None,
    "gradient_clip": None,
}


def check_lbfgs(classifier):
    """Raise an error if L-BFGS can't train what a classifier's parameters ask for."""
    needed = {"hidden_layer_sizes": (), **_NEEDED}
    found = {name: getattr(classifier, name) for name in needed}
    found["hidden_layer_sizes"] = tuple(np.ravel(classifier.hidden_layer_sizes))
    if classifier.mix != "auto":
        needed["mix"], found["mix"] = None, classifier.mix
    # 1 is a stage, not True.
    wrong = [
        f"{name}={getattr(classifier, name)!r}"
        for name, value in needed.items()
        if found[name] != value or (value is True and found[name] is not True)
    ]
    if wrong:
        raise ValueError(
            "optimizer='lbfgs' trains a linear head on all pictures at once; expected "
            "hidden_layer_sizes=(), freeze=True, and neither schedules nor samplers nor what "
            f"changes a step, not {', '.join(wrong)}."
        )
