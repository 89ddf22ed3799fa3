"""The head in closed form: kernel ridge regression."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skorch.history import History

from skmlic._utils._read_targets import Targets
from skmlic._utils._warnings import warn_caller
from skmlic.kernel_ridge._fit import KernelRidgeSettings, fit_kernel_ridge
from skmlic.training._head import Head
from skmlic.training._net import make_prediction_net
from skmlic.training._train import TrainedNet

_UNUSED = (
    "hidden_layer_sizes",
    "activation",
    "dropout",
    "loss",
    "loss_params",
    "optimizer",
    "lr",
    "lr_schedule",
    "weight_decay",
    "max_epochs",
    "batch_size",
    "early_stopping",
    "validation_fraction",
    "n_iter_no_change",
    "warm_start",
    "net_params",
)


@dataclass(frozen=True)
class KernelHead(Head):
    """Kernel ridge regression, whose kernel and penalty leave-one-out scores choose.

    Parameters
    ----------
    scoring : str or callable
        What kernel and penalty maximize.
    n_views : int
        Number of views of each image, which are left out together.
    classes : ndarray of shape (n_labels, 2) or (2,)
    label_names : ndarray of shape (n_labels,) or (2,)
    """

    scoring: str | Callable
    n_views: int
    classes: np.ndarray
    label_names: np.ndarray

    def fit(self, data, validation, settings, *, seed, start=None):
        """Solve for all labels; see :meth:`Head.fit`."""
        begin = time.perf_counter()
        n_images = len(data.X) // self.n_views
        groups = np.tile(np.arange(n_images), self.n_views) if self.n_views > 1 else None
        fitted = fit_kernel_ridge(
            data.X,
            Targets(data.Y, self.classes, self.label_names),
            data.sample_weight,
            groups,
            KernelRidgeSettings(scoring=self.scoring, device=settings.device),
            seed=seed,
        )
        net = make_prediction_net(fitted.module.float(), str(settings.device))
        logits = fitted.slope * fitted.loo_scores[:n_images] + fitted.intercept
        history = History()
        history.new_epoch()
        history.record("loo_loss", _compute_loss(data, logits))
        history.record("dur", time.perf_counter() - begin)
        return TrainedNet(net, history, {"random": None}, logits)


def check_kernel_head(classifier, options, partial):
    """Raise an error or warn for parameters that do not fit to the head.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    options : TrainingOptions
        The classifier's.
    partial : bool
        Whether the parameters are for ``partial_fit``.
    """
    if partial:
        raise ValueError(
            "head='kernel' learns from all images at once; expected fit, or head='net'."
        )
    if classifier.freeze is not True:
        raise ValueError(
            f"freeze={classifier.freeze!r} trains the backbone together with a head that is "
            "trained; expected head='net', or freeze=True."
        )
    unused = [
        *_find_changed(classifier, _UNUSED),
        *(f"training__{name}" for name in _find_changed(options, None) if name != "n_views"),
    ]
    if unused:
        warn_caller(
            f"These parameters have no effect with head='kernel': {', '.join(unused)}. Leave them "
            "out, or use head='net'."
        )


def _find_changed(estimator, names):
    """Return the parameters that differ from their defaults."""
    defaults = inspect.signature(type(estimator)).parameters
    values = estimator.get_params(deep=False)
    return [
        name
        for name in (values if names is None else names)
        if not (values[name] is defaults[name].default or values[name] == defaults[name].default)
    ]


def _compute_loss(data, logits):
    """Return the mean log loss of leave-one-out logits."""
    Y = data.Y[: len(logits)]
    known = ~np.isnan(Y)
    if not known.any():
        return np.nan
    loss = np.logaddexp(0, np.where(Y == 1, -logits, logits))
    weight = known if data.sample_weight is None else known * data.sample_weight[: len(Y), None]
    return float(np.average(loss[known], weights=weight[known]))
