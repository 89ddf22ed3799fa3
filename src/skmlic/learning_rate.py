"""Search for a learning rate."""

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.ndimage import gaussian_filter1d
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from skorch.callbacks import Callback

from skmlic._utils._compat import HasMethods, Interval, _fit_context
from skmlic._utils._typing import Estimator, Floats, Images, Labels
from skmlic.plots._learning_rate import LearningRateDisplay
from skmlic.training import FineTunedModule, count_head_epochs, is_lbfgs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningRateDisplay", "LearningRateFinder"]

# The loss has diverged when its mean over some steps is this many times the lowest such mean.
_DIVERGED = 4.0
_N_AVERAGED = 5
# At the rate of the lowest loss, training is about to diverge. A tenth of it is fast and safe.
_MARGIN = 10.0


class LearningRateFinder(MetaEstimatorMixin, BaseEstimator):
    """Find a learning rate by one short training in which the rate rises from step to step.

    A clone of the estimator is trained for some steps, and the learning rate rises by the same
    factor in each step. A rate at which the loss decreases is useful. Where the loss increases
    again, training diverges [1]_. ``best_lr_`` is a tenth of the rate with the lowest smoothed
    loss.

    Parameters
    ----------
    estimator : TransferMultiLabelClassifier
        The classifier to find a learning rate for. It is not changed.

    min_lr, max_lr : float, default=1e-6, 10
        The first and the last rate.

    n_steps : int, default=100
        Number of batches from the first to the last rate. The search ends earlier if training
        diverges.

    smoothing : float, default=3.0
        Standard deviation, in steps, of the Gaussian filter that smooths the losses. 0 disables
        smoothing.

    Attributes
    ----------
    best_lr_ : float
        A tenth of the rate with the lowest smoothed loss, but at least ``min_lr``.

    best_params_ : dict
        Parameters for ``set_params`` of the estimator: ``lr`` and, if the estimator has a learning
        rate of the backbone, ``training__backbone_lr`` in the same ratio to ``lr`` as before.

    losses_ : ndarray of shape (n_rates,)
        Loss of the batch of each step, before the step.

    rates_ : ndarray of shape (n_rates,)
        Learning rate of each step.

    smoothed_losses_ : ndarray of shape (n_rates,)
        Smoothed losses.

    See Also
    --------
    LearningRateDisplay : Draw the losses by learning rate.

    Notes
    -----
    If the backbone is trained too, the head is first trained alone, and the search takes place in
    the training of both. ``rates_`` and ``best_lr_`` are learning rates of the head; that of the
    backbone keeps its ratio to them.

    Schedules, warmup and early stopping of the estimator are disabled. The result is a rule of
    thumb, so try a few rates around ``best_lr_`` in a grid search.

    References
    ----------
    .. [1] L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.

    Examples
    --------
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.learning_rate import LearningRateFinder
    >>> X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", random_state=0)
    >>> finder = LearningRateFinder(clf, n_steps=50).fit(X, Y)
    >>> 1e-6 < finder.best_lr_ < 10
    True
    >>> clf = clf.set_params(**finder.best_params_).fit(X, Y)
    """

    best_lr_: float
    best_params_: dict[str, float]
    losses_: Floats
    rates_: Floats
    smoothed_losses_: Floats

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "get_params", "set_params"])],
        "min_lr": [Interval(Real, 0, None, closed="neither")],
        "max_lr": [Interval(Real, 0, None, closed="neither")],
        "n_steps": [Interval(Integral, 2, None, closed="left")],
        "smoothing": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Estimator,
        *,
        min_lr: float = 1e-6,
        max_lr: float = 10.0,
        n_steps: int = 100,
        smoothing: float = 3.0,
    ) -> None:
        self.estimator = estimator
        self.min_lr = min_lr
        self.max_lr = max_lr
        self.n_steps = n_steps
        self.smoothing = smoothing

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Images, y: Labels, **fit_params: Any) -> Self:
        """Train a clone of the estimator with rising learning rates.

        Parameters
        ----------
        X, y : array-like
            The training set, in any form that the ``fit`` of the estimator takes.

        **fit_params : dict
            Passed to ``fit`` of the estimator, for example ``sample_weight``.

        Returns
        -------
        self : LearningRateFinder
            The fitted finder.

        Raises
        ------
        ValueError
            If the loss of the first steps is not finite, or ``max_lr`` is not above ``min_lr``.
        """
        if self.max_lr <= self.min_lr:
            raise ValueError(
                f"max_lr={self.max_lr} is not above min_lr={self.min_lr}; expected a larger value."
            )
        estimator = self._prepare()
        search = None
        try:
            estimator.fit(X, y, **fit_params)
        except _SearchEnd as end:
            search = end.search
        if search is None:
            raise ValueError(
                "The training ended before the search did, since a callback of net_params stopped "
                "it. Remove that callback."
            )
        rates, losses = search.rates, search.losses
        finite = np.isfinite(losses)
        n_finite = len(losses) if finite.all() else int(finite.argmin())
        if n_finite < 2:
            raise ValueError(
                f"The loss is {losses[n_finite]} at min_lr={self.min_lr}, in step {n_finite + 1}; "
                "expected finite losses there. Lower min_lr, or check the features."
            )
        self.rates_ = np.array(rates[:n_finite])
        self.losses_ = np.array(losses[:n_finite])
        self.smoothed_losses_ = smooth(self.losses_, self.smoothing)
        self.best_lr_ = suggest_rate(self.rates_, self.smoothed_losses_)
        self.best_params_ = {"lr": self.best_lr_}
        parameters = self.estimator.get_params()
        backbone_lr = parameters.get("training__backbone_lr")
        if backbone_lr is not None:
            ratio = backbone_lr / parameters["lr"]
            self.best_params_["training__backbone_lr"] = self.best_lr_ * ratio
        return self

    def plot(self, ax: "Axes | None" = None) -> "LearningRateDisplay":
        """Draw the losses by learning rate.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        Returns
        -------
        display : LearningRateDisplay
            The display, drawn.
        """
        return LearningRateDisplay.from_estimator(self, ax=ax)

    def _prepare(self):
        """Return the clone of the estimator that is trained."""
        parameters = self.estimator.get_params(deep=False)
        if not {"lr", "max_epochs", "net_params"} <= set(parameters):
            raise ValueError(
                f"{type(self.estimator).__name__} has no learning rate; expected a "
                "TransferMultiLabelClassifier. For a pipeline or a meta-estimator, pass the "
                "classifier inside."
            )
        if parameters.get("head") == "kernel":
            raise ValueError(
                "head='kernel' is solved in closed form, without a learning rate; expected "
                "head='net'."
            )
        if is_lbfgs(parameters.get("optimizer")):
            raise ValueError("optimizer='lbfgs' searches for its step sizes, without a rate.")
        trains_backbone = parameters.get("freeze", True) is not True
        n_head_epochs = count_head_epochs(self.estimator) if trains_backbone else 0
        net_params = dict(parameters["net_params"] or {})
        search = _RateSearch(self.min_lr, self.max_lr, self.n_steps, trains_backbone)
        net_params["callbacks"] = [*net_params.get("callbacks", ()), ("rate_search", search)]
        changed = {
            "net_params": net_params,
            "max_epochs": n_head_epochs + self.n_steps,
            "lr_schedule": None,
            "early_stopping": False,
            "warm_start": False,
            "training__warmup_epochs": 0,
            "training__checkpoint": None,
        }
        if trains_backbone:
            changed["training__unfreeze_after"] = n_head_epochs
        known = {
            name: value for name, value in changed.items() if name.split("__")[0] in parameters
        }
        return clone(self.estimator).set_params(**known)


