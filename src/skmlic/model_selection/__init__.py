"""Splits for multi-label data."""

from skmlic.model_selection._split import MultiLabelStratifiedKFold

__all__ = ["MultiLabelStratifiedKFold"]
