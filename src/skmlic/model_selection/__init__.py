"""Splits that share out labels, and decision thresholds tuned out of fold."""

from skmlic.model_selection._split import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    multilabel_train_test_split,
)
from skmlic.model_selection._threshold_classifier import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)

__all__ = [
    "FixedThresholdMultiLabelClassifier",
    "MultiLabelStratifiedGroupKFold",
    "MultiLabelStratifiedKFold",
    "MultiLabelStratifiedShuffleSplit",
    "RepeatedMultiLabelStratifiedKFold",
    "TunedThresholdMultiLabelClassifierCV",
    "multilabel_train_test_split",
]
