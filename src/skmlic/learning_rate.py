"""Which learning rate to train with."""

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback

from skmlic._utils._compat import HasMethods, Interval, _fit_context
from skmlic._utils._typing import Floats, Images, Labels
from skmlic.plots._style import make_axes
from skmlic.training._fine_tuned_module import TrainableNetwork
from skmlic.training._lbfgs import is_lbfgs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningRateDisplay", "LearningRateFinder"]

# The loss, averaged over some steps, has diverged when it is so many times its lowest value.
_DIVERGED = 4.0
_MEAN_OF = 5
# From the lowest loss, where training is about to diverge, back to where it is quick and safe.
_MARGIN = 10.0


class LearningRateFinder(MetaEstimatorMixin, BaseEstimator):
    """Find a learning rate by one short training in which it rises from step to step.

    A clone of the estimator is trained for some steps; the rate of each is higher than that of the
    one before, by the same factor. Where the loss falls the rate is useful, where it rises again
    training diverges [1]_. ``best_lr_`` is a tenth of the rate at which the smoothed loss is
    lowest.

    Parameters
    ----------
    estimator : TransferMultiLabelClassifier
        What the rate is for. It is left as it is.

    min_lr, max_lr : float, default=1e-6, 10
        The first and the last rate.

    n_steps : int, default=100
        Batches from the first to the last rate. The end comes earlier if training diverges.

    smoothing : float, default=3.0
        Standard deviation, in steps, of the Gaussian that the losses are smoothed by. 0 leaves them
        as they are.

    Attributes
    ----------
    best_lr_ : float
        A tenth of the rate at which the smoothed loss is lowest, but no less than ``min_lr``.

    best_params_ : dict
        What to pass to the estimator's ``set_params``: ``lr``, and ``backbone_lr`` in the same
        ratio to it as before, if the estimator has one.

    losses_ : ndarray of shape (n_rates,)
        The loss of each step's batch, before the step.

    rates_ : ndarray of shape (n_rates,)
        The rate of each step.

    smoothed_losses_ : ndarray of shape (n_rates,)
        ``losses_``, smoothed.

    See Also
    --------
    LearningRateDisplay : The picture of it.

    Notes
    -----
    With a backbone that is trained too, the head is trained first, as ever, and the rates are of
    the training of both. The backbone's rate keeps its ratio to the head's, which is the one that
    ``rates_`` and ``best_lr_`` are of.

    Schedules, warm-up and early stopping of the estimator are left out. The rule is one of thumb:
    take a few rates around ``best_lr_`` to a search.

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

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "get_params", "set_params"])],
        "min_lr": [Interval(Real, 0, None, closed="neither")],
        "max_lr": [Interval(Real, 0, None, closed="neither")],
        "n_steps": [Interval(Integral, 2, None, closed="left")],
        "smoothing": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
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
        """Train a clone with rising rates.

        Parameters
        ----------
        X, y : see the estimator's ``fit``
        **fit_params : dict
            Passed to the estimator's ``fit``, for example ``sample_weight``.

        Returns
        -------
        self : LearningRateFinder
            Fitted.

        Raises
        ------
        ValueError
            If the loss of the first steps is not finite, or ``max_lr`` is not above ``min_lr``.
        """
        if self.max_lr <= self.min_lr:
            raise ValueError(
                f"max_lr={self.max_lr} is not above min_lr={self.min_lr}; expected it to be."
            )
        estimator = self._prepare()
        scan = None
        try:
            estimator.fit(X, y, **fit_params)
        except _ScanEnd as end:
            scan = end.scan
        if scan is None:
            raise ValueError(
                "The training ended before the scan of rates did: a callback of net_params stopped "
                "it. Leave that out."
            )
        rates, losses = scan.rates, scan.losses
        finite = np.isfinite(losses)
        n_finite = len(losses) if finite.all() else int(finite.argmin())
        if n_finite < 2:
            raise ValueError(
                f"The loss is {losses[n_finite]} at min_lr={self.min_lr}, in step {n_finite + 1}; "
                "expected finite losses there. Lower min_lr, or look at the features."
            )
        self.rates_ = np.array(rates[:n_finite])
        self.losses_ = np.array(losses[:n_finite])
        self.smoothed_losses_ = smooth(self.losses_, self.smoothing)
        self.best_lr_ = suggest_rate(self.rates_, self.smoothed_losses_)
        self.best_params_ = {"lr": self.best_lr_}
        if self.estimator.get_params(deep=False).get("backbone_lr") is not None:
            ratio = self.estimator.backbone_lr / self.estimator.lr
            self.best_params_["backbone_lr"] = self.best_lr_ * ratio
        return self

    def plot(self, ax: "Axes | None" = None) -> "LearningRateDisplay":
        """Draw the losses by rate.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        Returns
        -------
        display : LearningRateDisplay
        """
        check_is_fitted(self)
        data = (self.rates_, self.losses_, self.smoothed_losses_, self.best_lr_)
        return LearningRateDisplay(*data).plot(ax)

    def _prepare(self):
        """Return the clone that is trained."""
        parameters = self.estimator.get_params(deep=False)
        if not {"lr", "max_epochs", "net_params"} <= set(parameters):
            raise ValueError(
                f"{type(self.estimator).__name__} has no learning rate; expected a "
                "TransferMultiLabelClassifier. Of a pipeline or a tuned classifier, pass the "
                "classifier inside."
            )
        if is_lbfgs(parameters.get("optimizer")):
            raise ValueError("optimizer='lbfgs' searches for its steps itself, without a rate.")
        of_both = parameters.get("freeze", True) is not True
        net_params = dict(parameters["net_params"] or {})
        scan = _RateScan(self.min_lr, self.max_lr, self.n_steps, of_both)
        net_params["callbacks"] = [*net_params.get("callbacks", ()), ("rate_scan", scan)]
        changed = {
            "net_params": net_params,
            "max_epochs": self.n_steps,
            "lr_schedule": None,
            "warmup_epochs": 0,
            "early_stopping": False,
            "checkpoint": None,
            "warm_start": False,
        }
        if of_both:
            n_head_epochs = parameters["unfreeze_after"]
            if n_head_epochs is None:
                n_head_epochs = 3 * parameters["max_epochs"] // 4
            changed["unfreeze_after"] = n_head_epochs
            changed["max_epochs"] += n_head_epochs
        changed = {name: value for name, value in changed.items() if name in parameters}
        return clone(self.estimator).set_params(**changed)


class LearningRateDisplay:
    """The loss by learning rate, as a picture.

    Make it with :meth:`from_estimator` or :meth:`LearningRateFinder.plot`.

    Parameters
    ----------
    rates : ndarray of shape (n_rates,)
        Learning rates, rising.

    losses : ndarray of shape (n_rates,)
        The loss of each.

    smoothed_losses : ndarray of shape (n_rates,)
        The same, smoothed.

    best_lr : float, default=None
        The rate that is marked.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What it is drawn on.

    figure_ : matplotlib Figure
        The figure of ``ax_``.

    line_ : matplotlib Artist
        The smoothed losses.

    See Also
    --------
    LearningRateFinder : Finds the rate.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.learning_rate import LearningRateDisplay
    >>> rates = np.geomspace(1e-4, 1, 30)
    >>> losses = 0.5 + np.log10(rates / 0.1) ** 2 / 20
    >>> display = LearningRateDisplay(rates, losses, losses, best_lr=0.01)
    >>> display.plot()  # doctest: +SKIP
    """

    def __init__(
        self, rates: Floats, losses: Floats, smoothed_losses: Floats, best_lr: float | None = None
    ) -> None:
        self.rates = rates
        self.losses = losses
        self.smoothed_losses = smoothed_losses
        self.best_lr = best_lr

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        Returns
        -------
        self : LearningRateDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = make_axes(ax, width=6.4, height=4.8)
        ax.plot(self.rates, self.losses, ".", color="0.7", label="Loss of each step")
        self.line_ = ax.plot(self.rates, self.smoothed_losses, color="C0", label="Smoothed")[0]
        if self.best_lr is not None:
            ax.axvline(
                self.best_lr, color="C1", linestyle="--", label=f"Suggestion: {self.best_lr:.2g}"
            )
        ax.set(xscale="log", xlabel="Learning rate", ylabel="Loss", ylim=self._find_limits())
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Images,
        y: Labels,
        *,
        ax: "Axes | None" = None,
        **finder_params: Any,
    ) -> "LearningRateDisplay":
        """Find the rate of a classifier, and draw.

        Parameters
        ----------
        estimator : TransferMultiLabelClassifier
            It is left as it is.

        X, y : see the estimator's ``fit``

        ax : matplotlib Axes, default=None
            Where to draw; ``None`` makes a figure.

        **finder_params : dict
            Parameters of :class:`LearningRateFinder`.

        Returns
        -------
        display : LearningRateDisplay
        """
        return LearningRateFinder(estimator, **finder_params).fit(X, y).plot(ax)

    def frame(self) -> pd.DataFrame:
        """Return what is drawn.

        Returns
        -------
        steps : DataFrame of shape (n_rates, 3)
            A row for each step, with the columns "rate", "loss" and "smoothed_loss".
        """
        columns = {"rate": self.rates, "loss": self.losses, "smoothed_loss": self.smoothed_losses}
        return pd.DataFrame(columns)

    def _find_limits(self):
        """Return the range of losses to show, which leaves out where they have diverged."""
        low, first = np.min(self.smoothed_losses), self.smoothed_losses[0]
        high = max(first, low) + 0.5 * (first - low)
        margin = 0.05 * (high - low) or 0.1
        return low - 2 * margin, max(high, np.quantile(self.losses, 0.5)) + margin


def smooth(losses, sigma):
    """Return losses smoothed by a Gaussian of this many steps, without a lag."""
    # What diverged would reach back to rates that did not.
    capped = np.minimum(losses, max(_DIVERGED * np.min(losses), losses[0]))
    return gaussian_filter1d(capped, sigma, mode="nearest") if sigma else capped


def suggest_rate(rates, losses):
    """Return a tenth of the rate with the lowest loss, but no less than the first."""
    return max(float(rates[np.argmin(losses)]) / _MARGIN, float(rates[0]))


class _ScanEnd(Exception):
    """Ends a training in the midst of an epoch, and carries what came of it."""

    def __init__(self, scan):
        super().__init__("The scan of learning rates has ended.")
        self.scan = scan


class _RateScan(Callback):
    """Raise the rate from step to step, note the losses, and end the training."""

    def __init__(self, min_lr, max_lr, n_steps, of_both):
        self.all_rates = np.geomspace(min_lr, max_lr, n_steps).tolist()
        self.of_both = of_both
        self.rates = []
        self.losses = []

    def on_train_begin(self, net, **kwargs):
        """Note how the rates of groups of parameters relate to the head's, which is the last."""
        rates = [group["lr"] for group in net.optimizer_.param_groups]
        self.ratios = [rate / rates[-1] if rates[-1] else 1.0 for rate in rates]

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Set the rates."""
        if self._is_on(net, training):
            rate = self.all_rates[len(self.rates)]
            for group, ratio in zip(net.optimizer_.param_groups, self.ratios, strict=True):
                group["lr"] = rate * ratio
            self.rates.append(rate)

    def on_batch_end(self, net, batch=None, training=None, loss=None, **kwargs):
        """Note the loss; end."""
        if not self._is_on(net, training):
            return
        self.losses.append(loss.item())
        if len(self.rates) == len(self.all_rates) or self._has_diverged():
            raise _ScanEnd(self)

    def _is_on(self, net, training):
        return training and isinstance(net.module_, TrainableNetwork) == self.of_both

    def _has_diverged(self):
        if not math.isfinite(self.losses[-1]):
            return True
        sums = np.convolve(self.losses, np.ones(_MEAN_OF), "valid")
        return len(self.losses) >= _MEAN_OF and sums[-1] > _DIVERGED * sums.min()
