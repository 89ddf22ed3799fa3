"""Splits that are stratified by label, and decision thresholds tuned on out-of-fold scores."""

from skmlic.model_selection._base import MultiLabelMetaClassifier as MultiLabelMetaClassifier
from skmlic.model_selection._fixed_threshold import FixedThresholdMultiLabelClassifier
from skmlic.model_selection._group_k_fold import MultiLabelStratifiedGroupKFold
from skmlic.model_selection._k_fold import (
    MultiLabelStratifiedKFold,
    RepeatedMultiLabelStratifiedKFold,
)
from skmlic.model_selection._objectives import ScoreObjective as ScoreObjective
from skmlic.model_selection._objectives import check_objective as check_objective
from skmlic.model_selection._out_of_fold import as_folds as as_folds
from skmlic.model_selection._out_of_fold import exclude_fold as exclude_fold
from skmlic.model_selection._shuffle_split import (
    MultiLabelStratifiedShuffleSplit,
    multilabel_train_test_split,
)
from skmlic.model_selection._threshold_classifier import ThresholdClassifier as ThresholdClassifier
from skmlic.model_selection._threshold_classifier import predict_from_scores as predict_from_scores
from skmlic.model_selection._tuned_threshold import TunedThresholdMultiLabelClassifierCV
from skmlic.model_selection._tuning_data import TuningData as TuningData

# Names that are imported as themselves are only for other modules of skmlic.
__all__ = [
    "FixedThresholdMultiLabelClassifier",
    "MultiLabelStratifiedGroupKFold",
    "MultiLabelStratifiedKFold",
    "MultiLabelStratifiedShuffleSplit",
    "RepeatedMultiLabelStratifiedKFold",
    "TunedThresholdMultiLabelClassifierCV",
    "multilabel_train_test_split",
]
