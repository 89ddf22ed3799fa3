"""The head in closed form: kernel ridge regression."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skorch.history import History

from skmlic._utils._read_targets import Targets
from skmlic.kernel_ridge._fit import KernelRidgeSettings, fit_kernel_ridge
from skmlic.training._head import Head
from skmlic.training._net import make_prediction_net
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
        net = make_prediction_net(fitted.module.float(), str(settings.device))
        logits = fitted.slope * fitted.loo_scores[:n_images] + fitted.intercept
        history = History()
        history.new_epoch()
        history.record("loo_loss", _compute_loss(data, logits))
        history.record("dur", time.perf_counter() - begin)
        return TrainedNet(net, history, {"random": None}, logits)


def _compute_loss(data, logits):
    """Return the mean log loss of leave-one-out logits."""
    Y = data.Y[: len(logits)]
    known = ~np.isnan(Y)
    if not known.any():
        return np.nan
    loss = np.logaddexp(0, np.where(Y == 1, -logits, logits))
    weight = known if data.sample_weight is None else known * data.sample_weight[: len(Y), None]
    return float(np.average(loss[known], weights=weight[known]))
