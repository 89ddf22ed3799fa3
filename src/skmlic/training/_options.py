"""Rarely used settings of the training."""

from numbers import Integral, Real
from os import PathLike
from typing import Literal

from sklearn.base import BaseEstimator

from skmlic._utils._compat import Interval, StrOptions
from skmlic._utils._typing import FilePath


class TrainingOptions(BaseEstimator):
    """Rarely used settings of how a classifier is trained.

    An instance is the parameter ``training`` of :class:`skmlic.TransferMultiLabelClassifier`. Its
    own parameters are reached as those of any nested estimator:
    ``clf.set_params(training__layer_decay=0.7)``, or ``{"training__mix": ["mixup", None]}`` in a
    grid.

    Parameters
    ----------
    unfreeze_after : int, default=None
        Number of epochs, of ``max_epochs``, in which the head is trained alone before the backbone
        is trained with it. ``None`` means three quarters of them. Only used if ``freeze`` is not
        True.

    backbone_lr : float, default=None
        Learning rate of the backbone. ``None`` means a hundredth of ``lr``. Only used if ``freeze``
        is not True.

    layer_decay : float, default=1.0
        Factor in (0, 1] between the learning rate of a stage of the backbone (a block of a
        transformer) and that of the next stage. The last stage has ``backbone_lr``.

    freeze_batch_norm : bool, default=True
        Whether batch normalization in the trained part of the backbone keeps the statistics of the
        pretraining, which small batches would spoil.

    erasing : float, default=0.0
        Probability that a rectangle of a training image is erased while the backbone is trained.

    mix : {"auto", "mixup", "cutmix", "either"} or None, default="auto"
        How the images of a batch and their labels are mixed; see
        :func:`skmlic.augmentation.mix`. With a frozen backbone only "mixup" is available, and mixes
        features. "auto" mixes features by "mixup" while the head is trained alone, if the loss is
        "bce" and no label is missing; images are not mixed.

    n_views : int, default=1
        Number of views of each training image that the head is trained on with stored features: the
        image itself and ``n_views - 1`` versions changed by ``augment``. An epoch is longer by this
        factor. A view is determined by the image, ``augment`` and its number, not by
        ``random_state``, so that it passes through the backbone once. It is not stored if
        ``augment`` is a function that cannot be fingerprinted, or that uses other random generators
        than torch's.

    input_dropout : float or "auto", default="auto"
        Probability, in [0, 1), that a feature is dropped in training. "auto" is 0.7, or less where
        fewer than 150 features would be left on average, and 0 for a linear head.

    sampler : {"balanced"} or None, default=None
        How images are sampled in training. ``None`` takes each image once per epoch. "balanced"
        samples a label and then one of its images, both uniformly and with replacement, as many
        times as there are images; images without a known label form one more group.

    hard_negatives : float, default=None
        Number of images without any label that an epoch trains on, per image with a label. Those
        with the highest score of any label are chosen as each epoch begins. ``None`` takes all.
        Images with missing labels are always trained on. While the backbone is trained, choosing
        costs one pass of all unlabelled images through it per epoch.

    warmup_epochs : float, default=0
        Number of epochs, possibly fractional, in which learning rates rise linearly from 0 before
        ``lr_schedule`` begins, in each phase of the training.

    accumulation_steps : int, default=1
        Number of batches whose gradients are accumulated into one step: training is as with batches
        larger by this factor, in the memory of one. It is equal up to rounding, unless batch
        normalization takes its statistics from batches, images are mixed, or the loss contrasts the
        images of a batch ("fbeta", "two_way").

    gradient_clip : float, default=None
        Largest norm of the gradient of a step; larger gradients are scaled down to it.

    compile : bool, default=False
        Whether :func:`torch.compile` compiles the backbone while it is trained. Compiling takes a
        minute or more, and a C++ compiler on a CPU.

    checkpoint : str, Path or None, default=None
        Directory in which the training is saved after each epoch. A ``fit`` of the same data and
        parameters that was interrupted resumes from there and ends as it would have; a finished one
        is loaded. ``random_state`` must be an int. The state of callbacks in ``net_params`` is not
        saved. A damaged file is an error, and one that can't be written a warning. Nothing is ever
        deleted in the directory.

    missing_weight : float, default=0.0
        Weight, in [0, 1], with which missing labels (NaN in Y) count as negatives. With 0 they are
        left out of the loss. If only positives are annotated, a small weight such as
        ``1 / (n_labels - 1)`` for one known label per image makes learning possible [1]_.

    validation_fraction : float, default=0.1
        Fraction of the images in the hold-out set of ``early_stopping``, which is stratified by
        label. It is not used if ``fit`` gets ``X_val`` and ``y_val``.

    See Also
    --------
    skmlic.TransferMultiLabelClassifier : The classifier that is trained.

    References
    ----------
    .. [1] E. Cole, O. Mac Aodha, T. Lorieul, P. Perona, D. Morris, N. Jojic, "Multi-Label Learning
       from Single Positive Labels", CVPR 2021.

    Examples
    --------
    >>> from skmlic import TrainingOptions, TransferMultiLabelClassifier
    >>> clf = TransferMultiLabelClassifier(
    ...     "resnet18", freeze="layer3", training=TrainingOptions(gradient_clip=1.0)
    ... )
    >>> clf.set_params(training__layer_decay=0.7).training
    TrainingOptions(gradient_clip=1.0, layer_decay=0.7)
    """

    _parameter_constraints = {
        "unfreeze_after": [Interval(Integral, 0, None, closed="left"), None],
        "backbone_lr": [Interval(Real, 0, None, closed="left"), None],
        "layer_decay": [Interval(Real, 0, 1, closed="right")],
        "freeze_batch_norm": ["boolean"],
        "erasing": [Interval(Real, 0, 1, closed="both")],
        "mix": [StrOptions({"auto", "mixup", "cutmix", "either"}), None],
        "n_views": [Interval(Integral, 1, None, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "sampler": [StrOptions({"balanced"}), None],
        "hard_negatives": [Interval(Real, 0, None, closed="left"), None],
        "warmup_epochs": [Interval(Real, 0, None, closed="left")],
        "accumulation_steps": [Interval(Integral, 1, None, closed="left")],
        "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
        "compile": ["boolean"],
        "checkpoint": [str, PathLike, None],
        "missing_weight": [Interval(Real, 0, 1, closed="both")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        *,
        unfreeze_after: int | None = None,
        backbone_lr: float | None = None,
        layer_decay: float = 1.0,
        freeze_batch_norm: bool = True,
        erasing: float = 0.0,
        mix: Literal["auto", "mixup", "cutmix", "either"] | None = "auto",
        n_views: int = 1,
        input_dropout: float | Literal["auto"] = "auto",
        sampler: Literal["balanced"] | None = None,
        hard_negatives: float | None = None,
        warmup_epochs: float = 0,
        accumulation_steps: int = 1,
        gradient_clip: float | None = None,
        compile: bool = False,
        checkpoint: FilePath | None = None,
        missing_weight: float = 0.0,
        validation_fraction: float = 0.1,
    ) -> None:
        self.unfreeze_after = unfreeze_after
        self.backbone_lr = backbone_lr
        self.layer_decay = layer_decay
        self.freeze_batch_norm = freeze_batch_norm
        self.erasing = erasing
        self.mix = mix
        self.n_views = n_views
        self.input_dropout = input_dropout
        self.sampler = sampler
        self.hard_negatives = hard_negatives
        self.warmup_epochs = warmup_epochs
        self.accumulation_steps = accumulation_steps
        self.gradient_clip = gradient_clip
        self.compile = compile
        self.checkpoint = checkpoint
        self.missing_weight = missing_weight
        self.validation_fraction = validation_fraction

    def check(self) -> None:
        """Raise an error for a parameter that has none of its allowed values.

        Raises
        ------
        sklearn.utils._param_validation.InvalidParameterError
            A ValueError that names the parameter, its value and what is allowed.
        """
        self._validate_params()
