"""The multi-label classifier of pictures."""

import copy
from contextlib import nullcontext
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike

import numpy as np
import pandas as pd
import torch
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from skmlic._callbacks import (
    BatchRecorder,
    BestWeights,
    EpochProgress,
    EpochTasks,
    ValidationScores,
)
from skmlic._checkpoint import Checkpoint, name_checkpoint
from skmlic._compat import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    _check_sample_weight,
    _fit_context,
    init_callback_context,
)
from skmlic._engines import resolve_device
from skmlic._fine_tuning import check_compiler, depthwise_in_fp32, find_frozen
from skmlic._history import join_frames, make_frames
from skmlic._labels import quote_names
from skmlic._lbfgs import Convergence, check_lbfgs, is_lbfgs
from skmlic._net import ACTIVATIONS, AssumedNegatives
from skmlic._orders import HardNegativeOrder, NegativeMiner, make_order
from skmlic._parts import is_precomputed, list_parts
from skmlic._schedules import RateSetter, Schedule, check_schedule
from skmlic._stored_maps import replace_pictures
from skmlic._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._threads import count_threads
from skmlic._training import (
    TrainingData,
    check_optimizer,
    make_net,
    make_trainable_net,
    train,
)
from skmlic._validation import choose_scoring, hold_out
from skmlic._views import AS_IT_IS, add_training_views, check_views, list_prediction_views
from skmlic._warnings import warn_caller
from skmlic.augmentation import make_augmentation
from skmlic.class_weight import compute_label_weight
from skmlic.embedding import ImageEmbedder
from skmlic.images import as_image_list
from skmlic.losses import make_loss

