"""The choice between the kinds of heads, and the parameters that have no effect on one."""

import inspect

from skmlic._utils._warnings import warn_caller
from skmlic.training._phases import get_options

_OF_TRAINED_HEAD = (
    "hidden_layer_sizes",
    "activation",
    "dropout",
    "class_weight",
    "loss",
    "loss_params",
    "optimizer",
    "lr",
    "lr_schedule",
    "weight_decay",
    "max_epochs",
    "batch_size",
    "early_stopping",
    "n_iter_no_change",
    "warm_start",
    "net_params",
)


def choose_head(classifier, *, is_validated=False, is_binary=False):
    """Return the kind of head that a classifier's parameters describe.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    is_validated : bool, default=False
        Whether ``fit`` got a hold-out set.
    is_binary : bool, default=False
        Whether y is one-dimensional.

    Returns
    -------
    head : {"net", "kernel"}

    Raises
    ------
    ValueError
        If ``head="kernel"`` is not possible.

    Warns
    -----
    UserWarning
        If parameters were set that have no effect with ``head="kernel"``.
    """
    changed = _list_changed(classifier)
    needs_training = is_validated or classifier.freeze is not True
    if classifier.head == "auto":
        return "net" if changed or needs_training else "kernel"
    if classifier.head == "net":
        return "net"
    if classifier.freeze is not True:
        raise ValueError(
            f"freeze={classifier.freeze!r} trains the backbone together with a head that is "
            "trained; expected head='net', or freeze=True."
        )
    if is_validated or classifier.early_stopping:
        raise ValueError(
            "A hold-out set is scored after each epoch of a training, and head='kernel' has none; "
            "expected head='net', or neither early_stopping nor X_val and y_val."
        )
    if is_binary and "class_weight" in changed:
        # It weighs samples, by their classes.
        changed.remove("class_weight")
    if changed:
        warn_caller(
            f"These parameters have no effect with head='kernel': {', '.join(changed)}. Leave them "
            "out, or use head='net'. For rare labels, tune thresholds: "
            "TunedThresholdMultiLabelClassifierCV(clf, cv='loo')."
        )
    return "kernel"


def can_train_further(classifier):
    """Return whether a classifier has a head that can be trained further.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier

    Returns
    -------
    can_train_further : bool

    Warns
    -----
    UserWarning
        If the head is a kernel.
    """
    if not hasattr(classifier, "net_"):
        return False
    if classifier.head_ == "kernel":
        warn_caller(
            "The fitted head is 'kernel', which can't be trained further. A new head is trained "
            "from scratch; set head='net' before the first fit to keep what was learned."
        )
        return False
    return True


def can_learn_in_parts(classifier):
    """Return True if a classifier has ``partial_fit``, or raise an error that says why not."""
    if classifier.head == "kernel":
        raise AttributeError(
            "head='kernel' learns from all images at once; expected fit, or head='net'."
        )
    return True


def _list_changed(classifier):
    """Return the parameters of trained heads that differ from their defaults."""
    options = get_options(classifier)
    nested = [name for name in options.get_params(deep=False) if name != "n_views"]
    return [
        *_find_changed(classifier, _OF_TRAINED_HEAD),
        *(f"training__{name}" for name in _find_changed(options, nested)),
    ]


def _find_changed(estimator, names):
    defaults = inspect.signature(type(estimator)).parameters
    pairs = [(name, getattr(estimator, name), defaults[name].default) for name in names]
    return [name for name, value, default in pairs if not _is_equal(value, default)]


def _is_equal(value, default):
    if value is default:
        return True
    return type(value) is type(default) and value == default