def smooth(losses: Floats, sigma: float) -> Floats:
    """Return losses smoothed by a Gaussian filter with a standard deviation in steps."""
    # Otherwise, diverged losses would spread to rates at which training has not diverged.
    capped = np.minimum(losses, max(_DIVERGED * np.min(losses), losses[0]))
    return gaussian_filter1d(capped, sigma, mode="nearest") if sigma else capped


def suggest_rate(rates: Floats, losses: Floats) -> float:
    """Return a tenth of the rate with the lowest loss, but at least the first rate."""
    return max(float(rates[np.argmin(losses)]) / _MARGIN, float(rates[0]))


class _SearchEnd(Exception):
    """Raised to end a training within an epoch. It carries the search."""

    def __init__(self, search):
        super().__init__("The search for a learning rate has ended.")
        self.search = search


class _RateSearch(Callback):
    """Increase the learning rate in each step, record the losses, and end the training.

    Parameters
    ----------
    min_lr, max_lr : float
        The first and the last rate.
    n_steps : int
        Number of steps.
    trains_backbone : bool
        Whether to wait until the backbone is trained.
    """

    def __init__(self, min_lr, max_lr, n_steps, trains_backbone):
        self.all_rates = np.geomspace(min_lr, max_lr, n_steps).tolist()
        self.trains_backbone = trains_backbone
        self.rates = []
        self.losses = []

    def on_train_begin(self, net, **kwargs):
        """Record the ratios of all learning rates to that of the head, which is the last one."""
        rates = [group["lr"] for group in net.optimizer_.param_groups]
        self.ratios = [rate / rates[-1] if rates[-1] else 1.0 for rate in rates]

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Set the learning rates of the step."""
        if self._is_active(net, training):
            rate = self.all_rates[len(self.rates)]
            for group, ratio in zip(net.optimizer_.param_groups, self.ratios, strict=True):
                group["lr"] = rate * ratio
            self.rates.append(rate)

    def on_batch_end(self, net, batch=None, training=None, loss=None, **kwargs):
        """Record the loss, and end the training after the last step."""
        if not self._is_active(net, training):
            return
        self.losses.append(loss.item())
        if len(self.rates) == len(self.all_rates) or self._has_diverged():
            raise _SearchEnd(self)

    def _is_active(self, net, training):
        return training and isinstance(net.module_, FineTunedModule) == self.trains_backbone

    def _has_diverged(self):
        if not math.isfinite(self.losses[-1]):
            return True
        sums = np.convolve(self.losses, np.ones(_N_AVERAGED), "valid")
        return len(self.losses) >= _N_AVERAGED and sums[-1] > _DIVERGED * sums.min()
