"""The base class of classifiers that train a head on the features of a backbone."""

import copy
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_consistent_length, check_is_fitted
from skorch import NeuralNet

from skmlic._utils._alignment import check_same_order
from skmlic._utils._compat import CallbackSupportMixin
from skmlic._utils._labels import to_label_names
from skmlic._utils._logits import compute_probabilities
from skmlic._utils._numbers import validate_features
from skmlic._utils._read_targets import (
    read_known_targets,
    read_targets,
    warn_never_negative,
)
from skmlic._utils._sample_weight import check_sample_weight
from skmlic._utils._typing import Floats, Images
from skmlic.embedding import ORIGINAL, ImageEmbedder, SharesFeatures, is_precomputed
from skmlic.images import as_image_list
from skmlic.kernel_ridge._module import KernelRidgeModule
from skmlic.training._data import TrainingData
from skmlic.training._features import embed
from skmlic.training._fine_tuned_module import find_frozen
from skmlic.training._head_factory import make_head
from skmlic.training._holdout import drop_weightless, hold_out
from skmlic.training._label_weights import weigh_labels
from skmlic.training._phases import get_options
from skmlic.training._plan import (
    locate_checkpoint,
    make_callbacks,
    make_net_settings,
    make_training_plan,
)
from skmlic.training._run import TrainingState, run_phases
from skmlic.training._scoring import choose_scoring

EMBEDDER_PARAMETERS = (
    "backbone",
    "weights",
    "pooling",
    "image_size",
    "resize",
    "color_mode",
    "value_range",
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
    "_loo_logits",
)


