"""Schedules of learning rates."""

import inspect
import math
from dataclasses import dataclass

import torch
from skorch.callbacks import Callback

from skmlic._utils._numbers import as_number

_STEP_FACTOR = 0.1
_PLATEAU_FACTOR = 0.1
# The smallest relative improvement that counts, as in torch's ReduceLROnPlateau.
_PLATEAU_THRESHOLD = 1e-4
# These define the shape of torch's OneCycleLR.
_ONECYCLE_WARM = 0.3
_ONECYCLE_START = 1 / 25
_ONECYCLE_END = _ONECYCLE_START / 1e4


def _anneal(start, stop, fraction):
    """Return a factor between two others, on half a wave of the cosine."""
    return stop + (start - stop) * (1 + math.cos(math.pi * fraction)) / 2


def _cosine(progress):
    return _anneal(1.0, 0.0, progress)


def _onecycle(progress):
    if progress < _ONECYCLE_WARM:
        return _anneal(_ONECYCLE_START, 1.0, progress / _ONECYCLE_WARM)
    return _anneal(1.0, _ONECYCLE_END, (progress - _ONECYCLE_WARM) / (1 - _ONECYCLE_WARM))


def _step(progress):
    # Each third has one factor; rounding may make 3 times 2 / 3 a little less than 2.
    return _STEP_FACTOR ** min(int(3 * progress + 1e-9), 2)


_OF_PROGRESS = {"cosine": _cosine, "onecycle": _onecycle, "step": _step}
SCHEDULES = (*_OF_PROGRESS, "plateau", "inverse_time")


def check_schedule(lr_schedule, warmup_epochs, phases):
    """Raise an error for an invalid schedule.

    Parameters
    ----------
    lr_schedule : str, callable or None
        Parameter of the classifier.
    warmup_epochs : float
        Option of the training.
    phases : list of int
        Number of epochs of each phase.
    """
    if isinstance(lr_schedule, str) and lr_schedule not in SCHEDULES:
        raise ValueError(
            f"lr_schedule={lr_schedule!r}: expected None, one of {list(SCHEDULES)}, or a function "
            "of the progress in [0, 1] that returns a factor of the learning rate."
        )
    if inspect.isclass(lr_schedule) and issubclass(
        lr_schedule, torch.optim.lr_scheduler.LRScheduler
    ):
        raise ValueError(
            f"lr_schedule={lr_schedule.__name__}: expected a name or a function of the progress. "
            "Schedulers of torch go through skorch: write net_params={'callbacks': "
            f"[skorch.callbacks.LRScheduler({lr_schedule.__name__}, ...)]}}."
        )
    shortest = min((n_epochs for n_epochs in phases if n_epochs), default=math.inf)
    if warmup_epochs > shortest:
        raise ValueError(
            f"warmup_epochs={warmup_epochs} is more than the {shortest} epochs of training, or of "
            f"the head or of both in fine-tuning; expected at most {shortest}."
        )


@dataclass
class Schedule:
    """The factor of the learning rates, batch by batch.

    It depends only on the number of the batch and, with "plateau", on the scores so far. Since it
    has no state, a training can resume at any epoch.

    Parameters
    ----------
    kind : str, callable or None
        A name of ``SCHEDULES``, or a function of the progress in [0, 1].
    n_epochs : int
        Number of all epochs.
    warmup_epochs : float
        Number of the first epochs, in which the rate rises linearly before the schedule begins.
    lr : float
        The learning rate, on which "inverse_time" depends.
    patience : int
        Number of epochs without improvement that "plateau" tolerates.
    lower_is_better : bool
        Whether a lower score is better, for "plateau".
    """

    kind: object
    n_epochs: int
    warmup_epochs: float = 0.0
    lr: float = 0.0
    patience: int = 2
    lower_is_better: bool = True

    @property
    def is_constant(self):
        """Whether the learning rates do not change."""
        return self.kind is None and not self.warmup_epochs

    def compute_factor(self, batch, n_batches, scores=()):
        """Return the factor of the learning rates of a batch.

        Parameters
        ----------
        batch : int
            Number of previous batches, over all epochs.
        n_batches : int
            Number of batches per epoch.
        scores : sequence of float
            Score, which "plateau" monitors, of each previous epoch.
        """
        n_warm = self.warmup_epochs * n_batches
        warmth = min(1.0, (batch + 1) / n_warm) if n_warm else 1.0
        since = max(batch - n_warm, 0)
        if self.kind is None:
            factor = 1.0
        elif self.kind == "plateau":
            factor = compute_plateau_factor(scores, self.patience, self.lower_is_better)
        elif self.kind == "inverse_time":
            factor = 1 / (1 + self.lr / self.n_epochs * since)
        else:
            n_rest = self.n_epochs * n_batches - n_warm
            progress = min(since / n_rest, 1.0) if n_rest > 0 else 0.0
            compute = _OF_PROGRESS[self.kind] if isinstance(self.kind, str) else self.kind
            factor = as_number(compute(progress), f"lr_schedule({progress:.4g})")
            if not (math.isfinite(factor) and factor >= 0):
                raise ValueError(
                    f"lr_schedule({progress:.4g}) is {factor}; expected a finite number, 0 or more."
                )
        return warmth * factor


def compute_plateau_factor(scores, patience, lower_is_better=True):
    """Return the factor of torch's ReduceLROnPlateau after these scores."""
    sign = 1 if lower_is_better else -1
    factor, best, n_bad = 1.0, sign * math.inf, 0
    for score in scores:
        if sign * score < sign * best * (1 - sign * _PLATEAU_THRESHOLD):
            best, n_bad = score, 0
        else:
            n_bad += 1
        if n_bad > patience:
            factor, n_bad = factor * _PLATEAU_FACTOR, 0
    return factor


class RateSetter(Callback):
    """Set the learning rates of each batch by a schedule.

    Parameters
    ----------
    schedule : Schedule
        It multiplies the initial rate of each parameter group.
    monitor : str
        Name, in the net's history, of the score that "plateau" monitors.
    """

    def __init__(self, schedule, monitor="train_loss"):
        self.schedule = schedule
        self.monitor = monitor

    def on_train_begin(self, net, **kwargs):
        """Store the initial rate of each group, in the place where torch's schedulers do."""
        for group in net.optimizer_.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def on_epoch_begin(self, net, dataset_train, **kwargs):
        """Count batches, and collect the scores so far."""
        self._n_batches = len(net.get_iterator(dataset_train, training=True))
        done = net.history[:-1]
        self._batch = len(done) * self._n_batches
        self._scores = [epoch[self.monitor] for epoch in done]

    def on_batch_begin(self, net, batch, training, **kwargs):
        """Set the learning rates."""
        if not training:
            return
        factor = self.schedule.compute_factor(self._batch, self._n_batches, self._scores)
        for group in net.optimizer_.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self._batch += 1
