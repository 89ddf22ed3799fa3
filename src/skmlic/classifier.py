"""The multi-label classifier of pictures."""

import copy
from dataclasses import replace
from numbers import Integral, Real

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

from skmlic._callbacks import EpochProgress, EpochTasks
from skmlic._compat import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    _check_sample_weight,
    _fit_context,
    init_callback_context,
)
from skmlic._engines import resolve_device
from skmlic._fine_tuning import find_frozen
from skmlic._labels import quote_names
from skmlic._net import ACTIVATIONS, AssumedNegatives
from skmlic._parts import is_precomputed, list_parts
from skmlic._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._threads import count_threads
from skmlic._training import check_optimizer, make_net, make_trainable_net, train
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


class TransferMultiLabelClassifier(ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    """Multi-label classifier of pictures on features of a frozen, pretrained network.

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

    augment : str, callable or None, default=None
        How pictures are changed at random while the backbone is trained, and for ``n_views``: a
        name of :func:`skmlic.augmentation.list_augmentations`, or a function.

    n_views : int, default=1
        Times that the head sees each training picture on stored features: as it is, and ``n_views``
        - 1 times changed as ``augment`` says. An epoch is as many times longer. Each view goes
        through the backbone once: it is determined by the picture, ``augment`` and its number, not
        by ``random_state``, and stored; not with a function that can't be told from others, or
        that draws from other generators than torch's.

    hidden_layer_sizes : array-like of int or int, default=(256,)
        Units of the head's hidden layers; ``()`` is a linear head.

    activation : {"relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"}, default="relu"
        Activation of the hidden layers.

    dropout : float, default=0.5
        Probability, in [0, 1), that training drops a hidden unit; a feature, if the head is linear.

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

    optimizer : str or subclass of torch.optim.Optimizer, default="adam"
        An optimizer of :mod:`torch.optim` by its name in any case, or a class.

    lr : float, default=1e-3
        Learning rate.

    weight_decay : float, default=0.0
        The optimizer's weight decay.

    max_epochs : int, default=20
        Times that training sees each picture's features.

    batch_size : int, default=64
        Pictures a step of training. (How many go through the backbone at once is the engine's
        affair.)

    device : str or torch.device, default="auto"
        Where backbone and head run; "auto" is CUDA where there is one, otherwise the CPU.

    engine : {"auto", "torch", "openvino"}, default="auto"
        What runs the backbone. "auto" is OpenVINO on a CPU if it is installed (``pip install
        "skmlic[fast]"``), otherwise torch.

    precision : {"auto", "fp32", "bf16", "fp16"}, default="auto"
        Arithmetic of the backbone; features are float32. "auto" is bf16 where the processor
        computes in it. fp16 needs CUDA.

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
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. (A flat array of length 2 would make scikit-learn's scorers take two
        labels for one binary target.) With a one-dimensional y, its two values.

    embedder_ : ImageEmbedder
        What turns pictures into features; absent with ``backbone="precomputed"``.

    history_ : skorch.history.History
        Loss and seconds of each epoch, and of each batch.

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
    Features are divided by one number, the root of the training features' mean square, so that
    networks with large and with small features train alike. They are not standardised one by one:
    that lowered average precision.

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
        "augment": [str, callable, None],
        "n_views": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", Integral],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [str, dict, "array-like", callable, None],
        "loss": [str, type, torch.nn.Module],
        "loss_params": [dict, None],
        "unknown": [Real, None],
        "unknown_weight": [Interval(Real, 0, 1, closed="both")],
        "optimizer": [str, type],
        "lr": [Interval(Real, 0, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
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
        augment=None,
        n_views=1,
        hidden_layer_sizes=(256,),
        activation="relu",
        dropout=0.5,
        class_weight=None,
        loss="bce",
        loss_params=None,
        unknown=None,
        unknown_weight=0.0,
        optimizer="adam",
        lr=1e-3,
        weight_decay=0.0,
        max_epochs=20,
        batch_size=64,
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
        self.augment = augment
        self.n_views = n_views
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.class_weight = class_weight
        self.loss = loss
        self.loss_params = loss_params
        self.unknown = unknown
        self.unknown_weight = unknown_weight
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
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
    def fit(self, X, y, sample_weight=None):
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
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        self._check_head()
        self._forget()
        if is_precomputed(self.backbone):
            X = validate_data(self, X, dtype=np.float32)
        else:
            X = as_image_list(X)
            if not X:
                raise ValueError("Found array with 0 sample(s): X is empty; expected pictures.")
        Y = self._fit_targets(y)
        check_consistent_length(X, Y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, Y, ensure_non_negative=True)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        if self._is_binary and self.class_weight is not None:
            of_class = compute_sample_weight(self.class_weight, y)
            sample_weight = of_class if sample_weight is None else of_class * sample_weight
        criterion = self._make_criterion(Y)
        features = X if is_precomputed(self.backbone) else self._fit_embedder(X)
        callbacks = self._make_callbacks(X=X, y=y, metadata=metadata)
        if sample_weight is not None:
            used = np.flatnonzero(sample_weight > 0)
            if not len(used):
                raise ValueError("sample_weight is 0 for all samples; expected some above 0.")
            X = X[used] if is_precomputed(self.backbone) else [X[row] for row in used]
            features, Y, sample_weight = features[used], Y[used], sample_weight[used]
        data = {"Y": Y, "sample_weight": sample_weight}
        training = {"criterion": criterion, "callbacks": callbacks}
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        of_head = {"features": features, **data}
        if self.n_views > 1:
            of_head = add_training_views(self.embedder_, X, self.augment, self.n_views, **of_head)
        net, state = self._fit_head(**of_head, **training, seed=seed)
        if self.freeze is not True:
            self._fine_tune(net, X, **data, **training, seed=seed, state=state)
        # Last, since it is what tells a fitted classifier from one whose training was cut off.
        self.net_ = net
        self.n_iter_ = len(self.history_)
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
        if self._n_head_epochs > self.max_epochs:
            raise ValueError(
                f"unfreeze_after={self.unfreeze_after} is more than max_epochs={self.max_epochs}."
            )

    def _forget(self):
        """Drop what an earlier fit left, so that one that fails leaves nothing half fitted."""
        for name in ("net_", "embedder_", "weights_name_", "n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    def _fit_targets(self, y):
        """Set the attributes that y determines; return it as 0 and 1 of shape (n, n_labels)."""
        if is_one_dimensional(y):
            self.classes_, Y = check_binary_target(y)
            self.label_names_ = self.classes_
            self.label_weight_ = np.ones(1)
        else:
            Y, self.label_names_ = check_targets(y, self.unknown)
            self.classes_ = np.tile([0, 1], (len(self.label_names_), 1))
            given = y if self.unknown is None else pd.DataFrame(Y, columns=self.label_names_)
            self.label_weight_ = compute_label_weight(given, self.class_weight)
            self._warn_of_unknown_labels(Y)
        self.n_labels_ = Y.shape[1]
        return Y

    def _fit_embedder(self, X):
        parameters = {name: getattr(self, name) for name in _EMBEDDER_PARAMETERS}
        self.embedder_ = ImageEmbedder(**parameters)
        self.embedder_.fit(X)
        if self.freeze is not True:
            find_frozen(self.embedder_.backbone_.extractor, self.freeze)
        (features,) = self.embedder_._transform_views(X, [AS_IT_IS])
        self.weights_name_ = self.embedder_.weights_name_
        return features

    def _warn_of_unknown_labels(self, Y):
        nowhere = np.isnan(Y).all(axis=0)
        if nowhere.any() and not self.unknown_weight:
            warn_caller(
                "Of these labels nothing is known, and nothing can be learnt: "
                f"{quote_names(self.label_names_[nowhere])}."
            )

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

    def _fit_head(self, features, Y, sample_weight, criterion, callbacks, seed):
        """Train the head on features; return its net, and the random state at the end."""
        device = resolve_device(self.device)
        mean_square = float(np.mean(np.square(features, dtype=np.float64)))
        net = make_net(
            features.shape[1],
            self.n_labels_,
            feature_scale=mean_square**0.5 or 1.0,
            criterion=criterion,
            head={
                "hidden_layer_sizes": tuple(np.ravel(self.hidden_layer_sizes).astype(int).tolist()),
                "activation": self.activation,
                "dropout": self.dropout,
            },
            optimizer=self.optimizer,
            weight_decay=self.weight_decay,
            lr=self.lr,
            max_epochs=self._n_head_epochs,
            batch_size=self.batch_size,
            device=device,
            callbacks=callbacks,
            net_params=self.net_params,
        )
        data = (features, Y, sample_weight)
        self.history_, state = train(net, *data, device=device, seed=seed)
        return net, state

    def _fine_tune(self, head_net, images, Y, sample_weight, criterion, callbacks, seed, state):
        """Train backbone and head on together; the embedder takes the backbone's new weights."""
        device = resolve_device(self.device)
        backbone = self.embedder_.backbone_
        # scikit-learn's callbacks may predict, for which the net must be the head alone.
        callbacks = [callback for callback in callbacks if not isinstance(callback, EpochTasks)]
        net = make_trainable_net(
            copy.deepcopy(backbone.extractor),
            copy.deepcopy(head_net.module_),
            freeze=self.freeze,
            freeze_batch_norm=self.freeze_batch_norm,
            autocast=self.embedder_.precision_ == "bf16",
            loader={
                "preprocessing": backbone.preprocessing,
                "augment": self.augment,
                "n_threads": count_threads(self.n_jobs),
            },
            criterion=criterion,
            optimizer=self.optimizer,
            weight_decay=self.weight_decay,
            lr=self.lr,
            backbone_lr=self.lr / 100 if self.backbone_lr is None else self.backbone_lr,
            max_epochs=self.max_epochs - self._n_head_epochs,
            batch_size=self.batch_size,
            device=device,
            callbacks=callbacks,
            net_params=self.net_params,
        )
        data = (images, Y, sample_weight)
        history, _ = train(net, *data, device=device, seed=seed, state=state)
        self.history_.extend(history)
        head_net.module_.load_state_dict(net.module_.head.state_dict())
        extractor = net.module_.extractor.cpu().eval().requires_grad_(False)
        self.weights_name_ = f"{backbone.weights_name}, fine-tuned"
        self.embedder_.backbone_ = replace(
            backbone, extractor=extractor, weights_name=self.weights_name_
        )

    def _make_callbacks(self, **arguments):
        callbacks = [EpochProgress()] if self.verbose else []
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
