"""The multi-label classifier of images."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, Self

import joblib
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from skmlic._utils._activations import ACTIVATIONS
from skmlic._utils._compat import Interval, StrOptions, _fit_context, available_if
from skmlic._utils._logits import compute_probabilities, predict_classes
from skmlic._utils._targets import is_one_dimensional
from skmlic._utils._typing import (
    BackboneLike,
    ClassWeight,
    FilePath,
    Floats,
    Images,
    Labels,
    Pooling,
    RandomState,
    Size,
)
from skmlic.embedding import ImageEmbedder
from skmlic.training import TrainingOptions
from skmlic.training._base import EMBEDDER_PARAMETERS, BaseTransferClassifier
from skmlic.training._head_choice import can_learn_in_parts, can_train_further, choose_head
from skmlic.training._parameter_checks import check_parameters
from skmlic.training._phases import Phase, count_head_epochs, plan_phases

_OPTIONS = frozenset(TrainingOptions().get_params())


class TransferMultiLabelClassifier(BaseTransferClassifier):
    """Multi-label classifier of images by transfer learning.

    A pretrained network, the backbone, computes features of each distinct image once per process;
    the folds, candidates and refits of a search share them. A small network, the head, learns the
    labels from the features. Optionally, the backbone is fine-tuned with the head.

    Read more in the :ref:`User Guide <training>`.

    Parameters
    ----------
    backbone : str, torch.nn.Module, callable or list of them, default="efficientnet_lite0"
        The pretrained network: a name that :func:`skmlic.list_backbones` lists; a module that turns
        images of shape (n, 3, height, width) into feature maps (n, channels, height, width) or
        features (n, n_features); a function without parameters that returns such a module; or
        ``"precomputed"`` if X is already a matrix of features. The features of the networks in a
        list are concatenated.
    weights : {"default"}, None, str, Path or list of them, default="default"
        ``"default"`` means the pretrained weights of the name, which are downloaded in the first
        ``fit`` unless they are installed. ``None`` means random weights. A path names a file of
        tensors (``.pth`` or ``.safetensors``) that fits the network; no code in it is run. A list
        has one entry per network.
    pooling : str, default="stages"
        How the network's feature maps or tokens become features: "stages", "avg", "max", "avgmax",
        "flatten", "token", "token+avg" or "native"; see :class:`ImageEmbedder`.
    image_size : int, tuple of int (height, width) or list of them, default=None
        Size in pixels that images are resized to. ``None`` means the size that the weights were
        trained with. The features of several sizes, such as ``[224, 320]``, are concatenated.
    resize : {"squash", "crop"}, default="squash"
        "squash" resizes the whole image to ``image_size``; "crop" takes its center, as in the
        evaluation on ImageNet.
    color_mode : {"rgb", "grayscale"}, default="rgb"
        "grayscale" removes the colors (ITU-R 601 luma, Pillow's mode "L"); the network gets the
        same values in all three channels.
    value_range : tuple (black, white) or None, default=None
        The values that mean black and white in arrays, and in files and PIL images with more than 8
        bits; values beyond them are clipped. ``None`` takes them from the type and the content, as
        the :ref:`user guide <value_range>` tells.
    freeze : bool, int or str, default=True
        Part of the backbone that is not trained. ``True`` freezes all of it. ``False`` freezes
        nothing; the name of a stage, or the number of leading stages, freezes the network up to
        there (see :func:`skmlic.model_stages`). Then the head is first trained alone on stored
        features, and afterwards together with the backbone on images.
    augment : str, callable or None, default=None
        How images are changed at random while the backbone is trained, and in the additional
        ``n_views`` of ``training``: a name of :func:`skmlic.augmentation.list_augmentations`, or a
        function.
    head : {"auto", "net", "kernel"}, default="auto"
        What learns the labels from features. "kernel" is kernel ridge regression in closed form,
        with kernel and penalty chosen by leave-one-out scores: see
        :class:`skmlic.kernel_ridge.KernelRidgeMultiLabelClassifierCV`. "net" is a multi-layer
        perceptron, which is trained. The parameters from here to ``warm_start`` are for it, except
        ``scoring``, ``n_views`` of ``training`` and ``class_weight`` of a one-dimensional y; with
        "kernel" they are named in a warning. "auto" is "kernel" with a frozen backbone if all of
        them have their defaults, otherwise "net". In a search over these parameters, write "net".
    hidden_layer_sizes : int or array-like of int, default=(256,)
        Number of units of each hidden layer of the head; ``()`` is a linear head.
    activation : {"relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"}, default="relu"
        Activation function of the hidden layers.
    dropout : float, default=0.5
        Probability, in [0, 1), that a hidden unit is dropped in training.
    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default=None
        Weights of the labels in the loss, scaled to a mean of 1: "balanced", "inv", "inv_sqrt" or
        "effective" (see :func:`skmlic.class_weight.compute_label_weight`), a dict whose keys are
        label names or indices, or a function of Y. They weigh labels against each other, not
        positives against negatives. For a one-dimensional y, "balanced" or a dict weighs its two
        classes, as elsewhere in scikit-learn.
    loss : str, subclass of torch.nn.Module or torch.nn.Module, default="bce"
        Loss that is minimized: "bce", "focal", "asl", "two_way", "zlpr", "db", "soft_margin",
        "mse", "l1", "hamming" or "fbeta", or a module with the same interface; see
        :mod:`skmlic.losses`.
    loss_params : dict, default=None
        Parameters of the loss, for example ``{"gamma": 1}``, ``{"pos_weight": 2.0}`` or
        ``{"label_smoothing": 0.1}``.
    optimizer : str or subclass of torch.optim.Optimizer, default="adam"
        Name, in any case, or class of an optimizer of :mod:`torch.optim`. "lbfgs" trains a linear
        head on all images at once until convergence, without dropout and ``lr``. The result is a
        logistic regression of each label on standardized features with
        ``C = 1 / (n_samples * n_labels * weight_decay)``; an epoch is up to 20 iterations.
    lr : float, default=1e-3
        Learning rate; :class:`skmlic.learning_rate.LearningRateFinder` suggests one.
    lr_schedule : {"cosine", "onecycle", "step", "plateau", "inverse_time"}, callable or None, \
default=None
        Factor of the learning rates in the course of the training: a name (see
        :ref:`learning_rate_schedules`), or a function of the progress in [0, 1]. The schedule
        starts from the beginning in each ``fit`` and in each phase of fine-tuning.
    weight_decay : float, default=0.0
        Weight decay of the optimizer. With "lbfgs", half of it times the sum of squared weights
        (without biases) is added to the loss.
    max_epochs : int, default=20
        Number of passes over the training images or their features.
    batch_size : int, default=64
        Number of images per training step.
    early_stopping : bool, default=False
        Whether training ends when the score of a hold-out set, a tenth of the images unless
        ``validation_fraction`` of ``training`` says otherwise, has not improved for
        ``n_iter_no_change`` epochs, and returns to the best weights. The two phases of fine-tuning
        are stopped separately; the second starts from the best weights of the first.
    n_iter_no_change : int, default=5
        Number of epochs without improvement after which training ends.
    scoring : str, callable or list of them, default="loss"
        Scores of the hold-out set: "loss", a name of :func:`skmlic.metrics.get_scorer_names`, or a
        scorer. All of them are recorded in ``history_``; early stopping monitors the first. With
        the "kernel" head, kernel and penalty maximize the first on leave-one-out scores; "loss"
        stands for "map".
    training : TrainingOptions, default=None
        Rarely used settings of training and fine-tuning. ``None`` means their defaults.
    warm_start : bool, default=False
        Whether ``fit`` continues the training of the previous call for ``max_epochs`` more epochs;
        unless the backbone is frozen, it is trained as well. The optimizer's state is kept for this
        purpose, which takes twice the memory of the trained weights.
    device : str or torch.device, default="auto"
        Device of backbone and head; "auto" is CUDA if available, otherwise the CPU.
    engine : {"auto", "torch", "openvino"}, default="auto"
        Library that runs the frozen backbone. "auto" is OpenVINO on a CPU if it is installed
        (``pip install "skmlic[fast]"``), otherwise torch.
    precision : {"auto", "fp32", "bf16", "fp16"}, default="auto"
        Arithmetic of the backbone; features are float32. "auto" is bf16 if the processor is faster
        in it. fp16 needs CUDA, and gradients are scaled in fine-tuning.
    n_jobs : int or None, default=None
        Number of threads that decode images and run the backbone on a CPU; -1 means one per core,
        ``None`` as many as torch uses.
    memory : None, False, str, Path or joblib.Memory, default=None
        Where features are stored: ``None`` in the process and its workers until it ends, ``False``
        nowhere, otherwise in a directory, for later processes as well; see
        :class:`ImageEmbedder`.
    on_error : {"raise", "nan"}, default="raise"
        Whether ``predict_proba`` and ``decision_function`` raise one error that lists all images
        that can't be read, or return rows of NaN for them with a warning. ``fit`` and ``predict``
        always raise the error.
    net_params : dict, default=None
        Other parameters of :class:`skorch.NeuralNet`, such as ``callbacks``. They override what the
        parameters above set.
    random_state : int, RandomState instance or None, default=None
        Determines the head's initial weights, the order of images and dropout. Pass an int for
        reproducible results. torch's global random state is not changed.
    verbose : int, default=0
        1 shows progress bars of embedding and training.

    Attributes
    ----------
    batch_history_ : DataFrame
        Loss, number of images, seconds and learning rates per batch, indexed by epoch and batch.
    best_epoch_ : int
        Epoch whose weights were kept; only with ``early_stopping``.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label; the two values of a one-dimensional y.
    embedder_ : ImageEmbedder
        Computes the features of images; not present with ``backbone="precomputed"``.
    head_ : {"net", "kernel"}
        The kind of head that was fitted.
    history_ : DataFrame
        Losses, hold-out scores, learning rates and seconds per epoch, indexed from 1. The column
        ``trained`` is "head", or "all" if the backbone is trained as well.
    label_names_ : ndarray of shape (n_labels,), dtype object
        Columns of Y if it was a frame, otherwise "0", "1", …; ``classes_`` for a one-dimensional y.
    label_weight_ : ndarray of shape (n_labels,)
        Weights of labels in the loss; their mean is 1.
    loo_decision_function_, loo_predict_proba_ : ndarray of shape (n_samples, n_labels)
        Only with the "kernel" head: the results of ``decision_function`` and ``predict_proba`` for
        the images of ``fit``, each from a head that was not fitted on the image itself.
    n_features_in_ : int
        Number of features in X; only with ``backbone="precomputed"``.
    n_iter_ : int
        Number of epochs of the training.
    n_labels_ : int
        Number of columns of Y.
    net_ : skorch.NeuralNet
        The trained head, from features to logits.
    weights_name_ : str
        Origin of the backbone's weights; not present with ``backbone="precomputed"``.

    See Also
    --------
    ImageEmbedder : Transformer that returns the features.
    TrainingOptions : Rarely used settings of training and fine-tuning.
    skmlic.model_selection.MultiLabelStratifiedKFold : Folds that are stratified by label.

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
        "augment": [str, callable, None],
        "head": [StrOptions({"auto", "net", "kernel"})],
        "hidden_layer_sizes": ["array-like", Integral],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [str, dict, "array-like", callable, None],
        "loss": [str, type, torch.nn.Module],
        "loss_params": [dict, None],
        "optimizer": [str, type],
        "lr": [Interval(Real, 0, None, closed="left")],
        "lr_schedule": [str, callable, None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "scoring": [str, callable, list],
        "training": [TrainingOptions, None],
        "warm_start": ["boolean"],
        "on_error": [StrOptions({"raise", "nan"})],
        "net_params": [dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        backbone: BackboneLike | Sequence[BackboneLike] = "efficientnet_lite0",
        *,
        weights: FilePath | Sequence[FilePath | None] | None = "default",
        pooling: Pooling = "stages",
        image_size: Size | Sequence[Size] | None = None,
        resize: Literal["squash", "crop"] = "squash",
        color_mode: Literal["rgb", "grayscale"] = "rgb",
        value_range: tuple[float, float] | None = None,
        freeze: bool | int | str = True,
        augment: str | Callable[[torch.Tensor], torch.Tensor] | None = None,
        head: Literal["auto", "net", "kernel"] = "auto",
        hidden_layer_sizes: int | ArrayLike = (256,),
        activation: Literal["relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"] = "relu",
        dropout: float = 0.5,
        class_weight: ClassWeight = None,
        loss: str | type[torch.nn.Module] | torch.nn.Module = "bce",
        loss_params: dict[str, Any] | None = None,
        optimizer: str | type[torch.optim.Optimizer] = "adam",
        lr: float = 1e-3,
        lr_schedule: str | Callable[[float], float] | None = None,
        weight_decay: float = 0.0,
        max_epochs: int = 20,
        batch_size: int = 64,
        early_stopping: bool = False,
        n_iter_no_change: int = 5,
        scoring: str | Callable[..., float] | list[Any] = "loss",
        training: TrainingOptions | None = None,
        warm_start: bool = False,
        device: str | torch.device = "auto",
        engine: Literal["auto", "torch", "openvino"] = "auto",
        precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto",
        n_jobs: int | None = None,
        memory: FilePath | joblib.Memory | Literal[False] | None = None,
        on_error: Literal["raise", "nan"] = "raise",
        net_params: dict[str, Any] | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.pooling = pooling
        self.image_size = image_size
        self.resize = resize
        self.color_mode = color_mode
        self.value_range = value_range
        self.freeze = freeze
        self.augment = augment
        self.head = head
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.class_weight = class_weight
        self.loss = loss
        self.loss_params = loss_params
        self.optimizer = optimizer
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.n_iter_no_change = n_iter_no_change
        self.scoring = scoring
        self.training = training
        self.warm_start = warm_start
        self.device = device
        self.engine = engine
        self.precision = precision
        self.n_jobs = n_jobs
        self.memory = memory
        self.on_error = on_error
        self.net_params = net_params
        self.random_state = random_state
        self.verbose = verbose

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this estimator or, as ``training__NAME``, of its training options.

        Parameters
        ----------
        **params : dict
            Parameters and their values.

        Returns
        -------
        self : TransferMultiLabelClassifier
        """
        nested = _OPTIONS & set(params)
        if nested:
            raise ValueError(
                f"{min(nested)!r} is a parameter of TrainingOptions: write training__{min(nested)}."
            )
        training = params.get("training", self.training)
        if training is None and any(name.startswith("training__") for name in params):
            params = {**params, "training": TrainingOptions()}
        return super().set_params(**params)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Images,
        y: Labels,
        sample_weight: ArrayLike | None = None,
        X_val: Images | None = None,
        y_val: Labels | None = None,
    ) -> Self:
        """Learn the labels of images.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images or encoded bytes; see the user guide. A matrix of features of
            shape (n_samples, n_features) with ``backbone="precomputed"``.

        y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, and NaN for missing labels.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of images in the loss, scaled to a mean of 1. Images of weight 0 are left out.

        X_val, y_val : as X and y, default=None
            The hold-out set, in place of a fraction of X. It is scored without ``early_stopping``,
            too.

        Returns
        -------
        self : TransferMultiLabelClassifier
            Fitted classifier.

        Raises
        ------
        ImageReadError
            If images can't be read; the features of the others are stored.
        WeightsNotFoundError
            If the backbone's weights are not on this machine and can't be downloaded.
        """
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: pass both, or none.")
        check_parameters(self)
        head = choose_head(self, is_validated=X_val is not None, is_binary=is_one_dimensional(y))
        is_resumed = self.warm_start and head == "net" and can_train_further(self)
        held_out = None if X_val is None else (X_val, y_val)
        phases = [Phase("head", 1)] if head == "kernel" else plan_phases(self, is_resumed)
        result = self._fit(X, y, sample_weight, phases, is_resumed, head=head, held_out=held_out)
        if self.warm_start:
            self._training_state = result.state
        return self

    @available_if(can_learn_in_parts)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Images,
        y: Labels,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on images that may differ from the previous ones.

        The first ``training.unfreeze_after`` calls train the head; later ones train the backbone as
        well, unless it is frozen. Not available with ``head="kernel"``.

        Parameters
        ----------
        X, y, sample_weight : see ``fit``
            The first y must have columns for all labels.

        classes : array-like of shape (2,), default=None
            The two values of a one-dimensional y; required in the first call if y has only one.

        Returns
        -------
        self : TransferMultiLabelClassifier
            Fitted classifier.
        """
        check_parameters(self, partial=True)
        is_resumed = can_train_further(self)
        n_before = self.n_iter_ if is_resumed else 0
        is_head = self.freeze is True or n_before < count_head_epochs(self)
        phases = [Phase("head" if is_head else "all", 1)]
        result = self._fit(X, y, sample_weight, phases, is_resumed, classes=classes)
        self._training_state = result.state
        return self

    def decision_function(self, X: Images) -> NDArray[np.float32]:
        """Return the logits of labels.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            See ``fit``.

        Returns
        -------
        logits : ndarray of shape (n_samples, n_labels), dtype float32
            Positive where a label is more probable than not.

        Raises
        ------
        ImageReadError
            If images can't be read and ``on_error="raise"``.
        """
        return self._compute_logits(X, self.on_error)

    def predict_proba(self, X: Images) -> Floats:
        """Return the probabilities of labels.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            See ``fit``.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_labels), dtype float64
            Strictly between 0 and 1. Labels are independent, so a row need not sum to 1.

        Raises
        ------
        ImageReadError
            If images can't be read and ``on_error="raise"``.
        """
        return compute_probabilities(self._compute_logits(X, self.on_error))

    def predict(self, X: Images) -> NDArray[Any]:
        """Return the labels that are at least as probable as not.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            See ``fit``.

        Returns
        -------
        labels : ndarray of shape (n_samples, n_labels), dtype int64
            0 and 1.

        Raises
        ------
        ImageReadError
            If images can't be read, whatever ``on_error`` is, since labels can't be NaN.
        """
        return predict_classes(
            compute_probabilities(self._compute_logits(X, "raise")), self.classes_
        )
