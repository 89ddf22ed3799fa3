"""The multi-label classifier of pictures."""

import copy
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import Any, Literal, Self

import joblib
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlic._utils._compat import CallbackSupportMixin, Interval, StrOptions, _fit_context
from skmlic._utils._labels import to_label_names
from skmlic._utils._typing import (
    BackboneLike,
    ClassWeight,
    FilePath,
    Floats,
    Images,
    Labels,
    RandomState,
    Size,
)
from skmlic.embedding import ImageEmbedder
from skmlic.embedding._combinations import is_precomputed
from skmlic.embedding._views import list_prediction_views
from skmlic.training._fit import EMBEDDER_PARAMETERS, Fit
from skmlic.training._net import ACTIVATIONS
from skmlic.training._parameter_checks import check_parameters

_THRESHOLD = 0.5


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

    color_mode : {"rgb", "grayscale"}, default="rgb"
        "grayscale" takes the colours out (ITU-R 601 luma, as Pillow's mode "L") and gives the network
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

    mix : {"auto", "mixup", "cutmix", "either"} or None, default="auto"
        How the pictures of a batch are mixed with each other, and their labels, while the backbone
        is trained; see :func:`skmlic.augmentation.mix`. With a frozen backbone "mixup" mixes their
        features, and "cutmix" and "either" are errors. "auto" mixes features while the head is
        trained alone, by "mixup", if the loss is "bce" and nothing in Y is unknown; pictures not.

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
    The head standardises its features, by means and standard deviations of those it is trained on,
    and takes none for more than ten deviations away from its mean: what hardly varied in training
    would decide alone where it varies. Standardising alone overfits; with most of the features
    dropped at each step of training and pictures' features mixed, it was the best of what was
    tried, on a set with many rare labels as on one with frequent labels.

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
        **{name: ImageEmbedder._parameter_constraints[name] for name in EMBEDDER_PARAMETERS},
        "freeze": ["boolean", Integral, str],
        "freeze_batch_norm": ["boolean"],
        "unfreeze_after": [Interval(Integral, 0, None, closed="left"), None],
        "backbone_lr": [Interval(Real, 0, None, closed="left"), None],
        "layer_decay": [Interval(Real, 0, 1, closed="right")],
        "augment": [str, callable, None],
        "erasing": [Interval(Real, 0, 1, closed="both")],
        "mix": [StrOptions({"auto", "mixup", "cutmix", "either"}), None],
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
        backbone: BackboneLike | Sequence[BackboneLike] = "efficientnet_lite0",
        *,
        weights: FilePath | Sequence[FilePath | None] | None = "default",
        pooling: Literal["avg", "max", "avgmax", "flatten", "stages"] = "stages",
        image_size: Size | Sequence[Size] | None = None,
        resize: Literal["squash", "crop"] = "squash",
        mirror: bool = False,
        color_mode: Literal["rgb", "grayscale"] = "rgb",
        freeze: bool | int | str = True,
        freeze_batch_norm: bool = True,
        unfreeze_after: int | None = None,
        backbone_lr: float | None = None,
        layer_decay: float = 1.0,
        augment: str | Callable[[torch.Tensor], torch.Tensor] | None = None,
        erasing: float = 0.0,
        mix: Literal["auto", "mixup", "cutmix", "either"] | None = "auto",
        n_views: int = 1,
        hidden_layer_sizes: int | ArrayLike = (256,),
        activation: Literal["relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"] = "relu",
        dropout: float = 0.5,
        input_dropout: float | Literal["auto"] = "auto",
        class_weight: ClassWeight = None,
        loss: str | type[torch.nn.Module] | torch.nn.Module = "bce",
        loss_params: dict[str, Any] | None = None,
        unknown: float | None = None,
        unknown_weight: float = 0.0,
        sampler: Literal["balanced"] | None = None,
        hard_negatives: float | None = None,
        optimizer: str | type[torch.optim.Optimizer] = "adam",
        lr: float = 1e-3,
        lr_schedule: str | Callable[[float], float] | None = None,
        warmup_epochs: float = 0,
        weight_decay: float = 0.0,
        max_epochs: int = 20,
        batch_size: int = 64,
        accumulation_steps: int = 1,
        gradient_clip: float | None = None,
        compile: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        scoring: str | Callable[..., float] | list[Any] = "loss",
        checkpoint: FilePath | None = None,
        warm_start: bool = False,
        device: str | torch.device = "auto",
        engine: Literal["auto", "torch", "openvino"] = "auto",
        precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto",
        n_jobs: int | None = None,
        memory: FilePath | joblib.Memory | Literal[False] | None = None,
        on_error: Literal["raise", "nan"] = "raise",
        tta: Literal["flip"] | None = None,
        net_params: dict[str, Any] | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
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
    def fit(
        self,
        X: Images,
        y: Labels,
        sample_weight: ArrayLike | None = None,
        X_val: Images | None = None,
        y_val: Labels | None = None,
    ) -> Self:
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
        check_parameters(self)
        go_on = self.warm_start and hasattr(self, "net_")
        n_head_epochs = 0 if self.freeze is not True and go_on else self._n_head_epochs
        if n_head_epochs > self.max_epochs:
            raise ValueError(
                f"unfreeze_after={self.unfreeze_after} is more than max_epochs={self.max_epochs}."
            )
        phases = [("head", n_head_epochs), ("all", self.max_epochs - n_head_epochs)]
        # A head is made even if it is not trained alone.
        phases = [(what, n) for what, n in phases if n or (what == "head" and not go_on)]
        fit = Fit(self, phases, go_on=go_on, keep_state=self.warm_start)
        fit.run(X, y, sample_weight=sample_weight, X_val=X_val, y_val=y_val)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Images,
        y: Labels,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
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
        check_parameters(self, partial=True)
        go_on = hasattr(self, "net_")
        n_before = self.n_iter_ if go_on else 0
        phase = "head" if n_before < self._n_head_epochs or self.freeze is True else "all"
        fit = Fit(self, [(phase, 1)], go_on=go_on, keep_state=True)
        fit.run(X, y, sample_weight=sample_weight, classes=classes)
        return self

    def decision_function(self, X: Images) -> NDArray[np.float32]:
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

    def predict_proba(self, X: Images) -> Floats:
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

    def predict(self, X: Images) -> NDArray[Any]:
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

    def predict_label_names(self, X: Images) -> list[tuple[Any, ...]]:
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
        return to_label_names(self.predict(X), self.label_names_)

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

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    @property
    def _n_head_epochs(self):
        """Epochs of training on stored features."""
        if self.freeze is True:
            return self.max_epochs
        return 3 * self.max_epochs // 4 if self.unfreeze_after is None else self.unfreeze_after

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = True
        tags.input_tags.two_d_array = is_precomputed(self.backbone)
        return tags
