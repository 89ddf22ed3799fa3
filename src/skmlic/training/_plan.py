"""The plan of a training that a classifier's parameters describe."""

from numbers import Integral

import numpy as np
import torch

from skmlic._utils._compat import init_callback_context
from skmlic._utils._logits import LogitsEstimator
from skmlic._utils._read_targets import decode_targets
from skmlic.embedding import resolve_device
from skmlic.losses import make_loss
from skmlic.training._callbacks import BatchRecorder, EpochProgress, EpochTasks, ValidationScores
from skmlic.training._checkpoint import name_checkpoint
from skmlic.training._fine_tuning import make_fine_tuning_plan
from skmlic.training._net_factory import NetSettings
from skmlic.training._phases import get_options
from skmlic.training._run import TrainingPlan

# Parameters that do not change what is learned from given features.
_WITHOUT_EFFECT = (
    "backbone",
    "weights",
    "memory",
    "n_jobs",
    "on_error",
    "training",
    "verbose",
    "warm_start",
)


def make_net_settings(classifier, Y):
    """Return the settings of the nets of a training.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        With the attribute ``label_weight_``.
    Y : ndarray of shape (n_samples, n_labels)
        Targets of the samples that are trained on.

    Returns
    -------
    settings : NetSettings
    """
    options = get_options(classifier)
    return NetSettings(
        criterion=_make_criterion(classifier, options.missing_weight, Y),
        optimizer=classifier.optimizer,
        lr=classifier.lr,
        weight_decay=classifier.weight_decay,
        batch_size=classifier.batch_size * options.accumulation_steps,
        device=resolve_device(classifier.device),
        gradient_clip=options.gradient_clip,
        net_params=classifier.net_params,
    )


def make_training_plan(classifier, head, settings, scoring, callbacks, checkpoint, seed):
    """Return the plan of a training.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        With the attribute ``embedder_``, unless its features are precomputed.
    head : Head
    settings : NetSettings
    scoring : Scoring
    callbacks : list of skorch.callbacks.Callback
    checkpoint : Path or None
    seed : int

    Returns
    -------
    plan : TrainingPlan
    """
    options = get_options(classifier)
    fine_tuning = None
    if classifier.freeze is not True:
        precision = classifier.embedder_.precision_
        fine_tuning = make_fine_tuning_plan(classifier, options, precision)
    return TrainingPlan(
        head=head,
        fine_tuning=fine_tuning,
        settings=settings,
        scoring=scoring,
        early_stopping=classifier.early_stopping,
        n_iter_no_change=classifier.n_iter_no_change,
        lr_schedule=classifier.lr_schedule,
        warmup_epochs=options.warmup_epochs,
        sampler=options.sampler,
        hard_negatives=options.hard_negatives,
        callbacks=tuple(callbacks),
        checkpoint=checkpoint,
        seed=seed,
    )


def make_callbacks(classifier, n_epochs, validation, scoring, arguments):
    """Return the callbacks that record and report a training.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        With the attributes that are set before the training.
    n_epochs : int
        Number of epochs of the training.
    validation : TrainingData or None
    scoring : Scoring
    arguments : dict
        ``X``, ``y`` and ``metadata`` of ``fit``, for scikit-learn's callbacks.

    Returns
    -------
    callbacks : list of skorch.callbacks.Callback
    """
    callbacks = [BatchRecorder()]
    if classifier.verbose:
        callbacks.append(EpochProgress())
    context = init_callback_context(classifier, max_subtasks=n_epochs)
    if context is not None:
        context.call_on_fit_task_begin(estimator=classifier, **arguments)
        fitted = {name: value for name, value in vars(classifier).items() if name.endswith("_")}
        callbacks.append(EpochTasks(classifier, context, fitted, **arguments))
    if validation is not None:
        classes, label_names = classifier.classes_, classifier.label_names_
        callbacks.append(
            ValidationScores(
                scoring.scorers,
                lambda logits: LogitsEstimator(logits, classes, label_names),
                decode_targets(validation.Y, classes),
            )
        )
    return callbacks


def locate_checkpoint(classifier, data, phases, is_resumed):
    """Return the path of a training's checkpoints without its suffix; None if it has none.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    data : tuple (TrainingData, TrainingData or None)
        The features of the training.
    phases : list of Phase
    is_resumed : bool
        Whether the training resumes from one in memory.

    Returns
    -------
    path : Path or None

    Raises
    ------
    ValueError
        If the training could not be recognized later.
    """
    options = get_options(classifier)
    if options.checkpoint is None:
        return None
    if is_resumed:
        raise ValueError(
            "A training that resumes from one in memory (warm_start=True) has no checkpoint; "
            "expected checkpoint=None, or a larger max_epochs for a new classifier."
        )
    if not isinstance(classifier.random_state, Integral):
        raise ValueError(
            f"random_state={classifier.random_state!r}: with checkpoint={options.checkpoint!r}, by "
            "which the same training is recognized, expected an int."
        )
    parameters = {**classifier.get_params(deep=False), **options.get_params(deep=False)}
    for name in (*_WITHOUT_EFFECT, "checkpoint"):
        del parameters[name]
    return name_checkpoint(options.checkpoint, parameters, (data, [tuple(p) for p in phases]))


def _make_criterion(classifier, missing_weight, Y):
    known = ~np.isnan(Y)
    return make_loss(
        classifier.loss,
        label_weight=torch.tensor(classifier.label_weight_, dtype=torch.float32),
        label_counts=torch.tensor(np.nansum(Y, axis=0)),
        n_samples=torch.tensor(known.sum(axis=0)),
        missing_weight=0.0 if known.all() else missing_weight,
        options=classifier.loss_params,
    )
