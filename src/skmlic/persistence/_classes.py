"""What a model file may hold: a closed list of classes, and what is kept of each."""

import inspect

import torch
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit

from skmlic import losses, objectives
from skmlic._utils._compat import SigmoidCalibration, TemperatureScaling
from skmlic._utils._threads import torch_threads
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.class_weight import ScaledLabelWeight
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.embedding import ImageEmbedder
from skmlic.embedding._engines import _noise
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)

_META = ("classes_", "estimator_", "feature_names_in_", "label_names_", "n_features_in_")
# The estimators that a file may hold, and what their `fit` leaves that is kept.
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
        "weights_name_",
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
# Of an embedder with several networks or sizes; the rest is known from the parts.
OF_PARTS = ("_n_features_out", "parts_")
# Places on the machine that saves, at which a stranger's file could make another one write.
PLACES = ("memory", "checkpoint")

# What parameters may be, made anew by their arguments.
OBJECTS = (
    ScaledLabelWeight,
    objectives.BalancedAccuracy,
    objectives.ExpectedCost,
    objectives.FBeta,
    objectives.Jaccard,
    objectives.LabelAccuracy,
    objectives.PrecisionAtRecall,
    objectives.RecallAtPrecision,
    objectives.SubsetAccuracy,
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    GroupKFold,
    KFold,
    ShuffleSplit,
)
# Calibrators and what they have learnt.
CALIBRATORS = {
    SigmoidCalibration: ("a_", "b_"),
    IsotonicRegression: (
        *("y_min", "y_max", "increasing", "out_of_bounds"),
        *("increasing_", "X_min_", "X_max_", "X_thresholds_", "y_thresholds_"),
    ),
    TemperatureScaling: ("beta_",),
}
# Classes that are parameters themselves.
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
    """Tell whether a file can be made of an estimator."""
    return type(estimator) in ESTIMATORS and type(estimator) is not FrozenEstimator


def by_name(classes):
    """Return classes by their names."""
    return {cls.__name__: cls for cls in classes if cls is not None}


def probe(backbone):
    """Return a network's features of a fixed picture: a change of its code shows in them."""
    pixels = torch.from_numpy(_noise(backbone.preprocessing.size))
    with torch_threads(1), torch.inference_mode():
        return backbone.extractor(pixels)[0].clone().numpy()
