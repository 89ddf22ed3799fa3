"""The closed list of classes that a model file may hold, and their saved attributes."""

import inspect

import torch
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit

from skmlic import losses, model_selection, objectives
from skmlic._utils._compat import SigmoidCalibration, TemperatureScaling
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.class_weight import ScaledLabelWeight
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.embedding import ImageEmbedder
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.training import TrainingOptions

_META = ("classes_", "estimator_", "feature_names_in_", "label_names_", "n_features_in_")
# Each estimator is saved with its parameters and these fitted attributes.
ESTIMATORS = {
    TransferMultiLabelClassifier: (
        "batch_history_",
        "best_epoch_",
        "classes_",
        "embedder_",
        "feature_names_in_",
        "history_",
        "label_names_",
        "label_weight_",
        "n_features_in_",
        "n_iter_",
        "n_labels_",
        "weights_name_",
        "net_",
        "_training_state",
    ),
    ImageEmbedder: (
        "_n_features_out",
        "backbone_",
        "device_",
        "engine_",
        "feature_names_in_",
        "n_features_in_",
        "precision_",
    ),
    DummyMultiLabelClassifier: (
        "classes_",
        "label_frequency_",
        "label_names_",
        "most_frequent_set_",
        "n_labels_",
    ),
    FixedThresholdMultiLabelClassifier: (*_META, "thresholds_"),
    TunedThresholdMultiLabelClassifierCV: (
        *_META,
        "best_score_",
        "cv_results_",
        "k_",
        "strategy_",
        "thresholds_",
        "thresholds_per_fold_",
    ),
    CalibratedMultiLabelClassifierCV: (*_META, "calibrators_", "cv_results_"),
    FrozenEstimator: (),
}
# An embedder with several networks or image sizes derives its other attributes from its parts.
COMBINED_EMBEDDER = ("_n_features_out", "parts_")
# These parameters name directories of this machine. They are neither saved nor loaded, because a
# file from a stranger could otherwise make this machine write there.
DIRECTORY_PARAMETERS = ("memory", "checkpoint")
# A larger image would take gigabytes when the stages of a network are found.
LARGEST_N_PIXELS = 2048**2

# Parameters that are objects are saved as the arguments of their constructors.
OBJECTS = (
    TrainingOptions,
    ScaledLabelWeight,
    *(getattr(objectives, name) for name in objectives.__all__ if name != "Objective"),
    *(
        member
        for member in map(model_selection.__dict__.get, model_selection.__all__)
        if hasattr(member, "split")
    ),
    GroupKFold,
    KFold,
    ShuffleSplit,
)
# Calibrators are saved with these attributes.
CALIBRATORS = {
    SigmoidCalibration: ("a_", "b_"),
    IsotonicRegression: (
        *("y_min", "y_max", "increasing", "out_of_bounds"),
        *("increasing_", "X_min_", "X_max_", "X_thresholds_", "y_thresholds_"),
    ),
    TemperatureScaling: ("beta_",),
}
# Parameters may be these classes themselves.
CLASSES = {
    **{
        f"torch.optim.{name}": member
        for name, member in vars(torch.optim).items()
        if inspect.isclass(member) and issubclass(member, torch.optim.Optimizer)
    },
    **{
        f"skmlic.losses.{name}": getattr(losses, name)
        for name in losses.__all__
        if inspect.isclass(getattr(losses, name))
    },
}


def is_model(estimator):
    """Return whether a file can hold an estimator."""
    return type(estimator) in ESTIMATORS and type(estimator) is not FrozenEstimator


def by_name(classes):
    """Return a dict of classes by their names, without None."""
    return {cls.__name__: cls for cls in classes if cls is not None}