class BaseTransferClassifier(SharesFeatures, ClassifierMixin, CallbackSupportMixin, BaseEstimator):
    """Base class of classifiers: its methods train a head on images, and compute logits.

    The parameters are those of :class:`skmlic.TransferMultiLabelClassifier`.
    """

    batch_history_: pd.DataFrame
    best_epoch_: int
    classes_: NDArray[Any]
    embedder_: ImageEmbedder
    history_: pd.DataFrame
    label_names_: NDArray[Any]
    label_weight_: Floats
    n_iter_: int
    n_labels_: int
    net_: NeuralNet
    weights_name_: str

    def _fit(
        self, X, y, sample_weight, phases, is_resumed, *, head="net", held_out=None, classes=None
    ):
        """Train phase by phase, and set the fitted attributes; return the result."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        Y = self._read_targets(y, classes, is_resumed)
        check_same_order(X, y, ("X", "y"))
        X = self._check_images(X, reset=not is_resumed)
        check_consistent_length(X, Y)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, Y)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        if self._is_binary and self.class_weight is not None:
            weight_of_class = compute_sample_weight(self.class_weight, y)
            sample_weight = weight_of_class * (1 if sample_weight is None else sample_weight)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        data, validation = self._hold_out(TrainingData(X, Y, sample_weight), held_out, seed)
        if head == "net":
            data = drop_weightless(data)
        if not is_resumed:
            self.label_weight_ = self._weigh_labels(data.Y, is_frame=hasattr(y, "columns"))
        scoring = choose_scoring(self.scoring, self._is_binary)
        settings = make_net_settings(self, data.Y)
        sets = {"all": (data, validation)}
        if phases[0].trained == "head":
            sets["head"] = self._embed(data, validation, is_resumed)
        arguments = {"X": X, "y": y, "metadata": metadata}
        n_epochs = sum(phase.n_epochs for phase in phases)
        callbacks = make_callbacks(self, n_epochs, validation, scoring, arguments)
        checkpoint = locate_checkpoint(self, sets.get("head"), phases, is_resumed)
        plan = make_training_plan(
            self, make_head(self, head), settings, scoring, callbacks, checkpoint, seed
        )
        result = run_phases(phases, sets, plan, self._get_state(phases[0].trained, is_resumed))
        self._set_result(result)
        return result

    def _read_targets(self, y, classes, is_resumed):
        """Return y as 0 and 1; set the attributes that describe it, unless training is resumed."""
        if is_resumed:
            return read_known_targets(y, "y", self.classes_, self.label_names_).Y
        for name in _SET_BY_FIT:
            vars(self).pop(name, None)
        targets = read_targets(y, classes)
        warn_never_negative(targets, missing_are_negative=get_options(self).missing_weight > 0)
        self.classes_, self.label_names_ = targets.classes, targets.label_names
        self.n_labels_ = targets.Y.shape[1]
        return targets.Y

    def _check_images(self, X, reset):
        if is_precomputed(self.backbone):
            return validate_features(self, X, dtype=np.float32, reset=reset)
        images = as_image_list(X)
        if not images:
            raise ValueError("Found array with 0 sample(s): X is empty; expected images.")
        return images

    def _hold_out(self, data, held_out, seed):
        """Return the samples to train on, and those to validate on (None if there are none)."""
        validation = None
        if held_out is not None:
            X_val, y_val = held_out
            X_val = self._check_images(X_val, reset=False)
            targets = read_known_targets(y_val, "y_val", self.classes_, self.label_names_)
            validation = TrainingData(X_val, targets.Y)
            check_consistent_length(validation.X, validation.Y)
        elif self.early_stopping:
            data, validation = hold_out(data, get_options(self).validation_fraction, seed)
        return data, validation

    def _weigh_labels(self, Y, is_frame):
        if self._is_binary:
            return np.ones(1)
        missing_weight = get_options(self).missing_weight
        return weigh_labels(
            Y,
            self.class_weight,
            self.label_names_,
            missing_weight=missing_weight,
            is_frame=is_frame,
        )

    def _embed(self, data, validation, is_resumed):
        """Return data with features in place of images; fit the embedder before the first use."""
        if is_precomputed(self.backbone):
            return data, validation
        if not is_resumed:
            embedder = ImageEmbedder(**{name: getattr(self, name) for name in EMBEDDER_PARAMETERS})
            self.embedder_ = embedder.fit(data.X)
            if self.freeze is not True:
                find_frozen(embedder.backbone_.extractor, self.freeze)
            self.weights_name_ = embedder.weights_name_
        n_views = get_options(self).n_views
        return embed(self.embedder_, data, validation, self.augment, n_views)

    def _get_state(self, trained, is_resumed):
        """Return the state that the training starts from."""
        backbone = getattr(vars(self).get("embedder_"), "backbone_", None)
        if not is_resumed:
            return TrainingState(None, backbone, {})
        start = dict(vars(self).get("_training_state", {}))
        if start.pop("trained", None) != trained:
            start.pop("optimizer", None)
        if trained == "head":
            start["module"] = self.net_.module_.state_dict()
        return TrainingState(self.net_, backbone, start, ((self.history_, self.batch_history_),))

    def _set_result(self, result):
        if result.best_epoch is not None:
            self.best_epoch_ = result.best_epoch
        self.history_, self.batch_history_ = result.epochs, result.batches
        self.n_iter_ = len(result.epochs)
        if result.loo_logits is not None:
            self._loo_logits = result.loo_logits
        if hasattr(self, "embedder_") and result.backbone is not self.embedder_.backbone_:
            self.embedder_ = copy.copy(self.embedder_)
            self.embedder_.backbone_ = result.backbone
            self.weights_name_ = result.backbone.weights_name
        # It is set last, since it distinguishes a fitted classifier from an interrupted training.
        self.net_ = result.net

    def _compute_logits(self, X, on_error):
        check_is_fitted(self)
        if is_precomputed(self.backbone):
            features = validate_features(self, X, dtype=np.float32, reset=False)
        else:
            embedder = copy.copy(self.embedder_)
            # Features of fine-tuned weights are not stored on a disk: no other fit could use them.
            memory = self.memory if self.freeze is True or self.memory is False else None
            embedder.set_params(
                on_error=on_error, memory=memory, n_jobs=self.n_jobs, verbose=self.verbose
            )
            (features,) = embedder.transform_views(X, [ORIGINAL])
        if len(features) == 0:
            return np.empty((0, self.n_labels_), dtype=np.float32)
        logits = self.net_.forward(torch.tensor(features)).numpy()
        return logits.ravel() if self._is_binary else logits

    def predict_label_names(self, X: Images) -> list[tuple[Any, ...]]:
        """Return the names of the predicted labels.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            See ``fit``.

        Returns
        -------
        names : list of tuple
            For each image the ``label_names_`` of its predicted labels.

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

    @property
    def head_(self) -> str:
        """The kind of head that was fitted: "net" or "kernel"."""
        check_is_fitted(self)
        return "kernel" if isinstance(self.net_.module_, KernelRidgeModule) else "net"

    @property
    def loo_decision_function_(self) -> NDArray[np.float64]:
        """Logits of the images of ``fit``, each from a head that was not fitted on the image."""
        check_is_fitted(self)
        if "_loo_logits" not in vars(self):
            raise AttributeError(
                "There are no leave-one-out scores; expected a classifier with head='kernel' that "
                f"was not loaded from a file, and this one has head_={self.head_!r}."
            )
        return self._loo_logits.ravel() if self._is_binary else self._loo_logits

    @property
    def loo_predict_proba_(self) -> Floats:
        """Probabilities of these logits."""
        return compute_probabilities(self.loo_decision_function_)

    @property
    def _is_binary(self):
        """Whether y was one-dimensional."""
        return self.classes_.ndim == 1

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.multi_class = False
        tags.target_tags.multi_output = True
        tags.input_tags.two_d_array = is_precomputed(self.backbone)
        return tags
