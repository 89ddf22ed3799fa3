"""The run of a training, phase by phase."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skmlic.backbones import Backbone
from skmlic.training._callbacks import BestWeights, EpochTasks
from skmlic.training._checkpoint import Checkpoint
from skmlic.training._fine_tuning import FineTuningPlan, fine_tune
from skmlic.training._head import Head
from skmlic.training._history import join_frames, make_frames
from skmlic.training._lbfgs import Convergence, is_lbfgs
from skmlic.training._net import MultiLabelNet
from skmlic.training._net_factory import NetSettings
from skmlic.training._sampling_order import HardNegativeOrder, NegativeMiner, make_order
from skmlic.training._schedules import RateSetter, Schedule
from skmlic.training._scoring import Scoring


@dataclass(frozen=True)
class TrainingPlan:
    """Settings that all phases of a training have in common.

    Parameters
    ----------
    head : Head
    fine_tuning : FineTuningPlan or None
        ``None`` if the backbone stays frozen.
    settings : NetSettings
    scoring : Scoring
    early_stopping : bool
        Whether each phase ends, and returns to its best weights, when ``scoring`` does not improve.
    n_iter_no_change : int
        Number of epochs without improvement that end a phase.
    lr_schedule : str, callable or None
    warmup_epochs : float
    sampler : {"balanced"} or None
    hard_negatives : float or None
    callbacks : tuple of skorch.callbacks.Callback
        Callbacks of all phases.
    checkpoint : Path or None
        Path of the checkpoints without its suffix.
    seed : int
    """

    head: Head
    fine_tuning: FineTuningPlan | None
    settings: NetSettings
    scoring: Scoring
    early_stopping: bool
    n_iter_no_change: int
    lr_schedule: str | Callable[[float], float] | None
    warmup_epochs: float
    sampler: str | None
    hard_negatives: float | None
    callbacks: tuple
    checkpoint: Path | None
    seed: int


@dataclass(frozen=True)
class TrainingState:
    """The state of a training, from which its next phase starts.

    Parameters
    ----------
    net : MultiLabelNet or None
        The net of the head.
    backbone : Backbone or None
        ``None`` if features are precomputed.
    start : dict
        State that the next phase resumes from; see `train`.
    frames : tuple of tuple (DataFrame, DataFrame)
        Epochs and batches of each phase so far.
    loo_logits : ndarray of shape (n_samples, n_labels), default=None
        Leave-one-out logits of the samples, from heads that have them.
    """

    net: MultiLabelNet | None
    backbone: Backbone | None
    start: dict[str, Any]
    frames: tuple = ()
    loo_logits: np.ndarray | None = None


@dataclass(frozen=True)
class TrainingResult:
    """The result of a training.

    Parameters
    ----------
    net : MultiLabelNet
        The net of the head.
    backbone : Backbone or None
    epochs, batches : DataFrame
        History of all phases, with that of the training that was resumed.
    best_epoch : int or None
        The epoch whose weights were kept, with early stopping.
    state : dict
        State at the end, with the name of the phase (``trained``).
    loo_logits : ndarray of shape (n_samples, n_labels) or None
        Leave-one-out logits of the samples, from heads that have them.
    """

    net: MultiLabelNet
    backbone: Backbone | None
    epochs: pd.DataFrame
    batches: pd.DataFrame
    best_epoch: int | None
    state: dict[str, Any]
    loo_logits: np.ndarray | None


def run_phases(phases, sets, plan, state):
    """Train phase by phase.

    Parameters
    ----------
    phases : list of Phase
    sets : dict of str to tuple (TrainingData, TrainingData or None)
        Training and validation data of each kind of phase: features for "head", images for "all".
    plan : TrainingPlan
    state : TrainingState
        Where the training starts.

    Returns
    -------
    result : TrainingResult
    """
    n_frames_before = len(state.frames)
    for phase in phases:
        own_frames = state.frames[n_frames_before:]
        state, end = _run_phase(phase, *sets[phase.trained], plan, state, own_frames)
    best_epoch = None
    if plan.early_stopping:
        epochs, _ = join_frames(state.frames[n_frames_before:])
        best_epoch = plan.scoring.find_best_epoch(epochs)
    epochs, batches = join_frames(state.frames)
    end = {"trained": phase.trained, **end}
    return TrainingResult(
        state.net, state.backbone, epochs, batches, best_epoch, end, state.loo_logits
    )


def _run_phase(phase, data, validation, plan, state, own_frames):
    """Return the state after a phase, and that of its optimizer and generators."""
    order = make_order(data.Y, plan.sampler, plan.hard_negatives)
    is_validated = validation is not None
    callbacks = [*plan.callbacks, *_make_guides(phase, order, plan, is_validated)]
    if plan.early_stopping:
        baseline = plan.scoring.find_best(own_frames[-1][0]) if own_frames else None
        callbacks.append(BestWeights(plan.scoring, plan.n_iter_no_change, baseline))
    if plan.checkpoint is not None:
        callbacks.append(Checkpoint(plan.checkpoint.with_suffix(f".{phase.trained}.pt")))
    settings = replace(
        plan.settings, max_epochs=phase.n_epochs, order=order, callbacks=tuple(callbacks)
    )
    backbone, loo_logits = state.backbone, None
    if phase.trained == "head":
        trained = plan.head.fit(data, validation, settings, seed=plan.seed, start=state.start)
        loo_logits = trained.loo_logits
    else:
        # scikit-learn's callbacks may predict, for which they need the net of the head alone.
        callbacks = tuple(one for one in callbacks if not isinstance(one, EpochTasks))
        trained = fine_tune(
            backbone,
            state.net,
            (data, validation),
            plan.fine_tuning,
            replace(settings, callbacks=callbacks),
            seed=plan.seed,
            start=state.start,
        )
        backbone = trained.backbone
    n_before = sum(len(epochs) for epochs, _ in state.frames)
    frames = make_frames(trained.history, phase.trained, n_before)
    start = {"random": trained.state["random"]}
    frames = (*state.frames, frames)
    return TrainingState(trained.net, backbone, start, frames, loo_logits), trained.state


def _make_guides(phase, order, plan, is_validated):
    """Return the callbacks that control learning rates, sampling and the end of a phase."""
    scoring = plan.scoring
    schedule = Schedule(
        plan.lr_schedule,
        phase.n_epochs,
        warmup_epochs=plan.warmup_epochs,
        lr=plan.settings.lr,
        patience=max(1, plan.n_iter_no_change // 2),
        lower_is_better=scoring.lower_is_better or not is_validated,
    )
    guides = []
    if not schedule.is_constant:
        guides.append(RateSetter(schedule, scoring.monitor if is_validated else "train_loss"))
    if isinstance(order, HardNegativeOrder):
        guides.append(NegativeMiner(order))
    if is_lbfgs(plan.settings.optimizer):
        guides.append(Convergence())
    return guides
