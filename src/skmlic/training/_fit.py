"""One fit of a classifier: targets, pictures held out, features, and training phase by phase."""

import copy
from contextlib import nullcontext
from dataclasses import replace
from numbers import Integral

import numpy as np
import pandas as pd
import torch
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_consistent_length, validate_data

from skmlic._utils._compat import _check_sample_weight, init_callback_context
from skmlic._utils._labels import quote_names
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._utils._threads import count_threads
from skmlic._utils._warnings import warn_caller
from skmlic.class_weight import compute_label_weight
from skmlic.embedding import ImageEmbedder
from skmlic.embedding._combinations import is_precomputed
from skmlic.embedding._devices import resolve_device
from skmlic.embedding._views import AS_IT_IS, add_training_views
from skmlic.images import as_image_list
from skmlic.losses import make_loss
from skmlic.training._callbacks import (
    BatchRecorder,
    BestWeights,
    EpochProgress,
    EpochTasks,
    ValidationScores,
)
from skmlic.training._checkpoint import Checkpoint, name_checkpoint
from skmlic.training._fine_tuned_module import depthwise_in_fp32, find_frozen
from skmlic.training._frozen_stages import replace_pictures
from skmlic.training._history import join_frames, make_frames
from skmlic.training._lbfgs import Convergence, is_lbfgs
from skmlic.training._net import AssumedNegatives
from skmlic.training._net_factory import TrainingData, make_net, make_trainable_net, train
from skmlic.training._sampling_order import HardNegativeOrder, NegativeMiner, make_order
from skmlic.training._schedules import RateSetter, Schedule
from skmlic.training._scoring import choose_scoring, hold_out

EMBEDDER_PARAMETERS = (
    "backbone",
    "weights",
    "pooling",
    "image_size",
    "resize",
    "mirror",
    "color_mode",
    "device",
    "engine",
    "precision",
    "n_jobs",
    "memory",
    "verbose",
)
_SET_BY_FIT = (
    "net_",
    "embedder_",
    "weights_name_",
    "n_features_in_",
    "feature_names_in_",
    "best_epoch_",
    "_training_state",
)
# On what is learnt from features that are there.
_WITHOUT_EFFECT = (
    "backbone",
    "weights",
    "checkpoint",
    "memory",
    "n_jobs",
    "on_error",
    "verbose",
    "warm_start",
)
# What changes pictures at random, and what changes none.
_CHANGES = {"augment": (None,), "erasing": (0.0,), "mix": (None, "auto")}
_TUNED = ", fine-tuned"
_INPUT_DROPOUT = 0.7
_FEATURES_KEPT = 150


