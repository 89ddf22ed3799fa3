"""Displays: what a multi-label classifier does, and what its labels are, as pictures."""

from skmlic.plots._calibration import MultiLabelCalibrationDisplay
from skmlic.plots._confusion import MultiLabelConfusionMatrixDisplay
from skmlic.plots._cooccurrence import LabelCooccurrenceDisplay
from skmlic.plots._curves import MultiLabelPrecisionRecallDisplay, MultiLabelRocCurveDisplay
from skmlic.plots._frequency import LabelFrequencyDisplay
from skmlic.plots._history import TrainingHistoryDisplay
from skmlic.plots._scores import LabelScoresDisplay
from skmlic.plots._thresholds import ThresholdCurveDisplay

__all__ = [
    "LabelCooccurrenceDisplay",
    "LabelFrequencyDisplay",
    "LabelScoresDisplay",
    "MultiLabelCalibrationDisplay",
    "MultiLabelConfusionMatrixDisplay",
    "MultiLabelPrecisionRecallDisplay",
    "MultiLabelRocCurveDisplay",
    "ThresholdCurveDisplay",
    "TrainingHistoryDisplay",
]
