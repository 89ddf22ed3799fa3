"""What watches the training of a net: a progress bar, scikit-learn's callbacks."""

from skorch.callbacks import Callback
from tqdm import tqdm

from skmlic._net import StopTraining


class EpochProgress(Callback):
    """A progress bar over the epochs, with the loss."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self._bar = tqdm(total=net.max_epochs, desc="training", unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Advance it."""
        self._bar.set_postfix(loss=f"{net.history[-1, 'train_loss']:.4f}", refresh=False)
        self._bar.update()

    def on_train_end(self, net, **kwargs):
        """Close it."""
        self._bar.close()


class EpochTasks(Callback):
    """Tell scikit-learn's callbacks of each epoch.

    Parameters
    ----------
    estimator : estimator
        The one that is being fitted.
    context : sklearn.callback.CallbackContext
        Of its ``fit``.
    fitted : dict
        The estimator's fitted attributes, without the net.
    **arguments : dict
        What ``fit`` was given: X, y and metadata.
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
        """End it; end the training if a callback says so."""
        stop = self._task.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=lambda: {**self.fitted, "net_": net},
            **self.arguments,
        )
        if stop:
            raise StopTraining
