"""The head in closed form: kernel ridge regression."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skorch.history import History

from skmlic._utils._read_targets import Targets
from skmlic.kernel_ridge._fit import KernelRidgeSettings, fit_kernel_ridge
from skmlic.training._callbacks import EpochTasks
from skmlic.training._head import Head
from skmlic.training._net import StopTraining, make_prediction_net
from skmlic.training._train import TrainedNet


@dataclass(frozen=True)
class KernelHead(Head):
    """Kernel ridge regression, whose kernel and penalty leave-one-out scores choose.

    Parameters
    ----------
    scoring : str or callable
        What kernel and penalty maximize.
    n_views : int
        Number of views of each image, which are left out together.
    block_widths : tuple of int or None
        Widths of the blocks of features; ``None`` if they are not known.
    classes : ndarray of shape (n_labels, 2) or (2,)
    label_names : ndarray of shape (n_labels,) or (2,)
    """

    scoring: str | Callable
    n_views: int
    block_widths: tuple | None
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
            KernelRidgeSettings(
                scoring=self.scoring, block_widths=self.block_widths, device=settings.device
            ),
            seed=seed,
        )
        net = make_prediction_net(fitted.module, str(settings.device))
        logits = fitted.slope * fitted.loo_scores[:n_images] + fitted.intercept
        history = History()
        history.new_epoch()
        history.record("loo_loss", _compute_loss(data, logits))
        history.record("dur", time.perf_counter() - begin)
        _notify(settings.callbacks, net)
        return TrainedNet(net, history, {"random": None}, logits)


def _notify(callbacks, net):
    """Tell scikit-learn's callbacks of the fit as of one epoch, after which the net can predict."""
    tasks = [callback for callback in callbacks if isinstance(callback, EpochTasks)]
    # There is no further epoch that a callback could prevent.
    with contextlib.suppress(StopTraining):
        for callback in tasks:
            callback.on_epoch_begin(net)
            callback.on_epoch_end(net)


def _compute_loss(data, logits):
    """Return the mean log loss of leave-one-out logits."""
    Y = data.Y[: len(logits)]
    weight = (~np.isnan(Y)).astype(float)
    if data.sample_weight is not None:
        weight *= data.sample_weight[: len(Y), None]
    if not weight.any():
        return np.nan
    return float(np.average(np.logaddexp(0, np.where(Y == 1, -logits, logits)), weights=weight))
