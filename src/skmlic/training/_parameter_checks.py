"""Checks of parameters that can't be combined."""

from typing import Any

import numpy as np
import torch

from skmlic.augmentation import make_augmentation
from skmlic.embedding import is_precomputed, list_parts, resolve_device
from skmlic.training._lbfgs import check_lbfgs, is_lbfgs
from skmlic.training._optimizers import check_optimizer
from skmlic.training._phases import count_head_epochs, get_options
from skmlic.training._schedules import check_schedule

_MOST_UNITS = 2**16
# These options change images, so they have no other values while a head is trained on features.
_ALLOWED_WITH_FEATURES = {"erasing": (0.0,), "mix": (None, "auto", "mixup")}


def check_parameters(classifier: Any, partial: bool = False) -> None:
    """Raise an error for invalid combinations of parameters, before images are embedded.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    partial : bool, default=False
        Whether the parameters are for ``partial_fit``.
    """
    options = get_options(classifier)
    options.check()
    sizes = np.ravel(classifier.hidden_layer_sizes)
    is_integer = sizes.dtype.kind in "iu"
    if len(sizes) and not (is_integer and ((sizes > 0) & (sizes <= _MOST_UNITS)).all()):
        raise ValueError(
            f"hidden_layer_sizes={classifier.hidden_layer_sizes!r}: expected numbers of units from "
            f"1 to {_MOST_UNITS}, for example (256,) or (512, 128); () is a linear head."
        )
    check_optimizer(classifier.optimizer, classifier.weight_decay)
    n_head_epochs = min(count_head_epochs(classifier), classifier.max_epochs)
    check_schedule(
        classifier.lr_schedule,
        options.warmup_epochs,
        [n_head_epochs, classifier.max_epochs - n_head_epochs],
    )
    if is_lbfgs(classifier.optimizer):
        check_lbfgs(classifier, options)
    if classifier.freeze is True:
        for name, allowed in _ALLOWED_WITH_FEATURES.items():
            if getattr(options, name) not in allowed:
                raise ValueError(
                    f"{name}={getattr(options, name)!r} changes images while a backbone is "
                    f"trained, and this one is frozen; expected {name}={allowed[0]}, or "
                    "freeze=False."
                )
    make_augmentation(classifier.augment, 1)
    _check_views(classifier, options)
    if partial:
        _check_partial(classifier, options)
    if classifier.freeze is not True:
        _check_fine_tuning(classifier, options)


def _check_views(classifier, options):
    """Raise an error for views of images that can't be computed."""
    augment, n_views = classifier.augment, options.n_views
    if is_precomputed(classifier.backbone) and n_views > 1:
        raise ValueError(
            f"n_views={n_views}: with backbone='precomputed' there are no images to change; "
            "expected n_views=1."
        )
    if n_views > 1 and augment is None:
        raise ValueError(
            f"n_views={n_views} needs to know how images are changed: set augment, for example "
            "augment='light'; or n_views=1."
        )
    if n_views == 1 and augment is not None and classifier.freeze is True:
        raise ValueError(
            f"augment={augment!r} has no effect with a frozen backbone and one view per image; "
            "expected training=TrainingOptions(n_views=4), for example, which passes changed "
            "images through the backbone, too, or augment=None."
        )


def _check_fine_tuning(classifier, options):
    n_parts = len(list_parts(classifier.backbone, classifier.weights, classifier.image_size))
    if n_parts > 1:
        raise ValueError(
            f"freeze={classifier.freeze!r} trains one network at one size, and backbone and "
            f"image_size name {n_parts}; expected freeze=True, or one of each."
        )
    if is_precomputed(classifier.backbone):
        raise ValueError(
            f"freeze={classifier.freeze!r}: backbone='precomputed' has no network to train; "
            "expected freeze=True."
        )
    if options.compile:
        _check_compiler(resolve_device(classifier.device))


def _check_compiler(device):
    """Raise an error if torch can't compile for a device."""
    try:
        torch.compile(torch.neg)(torch.zeros(8, device=device))
    except Exception as error:
        # The compilers behind torch.compile raise errors of many kinds.
        reason = next(iter(str(error).strip().splitlines()), "")
        raise RuntimeError(
            f"compile=True: torch.compile does not work here ({type(error).__name__}: {reason}). "
            "It needs a C++ compiler such as g++ on a CPU, Triton on a GPU. Use compile=False."
        ) from error


def _check_partial(classifier, options):
    if classifier.early_stopping or options.checkpoint is not None:
        raise ValueError(
            "partial_fit has no early stopping and no checkpoints; expected early_stopping=False "
            "and checkpoint=None, or fit."
        )
    if classifier.lr_schedule is not None or options.warmup_epochs:
        raise ValueError(
            "partial_fit does not know how many epochs there will be; expected lr_schedule=None "
            "and warmup_epochs=0, or fit."
        )
    if is_lbfgs(classifier.optimizer):
        raise ValueError(
            "optimizer='lbfgs' needs all images at once; expected fit, or another optimizer."
        )
    if isinstance(classifier.class_weight, str) or callable(classifier.class_weight):
        raise ValueError(
            f"class_weight={classifier.class_weight!r} needs all of Y, and partial_fit sees a "
            "part. Pass its result: skmlic.class_weight.compute_label_weight(Y, class_weight)."
        )
