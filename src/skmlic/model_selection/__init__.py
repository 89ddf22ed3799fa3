"""Splits that share out labels, and decision thresholds tuned out of fold."""

from skmlic.model_selection._fixed_threshold import FixedThresholdMultiLabelClassifier
from skmlic.model_selection._split import (
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    multilabel_train_test_split,
)
from skmlic.model_selection._tuned_threshold import TunedThresholdMultiLabelClassifierCV

__all__ = [
    "FixedThresholdMultiLabelClassifier",
    "MultiLabelStratifiedGroupKFold",
    "MultiLabelStratifiedKFold",
    "MultiLabelStratifiedShuffleSplit",
    "RepeatedMultiLabelStratifiedKFold",
    "TunedThresholdMultiLabelClassifierCV",
    "multilabel_train_test_split",
]
