"""Whether a classifier's parameters go together."""

import numpy as np

from skmlic.augmentation import make_augmentation
from skmlic.embedding._combinations import is_precomputed, list_parts
from skmlic.embedding._devices import resolve_device
from skmlic.embedding._views import check_views
from skmlic.training._fine_tuned_module import check_compiler
from skmlic.training._lbfgs import check_lbfgs, is_lbfgs
from skmlic.training._net_factory import check_optimizer
from skmlic.training._schedules import check_schedule

# What may change the pictures of a frozen backbone, of which there are only features.
_CHANGES_OF_FEATURES = {"erasing": (0.0,), "mix": (None, "auto", "mixup")}


def check_parameters(classifier, partial=False):
    """Raise an error for what constraints can't express, before pictures are embedded.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    partial : bool, default=False
        Whether for ``partial_fit``.
    """
    sizes = np.ravel(classifier.hidden_layer_sizes)
    if len(sizes) and not (sizes.dtype.kind in "iu" and (sizes > 0).all()):
        raise ValueError(
            f"hidden_layer_sizes={classifier.hidden_layer_sizes!r}: expected numbers of units > 0, "
            "for example (256,) or (512, 128); () is a linear head."
        )
    check_optimizer(classifier.optimizer, classifier.weight_decay)
    n_head_epochs = min(classifier._n_head_epochs, classifier.max_epochs)
    check_schedule(
        classifier.lr_schedule,
        classifier.warmup_epochs,
        [n_head_epochs, classifier.max_epochs - n_head_epochs],
    )
    if is_lbfgs(classifier.optimizer):
        check_lbfgs(classifier)
    if classifier.freeze is True:
        for name, allowed in _CHANGES_OF_FEATURES.items():
            if getattr(classifier, name) not in allowed:
                raise ValueError(
                    f"{name}={getattr(classifier, name)!r} changes pictures while a backbone is "
                    f"trained, and this one is frozen; expected {name}={allowed[0]}, or "
                    "freeze=False."
                )
    make_augmentation(classifier.augment, 1)
    check_views(classifier)
    if partial:
        _check_partial(classifier)
    if classifier.freeze is not True:
        _check_trainable(classifier)


def _check_trainable(classifier):
    n_parts = len(list_parts(classifier.backbone, classifier.weights, classifier.image_size))
    if n_parts > 1:
        raise ValueError(
            f"freeze={classifier.freeze!r} trains one network at one size, and backbone and "
            f"image_size name {n_parts}; expected freeze=True, or one of each."
        )
    if is_precomputed(classifier.backbone):
        raise ValueError(
            f"freeze={classifier.freeze!r}: with backbone='precomputed' there is none to train; "
            "expected freeze=True."
        )
    if classifier.compile:
        check_compiler(resolve_device(classifier.device))


def _check_partial(classifier):
    if classifier.early_stopping or classifier.checkpoint is not None:
        raise ValueError(
            "partial_fit has no early stopping and no checkpoints; expected early_stopping=False "
            "and checkpoint=None, or fit."
        )
    if classifier.lr_schedule is not None or classifier.warmup_epochs:
        raise ValueError(
            "partial_fit does not know how many epochs there will be; expected lr_schedule=None "
            "and warmup_epochs=0, or fit."
        )
    if is_lbfgs(classifier.optimizer):
        raise ValueError(
            "optimizer='lbfgs' needs all pictures at once; expected fit, or another optimizer."
        )
    if isinstance(classifier.class_weight, str) or callable(classifier.class_weight):
        raise ValueError(
            f"class_weight={classifier.class_weight!r} needs all of Y, and partial_fit sees a "
            "part. Pass its result: skmlic.class_weight.compute_label_weight(Y, class_weight)."
        )