class Fit:
    """A run of a classifier's ``fit`` or ``partial_fit``.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        Its parameters, which have been checked, are read and its attributes set.
    phases : list of tuple (str, int)
        What is trained, "head" or "all", and for how many epochs.
    go_on : bool, default=False
        Whether training goes on from where the classifier is.
    keep_state : bool, default=False
        Whether a later one is to go on from this one.
    """

    def __init__(self, classifier, phases, *, go_on=False, keep_state=False):
        self.clf = classifier
        self.phases = phases
        self.go_on = go_on
        self.keep_state = keep_state

    def run(self, X, y, *, sample_weight=None, X_val=None, y_val=None, classes=None):
        """Fit; the parameters are those of ``fit`` and ``partial_fit``."""
        clf = self.clf
        if y is None:
            raise ValueError(
                f"{type(clf).__name__} requires y to be passed, but the target y is None."
            )
        if self.go_on:
            Y = self._read_same_targets(y, "y")
        else:
            for name in _SET_BY_FIT:
                vars(clf).pop(name, None)
            Y, clf.classes_, clf.label_names_ = self._read_targets(y, classes)
            clf.n_labels_ = Y.shape[1]
        X = self._check_pictures(X, reset=not self.go_on)
        check_consistent_length(X, Y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, Y, ensure_non_negative=True)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        if clf._is_binary and clf.class_weight is not None:
            of_class = compute_sample_weight(clf.class_weight, y)
            sample_weight = of_class if sample_weight is None else of_class * sample_weight
        seed = check_random_state(clf.random_state).randint(2**31 - 1)
        data, validation = self._hold_out(TrainingData(X, Y, sample_weight), X_val, y_val, seed)
        if not self.go_on:
            self._weigh_labels(data.Y, y)
        scoring = choose_scoring(clf.scoring, clf._is_binary)
        settings = {"criterion": self._make_criterion(data.Y), **self._get_net_settings()}
        sets = {"all": (data, validation)}
        if self.phases[0][0] == "head":
            sets["head"] = self._embed(data, validation)
        callbacks = self._make_callbacks(X=X, y=y, metadata=metadata)
        if validation is not None:
            scored = self._as_y(validation.Y)
            callbacks.append(ValidationScores(scoring.scorers, self._answer, scored))
        self._train(sets, settings, callbacks, scoring, self._name_checkpoint(sets), seed)

    def _check_pictures(self, X, reset):
        clf = self.clf
        if is_precomputed(clf.backbone):
            return validate_data(clf, X, dtype=np.float32, reset=reset)
        X = as_image_list(X)
        if not X:
            raise ValueError("Found array with 0 sample(s): X is empty; expected pictures.")
        return X

    def _read_targets(self, y, classes=None):
        """Return y as 0 and 1 of shape (n, n_labels), its classes and the labels' names."""
        clf = self.clf
        if is_one_dimensional(y):
            classes, Y = check_binary_target(y, classes)
            return Y, classes, classes
        Y, names = check_targets(y, clf.unknown)
        return Y, np.tile([0, 1], (len(names), 1)), names

    def _read_same_targets(self, y, what):
        """Return y as 0 and 1, if its labels are those that are there already."""
        clf = self.clf
        Y, classes, names = self._read_targets(y, clf.classes_ if clf._is_binary else None)
        if classes.shape != clf.classes_.shape or list(names) != list(clf.label_names_):
            raise ValueError(
                f"{what} has the labels {quote_names(names)}; expected those of y in fit, in their "
                f"order: {quote_names(clf.label_names_)}."
            )
        return Y

    def _weigh_labels(self, Y, y):
        """Set the labels' weights, by the samples that are trained with."""
        clf = self.clf
        if clf._is_binary:
            clf.label_weight_ = np.ones(1)
            return
        nowhere = np.isnan(Y).all(axis=0)
        if nowhere.any() and not clf.unknown_weight:
            warn_caller(
                "Of these labels nothing is known, and nothing can be learnt: "
                f"{quote_names(clf.label_names_[nowhere])}."
            )
        if hasattr(y, "columns") or clf.unknown is not None:
            Y = pd.DataFrame(Y, columns=clf.label_names_)
        clf.label_weight_ = compute_label_weight(Y, clf.class_weight)

    def _hold_out(self, data, X_val, y_val, seed):
        """Return the samples to train with, and those to measure with or None."""
        clf = self.clf
        validation = None
        if X_val is not None:
            X_val = self._check_pictures(X_val, reset=False)
            validation = TrainingData(X_val, self._read_same_targets(y_val, "y_val"))
            check_consistent_length(validation.X, validation.Y)
        elif clf.early_stopping:
            rows, others = hold_out(data.Y, clf.validation_fraction, seed)
            data, validation = data.take(rows), replace(data.take(others), sample_weight=None)
        if data.sample_weight is not None:
            used = np.flatnonzero(data.sample_weight > 0)
            if not len(used):
                raise ValueError("sample_weight is 0 for all samples; expected some above 0.")
            data = data.take(used)
        return data, validation

    def _embed(self, data, validation):
        """Return both with features in place of pictures, by the embedder or by a new one."""
        clf = self.clf
        if is_precomputed(clf.backbone):
            return data, validation
        images = [*data.X, *(validation.X if validation is not None else ())]
        if not self.go_on:
            parameters = {name: getattr(clf, name) for name in EMBEDDER_PARAMETERS}
            clf.embedder_ = ImageEmbedder(**parameters)
            clf.embedder_.fit(images)
            if clf.freeze is not True:
                find_frozen(clf.embedder_.backbone_.extractor, clf.freeze)
            clf.weights_name_ = clf.embedder_.weights_name_
        (features,) = clf.embedder_._transform_views(images, [AS_IT_IS])
        n = len(data.X)
        held_out = validation and replace(validation, X=features[n:])
        embedded = replace(data, X=features[:n])
        if clf.n_views > 1:
            views = clf.augment, clf.n_views
            embedded = add_training_views(clf.embedder_, data.X, *views, embedded)
        return embedded, held_out

    def _make_criterion(self, Y):
        clf = self.clf
        known = ~np.isnan(Y)
        criterion = make_loss(
            clf.loss,
            label_weight=torch.tensor(clf.label_weight_, dtype=torch.float32),
            label_counts=torch.tensor(np.nansum(Y, axis=0)),
            n_samples=torch.tensor(known.sum(axis=0)),
            options=clf.loss_params,
        )
        if known.all() or not clf.unknown_weight:
            return criterion
        return AssumedNegatives(criterion, clf.unknown_weight)

    def _get_net_settings(self):
        clf = self.clf
        return {
            "optimizer": clf.optimizer,
            "weight_decay": clf.weight_decay,
            "lr": clf.lr,
            "batch_size": clf.batch_size * clf.accumulation_steps,
            "gradient_clip": clf.gradient_clip,
            "device": resolve_device(clf.device),
            "net_params": clf.net_params,
        }

    def _train(self, sets, settings, callbacks, scoring, checkpoint, seed):
        """Train, phase by phase; set the attributes that come of it."""
        clf = self.clf
        net = clf.net_ if self.go_on else None
        start = self._get_start() if self.go_on else {}
        before = [(clf.history_, clf.batch_history_)] if self.go_on else []
        frames = []
        for trained, n_epochs in self.phases:
            data, validation = sets[trained]
            is_measured = validation is not None
            order = make_order(data.Y, clf.sampler, clf.hard_negatives)
            watching = [*callbacks, *self._make_guides(n_epochs, order, scoring, is_measured)]
            if clf.early_stopping:
                baseline = scoring.find_best(frames[-1][0]) if frames else None
                watching.append(BestWeights(scoring, clf.n_iter_no_change, baseline))
            if checkpoint is not None:
                watching.append(Checkpoint(checkpoint.with_suffix(f".{trained}.pt")))
            settings = {
                **settings,
                "callbacks": watching,
                "max_epochs": n_epochs,
                "iterator_train__order": order,
            }
            if trained == "head":
                net, history, state = self._fit_head(data, validation, settings, seed, start)
            else:
                history, state = self._fine_tune(net, data, validation, settings, seed, start)
            start = {"random": state["random"]}
            n_before = sum(len(epochs) for epochs, _ in (*before, *frames))
            frames.append(make_frames(history, trained, n_before))
        if clf.early_stopping:
            epochs, _ = join_frames(frames)
            clf.best_epoch_ = scoring.find_best_epoch(epochs)
        clf.history_, clf.batch_history_ = join_frames([*before, *frames])
        clf.n_iter_ = len(clf.history_)
        if self.keep_state:
            clf._training_state = {"trained": trained, **state}
        # Last, since it is what tells a fitted classifier from one whose training was cut off.
        clf.net_ = net

    def _make_guides(self, n_epochs, order, scoring, is_measured):
        """Return the callbacks that steer a phase of training."""
        clf = self.clf
        guides = []
        schedule = Schedule(
            clf.lr_schedule,
            n_epochs,
            warmup_epochs=clf.warmup_epochs,
            lr=clf.lr,
            patience=max(1, clf.n_iter_no_change // 2),
            lower_is_better=scoring.lower_is_better or not is_measured,
        )
        if not schedule.is_constant:
            guides.append(RateSetter(schedule, scoring.monitor if is_measured else "train_loss"))
        if isinstance(order, HardNegativeOrder):
            guides.append(NegativeMiner(order))
        if is_lbfgs(clf.optimizer):
            guides.append(Convergence())
        return guides

    def _get_start(self):
        """Return what a training that goes on starts from."""
        clf = self.clf
        trained, _ = self.phases[0]
        start = dict(vars(clf).get("_training_state", {}))
        if start.pop("trained", None) != trained:
            start.pop("optimizer", None)
        if trained == "head":
            start["module"] = clf.net_.module_.state_dict()
        return start

    def _fit_head(self, data, validation, settings, seed, start):
        """Train the head on features; return its net, the history and the state at the end."""
        clf = self.clf
        if is_lbfgs(clf.optimizer):
            settings = {**settings, "batch_size": len(data.X)}
        net = make_net(
            data,
            head={
                "hidden_layer_sizes": tuple(np.ravel(clf.hidden_layer_sizes).astype(int).tolist()),
                "activation": clf.activation,
                "dropout": clf.dropout,
                "input_dropout": self._choose_input_dropout(data.X.shape[1]),
            },
            mix=self._choose_feature_mix(data.Y),
            **settings,
        )
        device = settings["device"]
        return net, *train(net, data, validation, device=device, seed=seed, start=start)

    def _choose_input_dropout(self, n_features):
        clf = self.clf
        if clf.input_dropout != "auto":
            return clf.input_dropout
        if not np.size(clf.hidden_layer_sizes):
            return 0.0
        return float(np.clip(1 - _FEATURES_KEPT / n_features, 0, _INPUT_DROPOUT))

    def _choose_feature_mix(self, Y):
        clf = self.clf
        if clf.mix != "auto":
            return clf.mix if clf.freeze is True else None
        is_usual = clf.loss == "bce" and not is_lbfgs(clf.optimizer)
        # What is unknown of either of two samples is unknown of their mixture.
        return "mixup" if is_usual and not np.isnan(Y).any() else None

    def _fine_tune(self, head_net, data, validation, settings, seed, start):
        """Train backbone and head on together; the embedder takes the backbone's new weights.

        Returns the history and the state at the end.
        """
        clf = self.clf
        backbone = clf.embedder_.backbone_
        # scikit-learn's callbacks may predict, for which the net must be the head alone.
        callbacks = [one for one in settings["callbacks"] if not isinstance(one, EpochTasks)]
        device = settings["device"]
        precision = clf.embedder_.precision_
        extractor = copy.deepcopy(backbone.extractor).to(device)
        loader = {
            "preprocessing": backbone.preprocessing,
            "n_threads": count_threads(clf.n_jobs),
        }
        trained, sets, is_stored = extractor, (data, validation), False
        unchanged = all(getattr(clf, name) in nothing for name, nothing in _CHANGES.items())
        if unchanged and settings["max_epochs"] > 1:
            trained, sets, is_stored = replace_pictures(
                extractor,
                clf.freeze,
                sets,
                loader=loader,
                batch_size=clf.batch_size,
                precision=precision,
                device=device,
            )
        loader = {**loader, "augment": clf.augment, "erasing": clf.erasing}
        net = make_trainable_net(
            trained,
            copy.deepcopy(head_net.module_),
            network={
                "freeze": clf.freeze,
                "freeze_batch_norm": clf.freeze_batch_norm,
                "precision": precision,
            },
            steps={
                "part_size": clf.batch_size,
                "mix": None if clf.mix == "auto" else clf.mix,
                "scale_gradients": precision == "fp16",
            },
            loader=None if is_stored else loader,
            backbone_lr=clf.lr / 100 if clf.backbone_lr is None else clf.backbone_lr,
            layer_decay=clf.layer_decay,
            **{**settings, "callbacks": callbacks},
        )
        with (
            depthwise_in_fp32(trained.network, device, precision),
            trained.compiled() if clf.compile else nullcontext(),
        ):
            history, state = train(net, *sets, device=device, seed=seed, start=start)
        head_net.module_.load_state_dict(net.module_.head.state_dict())
        extractor.network.to(memory_format=torch.contiguous_format)
        extractor = extractor.cpu().eval().requires_grad_(False)
        clf.weights_name_ = f"{backbone.weights_name.removesuffix(_TUNED)}{_TUNED}"
        clf.embedder_.backbone_ = replace(
            backbone, extractor=extractor, weights_name=clf.weights_name_
        )
        return history, state

    def _name_checkpoint(self, sets):
        """Return the path of this training's checkpoints, or None."""
        clf = self.clf
        if clf.checkpoint is None:
            return None
        if self.go_on:
            raise ValueError(
                "A training that goes on from one in memory (warm_start=True) has no checkpoint; "
                "expected checkpoint=None, or a larger max_epochs for a new classifier."
            )
        if not isinstance(clf.random_state, Integral):
            raise ValueError(
                f"random_state={clf.random_state!r}: with checkpoint={clf.checkpoint!r}, by "
                "which the same training is found again, expected an int."
            )
        parameters = clf.get_params(deep=False)
        for name in _WITHOUT_EFFECT:
            del parameters[name]
        return name_checkpoint(clf.checkpoint, parameters, (sets["head"], self.phases))

    def _answer(self, logits):
        """Return a classifier that gives these logits, whatever it is asked about."""
        clf = self.clf
        shell = copy.copy(clf)
        shell.net_ = None
        shell._compute_logits = lambda X, on_error: logits.ravel() if clf._is_binary else logits
        return shell

    def _as_y(self, Y):
        """Return targets in the form that scorers take."""
        clf = self.clf
        if clf._is_binary:
            return clf.classes_[Y[:, 0].astype(int)]
        return Y if np.isnan(Y).any() else Y.astype(np.int64)

    def _make_callbacks(self, **arguments):
        clf = self.clf
        callbacks = [BatchRecorder(), *([EpochProgress()] if clf.verbose else [])]
        context = init_callback_context(clf, max_subtasks=clf.max_epochs)
        if context is not None:
            context.call_on_fit_task_begin(estimator=clf, **arguments)
            fitted = {name: value for name, value in vars(clf).items() if name.endswith("_")}
            callbacks.append(EpochTasks(clf, context, fitted, **arguments))
        return callbacks
