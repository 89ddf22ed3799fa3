"""Displays: what labels are, what a multi-label classifier does with them, and where it looks."""

from skmlic.plots._activation_maps import LabelActivationMapDisplay
from skmlic.plots._calibration import MultiLabelCalibrationDisplay
from skmlic.plots._confusion import MultiLabelConfusionMatrixDisplay
from skmlic.plots._cooccurrence import LabelCooccurrenceDisplay
from skmlic.plots._curves import MultiLabelPrecisionRecallDisplay, MultiLabelRocCurveDisplay
from skmlic.plots._frequency import LabelFrequencyDisplay
from skmlic.plots._gallery import PredictionGalleryDisplay
from skmlic.plots._history import TrainingHistoryDisplay
from skmlic.plots._scores import LabelScoresDisplay
from skmlic.plots._thresholds import ThresholdCurveDisplay

__all__ = [
    "LabelActivationMapDisplay",
    "LabelCooccurrenceDisplay",
    "LabelFrequencyDisplay",
    "LabelScoresDisplay",
    "MultiLabelCalibrationDisplay",
    "MultiLabelConfusionMatrixDisplay",
    "MultiLabelPrecisionRecallDisplay",
    "MultiLabelRocCurveDisplay",
    "PredictionGalleryDisplay",
    "ThresholdCurveDisplay",
    "TrainingHistoryDisplay",
]
