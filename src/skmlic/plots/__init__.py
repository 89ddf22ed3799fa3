"""Displays: what a multi-label classifier does, and what its labels are, as pictures."""

from skmlic.plots._confusion import MultiLabelConfusionMatrixDisplay
from skmlic.plots._curves import MultiLabelPrecisionRecallDisplay, MultiLabelRocCurveDisplay
from skmlic.plots._frequencies import LabelCooccurrenceDisplay, LabelFrequencyDisplay
from skmlic.plots._scores import LabelScoresDisplay

__all__ = [
    "LabelCooccurrenceDisplay",
    "LabelFrequencyDisplay",
    "LabelScoresDisplay",
    "MultiLabelConfusionMatrixDisplay",
    "MultiLabelPrecisionRecallDisplay",
    "MultiLabelRocCurveDisplay",
]
