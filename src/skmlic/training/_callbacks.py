"""Callbacks of a training: progress, records, scores and the best weights."""

import copy
import time
import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from skorch.callbacks import Callback, EarlyStopping
from tqdm import tqdm

from skmlic._utils._numbers import as_number
from skmlic.training._net import StopTraining


class EpochProgress(Callback):
    """A progress bar over the epochs, with the losses."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self._bar = tqdm(
            total=net.max_epochs, initial=len(net.history), desc="training", unit="epoch"
        )

    def on_epoch_end(self, net, **kwargs):
        """Advance the bar."""
        last = net.history[-1]
        losses = {
            name: f"{last[key]:.4f}"
            for name, key in (("loss", "train_loss"), ("valid", "valid_loss"))
            if key in last
        }
        self._bar.set_postfix(losses, refresh=False)
        self._bar.update()

    def on_train_end(self, net, **kwargs):
        """Close the bar."""
        self._bar.close()


class EpochTasks(Callback):
    """Notify scikit-learn's callbacks of each epoch.

    Parameters
    ----------
    estimator : estimator
        The estimator that is being fitted.
    context : sklearn.callback.CallbackContext
        The context of its ``fit``.
    fitted : dict
        The estimator's fitted attributes, without the net.
    **arguments : dict
        Arguments of ``fit``: X, y and metadata.
    """

    def __init__(self, estimator, context, fitted, **arguments):
        self.estimator = estimator
        self.context = context
        self.fitted = fitted
        self.arguments = arguments

    def on_epoch_begin(self, net, **kwargs):
        """Begin a task."""
        self._task = self.context.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(estimator=self.estimator, **self.arguments)

    def on_epoch_end(self, net, **kwargs):
        """End the task, and the training if a callback requests it."""
        stop = self._task.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=lambda: {**self.fitted, "net_": net},
            **self.arguments,
        )
        if stop:
            raise StopTraining


class BatchRecorder(Callback):
    """Record learning rates and seconds of each batch in the net's history.

    The last parameter group of the optimizer is that of the head.
    """

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Note the time."""
        self._start = time.perf_counter()

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        """Record learning rates and seconds of a training batch."""
        if not training:
            return
        history = net.history
        *others, head = net.optimizer_.param_groups
        history.record_batch("seconds", time.perf_counter() - self._start)
        history.record_batch("lr", head["lr"])
        if others:
            history.record_batch("backbone_lr", others[-1]["lr"])


class ValidationScores(Callback):
    """Score the net on the validation data after each epoch, with one pass for all scorers.

    Parameters
    ----------
    scorers : dict of str to callable
        Each is called with an estimator, None in place of X, and the targets.
    make_estimator : callable
        Makes an estimator that predicts given logits.
    y : ndarray
        Targets of the validation data, in the form that scorers take.
    """

    def __init__(self, scorers, make_estimator, y):
        self.scorers = scorers
        self.make_estimator = make_estimator
        self.y = y

    def on_epoch_begin(self, net, **kwargs):
        """Start to collect logits."""
        self._logits = []

    def on_batch_end(self, net, batch=None, training=None, y_pred=None, **kwargs):
        """Collect the logits of a validation batch."""
        if not training:
            self._logits.append(y_pred.float().cpu().numpy())

    def on_epoch_end(self, net, **kwargs):
        """Compute the scores; warn of undefined ones once, since the targets stay the same."""
        estimator = self.make_estimator(np.concatenate(self._logits))
        with warnings.catch_warnings():
            if len(net.history) > 1:
                warnings.simplefilter("ignore", UndefinedMetricWarning)
            for name, scorer in self.scorers.items():
                score = as_number(scorer(estimator, None, self.y), f"The result of scoring={name}")
                net.history.record(name, score)


class BestWeights(EarlyStopping):
    """Stop when the validation score does not improve, and return to the best weights.

    Parameters
    ----------
    scoring : Scoring
        Determines the score.
    patience : int
        Number of epochs without improvement that end the training.
    baseline : float or None
        Score of the weights that the training starts with, if they may be the best.
    """

    def __init__(self, scoring, patience, baseline=None):
        super().__init__(
            monitor=scoring.monitor,
            patience=patience,
            lower_is_better=scoring.lower_is_better,
            threshold=0.0,
            threshold_mode="abs",
            load_best=True,
        )
        self.baseline = baseline

    def on_train_begin(self, net, **kwargs):
        """Reset the counts, and keep the weights that the training starts with."""
        super().on_train_begin(net, **kwargs)
        if self.baseline is not None:
            self.dynamic_threshold_ = self.baseline
            self.best_model_weights_ = copy.deepcopy(net.module_.state_dict())

    def on_train_end(self, net, **kwargs):
        """Return to the best weights."""
        if len(net.history):
            super().on_train_end(net, **kwargs)

    def state_dict(self):
        """Return the state that the rest of the training depends on."""
        return {
            "misses_": self.misses_,
            "dynamic_threshold_": float(self.dynamic_threshold_),
            "best_epoch_": self.best_epoch_,
            "best_model_weights_": self.best_model_weights_,
        }

    def load_state_dict(self, state):
        """Resume from a state."""
        vars(self).update(state)