_THRESHOLD = 0.5
_EMBEDDER_PARAMETERS = (
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
_CHANGES = {"augment": None, "erasing": 0.0, "mix": None}
_TUNED = ", fine-tuned"
_INPUT_DROPOUT = 0.7
_FEATURES_KEPT = 150


class TransferMultiLabelClassifier(ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    r"""Multi-label classifier of pictures on features of a frozen, pretrained network.

    Each distinct picture goes through the network once in a process; folds, candidates and refits
    of a search share its features. A small net, the head, learns the labels from them.

    Parameters
    ----------
    backbone : str, torch.nn.Module, callable or list of them, default="efficientnet_lite0"
        The pretrained network. A name that :func:`skmlic.list_backbones` lists; a module that maps
        images of shape (n, 3, height, width) to a map (n, channels, height, width) or to features
        (n, n_features); a function without arguments that returns such a module; or
        ``"precomputed"``: X is a matrix of features already. A list: several networks, whose
        features stand side by side.

    weights : {"default"}, None, str, Path or list of them, default="default"
        ``"default"``: the weights that belong to the name, fetched on the first ``fit`` unless
        they came with the installation. ``None``: random ones. A path: a file of tensors (``.pth``
        or ``.safetensors``), which must fit the network; no code in it is run. With several
        networks, one for all or a list as long.

    pooling : {"avg", "max", "avgmax", "flatten", "stages"}, default="stages"
        How the network's maps become features; see :class:`ImageEmbedder`.

    image_size : int, tuple of int (height, width), None or list of them, default=None
        Size in pixels that pictures are resized to. ``None``: what the weights were trained for.
        A list: several sizes, such as ``[224, 320]``, whose features stand side by side.

    resize : {"squash", "crop"}, default="squash"
        "squash" keeps the whole picture in view, "crop" cuts its centre out, as in ImageNet's
        evaluation.

    mirror : bool, default=False
        Whether features are the mean of those of the picture and of its mirror image, at twice
        the cost.

    color_mode : {"rgb", "grey"}, default="rgb"
        "grey" takes the colours out (ITU-R 601 luma, as Pillow's mode "L") and gives the network
        the same on all three channels.

    freeze : bool, int or str, default=True
        What of the backbone stays as it is. ``True``: all; its features are computed once and
        stored. ``False``: nothing; a stage's name, or the number of leading stages
        (:func:`skmlic.model_stages` lists them): all up to there. Then the head is trained first,
        on stored features, and the two are trained on together, from the pictures.

    freeze_batch_norm : bool, default=True
        Whether batch normalisation in the part that is trained keeps the statistics of the
        pretraining, which small batches would spoil.

    unfreeze_after : int, default=None
        Epochs of the head alone, of ``max_epochs``; ``None`` is three quarters of them.

    backbone_lr : float, default=None
        Learning rate of the backbone; ``None`` is a hundredth of ``lr``. (Of a tenth, a third of it
        and this, only the last was better than a frozen backbone where it was measured.)

    layer_decay : float, default=1.0
        In (0, 1]: what the learning rate of each stage of the backbone (each block of a
        transformer) is of the next one's. The last stage has ``backbone_lr``.

    augment : str, callable or None, default=None
        How pictures are changed at random while the backbone is trained, and for ``n_views``: a
        name of :func:`skmlic.augmentation.list_augmentations`, or a function.

    n_views : int, default=1
        Times that the head sees each training picture on stored features: as it is, and ``n_views``
        - 1 times changed as ``augment`` says. An epoch is as many times longer. Each view goes
        through the backbone once: it is determined by the picture, ``augment`` and its number, not
        by ``random_state``, and stored; not with a function that can't be told from others, or
        that draws from other generators than torch's.

    erasing : float, default=0.0
        Probability that a rectangle of a picture is made grey while the backbone is trained.

    mix : {"mixup", "cutmix", "either"} or None, default=None
        How the pictures of a batch are mixed with each other, and their labels, while the backbone
        is trained; see :func:`skmlic.augmentation.mix`. With a frozen backbone "mixup" mixes their
        features, and the others are errors.

    hidden_layer_sizes : array-like of int or int, default=(256,)
        Units of the head's hidden layers; ``()`` is a linear head.

    activation : {"relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"}, default="relu"
        Activation of the hidden layers.

    dropout : float, default=0.5
        Probability, in [0, 1), that training drops a hidden unit.

    input_dropout : float or "auto", default="auto"
        Probability, in [0, 1), that training drops a feature. "auto" is 0.7, or less where fewer
        than 150 features would be left on average; 0 if the head is linear.

    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default=None
        What multiplies each label's term of the loss, scaled to a mean of 1: "balanced", "inv",
        "inv_sqrt" or "effective" (see :func:`skmlic.class_weight.compute_label_weight`), a dict
        keyed by label name or number, or a function of Y. Labels are weighed against each other,
        not positives against negatives. With a one-dimensional y the weights are of its two
        classes: a dict or "balanced", as elsewhere in scikit-learn.

    loss : str, subclass of torch.nn.Module or torch.nn.Module, default="bce"
        What training minimises: "bce", "focal", "asl", "two_way", "zlpr", "db", "soft_margin",
        "mse", "l1", "hamming" or "fbeta" (see :mod:`skmlic.losses`), or a module of the same
        contract.

    loss_params : dict, default=None
        Parameters of the loss, for example ``{"gamma": 1}``, ``{"pos_weight": 2.0}`` or
        ``{"label_smoothing": 0.1}``.

    unknown : int or float, default=None
        A number in Y, such as -1, that stands for "nobody looked", as NaN always does.

    unknown_weight : float, default=0.0
        How much unknown entries count, in [0, 1], as if they were negatives. With 0 they say
        nothing. Where only positives are known, there is nothing to tell them from: a small weight,
        such as 1 / (n_labels - 1) for one known label a picture, then makes learning possible [1]_.

    sampler : {"balanced"} or None, default=None
        How pictures are drawn in training. ``None``: each once an epoch. "balanced": as many, each
        of them by drawing a label and then one of its pictures, both with equal chances;
        pictures that are not known to have a label are together one more label. Sample weights
        multiply the loss all the same.

    hard_negatives : float, default=None
        How many pictures without any label an epoch trains on, for each picture that has one: those
        with the highest score of any label, ranked anew as each epoch begins. ``None``: all. In
        fine-tuning, ranking costs a pass through the backbone of all pictures without a label.
        Pictures of which something is unknown are always trained on.

    optimizer : str or subclass of torch.optim.Optimizer, default="adam"
        An optimizer of :mod:`torch.optim` by its name in any case, or a class. "lbfgs" trains a
        linear head on all pictures at once until it converges, without dropout or ``lr``, to what
        a logistic regression of each label has with ``C = 1 / (n_samples * n_labels *
        weight_decay)`` on standardised features; an epoch is up to 20 of its iterations.

    lr : float, default=1e-3
        Learning rate. :class:`skmlic.learning_rate.LearningRateFinder` finds one.

    lr_schedule : str, callable or None, default=None
        What learning rates are multiplied by as training goes on: "cosine", "onecycle", "step",
        "plateau", "inverse_time" (see Notes), or a function of the progress in [0, 1]. ``None``:
        always 1. It runs anew in each ``fit``, and in each phase of fine-tuning: first over the
        epochs of the head, then over those of both.

    warmup_epochs : float, default=0
        Epochs, or part of one, in which the rates rise evenly from 0 before the schedule begins,
        in each phase.

    weight_decay : float, default=0.0
        The optimizer's weight decay. With "lbfgs" half of it, times the sum of squared weights
        (biases excepted), is added to the loss.

    max_epochs : int, default=20
        Times that training sees each picture's features.

    batch_size : int, default=64
        Pictures a step of training. (How many go through the backbone at once is the engine's
        affair, unless it is trained.)

    accumulation_steps : int, default=1
        Batches a step: training is as with batches so many times as large, in the memory of one.
        Exactly so up to rounding, unknown labels included, unless batch normalisation takes its
        statistics from batches, pictures are mixed, or the loss contrasts the pictures of a batch
        ("fbeta", "two_way").

    gradient_clip : float, default=None
        Largest norm of the gradient of a step; larger ones are scaled down to it.

    early_stopping : bool, default=False
        Whether some pictures are held out to measure the net on after each epoch; training then
        ends when the first of ``scoring`` has not got better for ``n_iter_no_change`` epochs, and
        goes back to the weights it was best with. The head alone and head and backbone together
        are stopped each for itself, and the second starts from the best of the first.

    validation_fraction : float, default=0.1
        Part of the pictures that is held out, with about as large a part of each label, unless
        ``fit`` is given ``X_val`` and ``y_val``.

    n_iter_no_change : int, default=5
        Epochs without a better result that end the training.

    scoring : str, callable or list of them, default="loss"
        What is measured on held-out pictures: "loss", a name of
        :func:`skmlic.metrics.get_scorer_names`, or a scorer. All of them are in ``history_``.

    checkpoint : str, Path or None, default=None
        A directory that training is kept in after each epoch. A ``fit`` of the same data and
        parameters that was cut off goes on from there, and ends as it would have; one that was
        finished is read again. ``random_state`` must be an int. What callbacks in ``net_params``
        know is lost. Nothing is ever deleted there.

    warm_start : bool, default=False
        Whether ``fit`` goes on from where the one before ended, for ``max_epochs`` more epochs;
        with the backbone, too, unless it is frozen. The optimizer's state is kept for that, which
        takes twice the memory of what is trained.

    device : str or torch.device, default="auto"
        Where backbone and head run; "auto" is CUDA where there is one, otherwise the CPU.

    engine : {"auto", "torch", "openvino"}, default="auto"
        What runs the backbone. "auto" is OpenVINO on a CPU if it is installed (``pip install
        "skmlic[fast]"``), otherwise torch.

    precision : {"auto", "fp32", "bf16", "fp16"}, default="auto"
        Arithmetic of the backbone; features are float32. "auto" is bf16 where the processor
        computes in it. fp16 needs CUDA; where the backbone is trained, its gradients are scaled.

    compile : bool, default=False
        Whether :func:`torch.compile` makes the backbone faster while it is trained. That itself
        takes a minute or more, and a C++ compiler on a CPU.

    n_jobs : int or None, default=None
        Threads that decode pictures and run the backbone on a CPU; -1 is one a core. ``None``: as
        many as torch uses.

    memory : None, False, str, Path or joblib.Memory, default=None
        Where features are kept: in the process (see :func:`skmlic.set_config` for how many), not
        at all, or below a directory that processes may share. With ``n_jobs`` of a search, name a
        directory: otherwise each worker process embeds for itself.

    on_error : {"raise", "nan"}, default="raise"
        What ``predict_proba`` and ``decision_function`` do about pictures that can't be read:
        raise one error that lists them all, or give rows of NaN and one warning. ``fit`` and
        ``predict`` always raise.

    tta : {"flip"} or None, default=None
        Views of each picture that predictions are averaged over, as logits; see
        :func:`skmlic.augmentation.list_views`. ``fit`` does not depend on it.

    net_params : dict, default=None
        Anything else that :class:`skorch.NeuralNet` takes, ``callbacks`` included. It goes before
        what the parameters above set.

    random_state : int, RandomState instance or None, default=None
        Determines the head's first weights, the order of pictures and dropout. Pass an int for
        the same result in each call. torch's own random state is left as it was.

    verbose : int, default=0
        1 shows progress bars of embedding and training.

    Attributes
    ----------
    batch_history_ : DataFrame
        Of each batch of training, indexed by epoch and batch: what was trained, the loss, pictures,
        seconds and learning rates.

    best_epoch_ : int
        The epoch whose weights were kept; with ``early_stopping`` only.

    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. (A flat array of length 2 would make scikit-learn's scorers take two
        labels for one binary target.) With a one-dimensional y, its two values.

    embedder_ : ImageEmbedder
        What turns pictures into features; absent with ``backbone="precomputed"``.

    history_ : DataFrame
        Of each epoch, from 1: what was trained ("head", or "all": the backbone, too), losses,
        scores of held-out pictures, learning rates at its end, seconds.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of Y if it was a frame, otherwise "0", "1", …; ``classes_`` if y was
        one-dimensional.

    label_weight_ : ndarray of shape (n_labels,)
        The weights of labels in the loss; their mean is 1.

    n_features_in_ : int
        Number of features in X, with ``backbone="precomputed"`` only.

    n_iter_ : int
        Number of epochs trained.

    n_labels_ : int
        Number of columns of Y.

    net_ : skorch.NeuralNet
        The trained head: features to logits.

    weights_name_ : str
        Where the backbone's weights come from; absent with ``backbone="precomputed"``.

    See Also
    --------
    ImageEmbedder : The features alone, as a transformer.
    skmlic.model_selection.MultiLabelStratifiedKFold : Folds that share out every label.

    Notes
    -----
    The head standardises its features, by means and standard deviations of those it is trained on.
    That alone overfits; with most of the features dropped at each step of training it was the best
    of what was tried on a set with many rare labels, and no worse on one with frequent labels.

    With the first stages frozen, and pictures that are not changed at random, what the frozen part
    gives is computed once and kept in memory during the training, if it takes no more bytes than
    ``feature_cache_bytes`` of :func:`skmlic.set_config`.

    Schedules multiply the rate of the head and that of the backbone alike, batch by batch. With the
    progress :math:`p` from 0 to 1, counted after the warm-up:

    - "cosine": :math:`(1 + \cos \pi p) / 2`;
    - "onecycle": on half waves of the cosine from 1/25 to 1 over the first 30 %, then down to
      1/250,000: torch's OneCycleLR, but for the momentum, which stays;
    - "step": 1, from a third on 0.1, from two thirds on 0.01;
    - "inverse_time": :math:`1 / (1 + t \, \eta / E)` after :math:`t` batches, with ``lr``
      :math:`\eta` and :math:`E` epochs: what Keras long called ``decay``, set to the rate divided
      by the epochs. With usual rates that changes next to nothing;
    - "plateau": divided by 10 whenever the first of ``scoring``, or without held-out pictures the
      training loss, has not got better by a ten-thousandth for more than ``n_iter_no_change // 2``
      epochs (at least 1), before ``early_stopping`` ends the training: torch's ReduceLROnPlateau.

    References
    ----------
    .. [1] E. Cole, O. Mac Aodha, T. Lorieul, P. Perona, D. Morris, N. Jojic, "Multi-Label Learning
       from Single Positive Labels", CVPR 2021.

    Examples
    --------
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, Y)
    >>> clf.predict_proba(X).shape
    (40, 3)
    """

    _parameter_constraints = {
        **{name: ImageEmbedder._parameter_constraints[name] for name in _EMBEDDER_PARAMETERS},
        "freeze": ["boolean", Integral, str],
        "freeze_batch_norm": ["boolean"],
        "unfreeze_after": [Interval(Integral, 0, None, closed="left"), None],
        "backbone_lr": [Interval(Real, 0, None, closed="left"), None],
        "layer_decay": [Interval(Real, 0, 1, closed="right")],
        "augment": [str, callable, None],
        "erasing": [Interval(Real, 0, 1, closed="both")],
        "mix": [StrOptions({"mixup", "cutmix", "either"}), None],
        "n_views": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", Integral],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "class_weight": [str, dict, "array-like", callable, None],
        "loss": [str, type, torch.nn.Module],
        "loss_params": [dict, None],
        "unknown": [Real, None],
        "unknown_weight": [Interval(Real, 0, 1, closed="both")],
        "sampler": [StrOptions({"balanced"}), None],
        "hard_negatives": [Interval(Real, 0, None, closed="left"), None],
        "optimizer": [str, type],
        "lr": [Interval(Real, 0, None, closed="left")],
        "lr_schedule": [str, callable, None],
        "warmup_epochs": [Interval(Real, 0, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "accumulation_steps": [Interval(Integral, 1, None, closed="left")],
        "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
        "compile": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "scoring": [str, callable, list],
        "checkpoint": [str, PathLike, None],
        "warm_start": ["boolean"],
        "on_error": [StrOptions({"raise", "nan"})],
        "tta": [str, None],
        "net_params": [dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        backbone="efficientnet_lite0",
        *,
        weights="default",
        pooling="stages",
        image_size=None,
        resize="squash",
        mirror=False,
        color_mode="rgb",
        freeze=True,
        freeze_batch_norm=True,
        unfreeze_after=None,
        backbone_lr=None,
        layer_decay=1.0,
        augment=None,
        erasing=0.0,
        mix=None,
        n_views=1,
        hidden_layer_sizes=(256,),
        activation="relu",
        dropout=0.5,
        input_dropout="auto",
        class_weight=None,
        loss="bce",
        loss_params=None,
        unknown=None,
        unknown_weight=0.0,
        sampler=None,
        hard_negatives=None,
        optimizer="adam",
        lr=1e-3,
        lr_schedule=None,
        warmup_epochs=0,
        weight_decay=0.0,
        max_epochs=20,
        batch_size=64,
        accumulation_steps=1,
        gradient_clip=None,
        compile=False,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        scoring="loss",
        checkpoint=None,
        warm_start=False,
        device="auto",
        engine="auto",
        precision="auto",
        n_jobs=None,
        memory=None,
        on_error="raise",
        tta=None,
        net_params=None,
        random_state=None,
        verbose=0,
    ):
        self.backbone = backbone
        self.weights = weights
        self.pooling = pooling
        self.image_size = image_size
        self.resize = resize
        self.mirror = mirror
        self.color_mode = color_mode
        self.freeze = freeze
        self.freeze_batch_norm = freeze_batch_norm
        self.unfreeze_after = unfreeze_after
        self.backbone_lr = backbone_lr
        self.layer_decay = layer_decay
        self.augment = augment
        self.erasing = erasing
        self.mix = mix
        self.n_views = n_views
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.class_weight = class_weight
        self.loss = loss
        self.loss_params = loss_params
        self.unknown = unknown
        self.unknown_weight = unknown_weight
        self.sampler = sampler
        self.hard_negatives = hard_negatives
        self.optimizer = optimizer
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.warmup_epochs = warmup_epochs
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.accumulation_steps = accumulation_steps
        self.gradient_clip = gradient_clip
        self.compile = compile
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.scoring = scoring
        self.checkpoint = checkpoint
        self.warm_start = warm_start
        self.device = device
        self.engine = engine
        self.precision = precision
        self.n_jobs = n_jobs
        self.memory = memory
        self.on_error = on_error
        self.tta = tta
        self.net_params = net_params
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, X_val=None, y_val=None):
        """Learn the labels of pictures.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images, encoded bytes; see the user guide. A matrix of features of
            shape (n_samples, n_features) with ``backbone="precomputed"``.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN (or ``unknown``) where nobody looked.

        sample_weight : array-like of shape (n_samples,), default=None
            Multiplies each picture's terms of the loss, scaled to a mean of 1. Pictures of weight
            0 are left out.

        X_val, y_val : as X and y, default=None
            What the net is measured on after each epoch, instead of a part of X. Without
            ``early_stopping``, too.

        Returns
        -------
        self : TransferMultiLabelClassifier
            Fitted.

        Raises
        ------
        ImageReadError
            If pictures can't be read; those that can have their features stored.
        WeightsNotFoundError
            If the backbone's weights are not on this machine and can't be fetched.
        """
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: pass both, or none.")
        if self.warm_start and hasattr(self, "net_"):
            phases = [("head" if self.freeze is True else "all", self.max_epochs)]
            return self._fit(X, y, sample_weight, (X_val, y_val), phases, go_on=True)
        n_head_epochs = self._n_head_epochs
        if n_head_epochs > self.max_epochs:
            raise ValueError(
                f"unfreeze_after={self.unfreeze_after} is more than max_epochs={self.max_epochs}."
            )
        phases = [("head", n_head_epochs)]
        if n_head_epochs < self.max_epochs:
            phases.append(("all", self.max_epochs - n_head_epochs))
        return self._fit(X, y, sample_weight, (X_val, y_val), phases)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch more, on pictures that need not be those before.

        The first calls train the head, as many as ``unfreeze_after`` says; later ones the backbone,
        too, unless it is frozen.

        Parameters
        ----------
        X, y, sample_weight : see ``fit``
            All labels must be columns of the first y, if only of zeros.

        classes : array-like of shape (2,), default=None
            The two values of a one-dimensional y; needed on the first call if y has one only.

        Returns
        -------
        self : TransferMultiLabelClassifier
            Fitted.
        """
        go_on = hasattr(self, "net_")
        if self.early_stopping or self.checkpoint is not None:
            raise ValueError(
                "partial_fit has no early stopping and no checkpoints; expected "
                "early_stopping=False and checkpoint=None, or fit."
            )
        if self.lr_schedule is not None or self.warmup_epochs:
            raise ValueError(
                "partial_fit does not know how many epochs there will be; expected "
                "lr_schedule=None and warmup_epochs=0, or fit."
            )
        if is_lbfgs(self.optimizer):
            raise ValueError(
                "optimizer='lbfgs' needs all pictures at once; expected fit, or another optimizer."
            )
        if isinstance(self.class_weight, str) or callable(self.class_weight):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all of Y, and partial_fit sees a part. "
                "Pass its result: skmlic.class_weight.compute_label_weight(Y, class_weight)."
            )
        n_before = self.n_iter_ if go_on else 0
        phase = "head" if n_before < self._n_head_epochs or self.freeze is True else "all"
        return self._fit(
            X, y, sample_weight, (None, None), [(phase, 1)], go_on, classes=classes, keep_state=True
        )

    def _fit(
        self, X, y, sample_weight, held_out, phases, go_on=False, classes=None, keep_state=False
    ):
        """Fit, by a list of what is trained and for how many epochs."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        self._check_head()
        if go_on:
            Y = self._read_same_targets(y, "y")
        else:
            self._forget()
            Y, self.classes_, self.label_names_ = self._read_targets(y, classes)
            self.n_labels_ = Y.shape[1]
        X = self._check_pictures(X, reset=not go_on)
        check_consistent_length(X, Y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, Y, ensure_non_negative=True)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        if self._is_binary and self.class_weight is not None:
            of_class = compute_sample_weight(self.class_weight, y)
            sample_weight = of_class if sample_weight is None else of_class * sample_weight
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        data, validation = self._hold_out(TrainingData(X, Y, sample_weight), *held_out, seed)
        if not go_on:
            self._weigh_labels(data.Y, y)
        scoring = choose_scoring(self.scoring, self._is_binary)
        settings = {"criterion": self._make_criterion(data.Y), **self._get_net_settings()}
        sets = {"all": (data, validation)}
        if phases[0][0] == "head":
            sets["head"] = self._embed(data, validation, fit=not go_on)
        callbacks = self._make_callbacks(X=X, y=y, metadata=metadata)
        if validation is not None:
            y_val = self._as_y(validation.Y)
            callbacks.append(ValidationScores(scoring.scorers, self._answer, y_val))
        checkpoint = None if self.checkpoint is None else self._name_checkpoint(sets, phases, go_on)
        self._train(sets, phases, settings, callbacks, scoring, checkpoint, seed, go_on, keep_state)
        return self

    def decision_function(self, X):
        """Return the logits of labels.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            As in ``fit``.

        Returns
        -------
        logits : ndarray of shape (n_samples, n_labels), dtype float32
            Positive where a label is more probable than not.

        Raises
        ------
        ImageReadError
            If pictures can't be read and ``on_error="raise"``.
        """
        return self._compute_logits(X, self.on_error)

    def predict_proba(self, X):
        """Return the probabilities of labels.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            As in ``fit``.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            Strictly between 0 and 1. Labels are independent: a row need not sum to 1.

        Raises
        ------
        ImageReadError
            If pictures can't be read and ``on_error="raise"``.
        """
        return self._compute_probabilities(self._compute_logits(X, self.on_error))

    def predict(self, X):
        """Return the labels that are at least as probable as not.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            As in ``fit``.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1.

        Raises
        ------
        ImageReadError
            If pictures can't be read, whatever ``on_error``: 0 and 1 have no third way.
        """
        probabilities = self._compute_probabilities(self._compute_logits(X, "raise"))
        if self._is_binary:
            return self.classes_[(probabilities[:, 1] >= _THRESHOLD).astype(int)]
        return (probabilities >= _THRESHOLD).astype(np.int64)

    def predict_label_names(self, X):
        """Return the names of the labels that ``predict`` gives.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            As in ``fit``.

        Returns
        -------
        names : list of tuple
            For each picture, the ``label_names_`` of its labels; an empty tuple if it has none.

        Examples
        --------
        >>> import pandas as pd
        >>> from skmlic import TransferMultiLabelClassifier
        >>> Y = pd.DataFrame({"dark": [1, 1, 0, 0] * 20, "light": [0, 0, 1, 1] * 20})
        >>> X = [[-1.0], [-2.0], [1.0], [2.0]] * 20
        >>> clf = TransferMultiLabelClassifier("precomputed", random_state=0).fit(X, Y)
        >>> clf.predict_label_names([[-3.0], [3.0]])
        [('dark',), ('light',)]
        """
        predicted = self.predict(X)
        if self._is_binary:
            return [(label,) for label in predicted]
        return [tuple(self.label_names_[row == 1]) for row in predicted]

    def _compute_logits(self, X, on_error):
        check_is_fitted(self)
        if is_precomputed(self.backbone):
            features = [validate_data(self, X, dtype=np.float32, reset=False)]
        else:
            embedder = copy.copy(self.embedder_)
            # No other fit has these weights, and their features would fill a disk for nothing.
            memory = self.memory if self.freeze is True or self.memory is False else None
            embedder.set_params(
                on_error=on_error, memory=memory, n_jobs=self.n_jobs, verbose=self.verbose
            )
            features = embedder._transform_views(X, list_prediction_views(self.tta))
        if len(features[0]) == 0:
            return np.empty((0, self.n_labels_), dtype=np.float32)
        logits = np.mean([self.net_.forward(torch.tensor(of)).numpy() for of in features], axis=0)
        return logits.ravel() if self._is_binary else logits

    def _compute_probabilities(self, logits):
        limits = np.finfo(np.float64)
        probabilities = np.clip(expit(logits.astype(np.float64)), limits.tiny, 1 - limits.epsneg)
        if self._is_binary:
            return np.column_stack([1 - probabilities, probabilities])
        return probabilities

    def _check_head(self):
        """Raise an error for what constraints can't express, before pictures are embedded."""
        sizes = np.ravel(self.hidden_layer_sizes)
        if len(sizes) and not (sizes.dtype.kind in "iu" and (sizes > 0).all()):
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r}: expected numbers of units > 0, "
                "for example (256,) or (512, 128); () is a linear head."
            )
        check_optimizer(self.optimizer, self.weight_decay)
        n_head_epochs = min(self._n_head_epochs, self.max_epochs)
        check_schedule(
            self.lr_schedule, self.warmup_epochs, [n_head_epochs, self.max_epochs - n_head_epochs]
        )
        if is_lbfgs(self.optimizer):
            check_lbfgs(self)
        if self.freeze is True and self.mix != "mixup":
            for name in ("erasing", "mix"):
                nothing = _CHANGES[name]
                if getattr(self, name) != nothing:
                    raise ValueError(
                        f"{name}={getattr(self, name)!r} changes pictures while a backbone is "
                        f"trained, and this one is frozen; expected {name}={nothing}, or "
                        "freeze=False."
                    )
        make_augmentation(self.augment, 1)
        check_views(self)
        if self.freeze is True:
            return
        n_parts = len(list_parts(self.backbone, self.weights, self.image_size))
        if n_parts > 1:
            raise ValueError(
                f"freeze={self.freeze!r} trains one network at one size, and backbone and "
                f"image_size name {n_parts}; expected freeze=True, or one of each."
            )
        if is_precomputed(self.backbone):
            raise ValueError(
                f"freeze={self.freeze!r}: with backbone='precomputed' there is none to train; "
                "expected freeze=True."
            )
        if self.compile:
            check_compiler(resolve_device(self.device))

    def _check_pictures(self, X, reset):
        if is_precomputed(self.backbone):
            return validate_data(self, X, dtype=np.float32, reset=reset)
        X = as_image_list(X)
        if not X:
            raise ValueError("Found array with 0 sample(s): X is empty; expected pictures.")
        return X

    def _forget(self):
        """Drop what an earlier fit left, so that one that fails leaves nothing half fitted."""
        for name in _SET_BY_FIT:
            vars(self).pop(name, None)

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    def _read_targets(self, y, classes=None):
        """Return y as 0 and 1 of shape (n, n_labels), its classes and the labels' names."""
        if is_one_dimensional(y):
            classes, Y = check_binary_target(y, classes)
            return Y, classes, classes
        Y, names = check_targets(y, self.unknown)
        return Y, np.tile([0, 1], (len(names), 1)), names

    def _read_same_targets(self, y, what):
        """Return y as 0 and 1, if its labels are those that are there already."""
        Y, classes, names = self._read_targets(y, self.classes_ if self._is_binary else None)
        if classes.shape != self.classes_.shape or list(names) != list(self.label_names_):
            raise ValueError(
                f"{what} has the labels {quote_names(names)}; expected those of y in fit, in their "
                f"order: {quote_names(self.label_names_)}."
            )
        return Y

    def _weigh_labels(self, Y, y):
        """Set the labels' weights, by the samples that are trained with."""
        if self._is_binary:
            self.label_weight_ = np.ones(1)
            return
        nowhere = np.isnan(Y).all(axis=0)
        if nowhere.any() and not self.unknown_weight:
            warn_caller(
                "Of these labels nothing is known, and nothing can be learnt: "
                f"{quote_names(self.label_names_[nowhere])}."
            )
        if hasattr(y, "columns") or self.unknown is not None:
            Y = pd.DataFrame(Y, columns=self.label_names_)
        self.label_weight_ = compute_label_weight(Y, self.class_weight)

    def _hold_out(self, data, X_val, y_val, seed):
        """Return the samples to train with, and those to measure with or None."""
        validation = None
        if X_val is not None:
            X_val = self._check_pictures(X_val, reset=False)
            validation = TrainingData(X_val, self._read_same_targets(y_val, "y_val"))
            check_consistent_length(validation.X, validation.Y)
        elif self.early_stopping:
            rows, others = hold_out(data.Y, self.validation_fraction, seed)
            data, validation = data.take(rows), replace(data.take(others), sample_weight=None)
        if data.sample_weight is not None:
            used = np.flatnonzero(data.sample_weight > 0)
            if not len(used):
                raise ValueError("sample_weight is 0 for all samples; expected some above 0.")
            data = data.take(used)
        return data, validation

    def _embed(self, data, validation, fit):
        """Return both with features in place of pictures, by the embedder or by a new one."""
        if is_precomputed(self.backbone):
            return data, validation
        images = [*data.X, *(validation.X if validation is not None else ())]
        if fit:
            parameters = {name: getattr(self, name) for name in _EMBEDDER_PARAMETERS}
            self.embedder_ = ImageEmbedder(**parameters)
            self.embedder_.fit(images)
            if self.freeze is not True:
                find_frozen(self.embedder_.backbone_.extractor, self.freeze)
            self.weights_name_ = self.embedder_.weights_name_
        (features,) = self.embedder_._transform_views(images, [AS_IT_IS])
        n = len(data.X)
        held_out = validation and replace(validation, X=features[n:])
        embedded = replace(data, X=features[:n])
        if self.n_views > 1:
            views = self.augment, self.n_views
            embedded = add_training_views(self.embedder_, data.X, *views, embedded)
        return embedded, held_out

    def _make_criterion(self, Y):
        known = ~np.isnan(Y)
        criterion = make_loss(
            self.loss,
            label_weight=torch.tensor(self.label_weight_, dtype=torch.float32),
            label_counts=torch.tensor(np.nansum(Y, axis=0)),
            n_samples=torch.tensor(known.sum(axis=0)),
            options=self.loss_params,
        )
        if known.all() or not self.unknown_weight:
            return criterion
        return AssumedNegatives(criterion, self.unknown_weight)

    @property
    def _n_head_epochs(self):
        """Epochs of training on stored features."""
        if self.freeze is True:
            return self.max_epochs
        return 3 * self.max_epochs // 4 if self.unfreeze_after is None else self.unfreeze_after

    def _get_net_settings(self):
        return {
            "optimizer": self.optimizer,
            "weight_decay": self.weight_decay,
            "lr": self.lr,
            "batch_size": self.batch_size * self.accumulation_steps,
            "gradient_clip": self.gradient_clip,
            "device": resolve_device(self.device),
            "net_params": self.net_params,
        }

    def _train(
        self, sets, phases, settings, callbacks, scoring, checkpoint, seed, go_on, keep_state
    ):
        """Train, phase by phase; set the attributes that come of it."""
        net = self.net_ if go_on else None
        start = self._get_start(phases[0][0]) if go_on else {}
        before = [(self.history_, self.batch_history_)] if go_on else []
        frames = []
        order = make_order(sets[phases[0][0]][0].Y, self.sampler, self.hard_negatives)
        for trained, n_epochs in phases:
            is_measured = sets[trained][1] is not None
            watching = [*callbacks, *self._make_guides(n_epochs, order, scoring, is_measured)]
            if self.early_stopping:
                baseline = scoring.find_best(frames[-1][0]) if frames else None
                watching.append(BestWeights(scoring, self.n_iter_no_change, baseline))
            if checkpoint is not None:
                watching.append(Checkpoint(checkpoint.with_suffix(f".{trained}.pt")))
            settings = {
                **settings,
                "callbacks": watching,
                "max_epochs": n_epochs,
                "iterator_train__order": order,
            }
            if trained == "head":
                net, history, state = self._fit_head(*sets[trained], settings, seed, start)
            else:
                history, state = self._fine_tune(net, *sets[trained], settings, seed, start)
            start = {"random": state["random"]}
            n_before = sum(len(epochs) for epochs, _ in (*before, *frames))
            frames.append(make_frames(history, trained, n_before))
        if self.early_stopping:
            epochs, _ = join_frames(frames)
            self.best_epoch_ = scoring.find_best_epoch(epochs)
        self.history_, self.batch_history_ = join_frames([*before, *frames])
        self.n_iter_ = len(self.history_)
        if self.warm_start or keep_state:
            self._training_state = {"trained": trained, **state}
        # Last, since it is what tells a fitted classifier from one whose training was cut off.
        self.net_ = net

    def _make_guides(self, n_epochs, order, scoring, is_measured):
        """Return the callbacks that steer a phase of training."""
        guides = []
        schedule = Schedule(
            self.lr_schedule,
            n_epochs,
            warmup_epochs=self.warmup_epochs,
            lr=self.lr,
            patience=max(1, self.n_iter_no_change // 2),
            lower_is_better=scoring.lower_is_better or not is_measured,
        )
        if not schedule.is_constant:
            guides.append(RateSetter(schedule, scoring.monitor if is_measured else "train_loss"))
        if isinstance(order, HardNegativeOrder):
            guides.append(NegativeMiner(order))
        if is_lbfgs(self.optimizer):
            guides.append(Convergence())
        return guides

    def _get_start(self, trained):
        """Return what a training that goes on starts from."""
        start = dict(vars(self).get("_training_state", {}))
        if start.pop("trained", None) != trained:
            start.pop("optimizer", None)
        if trained == "head":
            start["module"] = self.net_.module_.state_dict()
        return start

    def _fit_head(self, data, validation, settings, seed, start):
        """Train the head on features; return its net, the history and the state at the end."""
        if is_lbfgs(self.optimizer):
            settings = {**settings, "batch_size": len(data.X)}
        net = make_net(
            data,
            head={
                "hidden_layer_sizes": tuple(np.ravel(self.hidden_layer_sizes).astype(int).tolist()),
                "activation": self.activation,
                "dropout": self.dropout,
                "input_dropout": self._choose_input_dropout(data.X.shape[1]),
            },
            mix=self.mix if self.freeze is True else None,
            **settings,
        )
        device = settings["device"]
        return net, *train(net, data, validation, device=device, seed=seed, start=start)

    def _choose_input_dropout(self, n_features):
        if self.input_dropout != "auto":
            return self.input_dropout
        if not np.size(self.hidden_layer_sizes):
            return 0.0
        return float(np.clip(1 - _FEATURES_KEPT / n_features, 0, _INPUT_DROPOUT))

    def _fine_tune(self, head_net, data, validation, settings, seed, start):
        """Train backbone and head on together; the embedder takes the backbone's new weights.

        Returns the history and the state at the end.
        """
        backbone = self.embedder_.backbone_
        # scikit-learn's callbacks may predict, for which the net must be the head alone.
        callbacks = [one for one in settings["callbacks"] if not isinstance(one, EpochTasks)]
        device = settings["device"]
        precision = self.embedder_.precision_
        extractor = copy.deepcopy(backbone.extractor).to(device)
        loader = {
            "preprocessing": backbone.preprocessing,
            "n_threads": count_threads(self.n_jobs),
        }
        trained, sets, is_stored = extractor, (data, validation), False
        unchanged = all(getattr(self, name) == nothing for name, nothing in _CHANGES.items())
        if unchanged and settings["max_epochs"] > 1:
            trained, sets, is_stored = replace_pictures(
                extractor,
                self.freeze,
                sets,
                loader=loader,
                batch_size=self.batch_size,
                precision=precision,
                device=device,
            )
        loader = {**loader, "augment": self.augment, "erasing": self.erasing}
        net = make_trainable_net(
            trained,
            copy.deepcopy(head_net.module_),
            network={
                "freeze": self.freeze,
                "freeze_batch_norm": self.freeze_batch_norm,
                "precision": precision,
            },
            steps={
                "part_size": self.batch_size,
                "mix": self.mix,
                "scale_gradients": precision == "fp16",
            },
            loader=None if is_stored else loader,
            backbone_lr=self.lr / 100 if self.backbone_lr is None else self.backbone_lr,
            layer_decay=self.layer_decay,
            **{**settings, "callbacks": callbacks},
        )
        with (
            depthwise_in_fp32(trained.network, device, precision),
            trained.compiled() if self.compile else nullcontext(),
        ):
            history, state = train(net, *sets, device=device, seed=seed, start=start)
        head_net.module_.load_state_dict(net.module_.head.state_dict())
        extractor.network.to(memory_format=torch.contiguous_format)
        extractor = extractor.cpu().eval().requires_grad_(False)
        self.weights_name_ = f"{backbone.weights_name.removesuffix(_TUNED)}{_TUNED}"
        self.embedder_.backbone_ = replace(
            backbone, extractor=extractor, weights_name=self.weights_name_
        )
        return history, state

    def _name_checkpoint(self, sets, phases, go_on):
        """Return the path of this training's checkpoints."""
        if go_on:
            raise ValueError(
                "A training that goes on from one in memory (warm_start=True) has no checkpoint; "
                "expected checkpoint=None, or a larger max_epochs for a new classifier."
            )
        if not isinstance(self.random_state, Integral):
            raise ValueError(
                f"random_state={self.random_state!r}: with checkpoint={self.checkpoint!r}, by "
                "which the same training is found again, expected an int."
            )
        parameters = self.get_params(deep=False)
        for name in (
            "backbone",
            "weights",
            "checkpoint",
            "memory",
            "n_jobs",
            "on_error",
            "verbose",
        ):
            del parameters[name]
        return name_checkpoint(self.checkpoint, parameters, (sets["head"], phases))

    def _answer(self, logits):
        """Return a classifier that gives these logits, whatever it is asked about."""
        shell = copy.copy(self)
        shell.net_ = None
        shell._compute_logits = lambda X, on_error: logits.ravel() if self._is_binary else logits
        return shell

    def _as_y(self, Y):
        """Return targets in the form that scorers take."""
        if self._is_binary:
            return self.classes_[Y[:, 0].astype(int)]
        return Y if np.isnan(Y).any() else Y.astype(np.int64)

    def _make_callbacks(self, **arguments):
        callbacks = [BatchRecorder(), *([EpochProgress()] if self.verbose else [])]
        context = init_callback_context(self, max_subtasks=self.max_epochs)
        if context is not None:
            context.call_on_fit_task_begin(estimator=self, **arguments)
            fitted = {name: value for name, value in vars(self).items() if name.endswith("_")}
            callbacks.append(EpochTasks(self, context, fitted, **arguments))
        return callbacks

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = True
        tags.input_tags.two_d_array = is_precomputed(self.backbone)
        return tags
